#include "model/alarm_event.h"

#include <fmt/format.h>

#include "base/json.h"

namespace landfall::model {
namespace {

json::object told(const std::string& state, const std::string& reason, const std::string& reason_data) {
  json::object object{{"stateValue", state}, {"stateReason", reason}};
  if (auto data = parse_json(reason_data, "the state's data")) object["stateReasonData"] = std::move(*data);
  return object;
}

}  // namespace

AlarmEvent state_change(const Alarm& before, const std::string& state, const std::string& reason, const std::string& reason_data, WallTime now) {
  const json::object data{{"version", "1.0"}, {"oldState", told(before.state, before.reason, before.reason_data)}, {"newState", told(state, reason, reason_data)}};
  return {.type = "StateUpdate", .summary = fmt::format("Alarm updated from {} to {}", before.state, state), .data = json::serialize(data), .at = now};
}

}  // namespace landfall::model
