#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "alb/pages.h"

namespace landfall::alb {

/// Objects of one type that are used again and again, and in bursts: they live in pages of their own, and a
/// block goes back to the system once none of its objects is in use. An object keeps what it holds until then.
template <class T>
class BurstPool {
 public:
  ~BurstPool() {
    for (Block* block : blocks_) release(block);
  }

  /// Constructed from `arguments` if it is a new one.
  template <class... Arguments>
  T* take(Arguments&... arguments) {
    for (; first_free_ < blocks_.size(); ++first_free_) {
      if (Block* block = blocks_[first_free_]; !block->free.empty()) return pop(block);
    }
    auto* block = new (map_pages()) Block{.place = blocks_.size()};
    for (size_t i = kObjects; i-- > 0;) block->free.push_back(new (block->objects() + i) T(arguments...));
    blocks_.push_back(block);
    return pop(block);
  }

  void give(T* object) {
    auto* block = static_cast<Block*>(pages_of(object));
    block->free.push_back(object);
    if (block->place < first_free_) first_free_ = block->place;
  }

  /// Gives back the blocks that nobody uses, but for one. How many these were.
  size_t shrink() {
    bool kept = false;
    const size_t before = blocks_.size();
    std::erase_if(blocks_, [&](Block* block) {
      if (block->free.size() < kObjects || !std::exchange(kept, true)) return false;
      release(block);
      return true;
    });
    for (size_t i = 0; i < blocks_.size(); ++i) blocks_[i]->place = i;
    first_free_ = 0;
    return before - blocks_.size();
  }

  size_t capacity() const { return blocks_.size() * kObjects; }

 private:
  struct Block {
    size_t place;
    std::vector<T*> free{};
    T* objects() { return reinterpret_cast<T*>(reinterpret_cast<uintptr_t>(this) + kFirst); }
  };
  static constexpr size_t kFirst = (sizeof(Block) + alignof(T) - 1) / alignof(T) * alignof(T);
  static constexpr size_t kObjects = (kPagesSize - kFirst) / sizeof(T);
  static_assert(kObjects > 0);

  static T* pop(Block* block) {
    T* object = block->free.back();
    block->free.pop_back();
    return object;
  }
  static void release(Block* block) {
    for (size_t i = 0; i < kObjects; ++i) std::destroy_at(block->objects() + i);
    std::destroy_at(block);
    unmap_pages(block);
  }

  std::vector<Block*> blocks_;
  size_t first_free_ = 0;  ///< no block before it has a free object
};

}  // namespace landfall::alb
