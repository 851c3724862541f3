#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/record.h"

namespace landfall::alb {

/// Requests that one target took and did not answer, for one reason: "target_idle_timeout".
struct Failure {
  std::string reason;
  int64_t count = 0;
  WallTime last;
  FIELDS(reason, count, last)
};

/// Of one target, since the worker started. Written by the lanes, read by the control thread; failures are rare: a mutex.
class Failures {
 public:
  void add(std::string_view reason);
  std::vector<Failure> all() const;
  void clear();

 private:
  mutable std::mutex mutex_;
  std::vector<Failure> known_;  ///< as many as there are reasons in the code
};

}  // namespace landfall::alb
