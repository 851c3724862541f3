#pragma once

#include <sys/epoll.h>

#include <functional>
#include <memory>
#include <vector>

#include "base/file.h"

namespace landfall::alb {

/// Whoever waits for a descriptor. Dies only through EventLoop::bury, so that an event never finds it gone.
class Handler {
 public:
  virtual ~Handler() = default;
  virtual void on_event(uint32_t events) = 0;
};

/// One thread's epoll loop.
class EventLoop {
 public:
  EventLoop() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {}
  void watch(int fd, Handler* handler, uint32_t events);
  void change(int fd, Handler* handler, uint32_t events);
  void forget(int fd);
  /// Destroyed after the events of this turn.
  void bury(std::unique_ptr<Handler> handler) { graves_.push_back(std::move(handler)); }
  /// Handles what is ready, waiting `timeout_ms` at most.
  void turn(int timeout_ms);
  /// Destroys what is buried, and what that buries in turn.
  void clear_graves();

 private:
  Fd epoll_;
  std::vector<std::unique_ptr<Handler>> graves_;
};

}  // namespace landfall::alb
