#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "alb/identity_provider.h"
#include "alb/loop.h"

namespace landfall::alb {

/// One call to an identity provider: a code that becomes a session, or a session that goes on.
struct LoginCall {
  std::shared_ptr<const void> keeper;  ///< of `provider`
  const model::AuthenticateOidc* provider = nullptr;
  std::string code, redirect_uri;      ///< code empty: `before` goes on
  UserSession before;
};

struct LoginOutcome {
  LoginResult result;
  std::chrono::microseconds took{};  ///< with the provider
};

/// Calls identity providers on threads of its own, so that lanes never wait. Bounded: kThreads at once, kMost waiting, and one that
/// has waited for kPatience fails as if the provider had not answered.
class Logins {
 public:
  static constexpr size_t kThreads = 4, kMost = 256;
  static constexpr auto kPatience = std::chrono::seconds(5);
  using Done = std::function<void(LoginOutcome)>;

  Logins() = default;
  ~Logins() { stop(); }
  /// From now on these addresses and roots; the threads start with the first call of this.
  void follow(std::shared_ptr<const Outside> outside);
  /// `done` is called on another thread. False: too many wait, or none can be made.
  bool start(LoginCall call, Done done);
  /// Waits for the calls on their way; those that wait are forgotten.
  void stop();

 private:
  struct Waiting {
    LoginCall call;
    Done done;
    TimePoint since;
  };
  void run();
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Waiting> waiting_;
  std::shared_ptr<const Outside> outside_;
  bool is_stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace landfall::alb
