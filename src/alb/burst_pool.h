#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace landfall::alb {

/// Objects of one type that are used again and again, and in bursts: they live in blocks of 64 KiB of their own pages, and a
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
    void* pages = mmap(nullptr, 2 * kBlock, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) throw std::bad_alloc();
    auto at = reinterpret_cast<uintptr_t>(pages);
    const uintptr_t aligned = (at + kBlock - 1) & ~(kBlock - 1);  // so that an object's address tells its block
    if (aligned > at) munmap(pages, aligned - at);
    if (at + kBlock > aligned) munmap(reinterpret_cast<void*>(aligned + kBlock), at + kBlock - aligned);
    auto* block = new (reinterpret_cast<void*>(aligned)) Block{.place = blocks_.size()};
    for (size_t i = kObjects; i-- > 0;) block->free.push_back(new (block->objects() + i) T(arguments...));
    blocks_.push_back(block);
    return pop(block);
  }

  void give(T* object) {
    auto* block = reinterpret_cast<Block*>(reinterpret_cast<uintptr_t>(object) & ~(kBlock - 1));
    block->free.push_back(object);
    if (block->place < first_free_) first_free_ = block->place;
  }

  /// Gives back the blocks that nobody uses, but for one.
  void shrink() {
    bool kept = false;
    std::erase_if(blocks_, [&](Block* block) {
      if (block->free.size() < kObjects || !std::exchange(kept, true)) return false;
      release(block);
      return true;
    });
    for (size_t i = 0; i < blocks_.size(); ++i) blocks_[i]->place = i;
    first_free_ = 0;
  }

  size_t capacity() const { return blocks_.size() * kObjects; }

 private:
  static constexpr uintptr_t kBlock = 64 * 1024;
  struct Block {
    size_t place;
    std::vector<T*> free{};
    T* objects() { return reinterpret_cast<T*>(reinterpret_cast<uintptr_t>(this) + kFirst); }
  };
  static constexpr size_t kFirst = (sizeof(Block) + alignof(T) - 1) / alignof(T) * alignof(T);
  static constexpr size_t kObjects = (kBlock - kFirst) / sizeof(T);
  static_assert(kObjects > 0);

  static T* pop(Block* block) {
    T* object = block->free.back();
    block->free.pop_back();
    return object;
  }
  static void release(Block* block) {
    for (size_t i = 0; i < kObjects; ++i) std::destroy_at(block->objects() + i);
    std::destroy_at(block);
    munmap(block, kBlock);
  }

  std::vector<Block*> blocks_;
  size_t first_free_ = 0;  ///< no block before it has a free object
};

}  // namespace landfall::alb
