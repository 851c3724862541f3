#include "alb/loop.h"

#include <algorithm>

namespace landfall::alb {

void EventLoop::watch(int fd, Handler* handler, uint32_t events) {
  epoll_event event{.events = events, .data = {.ptr = handler}};
  epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
}

void EventLoop::change(int fd, Handler* handler, uint32_t events) {
  epoll_event event{.events = events, .data = {.ptr = handler}};
  epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event);
}

void EventLoop::forget(int fd) { epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr); }

void EventLoop::turn(int timeout_ms) {
  epoll_event events[256];
  const int ready = epoll_wait(epoll_.get(), events, 256, again_.empty() ? timeout_ms : 0);
  now_ = std::chrono::steady_clock::now() + std::chrono::seconds(skipped_.load(std::memory_order_relaxed));
  for (int i = 0; i < ready; ++i) static_cast<Handler*>(events[i].data.ptr)->on_event(events[i].events);
  for (const auto& [handler, told] : std::exchange(again_, {})) handler->on_event(told);
  clear_graves();
}

void EventLoop::clear_graves() {
  while (!graves_.empty()) {
    const auto dead = std::exchange(graves_, {});
    std::erase_if(again_, [&](const auto& told) { return std::ranges::any_of(dead, [&](const auto& grave) { return grave.get() == told.first; }); });
  }
}

}  // namespace landfall::alb
