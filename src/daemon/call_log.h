#pragma once

#include <deque>
#include <mutex>
#include <string>

#include "aws/endpoint.h"

namespace landfall::daemon {

/// The newest calls of the AWS endpoint, as CloudTrail tells them; in memory, at most kMost. Thread-safe.
class CallLog {
 public:
  void add(aws::CallRecord record);

  /// JSON {"events": [...]} of calls with a sequence number above `after`, oldest first; each in CloudTrail's member names.
  std::string json_after(int64_t after) const;

 private:
  static constexpr size_t kMost = 10'000;
  struct Numbered {
    int64_t sequence;
    aws::CallRecord record;
  };
  mutable std::mutex mutex_;
  int64_t last_ = 0;
  std::deque<Numbered> records_;
};

}  // namespace landfall::daemon
