#include "scaling/composite.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"

namespace landfall::scaling {
namespace {

/// "Friday 23 July, 2021 15:44:21 UTC"
std::string day_and_time(WallTime at) {
  static const char* const kDays[] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
  static const char* const kMonths[] = {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"};
  const std::chrono::sys_days day = std::chrono::floor<std::chrono::days>(std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(at.ms)));
  const std::chrono::year_month_day date(day);
  return fmt::format("{} {:02} {}, {} {} UTC", kDays[std::chrono::weekday(day).c_encoding()], static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()), iso8601(at).substr(11, 8));
}

json::object told(const model::Alarm& child) { return {{"arn", child.arn}, {"state", json::object{{"value", child.state}, {"timestamp", replace_all(iso8601(child.state_at, true), "Z", "+0000")}}}}; }

}  // namespace

std::optional<Judgement> judge_composite(const model::Alarm& alarm, const model::AlarmExpression& rule, const std::vector<model::Alarm>& children) {
  const auto newest = std::ranges::max_element(children, {}, &model::Alarm::state_at);
  const WallTime changed = newest == children.end() ? WallTime{} : newest->state_at;
  if (alarm.set_at && changed <= alarm.set_at && alarm.configured_at <= alarm.set_at) return std::nullopt;
  const bool holds = rule.holds([&](const std::string& name) {
    const auto child = std::ranges::find(children, name, &model::Alarm::name);
    return child == children.end() ? std::string() : child->state;
  });
  Judgement judgement{.state = holds ? "ALARM" : "OK", .reason = {}, .reason_data = {}};
  json::array triggering;
  if (changed > alarm.configured_at) {
    judgement.reason = fmt::format("{} transitioned to {} at {}", newest->arn, newest->state, day_and_time(changed));
    triggering.push_back(told(*newest));
  } else {
    judgement.reason = fmt::format("{} was {} and its alarm rule evaluates to {}", alarm.arn, alarm.is_updated ? "updated" : "created", judgement.state);
    for (const model::Alarm& child : children) triggering.push_back(told(child));
  }
  judgement.reason_data = json::serialize(json::object{{"triggeringAlarms", triggering}});
  return judgement;
}

}  // namespace landfall::scaling
