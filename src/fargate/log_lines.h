#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace landfall::fargate {

struct LogLine {
  WallTime at;
  std::string text;
};

/// Reads conmon's log ("2026-11-24T16:00:00.123456789+00:00 stdout F text"), piece by piece: pieces of one line (tag P) are joined per
/// stream, and a line over 256 KiB is cut into several (CloudWatch's bound for an event).
class LogLines {
 public:
  /// Complete lines of `bytes`, which go on where the last call's ended.
  std::vector<LogLine> take(std::string_view bytes);
  /// Bytes that belong to lines not complete yet: a reader that starts afresh starts so much earlier.
  size_t held() const { return held_; }

 private:
  struct Pending {
    WallTime at;
    std::string text;
  };
  void line(std::string_view text, std::vector<LogLine>& out);
  std::string rest_;
  Pending out_, err_;
  size_t held_ = 0;
};

}  // namespace landfall::fargate
