#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "alb/jwt.h"
#include "alb/loop.h"
#include "alb/web_call.h"

namespace landfall::alb {

/// The keys that one endpoint publishes. Lanes read it, KeySets fills it; stays over changes of configuration.
class KeySet {
 public:
  explicit KeySet(std::string url) : url_(std::move(url)) {}
  const std::string& url() const { return url_; }
  /// Null until the endpoint has answered once; then the newest that it told.
  std::shared_ptr<const KeyList> keys() const;
  /// The code of the last failure; empty if the last call worked.
  std::string failure() const;
  void ask_again() { is_wanted_.store(true, std::memory_order_relaxed); }  ///< a token named an unknown key

 private:
  friend class KeySets;
  std::string url_;
  std::atomic<bool> is_wanted_ = false;
  mutable std::mutex mutex_;
  std::shared_ptr<const KeyList> keys_;
  std::string failure_;
  TimePoint called_{}, next_{};  ///< KeySets's thread's
};

/// Fetches key sets on a thread of its own: at once, every five minutes, and earlier (but not within two seconds) after a
/// failure or when a token names an unknown key.
class KeySets {
 public:
  KeySets() = default;
  ~KeySets();
  /// From now on these. The thread starts with the first.
  void follow(std::vector<std::shared_ptr<KeySet>> sets, std::shared_ptr<const Outside> outside);

 private:
  void run();
  static void fetch(KeySet& set, const Outside& outside);
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::shared_ptr<KeySet>> sets_;
  std::shared_ptr<const Outside> outside_;
  bool is_stopped_ = false;
  std::thread thread_;
};

}  // namespace landfall::alb
