#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace landfall {

using Duration = std::chrono::milliseconds;

/// Wall-clock time as milliseconds since the Unix epoch; 0 means "never" in records.
struct WallTime {
  int64_t ms = 0;
  auto operator<=>(const WallTime&) const = default;
  explicit operator bool() const { return ms != 0; }
  WallTime operator+(Duration d) const { return {ms + d.count()}; }
  WallTime operator-(Duration d) const { return {ms - d.count()}; }
  Duration operator-(WallTime other) const { return Duration(ms - other.ms); }
};

/// Time handed in: steady() for intervals, wall() for people, records and certificates.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual std::chrono::steady_clock::time_point steady() const = 0;
  virtual WallTime wall() const = 0;
};

class SystemClock final : public Clock {
 public:
  std::chrono::steady_clock::time_point steady() const override;
  WallTime wall() const override;
};

/// A clock that stands still until advanced; for tests and the simulator.
class SimClock final : public Clock {
 public:
  explicit SimClock(WallTime start = {1'800'000'000'000}) : now_(start) {}
  std::chrono::steady_clock::time_point steady() const override {
    return std::chrono::steady_clock::time_point(Duration(now_.ms));
  }
  WallTime wall() const override { return now_; }
  void advance(Duration by) { now_ = now_ + by; }

 private:
  WallTime now_;
};

/// "2018-10-17T10:29:59Z"; with_ms: "2018-10-17T10:29:59.123Z".
std::string iso8601(WallTime time, bool with_ms = false);
/// Reads what iso8601 writes (fraction and Z or numeric offset optional).
Result<WallTime> parse_iso8601(std::string_view text);
/// "Wed, 17 Oct 2018 10:29:59 GMT" (RFC 9110, 5.6.7).
std::string http_date(WallTime time);

}  // namespace landfall
