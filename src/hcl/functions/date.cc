#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>

#include "base/clock.h"
#include "hcl/duration.h"
#include "hcl/functions/function.h"

namespace landfall::hcl {
namespace {

/// A timestamp as written: local clock, and how far it is from UTC.
struct Timestamp {
  std::chrono::sys_seconds utc{};
  int64_t nanoseconds = 0;  ///< after utc, less than a second
  int offset_minutes = 0;
};

Result<Timestamp> parse_timestamp(std::string_view text) {
  const auto bad = [&](std::string_view why) {
    return failed(fmt::format("not a valid RFC3339 timestamp: {}", why));
  };
  size_t at = 0;
  const auto number = [&](size_t digits, int& into) {
    if (text.size() - at < digits) return false;
    into = 0;
    for (size_t i = 0; i < digits; ++i) {
      const char c = text[at + i];
      if (c < '0' || c > '9') return false;
      into = into * 10 + (c - '0');
    }
    at += digits;
    return true;
  };
  const auto expect = [&](char c) { return at < text.size() && text[at] == c ? (++at, true) : false; };
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  if (!number(4, year)) return bad(fmt::format("cannot use \"{}\" as year", text.substr(0, 4)));
  if (!expect('-') || !number(2, month) || !expect('-') || !number(2, day))
    return bad("a date is written YYYY-MM-DD");
  if (!expect('T')) return bad("missing required time introducer 'T'");
  if (!number(2, hour) || !expect(':') || !number(2, minute) || !expect(':') || !number(2, second)) {
    return bad("a time is written hh:mm:ss");
  }
  int64_t nanoseconds = 0;
  if (expect('.')) {
    int64_t unit = 100'000'000;
    const size_t start = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') {
      nanoseconds += (text[at++] - '0') * unit;
      unit /= 10;
    }
    if (at == start) return bad("a fraction needs digits");
  }
  Timestamp result;
  if (!expect('Z')) {
    const bool is_east = expect('+');
    int hours = 0, minutes = 0;
    if ((!is_east && !expect('-')) || !number(2, hours) || !expect(':') || !number(2, minutes) ||
        hours > 23 || minutes > 59) {
      return bad("missing UTC offset: Z, +hh:mm or -hh:mm");
    }
    result.offset_minutes = (hours * 60 + minutes) * (is_east ? 1 : -1);
  }
  if (at != text.size()) return bad(fmt::format("unexpected \"{}\" at its end", text.substr(at)));
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return bad("there is no such day");
  if (hour > 23 || minute > 59 || second > 59) return bad("there is no such time of day");
  result.utc = std::chrono::sys_days(date) + std::chrono::hours(hour) +
               std::chrono::minutes(minute - result.offset_minutes) + std::chrono::seconds(second);
  result.nanoseconds = nanoseconds;
  return result;
}

struct Fields {
  std::chrono::year_month_day date;
  int hour, minute, second;
};

Fields fields_of(const Timestamp& time) {
  const auto local = time.utc + std::chrono::minutes(time.offset_minutes);
  const auto day = std::chrono::floor<std::chrono::days>(local);
  const auto seconds = static_cast<int>((local - day).count());
  return {std::chrono::year_month_day(day), seconds / 3600, seconds / 60 % 60, seconds % 60};
}

std::string offset_text(int minutes, std::string_view separator) {
  return fmt::format("{}{:02}{}{:02}", minutes < 0 ? '-' : '+', std::abs(minutes) / 60, separator,
                     std::abs(minutes) % 60);
}

std::string rfc3339(const Timestamp& time) {
  const Fields f = fields_of(time);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}", static_cast<int>(f.date.year()),
                     static_cast<unsigned>(f.date.month()), static_cast<unsigned>(f.date.day()), f.hour,
                     f.minute, f.second,
                     time.offset_minutes == 0 ? "Z" : offset_text(time.offset_minutes, ":"));
}

constexpr std::array<std::string_view, 12> kMonths{"January",   "February", "March",    "April",
                                                   "May",       "June",     "July",     "August",
                                                   "September", "October",  "November", "December"};
constexpr std::array<std::string_view, 7> kDays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                "Thursday", "Friday", "Saturday"};

