#include "terraform/progress.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace landfall::terraform {
namespace {

int seconds_since(std::chrono::steady_clock::time_point start) { return static_cast<int>(std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - start).count()); }

}  // namespace

Progress::~Progress() {
  watcher_.request_stop();
  changed_.notify_all();
}

void Progress::watch(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    auto next = std::chrono::steady_clock::now() + period_;
    for (const auto& [running, entry] : running_) next = std::min(next, entry.next);
    changed_.wait_until(lock, stop, next, [] { return false; });
    const auto now = std::chrono::steady_clock::now();
    std::vector<Event> due;
    for (auto& [running, entry] : running_) {
      if (entry.next > now) continue;
      entry.next += period_;
      due.push_back(*entry.event);
      due.back().kind = Event::Kind::apply_progress;
      due.back().elapsed_seconds = seconds_since(entry.start);
    }
    lock.unlock();
    for (const Event& event : due) tell(event);
    lock.lock();
  }
}

Progress::Running::Running(Progress& progress, Event event) : progress_(progress), event_(std::move(event)) {
  event_.kind = Event::Kind::apply_start;
  progress_.tell(event_);
  const std::lock_guard lock(progress_.mutex_);
  progress_.running_[this] = {.event = &event_, .start = start_, .next = start_ + progress_.period_};
  if (!progress_.watcher_.joinable()) progress_.watcher_ = std::jthread([&owner = progress_](const std::stop_token& stop) { owner.watch(stop); });
}

void Progress::Running::end(Event::Kind kind) {
  if (std::exchange(has_ended_, true)) return;
  {
    const std::lock_guard lock(progress_.mutex_);
    progress_.running_.erase(this);
  }
  event_.kind = kind;
  event_.elapsed_seconds = seconds_since(start_);
  progress_.tell(event_);
}

void Progress::Running::done(const std::string& id) {
  {
    const std::lock_guard lock(progress_.mutex_);  // the watcher reads it
    event_.id = id;
  }
  end(Event::Kind::apply_complete);
}

Progress::Running::~Running() {
  if (has_ended_) return;
  {
    const std::lock_guard lock(progress_.mutex_);
    event_.id.clear();
  }
  end(Event::Kind::apply_errored);
}

}  // namespace landfall::terraform
