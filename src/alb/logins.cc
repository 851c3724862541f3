#include "alb/logins.h"

#include <ctime>

namespace landfall::alb {

void Logins::follow(std::shared_ptr<const Outside> outside) {
  {
    const std::lock_guard lock(mutex_);
    outside_ = std::move(outside);
  }
  while (threads_.size() < kThreads) threads_.emplace_back([this] { run(); });
}

bool Logins::start(LoginCall call, Done done) {
  {
    const std::lock_guard lock(mutex_);
    if (is_stopped_ || !outside_ || waiting_.size() >= kMost) return false;
    waiting_.push_back({.call = std::move(call), .done = std::move(done), .since = std::chrono::steady_clock::now()});
  }
  changed_.notify_one();
  return true;
}

void Logins::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
    waiting_.clear();
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void Logins::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return is_stopped_ || !waiting_.empty(); });
    if (is_stopped_) return;
    const Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    const auto outside = outside_;
    lock.unlock();
    const TimePoint began = std::chrono::steady_clock::now();
    LoginOutcome outcome{.result = std::unexpected(LoginFailure{.status = 500, .reason = "AuthTokenEpRequestTimeout"})};
    if (began - next.since < kPatience) {
      const LoginCall& call = next.call;
      outcome.result = call.code.empty() ? refresh_session(*outside, *call.provider, call.before, time(nullptr)) : redeem_code(*outside, *call.provider, call.code, call.redirect_uri, time(nullptr));
      outcome.took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began);
    }
    next.done(std::move(outcome));
    lock.lock();
  }
}

}  // namespace landfall::alb
