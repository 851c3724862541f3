#include "fargate/exit_watch.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>

#include "sys/process.h"

namespace landfall::fargate {

ExitWatch::ExitWatch(std::function<void(const std::string& name)> tell)
    : tell_(std::move(tell)), poll_(epoll_create1(EPOLL_CLOEXEC)), wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  epoll_event event{.events = EPOLLIN, .data = {.u64 = 0}};
  epoll_ctl(poll_.get(), EPOLL_CTL_ADD, wake_.get(), &event);
  thread_ = std::thread([this] { run(); });
}

ExitWatch::~ExitWatch() {
  {
    const std::lock_guard guard(mutex_);
    is_ending_ = true;
  }
  eventfd_write(wake_.get(), 1);
  thread_.join();
}

void ExitWatch::add(const std::string& name, int pid) {
  auto process = sys::open_process(pid);
  if (!process) return tell_(name);
  const std::lock_guard guard(mutex_);
  const uint64_t number = next_++;
  epoll_event event{.events = EPOLLIN, .data = {.u64 = number}};
  const int fd = process->get();
  watched_[number] = {name, std::move(*process)};
  epoll_ctl(poll_.get(), EPOLL_CTL_ADD, fd, &event);
}

void ExitWatch::run() {
  std::array<epoll_event, 64> events;
  for (;;) {
    const int ready = epoll_wait(poll_.get(), events.data(), events.size(), -1);
    for (int i = 0; i < ready; ++i) {
      std::string name;
      {
        const std::lock_guard guard(mutex_);
        if (is_ending_) return;
        const auto found = watched_.find(events[static_cast<size_t>(i)].data.u64);
        if (found == watched_.end()) continue;
        name = found->second.name;
        watched_.erase(found);
      }
      tell_(name);
    }
  }
}

}  // namespace landfall::fargate
