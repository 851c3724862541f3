#pragma once

#include <array>
#include <bitset>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "base/time_zone.h"

namespace landfall::model {

/// When a scheduled action runs: `at(2026-11-25T20:00:00)`, `rate(5 minutes)`, `cron(0 8 ? * MON-FRI *)`. Pure.
/// Source  Application Auto Scaling user guide, Schedule recurring scaling actions using cron expressions; EventBridge
///         user guide, Cron expressions reference (six fields; L, W and # in the days)
class Schedule {
 public:
  /// Errors: "Schedule.Malformed" names what was found.
  static Result<Schedule> parse(std::string_view text);

  /// The latest occurrence with after < it <= until; none if there is none. Looks at no more than the last kFurthest.
  /// `start`  of the action: the first run of a rate is there (or one period after `after` was the action's making).
  std::optional<WallTime> latest(const TimeZone& zone, WallTime start, WallTime after, WallTime until) const;
  static constexpr Duration kFurthest = std::chrono::hours(48);

 private:
  enum class Kind { at, rate, cron };
  Result<void> parse_cron(std::string_view fields);
  bool matches(const CivilTime& time) const;
  bool matches_day(const CivilTime& time) const;

  Kind kind_ = Kind::at;
  CivilTime at_;
  Duration every_{};
  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<13> months_;
  std::bitset<32> days_;
  std::bitset<7> weekdays_;     ///< 0 is Sunday
  std::bitset<2300> years_;
  bool uses_weekdays_ = false;  ///< the day of the month is "?"
  bool is_last_day_ = false;    ///< L in the days of the month
  int nearest_weekday_ = 0;     ///< 15W; 0: none
  int last_weekday_ = -1;       ///< 6L: the last such weekday of the month
  int nth_weekday_ = -1, nth_ = 0;  ///< 6#3
};

}  // namespace landfall::model
