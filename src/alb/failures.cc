#include "alb/failures.h"

#include <algorithm>

namespace landfall::alb {

void Failures::add(std::string_view reason) {
  const WallTime now = SystemClock().wall();
  const std::lock_guard lock(mutex_);
  auto known = std::ranges::find(known_, reason, &Failure::reason);
  if (known == known_.end()) known = known_.insert(known_.end(), {.reason = std::string(reason)});
  ++known->count;
  known->last = now;
}

std::vector<Failure> Failures::all() const {
  const std::lock_guard lock(mutex_);
  return known_;
}

void Failures::clear() {
  const std::lock_guard lock(mutex_);
  known_.clear();
}

}  // namespace landfall::alb
