#pragma once

#include <cstddef>
#include <memory>

namespace landfall::alb {

/// One thread's working memory. Bytes pass through here; a connection keeps only what its peer does not take (Kept), so
/// an idle one has no buffer and a busy one finds its bytes in the processor's cache.
struct Scratch {
  static constexpr size_t kHeadroom = 72 * 1024;  ///< free bytes before `input`: a rewritten head goes there
  static constexpr size_t kRead = 128 * 1024;     ///< read at once
  static constexpr size_t kHead = 160 * 1024;     ///< a head of the largest size with all that we add

  std::unique_ptr<char[]> room{new char[kHeadroom + kRead]};
  std::unique_ptr<char[]> head_room{new char[kHead + kRead]};
  char* input() { return room.get() + kHeadroom; }
  char* head() { return head_room.get(); }

  static Scratch& mine() {
    static thread_local Scratch scratch;
    return scratch;
  }
};

}  // namespace landfall::alb
