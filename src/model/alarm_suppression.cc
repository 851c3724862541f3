#include "model/alarm_suppression.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/json.h"

namespace landfall::model {
namespace {

/// When it last went out of ALARM, as its history tells it (model/alarm_event.cc).
std::optional<WallTime> left_alarm_at(const AlarmHistory& past) {
  const auto left = std::ranges::find_if(past.events, [](const AlarmEvent& event) { return event.type == "StateUpdate" && event.summary.starts_with("Alarm updated from ALARM to "); });
  return left == past.events.end() ? std::nullopt : std::optional(left->at);
}

}  // namespace

std::optional<Suppressor> suppressor_of(const Alarm& alarm) {
  const auto put = alarm.rule.empty() ? std::nullopt : std::optional(parse_json(alarm.configuration, "the alarm"));
  const json::object* object = put && *put ? (*put)->if_object() : nullptr;
  std::string name(object == nullptr ? "" : string_member(*object, "ActionsSuppressor"));
  if (name.empty()) return std::nullopt;
  if (const size_t at = name.find(":alarm:"); name.starts_with("arn:") && at != std::string::npos) name.erase(0, at + 7);
  return Suppressor{.name = std::move(name), .wait = std::chrono::seconds(int_member(*object, "ActionsSuppressorWaitPeriod")), .extension = std::chrono::seconds(int_member(*object, "ActionsSuppressorExtensionPeriod"))};
}

std::optional<Suppression> suppression_of(const Alarm& alarm, const Suppressor& rule, const Alarm& suppressor, const AlarmHistory& past, WallTime now) {
  if (suppressor.state == "ALARM") return Suppression{.by = "Alarm", .reason = fmt::format("Actions suppressed by {}: it is in ALARM", suppressor.arn)};
  if (const auto left = left_alarm_at(past); left && now - *left < rule.extension) {
    return Suppression{.by = "ExtensionPeriod", .reason = fmt::format("Actions suppressed for {} s after {} went out of ALARM", rule.extension.count(), suppressor.arn)};
  }
  const bool waits = alarm.state == "ALARM" && alarm.acted_on != alarm.state && now - alarm.state_at < rule.wait;
  if (!waits) return std::nullopt;
  return Suppression{.by = "WaitPeriod", .reason = fmt::format("Actions suppressed for {} s, in which {} may go into ALARM", rule.wait.count(), suppressor.arn)};
}

}  // namespace landfall::model
