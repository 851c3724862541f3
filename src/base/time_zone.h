#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace landfall {

/// A point of a calendar, as a clock on the wall shows it.
struct CivilTime {
  int year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0;
  int weekday = 4;        ///< 0 is Sunday
  int days_in_month = 31;
  auto operator<=>(const CivilTime&) const = default;
};

/// When local time is how far from UTC: what a TZif file tells (RFC 9636).
class TimeZone {
 public:
  static TimeZone utc() { return TimeZone(); }
  /// Reads /usr/share/zoneinfo/<name>. Errors: "TimeZone.Unknown" for a name that is not there.
  static Result<TimeZone> load(const std::string& name);
  /// The content of such a file. Errors: "TimeZone.Malformed".
  static Result<TimeZone> parse(std::string_view bytes);

  int offset_at(WallTime time) const;  ///< seconds east of UTC
  CivilTime civil(WallTime time) const;
  /// The moment at which clocks there show it; of two the first. What they skip is taken as if they did not.
  WallTime moment(const CivilTime& time) const;

 private:
  struct Change {
    int64_t at = 0;  ///< seconds since the epoch
    int offset = 0;
  };
  /// "M3.2.0/2": the day of a change in each year after the last one listed.
  struct Yearly {
    int month = 0, week = 0, weekday = 0, seconds = 7200;
    bool read(std::string_view& text);
    int64_t in(int year) const;  ///< local seconds since the epoch
  };
  bool read_footer(std::string_view text);

  std::vector<Change> changes_;
  int first_offset_ = 0;
  int standard_ = 0, summer_ = 0;  ///< after the last change
  bool has_rule_ = false, has_summer_ = false;
  Yearly begins_, ends_;
};

}  // namespace landfall
