#include "alb/pages.h"

#include <sys/mman.h>

#include <new>

namespace landfall::alb {

void* map_pages() {
  void* room = mmap(nullptr, 2 * kPagesSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (room == MAP_FAILED) throw std::bad_alloc();
  const auto at = reinterpret_cast<uintptr_t>(room);
  const uintptr_t aligned = (at + kPagesSize - 1) & ~(kPagesSize - 1);
  if (aligned > at) munmap(room, aligned - at);
  if (at + kPagesSize > aligned) munmap(reinterpret_cast<void*>(aligned + kPagesSize), at + kPagesSize - aligned);
  return reinterpret_cast<void*>(aligned);
}

void unmap_pages(void* pages) { munmap(pages, kPagesSize); }

}  // namespace landfall::alb
