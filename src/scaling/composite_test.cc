#include "scaling/composite.h"

#include <doctest/doctest.h>

namespace landfall::scaling {
namespace {

constexpr WallTime kMade{1'627'055'000'000}, kChanged{1'627'055'061'000};  // Friday 23 July, 2021 15:44:21

model::Alarm alarm(const std::string& name, const std::string& state, WallTime at) { return {.name = name, .arn = "arn:" + name, .state = state, .state_at = at}; }

TEST_CASE("a composite alarm follows its children and says which one changed it") {
  model::Alarm both = alarm("both", "INSUFFICIENT_DATA", kMade);
  both.configured_at = kMade;
  const auto rule = model::AlarmExpression::parse("ALARM(a) AND ALARM(b)");
  REQUIRE(rule.has_value());
  const model::Alarm quiet = alarm("b", "OK", {kMade.ms - 5}), loud = alarm("b", "ALARM", kChanged), other = alarm("a", "ALARM", {kMade.ms - 9});

  const auto first = judge_composite(both, *rule, {other, quiet});
  REQUIRE(first.has_value());
  CHECK(first->state == "OK");
  CHECK(first->reason == "arn:both was created and its alarm rule evaluates to OK");
  CHECK(first->reason_data == R"({"triggeringAlarms":[{"arn":"arn:a","state":{"value":"ALARM","timestamp":"2021-07-23T15:43:19.991+0000"}},{"arn":"arn:b","state":{"value":"OK","timestamp":"2021-07-23T15:43:19.995+0000"}}]})");

  const auto later = judge_composite(both, *rule, {other, loud});
  REQUIRE(later.has_value());
  CHECK(later->state == "ALARM");
  CHECK(later->reason == "arn:b transitioned to ALARM at Friday 23 July, 2021 15:44:21 UTC");
}

TEST_CASE("what SetAlarmState said holds until a child changes") {
  model::Alarm set = alarm("set", "ALARM", kMade);
  set.configured_at = kMade;
  set.set_at = {kMade.ms + 1};
  const auto rule = model::AlarmExpression::parse("ALARM(a)");
  CHECK_FALSE(judge_composite(set, *rule, {alarm("a", "OK", kMade)}).has_value());
  const auto next = judge_composite(set, *rule, {alarm("a", "OK", kChanged)});
  REQUIRE(next.has_value());
  CHECK(next->state == "OK");
}

}  // namespace
}  // namespace landfall::scaling
