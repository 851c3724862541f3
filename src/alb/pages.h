#pragma once

#include <cstddef>
#include <cstdint>

/// Memory straight from the system, 64 KiB at a time: what lies in it goes back when it is done, whatever else is in use.
namespace landfall::alb {

inline constexpr uintptr_t kPagesSize = 64 * 1024;

/// At a multiple of kPagesSize, so that an object's address tells where its pages begin. Throws std::bad_alloc.
void* map_pages();
void unmap_pages(void* pages);

/// The beginning of the pages that hold the object.
inline void* pages_of(const void* object) { return reinterpret_cast<void*>(reinterpret_cast<uintptr_t>(object) & ~(kPagesSize - 1)); }

}  // namespace landfall::alb
