#include "terraform/utility/moment.h"

#include <charconv>
#include <ctime>

#include <fmt/format.h>

#include "base/text.h"

namespace landfall::terraform::utility_types {
namespace {

constexpr const char* kParts[] = {"year", "month", "day", "hour", "minute", "second", "unix"};

tm parts_of(WallTime time) {
  const time_t seconds = static_cast<time_t>(time.ms / 1000);
  tm parts{};
  gmtime_r(&seconds, &parts);
  return parts;
}

}  // namespace

WallTime later(WallTime time, const Span& span) {
  tm parts = parts_of(time);
  parts.tm_year += static_cast<int>(span.years);
  parts.tm_mon += static_cast<int>(span.months);
  parts.tm_mday += static_cast<int>(span.days);
  return WallTime{(timegm(&parts) + span.hours * 3600 + span.minutes * 60 + span.seconds) * 1000};
}

WallTime this_second(const Clock& clock) { return {clock.wall().ms / 1000 * 1000}; }

std::string check_rfc3339(const Value& value) {
  const std::string& text = value.as_string();
  const bool has_zone = text.size() >= 20 && (text.ends_with('Z') || text[text.size() - 6] == '+' || text[text.size() - 6] == '-');
  return has_zone && parse_iso8601(text) ? "" : fmt::format("to be a time like 2020-02-12T06:36:13Z, got {}", text);
}

void set_parts(Record& state, WallTime time) {
  const tm parts = parts_of(time);
  state.set("year", parts.tm_year + 1900);
  state.set("month", parts.tm_mon + 1);
  state.set("day", parts.tm_mday);
  state.set("hour", parts.tm_hour);
  state.set("minute", parts.tm_min);
  state.set("second", parts.tm_sec);
  state.set("unix", time.ms / 1000);
}

std::vector<Attribute> part_attributes() {
  std::vector<Attribute> attributes;
  for (const char* name : kParts) attributes.push_back(number(name).read_only());
  return attributes;
}

void forget_parts(Record& planned) {
  for (const char* name : kParts) planned.set(name, Value::unknown(Type::number()));
}

Result<std::vector<int64_t>> numbers_after_time(const std::vector<std::string>& parts, size_t count, const std::string& form) {
  const auto malformed = [&] { return fail("Import.Malformed", fmt::format("the id '{}' is not of the form {}", join(parts, ","), form)); };
  if (parts.size() != count + 1 || !parse_iso8601(parts[0])) return malformed();
  std::vector<int64_t> numbers;
  for (size_t i = 1; i < parts.size(); ++i) {
    int64_t number = 0;
    const auto [end, error] = std::from_chars(parts[i].data(), parts[i].data() + parts[i].size(), number);
    if (error != std::errc() || end != parts[i].data() + parts[i].size()) return malformed();
    numbers.push_back(number);
  }
  return numbers;
}

}  // namespace landfall::terraform::utility_types