/// The text for a run of one letter; nothing if it has no meaning.
std::optional<std::string> expand(char letter, size_t count, const Timestamp& time) {
  const Fields f = fields_of(time);
  const auto month = static_cast<unsigned>(f.date.month());
  const int year = static_cast<int>(f.date.year());
  const int hour12 = f.hour % 12 == 0 ? 12 : f.hour % 12;
  const auto plain_or_two = [&](int value) -> std::optional<std::string> {
    if (count == 1) return fmt::format("{}", value);
    if (count == 2) return fmt::format("{:02}", value);
    return std::nullopt;
  };
  switch (letter) {
    case 'Y':
      if (count == 2) return fmt::format("{:02}", year % 100);
      if (count == 4) return fmt::format("{:04}", year);
      return std::nullopt;
    case 'M':
      if (count == 3) return std::string(kMonths[month - 1].substr(0, 3));
      if (count == 4) return std::string(kMonths[month - 1]);
      return plain_or_two(static_cast<int>(month));
    case 'D':
      return plain_or_two(static_cast<int>(static_cast<unsigned>(f.date.day())));
    case 'E': {
      const std::string_view name = kDays[std::chrono::weekday(std::chrono::sys_days(f.date)).c_encoding()];
      if (count == 3) return std::string(name.substr(0, 3));
      if (count == 4) return std::string(name);
      return std::nullopt;
    }
    case 'h':
      return plain_or_two(f.hour);
    case 'H':
      return plain_or_two(hour12);
    case 'm':
      return plain_or_two(f.minute);
    case 's':
      return plain_or_two(f.second);
    case 'A':
      if (count == 2) return f.hour < 12 ? "AM" : "PM";
      return std::nullopt;
    case 'a':
      if (count == 2) return f.hour < 12 ? "am" : "pm";
      return std::nullopt;
    case 'Z':
      if (count == 1) return time.offset_minutes == 0 ? "Z" : offset_text(time.offset_minutes, ":");
      if (count == 3) return time.offset_minutes == 0 ? "UTC" : offset_text(time.offset_minutes, "");
      if (count == 4) return offset_text(time.offset_minutes, "");
      if (count == 5) return offset_text(time.offset_minutes, ":");
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

Result<Value> formatdate(const Arguments& a) {
  const Result<Timestamp> time = parse_timestamp(a.string(1));
  if (!time) return a.bad(1, time.error().what);
  const std::string_view form = a.string(0);
  std::string out;
  for (size_t at = 0; at < form.size();) {
    const char c = form[at];
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (c == '\'') {
      size_t end = at + 1;
      std::string literal;
      for (;; ++end) {
        if (end >= form.size()) return a.bad(0, "unterminated literal '");
        if (form[end] != '\'') {
          literal += form[end];
        } else if (end + 1 < form.size() && form[end + 1] == '\'') {
          literal += '\'';
          ++end;
        } else {
          break;
        }
      }
      out += literal.empty() ? "'" : literal;
      at = end + 1;
    } else if (!is_letter) {
      out += c;
      ++at;
    } else {
      size_t end = at;
      while (end < form.size() && form[end] == c) ++end;
      const std::optional<std::string> text = expand(c, end - at, *time);
      if (!text) return a.bad(0, fmt::format("invalid date format verb \"{}\"", form.substr(at, end - at)));
      out += *text;
      at = end;
    }
  }
  return Value::string(out);
}

Result<std::chrono::nanoseconds> duration_argument(const Arguments& a, size_t index) {
  Result<std::chrono::nanoseconds> found = parse_duration(a.string(index));
  if (!found) return failed(found.error().what);
  return found;
}

Result<Value> timeadd(const Arguments& a) {
  Timestamp time = TRY(parse_timestamp(a.string(0)));
  const std::chrono::nanoseconds sum(TRY(duration_argument(a, 1)).count() + time.nanoseconds);
  time.utc += std::chrono::floor<std::chrono::seconds>(sum);
  return Value::string(rfc3339(time));
}

Result<Value> timecmp(const Arguments& a) {
  const Result<Timestamp> left = parse_timestamp(a.string(0));
  if (!left) return a.bad(0, left.error().what);
  const Result<Timestamp> right = parse_timestamp(a.string(1));
  if (!right) return a.bad(1, right.error().what);
  const auto order = std::pair(left->utc, left->nanoseconds) <=> std::pair(right->utc, right->nanoseconds);
  return Value::count(order < 0 ? -1 : order > 0 ? 1 : 0);
}

Result<Value> timestamp(const Arguments& a) {
  if (a.context.defer_impure) return Value::unknown(Type::string());
  if (a.context.clock == nullptr) return failed("no clock here");
  return Value::string(iso8601(a.context.clock->wall()));
}

Result<Value> plantimestamp(const Arguments& a) {
  if (a.context.plan_timestamp.empty()) return failed("there is no plan here");
  return Value::string(a.context.plan_timestamp);
}

}  // namespace

std::span<const Function> date_functions() {
  static const std::vector<Function> kFunctions{
      {"formatdate", {{"format", Type::string()}, {"time", Type::string()}}, {}, Type::string(), formatdate},
      {"plantimestamp", {}, {}, Type::string(), plantimestamp},
      {"timeadd", {{"timestamp", Type::string()}, {"duration", Type::string()}}, {}, Type::string(), timeadd},
      {"timecmp",
       {{"timestamp_a", Type::string()}, {"timestamp_b", Type::string()}},
       {},
       Type::number(),
       timecmp},
      {"timestamp", {}, {}, Type::string(), timestamp},
  };
  return kFunctions;
}

}  // namespace landfall::hcl
