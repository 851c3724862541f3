#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
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
///
/// A refresh token is sent once: requests that come with the same one meanwhile, or within kRemembered after, get the same session.
/// (Providers that change the token with each refresh take the old one for stolen: RFC 9700 4.14.2.)
class Logins {
 public:
  static constexpr size_t kThreads = 4, kMost = 256;
  static constexpr auto kPatience = std::chrono::seconds(5), kRemembered = std::chrono::seconds(10);
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
  struct Refreshed {
    UserSession session;
    TimePoint until;
  };
  void run();
  bool is_known(Waiting& refresh, std::unique_lock<std::mutex>& lock);
  std::vector<Done> keep(const UserSession& before, const LoginResult& result);
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Waiting> waiting_;
  std::shared_ptr<const Outside> outside_;
  bool is_stopped_ = false;
  std::map<std::string, std::vector<Done>> refreshing_;  ///< by provider and refresh token: who waits for the call on its way
  std::map<std::string, Refreshed> refreshed_;           ///< by the same, at most kMost
  std::vector<std::thread> threads_;
};

}  // namespace landfall::alb
