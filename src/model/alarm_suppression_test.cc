#include "model/alarm_suppression.h"

#include <doctest/doctest.h>

namespace landfall::model {
namespace {

constexpr WallTime kStart{1'700'000'000'000};
WallTime after(int seconds) { return {kStart.ms + seconds * 1000LL}; }

const Suppressor kRule{.name = "quiet", .wait = std::chrono::seconds(60), .extension = std::chrono::seconds(30)};

std::string told(const Alarm& alarm, const std::string& suppressor_state, const AlarmHistory& past, int seconds) {
  const auto found = suppression_of(alarm, kRule, {.name = "quiet", .arn = "arn:quiet", .state = suppressor_state}, past, after(seconds));
  return found ? found->by : "";
}

TEST_CASE("a composite alarm waits for its suppressor, is silent with it, and some time after it") {
  const Alarm loud{.name = "all", .state = "ALARM", .acted_on = "OK", .state_at = kStart};
  CHECK(told(loud, "OK", {}, 59) == "WaitPeriod");
  CHECK(told(loud, "OK", {}, 60) == "");
  CHECK(told(loud, "ALARM", {}, 600) == "Alarm");

  const AlarmHistory past{.events = {{.type = "StateUpdate", .summary = "Alarm updated from ALARM to OK", .at = after(600)}}};
  CHECK(told(loud, "OK", past, 629) == "ExtensionPeriod");
  CHECK(told(loud, "OK", past, 630) == "");
  CHECK(told({.name = "all", .state = "ALARM", .acted_on = "ALARM", .state_at = kStart}, "OK", {}, 5) == "");
}

TEST_CASE("a suppressor is named by name or ARN") {
  Alarm alarm{.configuration = R"({"ActionsSuppressor":"arn:aws:cloudwatch:us-west-2:1:alarm:a:b","ActionsSuppressorWaitPeriod":5,"ActionsSuppressorExtensionPeriod":7})", .rule = "TRUE"};
  const auto found = suppressor_of(alarm);
  REQUIRE(found);
  CHECK(found->name == "a:b");
  CHECK(found->wait.count() == 5);
  CHECK(found->extension.count() == 7);
  alarm.configuration = "{}";
  CHECK_FALSE(suppressor_of(alarm));
}

}  // namespace
}  // namespace landfall::model
