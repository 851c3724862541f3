#include <doctest/doctest.h>

#include "model/schedule.h"

namespace landfall::model {
namespace {

WallTime at(std::string_view text) { return *parse_iso8601(text); }

/// Whether the schedule runs at that minute of UTC.
bool runs(std::string_view schedule, std::string_view minute) {
  const auto parsed = Schedule::parse(schedule);
  REQUIRE_MESSAGE(parsed.has_value(), schedule);
  return parsed->latest(TimeZone::utc(), {}, at(minute) - std::chrono::minutes(1), at(minute)) == at(minute);
}

}  // namespace

TEST_CASE("a cron expression names minutes, hours, days, months, weekdays and years") {
  struct { const char* schedule; const char* minute; bool runs; } const cases[] = {
      {"cron(0 8 * * ? *)", "2026-11-25T08:00:00Z", true},           {"cron(0 8 * * ? *)", "2026-11-25T08:01:00Z", false},
      {"cron(0/15 * * * ? *)", "2026-11-25T08:45:00Z", true},        {"cron(*/20 * * * ? *)", "2026-11-25T08:45:00Z", false},
      {"cron(0 8 ? * MON-FRI *)", "2026-11-25T08:00:00Z", true},     {"cron(0 8 ? * MON-FRI *)", "2026-11-28T08:00:00Z", false},
      {"cron(0 8 ? * 1 *)", "2026-11-29T08:00:00Z", true},           {"cron(0 8 ? * 6#4 *)", "2026-11-27T08:00:00Z", true},
      {"cron(0 8 ? * 6#3 *)", "2026-11-27T08:00:00Z", false},        {"cron(0 8 ? * 2L *)", "2026-11-30T08:00:00Z", true},
      {"cron(0 8 L * ? *)", "2026-02-28T08:00:00Z", true},           {"cron(0 8 15W * ? *)", "2026-11-16T08:00:00Z", true},
      {"cron(0 8 1,15 JAN-MAR ? 2026-2027)", "2026-03-15T08:00:00Z", true}, {"cron(0 8 1 * ? 2025)", "2026-03-01T08:00:00Z", false},
  };
  for (const auto& one : cases) {
    CAPTURE(one.schedule);
    CHECK(runs(one.schedule, one.minute) == one.runs);
  }
}

TEST_CASE("at and rate run at their moments, and only once") {
  const auto once = Schedule::parse("at(2026-11-25T20:00:30)");
  REQUIRE(once);
  CHECK(once->latest(TimeZone::utc(), {}, at("2026-11-25T20:00:00Z"), at("2026-11-25T20:00:31Z")) == at("2026-11-25T20:00:30Z"));
  CHECK_FALSE(once->latest(TimeZone::utc(), {}, at("2026-11-25T20:00:30Z"), at("2026-11-26T00:00:00Z")).has_value());

  const auto rate = Schedule::parse("rate(5 minutes)");
  REQUIRE(rate);
  const WallTime start = at("2026-11-25T20:00:10Z");
  CHECK_FALSE(rate->latest(TimeZone::utc(), start, start, at("2026-11-25T20:05:09Z")).has_value());
  CHECK(rate->latest(TimeZone::utc(), start, start, at("2026-11-25T20:17:00Z")) == at("2026-11-25T20:15:10Z"));
}

TEST_CASE("what is no schedule is refused") {
  for (const char* text : {"", "daily", "at(tomorrow)", "rate(5 minute)", "rate(0 minutes)", "cron(0 8 * * *)", "cron(0 8 * * MON *)", "cron(99 8 * * ? *)", "cron(0 8 ? * FOO *)", "cron(0 8 99W * ? *)"}) {
    CAPTURE(text);
    CHECK_FALSE(Schedule::parse(text).has_value());
  }
}

}  // namespace landfall::model
