#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "terraform/event.h"

namespace landfall::terraform {

/// Operations that run: tells their begin and end, and after every period that one still runs. Thread-safe; the thread that
/// counts the seconds begins with the first operation. `tell` outlives this.
class Progress {
 public:
  explicit Progress(const Listener& tell, std::chrono::milliseconds period = std::chrono::seconds(10)) : tell_(tell), period_(period) {}
  ~Progress();

  /// One operation, from its begin to its end; without an end it failed.
  class Running {
   public:
    Running(Progress& progress, Event event);
    ~Running();
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    void done(const std::string& id);  ///< "": none is told

   private:
    void end(Event::Kind kind);
    Progress& progress_;
    Event event_;
    const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    bool has_ended_ = false;
  };

 private:
  struct Entry {
    const Event* event;
    std::chrono::steady_clock::time_point start, next;
  };
  void tell(const Event& event) const {
    if (tell_) tell_(event);
  }
  void watch(const std::stop_token& stop);

  const Listener& tell_;
  const std::chrono::milliseconds period_;
  std::mutex mutex_;  ///< guards running_
  std::condition_variable_any changed_;
  std::map<const Running*, Entry> running_;
  std::jthread watcher_;
};

}  // namespace landfall::terraform
