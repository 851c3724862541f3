#include "model/schedule.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "base/text.h"

namespace landfall::model {
namespace {

std::unexpected<Error> malformed(std::string_view what) { return fail("Schedule.Malformed", "Unrecognized schedule expression: " + std::string(what)); }

std::optional<int> number_of(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && !text.empty() ? std::optional(value) : std::nullopt;
}

/// A number, or a name of the list (whose first counts as `first`).
std::optional<int> value_of(std::string_view text, std::span<const char* const> names, int first) {
  for (size_t i = 0; i < names.size(); ++i) {
    if (iequals(text, names[i])) return first + static_cast<int>(i);
  }
  return number_of(text);
}

constexpr const char* kMonths[] = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
constexpr const char* kDays[] = {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};

/// "*", "5", "1-5", "1,15", "0/10", "*/10" into the bits from `least` to `most`.
template <size_t N>
bool fill(std::bitset<N>& bits, std::string_view field, int least, int most, std::span<const char* const> names = {}) {
  for (const std::string& part : split(field, ',')) {
    const size_t slash = part.find('/');
    std::string_view range = std::string_view(part).substr(0, slash);
    int from = least, until = most, step = 1;
    if (slash != std::string::npos) step = number_of(std::string_view(part).substr(slash + 1)).value_or(0);
    if (range != "*" && range != "?") {
      const size_t dash = range.find('-');
      const auto first = value_of(range.substr(0, dash), names, least), last = dash == std::string_view::npos ? first : value_of(range.substr(dash + 1), names, least);
      if (!first || !last) return false;
      from = *first;
      until = dash == std::string_view::npos && slash != std::string::npos ? most : *last;
    }
    if (step < 1 || from < least || until > most || (from > until && names.empty())) return false;
    if (from > until) until += most - least + 1;  // FRI-MON
    for (int i = from; i <= until; i += step) bits.set(static_cast<size_t>(i > most ? i - (most - least + 1) : i));
  }
  return true;
}

int weekday_of_first(const CivilTime& time) { return ((time.weekday - (time.day - 1)) % 7 + 7) % 7; }

}  // namespace

Result<Schedule> Schedule::parse(std::string_view text) {
  const size_t open = text.find('(');
  if (open == std::string_view::npos || !text.ends_with(')')) return malformed(text);
  const std::string_view kind = text.substr(0, open), inside = trim(text.substr(open + 1, text.size() - open - 2));
  Schedule schedule;
  if (kind == "at") {
    const auto time = inside.size() == 19 ? parse_iso8601(std::string(inside) + "Z") : Result<WallTime>(malformed(text));
    if (!time) return malformed(text);
    schedule.at_ = TimeZone::utc().civil(*time);
    return schedule;
  }
  if (kind == "rate") {
    schedule.kind_ = Kind::rate;
    const auto words = split(inside, ' ');
    const int count = words.size() == 2 ? number_of(words[0]).value_or(0) : 0;
    const std::string unit = words.size() == 2 ? words[1] : "";
    const int minutes = unit == (count == 1 ? "minute" : "minutes") ? 1 : unit == (count == 1 ? "hour" : "hours") ? 60 : unit == (count == 1 ? "day" : "days") ? 1440 : 0;
    if (count < 1 || minutes == 0) return malformed(text);
    schedule.every_ = std::chrono::minutes(static_cast<int64_t>(count) * minutes);
    return schedule;
  }
  schedule.kind_ = Kind::cron;
  if (kind != "cron" || !schedule.parse_cron(inside)) return malformed(text);
  return schedule;
}

/// Minutes, hours, day of month, month, day of week (1 is Sunday), year.
Result<void> Schedule::parse_cron(std::string_view text) {
  std::vector<std::string> fields = split(text, ' ');
  std::erase(fields, "");
  if (fields.size() != 6) return malformed(text);
  const std::string& days = fields[2];
  std::string weekdays = fields[4];
  uses_weekdays_ = days == "?";
  if (!fill(minutes_, fields[0], 0, 59) || !fill(hours_, fields[1], 0, 23) || !fill(months_, fields[3], 1, 12, kMonths) || !fill(years_, fields[5], 1970, 2199)) return malformed(text);
  // One of the two days is "?" (EventBridge guide): both at once cannot be meant.
  if ((days == "?") == (weekdays == "?") && !(days == "*" && weekdays == "*")) return malformed(text);
  if (!uses_weekdays_) {
    is_last_day_ = days == "L";
    if (days.ends_with('W')) nearest_weekday_ = number_of(std::string_view(days).substr(0, days.size() - 1)).value_or(99);
    if (nearest_weekday_ > 31 || nearest_weekday_ < 0) return malformed(text);
    if (!is_last_day_ && nearest_weekday_ == 0 && !fill(days_, days, 1, 31)) return malformed(text);
    return {};
  }
  if (const size_t mark = weekdays.find('#'); mark != std::string::npos) {
    nth_weekday_ = value_of(std::string_view(weekdays).substr(0, mark), kDays, 1).value_or(0) - 1;
    nth_ = number_of(std::string_view(weekdays).substr(mark + 1)).value_or(0);
    if (nth_weekday_ < 0 || nth_weekday_ > 6 || nth_ < 1 || nth_ > 5) return malformed(text);
    return {};
  }
  if (weekdays.size() > 1 && weekdays.ends_with('L')) {
    last_weekday_ = value_of(std::string_view(weekdays).substr(0, weekdays.size() - 1), kDays, 1).value_or(0) - 1;
    if (last_weekday_ < 0 || last_weekday_ > 6) return malformed(text);
    return {};
  }
  if (weekdays == "L") weekdays = "7";
  std::bitset<8> from_one;
  if (!fill(from_one, weekdays, 1, 7, kDays)) return malformed(text);
  for (size_t i = 0; i < 7; ++i) weekdays_[i] = from_one[i + 1];
  return {};
}

bool Schedule::matches_day(const CivilTime& t) const {
  if (uses_weekdays_) {
    if (nth_weekday_ >= 0) return t.weekday == nth_weekday_ && (t.day - 1) / 7 + 1 == nth_;
    if (last_weekday_ >= 0) return t.weekday == last_weekday_ && t.day + 7 > t.days_in_month;
    return weekdays_[static_cast<size_t>(t.weekday)];
  }
  if (is_last_day_) return t.day == t.days_in_month;
  if (nearest_weekday_ == 0) return days_[static_cast<size_t>(t.day)];
  const int wanted = std::min(nearest_weekday_, t.days_in_month), weekday = (weekday_of_first(t) + wanted - 1) % 7;
  int nearest = wanted;
  if (weekday == 6) nearest = wanted == 1 ? 3 : wanted - 1;
  if (weekday == 0) nearest = wanted == t.days_in_month ? wanted - 2 : wanted + 1;
  return t.day == nearest;
}

bool Schedule::matches(const CivilTime& t) const {
  return minutes_[static_cast<size_t>(t.minute)] && hours_[static_cast<size_t>(t.hour)] && months_[static_cast<size_t>(t.month)] && t.year >= 1970 && t.year < 2200 && years_[static_cast<size_t>(t.year)] && matches_day(t);
}

std::optional<WallTime> Schedule::latest(const TimeZone& zone, WallTime start, WallTime after, WallTime until) const {
  if (kind_ == Kind::at) {
    const WallTime moment = zone.moment(at_);
    return moment > after && moment <= until ? std::optional(moment) : std::nullopt;
  }
  if (kind_ == Kind::rate) {
    if (until < start) return std::nullopt;
    const WallTime moment = start + (until - start) / every_ * every_;
    return moment > after ? std::optional(moment) : std::nullopt;
  }
  const int64_t minute = 60'000;
  const WallTime earliest = std::max(after, until - kFurthest);
  for (WallTime at{until.ms - until.ms % minute}; at > earliest; at.ms -= minute) {
    if (matches(zone.civil(at))) return at;
  }
  return std::nullopt;
}

}  // namespace landfall::model
