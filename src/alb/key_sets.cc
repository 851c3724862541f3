#include "alb/key_sets.h"

#include <algorithm>

#include "base/log.h"

namespace landfall::alb {
namespace {

constexpr auto kFresh = std::chrono::minutes(5);
constexpr auto kLook = std::chrono::milliseconds(200);
constexpr auto kApart = std::chrono::seconds(2);   // calls of one endpoint, at least
constexpr auto kRetry = std::chrono::seconds(1);    // while nothing is known yet
constexpr auto kLimit = std::chrono::milliseconds(5000);
constexpr size_t kMost = 150 * 1024 + 1;            // one more than a set may have: then it is known to be too large

}  // namespace

std::shared_ptr<const KeyList> KeySet::keys() const {
  const std::lock_guard lock(mutex_);
  return keys_;
}

std::string KeySet::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

KeySets::~KeySets() {
  {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void KeySets::follow(std::vector<std::shared_ptr<KeySet>> sets, std::shared_ptr<const Outside> outside) {
  const bool starts = !sets.empty() && !thread_.joinable();
  {
    const std::lock_guard lock(mutex_);
    sets_ = std::move(sets);
    outside_ = std::move(outside);
  }
  changed_.notify_all();
  if (starts) thread_ = std::thread([this] { run(); });
}

void KeySets::run() {
  std::unique_lock lock(mutex_);
  while (!is_stopped_) {
    const TimePoint now = std::chrono::steady_clock::now();
    const auto due = std::ranges::find_if(sets_, [&](const auto& set) { return now >= set->next_ || (set->is_wanted_ && now - set->called_ >= kApart); });
    if (due == sets_.end()) {
      changed_.wait_for(lock, kLook);
      continue;
    }
    const auto set = *due;
    const auto outside = outside_;
    lock.unlock();
    fetch(*set, *outside);
    lock.lock();
  }
}

void KeySets::fetch(KeySet& set, const Outside& outside) {
  const auto load = [&]() -> Result<KeyList> {
    const WebAnswer answer = TRY(outside.call({.url = set.url_}, kMost, kLimit));
    if (answer.status / 100 != 2) return fail("JWKSRequestFailed", "the endpoint answered " + std::to_string(answer.status));
    return parse_key_set(answer.body);
  };
  auto loaded = load();
  set.is_wanted_ = false;
  set.called_ = std::chrono::steady_clock::now();
  std::string failure;
  if (!loaded) failure = loaded.error().code == "Web.Timeout" ? "JWKSRequestTimeout" : loaded.error().code == "Web.TooLarge" ? "JWKSResponseSizeExceeded" : loaded.error().code.starts_with("JWKS") ? loaded.error().code : "JWKSRequestFailed";
  const std::lock_guard lock(set.mutex_);
  if (failure != set.failure_ && !failure.empty()) log_warn("key set not fetched", {{"endpoint", set.url_}, {"code", failure}, {"error", loaded.error().what}});
  set.failure_ = failure;
  if (loaded) set.keys_ = std::make_shared<const KeyList>(std::move(*loaded));
  set.next_ = set.called_ + (failure.empty() ? TimePoint::duration(kFresh) : set.keys_ ? TimePoint::duration(kApart) : TimePoint::duration(kRetry));
}

}  // namespace landfall::alb
