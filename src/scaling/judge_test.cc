#include <doctest/doctest.h>

#include "scaling/judge.h"

namespace landfall::scaling {
namespace {

/// "0 - X": below the threshold of 1, nothing, above it; oldest first.
Window window_from(std::string_view drawing) {
  Window window;
  WallTime at{1'800'000'000'000};
  for (const char c : drawing) {
    if (c == ' ') continue;
    window.push_back(c == '-' ? std::nullopt : std::optional(Datum{.at = at, .value = c == 'X' ? 2.0 : 0.0, .samples = 1}));
    at = at + std::chrono::minutes(1);
  }
  return window;
}

AlarmRule rule_of(int datapoints, Missing missing, bool counts_datapoints = true) {
  AlarmRule rule{.evaluation_periods = 3, .datapoints_to_alarm = datapoints, .counts_datapoints = counts_datapoints, .threshold = 1, .treat_missing = missing};
  rule.inputs["m"] = {.metric = {.name = "m"}};
  return rule;
}

std::string state_of(int datapoints, Missing missing, std::string_view drawing, const std::string& before) { return judge(rule_of(datapoints, missing), window_from(drawing), before, {1'800'000'600'000}).state; }

/// The tables of the CloudWatch user guide, Configuring how CloudWatch alarms treat missing data; "=" keeps the state.
struct Row {
  int datapoints;
  const char *drawing, *missing, *ignore, *breaching, *not_breaching;
};
constexpr Row kGuide[] = {
    {3, "0 - X - X", "OK", "OK", "OK", "OK"},
    {3, "0 - - - -", "OK", "OK", "OK", "OK"},
    {3, "- - - - -", "INSUFFICIENT_DATA", "=", "ALARM", "OK"},
    {3, "0 X X - X", "ALARM", "ALARM", "ALARM", "ALARM"},
    {3, "- - X - -", "ALARM", "=", "ALARM", "OK"},
    {2, "0 - X - X", "ALARM", "ALARM", "ALARM", "ALARM"},
    {2, "0 0 X 0 X", "ALARM", "ALARM", "ALARM", "ALARM"},
    {2, "0 - X - -", "OK", "OK", "ALARM", "OK"},
    {2, "- - - - 0", "OK", "OK", "ALARM", "OK"},
    {2, "- - - X -", "ALARM", "=", "ALARM", "OK"},
};

}  // namespace

TEST_CASE("missing data is treated as the guide's tables say") {
  for (const Row& row : kGuide) {
    for (const std::string before : {"OK", "INSUFFICIENT_DATA"}) {
      CAPTURE(row.drawing);
      const auto wanted = [&](const char* state) { return std::string(state) == "=" ? before : state; };
      CHECK(state_of(row.datapoints, Missing::missing, row.drawing, before) == wanted(row.missing));
      CHECK(state_of(row.datapoints, Missing::ignore, row.drawing, before) == wanted(row.ignore));
      CHECK(state_of(row.datapoints, Missing::breaching, row.drawing, before) == wanted(row.breaching));
      CHECK(state_of(row.datapoints, Missing::not_breaching, row.drawing, before) == wanted(row.not_breaching));
    }
  }
}

TEST_CASE("the reason tells the data points in AWS's words") {
  const auto reason = [](Missing missing, std::string_view drawing) { return judge(rule_of(2, missing), window_from(drawing), "OK", {1'800'000'600'000}).reason; };

  CHECK(reason(Missing::missing, "0 0 X 0 X") == "Threshold Crossed: 2 out of the last 3 datapoints [2.0 (15/01/27 08:04:00), 2.0 (15/01/27 08:02:00)] were greater than the threshold (1.0) (minimum 2 datapoints for OK -> ALARM transition).");
  CHECK(reason(Missing::missing, "- - - - -") == "Insufficient Data: 3 datapoints were unknown.");
  CHECK(reason(Missing::breaching, "- - - - -") == "Threshold Crossed: no datapoints were received for 3 periods and 3 missing datapoints were treated as [Breaching].");

  const auto plain = [](std::string_view drawing) { return judge(rule_of(3, Missing::not_breaching, false), window_from(drawing), "OK", {1'800'000'600'000}).reason; };
  CHECK(plain("- - X X X").starts_with("Threshold Crossed: 3 datapoints [2.0 (15/01/27 08:04:00), "));
  CHECK(plain("- - 0 X X") == "Threshold Crossed: 1 datapoint [0.0 (15/01/27 08:02:00)] was not greater than the threshold (1.0).");
}

TEST_CASE("a window holds complete periods only, and arithmetic over several metrics") {
  store::MetricStore metrics;
  const WallTime now{1'800'000'030'000};  // half a minute into a period
  const auto put = [&](const char* name, int minutes_ago, double value) {
    auto point = store::measured(value);
    point.at = {1'800'000'000'000 - minutes_ago * 60'000};
    metrics.add({.space = "App", .name = name}, "Count", point);
  };
  put("errors", 0, 9);
  put("errors", 1, 3);
  put("errors", 1, 1);
  put("requests", 1, 16);
  put("requests", 2, 10);

  AlarmRule rule{.evaluation_periods = 1};
  rule.inputs["e"] = {.metric = {.space = "App", .name = "errors"}, .statistic = "Sum"};
  CHECK(window_of(metrics, rule, now).back()->value == 4);
  rule.inputs["r"] = {.metric = {.space = "App", .name = "requests"}, .statistic = "Sum"};
  rule.formula = *model::Formula::parse("e / r * 100");
  const Window window = window_of(metrics, rule, now);

  REQUIRE(window.size() == 3);
  CHECK(window[2]->value == 25);
  CHECK(window[2]->at == WallTime{1'799'999'940'000});
  CHECK_FALSE(window[1].has_value());
}

}  // namespace landfall::scaling
