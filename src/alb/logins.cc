#include "alb/logins.h"

#include <ctime>

#include <fmt/format.h>

namespace landfall::alb {
namespace {

std::string refresh_of(const UserSession& session) { return fmt::format("{} {}", session.provider, session.refresh_token); }

}  // namespace

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
    Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    const bool is_refresh = next.call.code.empty();
    if (is_refresh && is_known(next, lock)) continue;
    const auto outside = outside_;
    lock.unlock();
    const TimePoint began = std::chrono::steady_clock::now();
    LoginOutcome outcome{.result = std::unexpected(LoginFailure{.status = 500, .reason = "AuthTokenEpRequestTimeout"})};
    if (began - next.since < kPatience) {
      const LoginCall& call = next.call;
      outcome.result = is_refresh ? refresh_session(*outside, *call.provider, call.before, time(nullptr)) : redeem_code(*outside, *call.provider, call.code, call.redirect_uri, time(nullptr));
      outcome.took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began);
    }
    lock.lock();
    const std::vector<Done> others = is_refresh ? keep(next.call.before, outcome.result) : std::vector<Done>();
    lock.unlock();
    for (const Done& done : others) done({.result = outcome.result, .took = {}});
    next.done(std::move(outcome));
    lock.lock();
  }
}

/// Whether its session is there already, or will be with a call on its way.
bool Logins::is_known(Waiting& refresh, std::unique_lock<std::mutex>& lock) {
  const std::string key = refresh_of(refresh.call.before);
  if (const auto calls = refreshing_.find(key); calls != refreshing_.end()) {
    calls->second.push_back(std::move(refresh.done));
    return true;
  }
  const auto found = refreshed_.find(key);
  const auto is_over = [](const Refreshed& one) { return one.until < std::chrono::steady_clock::now() || (one.session.access_ends != 0 && one.session.access_ends <= time(nullptr)); };
  if (found == refreshed_.end() || is_over(found->second)) {
    refreshing_[key];
    return false;
  }
  LoginOutcome outcome{.result = found->second.session, .took = {}};
  lock.unlock();
  refresh.done(std::move(outcome));
  lock.lock();
  return true;
}

/// A call has ended: its session is remembered; returns those who waited for it.
std::vector<Logins::Done> Logins::keep(const UserSession& before, const LoginResult& result) {
  const std::string key = refresh_of(before);
  std::vector<Done> others = std::move(refreshing_.extract(key).mapped());
  const TimePoint now = std::chrono::steady_clock::now();
  std::erase_if(refreshed_, [&](const auto& one) { return one.second.until < now; });
  if (result && refreshed_.size() < kMost) refreshed_.insert_or_assign(key, Refreshed{.session = *result, .until = now + kRemembered});
  return others;
}

}  // namespace landfall::alb
