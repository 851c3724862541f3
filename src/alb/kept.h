#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace landfall::alb {

/// Bytes that a connection has to keep until its peer takes them, or until the rest of a head comes. Holds no memory while
/// empty. All that a thread keeps is counted, so that it can be bounded.
class Kept {
 public:
  Kept() = default;
  ~Kept() { clear(); }
  Kept(Kept&& other) noexcept;
  Kept& operator=(Kept&& other) noexcept;
  bool empty() const { return begin_ == end_; }
  size_t size() const { return end_ - begin_; }
  std::string_view view() const { return {data_ + begin_, size()}; }
  void append(std::string_view bytes);
  void drop_front(size_t count);
  void clear();
  static size_t total();  ///< bytes of memory that this thread's buffers take

 private:
  char* data_ = nullptr;
  uint32_t begin_ = 0, end_ = 0, capacity_ = 0;
};

}  // namespace landfall::alb
