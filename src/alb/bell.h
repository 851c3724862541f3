#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

#include "alb/loop.h"
#include "base/file.h"

namespace landfall::alb {

/// Wakes a loop from any thread.
class Bell : public Handler {
 public:
  explicit Bell(EventLoop& loop) : event_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) { loop.watch(event_.get(), this, EPOLLIN); }
  void on_event(uint32_t) override {
    uint64_t count = 0;
    (void)!read(event_.get(), &count, sizeof count);
  }
  void ring() const {
    const uint64_t one = 1;
    (void)!write(event_.get(), &one, sizeof one);
  }

 private:
  Fd event_;
};

}  // namespace landfall::alb
