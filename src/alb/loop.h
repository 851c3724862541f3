#pragma once

#include <sys/epoll.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include "base/file.h"

namespace landfall::alb {

using TimePoint = std::chrono::steady_clock::time_point;

/// Whoever waits for a descriptor. Dies only through EventLoop::bury, so that an event never finds it gone; one that is
/// buried may still be told of an event of the same turn.
class Handler {
 public:
  virtual ~Handler() = default;
  virtual void on_event(uint32_t events) = 0;
};

/// Everything that a connection waits for, told once per change (edge-triggered): no call to the kernel when interest changes.
constexpr uint32_t kEdges = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
/// Events after which reading finds something: bytes, the end or an error.
constexpr uint32_t kReadable = EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR;
constexpr uint32_t kEnded = EPOLLRDHUP | EPOLLHUP | EPOLLERR;

/// One thread's epoll loop.
class EventLoop {
 public:
  EventLoop() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {}
  void watch(int fd, Handler* handler, uint32_t events);
  void change(int fd, Handler* handler, uint32_t events);
  void forget(int fd);  ///< not needed before a close
  /// Tells `handler` of `events` after those of this turn, as if the kernel had.
  void again(Handler* handler, uint32_t events) { again_.emplace_back(handler, events); }
  /// Destroyed after the events of this turn.
  void bury(std::unique_ptr<Handler> handler) { graves_.push_back(std::move(handler)); }
  /// Handles what is ready, waiting `timeout_ms` at most.
  void turn(int timeout_ms);
  /// Destroys what is buried, and what that buries in turn.
  void clear_graves();
  /// When the events of this turn were taken.
  TimePoint now() const { return now_; }
  /// For tests: all loops take it for so much later from their next turn on, so that time-outs need no waiting.
  static void skip(std::chrono::seconds time) { skipped_.fetch_add(time.count(), std::memory_order_relaxed); }

 private:
  static inline std::atomic<int64_t> skipped_ = 0;  ///< seconds

  Fd epoll_;
  TimePoint now_ = std::chrono::steady_clock::now();
  std::vector<std::unique_ptr<Handler>> graves_;
  std::vector<std::pair<Handler*, uint32_t>> again_;
};

}  // namespace landfall::alb
