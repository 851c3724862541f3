#include "alb/kept.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace landfall::alb {
namespace {
thread_local size_t total_kept = 0;
}

Kept::Kept(Kept&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), begin_(std::exchange(other.begin_, 0)), end_(std::exchange(other.end_, 0)), capacity_(std::exchange(other.capacity_, 0)) {}

Kept& Kept::operator=(Kept&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(begin_, other.begin_);
  std::swap(end_, other.end_);
  std::swap(capacity_, other.capacity_);
  return *this;
}

size_t Kept::total() { return total_kept; }

void Kept::append(std::string_view bytes) {
  if (bytes.empty()) return;
  if (begin_ > 0 && end_ + bytes.size() > capacity_) {
    std::memmove(data_, data_ + begin_, size());
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ + bytes.size() > capacity_) {
    const auto wanted = static_cast<uint32_t>(std::max<size_t>(end_ + bytes.size(), size_t{capacity_} * 3 / 2));
    data_ = static_cast<char*>(std::realloc(data_, wanted));
    if (data_ == nullptr) std::abort();  // the bound on all buffers lies far below what the machine has
    total_kept += wanted - capacity_;
    capacity_ = wanted;
  }
  std::memcpy(data_ + end_, bytes.data(), bytes.size());
  end_ += static_cast<uint32_t>(bytes.size());
}

void Kept::drop_front(size_t count) {
  begin_ += static_cast<uint32_t>(count);
  if (begin_ == end_) clear();
}

void Kept::clear() {
  std::free(data_);
  total_kept -= capacity_;
  data_ = nullptr;
  begin_ = end_ = capacity_ = 0;
}

}  // namespace landfall::alb
