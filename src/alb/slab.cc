#include "alb/slab.h"

#include <algorithm>
#include <cstdint>
#include <new>

#include "alb/pages.h"

namespace landfall::alb {
namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr bool kIsWatched = true;  // each object by itself, so that the sanitizer sees one that is used too late
#else
constexpr bool kIsWatched = false;
#endif
constexpr size_t kAlignment = alignof(std::max_align_t);

constexpr size_t rounded(size_t size) { return (size + kAlignment - 1) / kAlignment * kAlignment; }

}  // namespace

struct Slab::Block {
  struct Free {
    Free* next;
  };
  Slab* owner;
  Free* free = nullptr;  ///< places that were given back
  size_t begun = 0;      ///< places that were ever taken; those behind them are untouched
  size_t used = 0;

  char* place(size_t index) { return reinterpret_cast<char*>(this) + rounded(sizeof(Block)) + index * owner->size_; }
};

Slab::Slab(size_t object_size) : size_(rounded(object_size)), fits_((kPagesSize - rounded(sizeof(Block))) / size_) {}

Slab::~Slab() {
  for (Block* block : roomy_) unmap_pages(block);
}

void* Slab::take() {
  if (kIsWatched) return ::operator new(size_);
  if (roomy_.empty()) roomy_.push_back(new (map_pages()) Block{.owner = this});
  Block* block = roomy_.back();
  void* place = block->free;
  if (block->free != nullptr) block->free = block->free->next;
  else place = block->place(block->begun++);
  if (++block->used == fits_) roomy_.pop_back();
  return place;
}

void Slab::give(void* object) {
  if (kIsWatched) return ::operator delete(object);
  auto* block = static_cast<Block*>(pages_of(object));
  Slab& slab = *block->owner;
  if (block->used-- == slab.fits_) slab.roomy_.push_back(block);
  block->free = new (object) Block::Free{block->free};
  if (block->used > 0 || slab.roomy_.size() == 1) return;  // one that is empty stays
  std::erase(slab.roomy_, block);
  unmap_pages(block);
}

}  // namespace landfall::alb
