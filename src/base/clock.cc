#include "base/clock.h"

#include <cctype>
#include <ctime>

#include <fmt/format.h>

namespace landfall {

std::chrono::steady_clock::time_point SystemClock::steady() const { return std::chrono::steady_clock::now(); }

WallTime SystemClock::wall() const {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::milliseconds>(since).count()};
}

std::string iso8601(WallTime time, bool with_ms) {
  const time_t seconds = static_cast<time_t>(time.ms / 1000);
  tm parts{};
  gmtime_r(&seconds, &parts);
  const std::string day = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", parts.tm_year + 1900, parts.tm_mon + 1,
                                      parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
  return with_ms ? fmt::format("{}.{:03}Z", day, time.ms % 1000) : day + "Z";
}

std::string http_date(WallTime time) {
  const time_t seconds = static_cast<time_t>(time.ms / 1000);
  tm parts{};
  gmtime_r(&seconds, &parts);
  char text[64];
  strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return text;
}

Result<WallTime> parse_iso8601(std::string_view text) {
  const std::string copy(text);
  tm parts{};
  const char* rest = strptime(copy.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr) {
    return fail("Time.Malformed", fmt::format("'{}' is not a time; wanted the form 2018-10-17T10:29:59Z", text));
  }
  int64_t ms = static_cast<int64_t>(timegm(&parts)) * 1000;
  if (*rest == '.') {
    ++rest;
    int64_t scale = 100;
    for (; std::isdigit(static_cast<unsigned char>(*rest)) != 0; ++rest, scale /= 10) ms += (*rest - '0') * scale;
  }
  int hours = 0, minutes = 0;
  if (*rest == '+' || *rest == '-') {
    const int sign = *rest == '+' ? -1 : 1;
    if (std::sscanf(rest + 1, "%2d:%2d", &hours, &minutes) < 1) {
      return fail("Time.Malformed", fmt::format("'{}' has a malformed offset; wanted +hh:mm", text));
    }
    ms += sign * (hours * 60LL + minutes) * 60'000;
  } else if (*rest != 'Z' && *rest != '\0') {
    return fail("Time.Malformed", fmt::format("'{}' does not end in Z or an offset", text));
  }
  return WallTime{ms};
}

}  // namespace landfall
