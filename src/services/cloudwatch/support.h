#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "aws/endpoint.h"
#include "aws/json_codec.h"
#include "aws/shapes/cloudwatch.h"
#include "model/scaling.h"
#include "services/deps.h"
#include "services/support/pages.h"
#include "services/support/text.h"
#include "services/support/transact.h"
#include "store/table.h"

/// What the CloudWatch handlers share.
namespace landfall::services::cloudwatch {

namespace shapes = landfall::aws::cloudwatch;
using aws::CallContext;
using store::Transaction;

inline std::map<std::string, std::string> pairs_of(const std::optional<std::vector<shapes::Dimension>>& dimensions) {
  std::map<std::string, std::string> all;
  for (const auto& d : dimensions.value_or(std::vector<shapes::Dimension>{})) all[text(d.name)] = text(d.value);
  return all;
}

/// Trimmed means and the like are refused by name.
Result<void> check_statistic(const std::string& name);
/// What an alarm may look at: queries of one period, of which one returns its data: the only metric, or arithmetic over the others.
Result<void> check_queries(const std::vector<shapes::MetricDataQuery>& queries);
/// Of what is read: 1, 5, 10, 20, 30 s, or minutes.
Result<void> check_read_period(int period);
/// The beginning of the period of up to a minute that holds it (API reference: start times are rounded down).
WallTime rounded(WallTime at, int period);
store::MetricName metric_named(const CallContext& context, const std::optional<std::string>& space, const std::optional<std::string>& name, const std::optional<std::vector<shapes::Dimension>>& dimensions);

template <class Tags>
model::Tags tags_of(const Tags& given) {
  model::Tags tags;
  if (given) for (const auto& tag : *given) tags[text(tag.key)] = text(tag.value);
  return tags;
}

/// The record of an alarm that is put, new or as it was (tags and state stay); what it is configured to is not in it yet.
model::Alarm put_alarm(const Deps& deps, const CallContext& context, const std::string& name, std::optional<model::Alarm> before, model::Tags tags);
void tell_configuration(Transaction& tx, const model::Alarm& alarm);

inline bool is_composite(const model::Alarm& alarm) { return !alarm.rule.empty(); }

/// As MetricAlarm or CompositeAlarm: what was put has the same member names as what is told.
template <class Told>
Told told_as(const model::Alarm& alarm) {
  Told out;
  if (!aws::decode_json(Told::shape(), alarm.configuration, aws::Unknown::skipped, &out)) out = {};
  for (auto* actions : {&out.alarm_actions, &out.ok_actions, &out.insufficient_data_actions}) {
    if (!*actions) actions->emplace();
  }
  out.alarm_name = alarm.name;
  out.alarm_arn = alarm.arn;
  out.actions_enabled = alarm.actions_enabled;
  out.alarm_configuration_updated_timestamp = alarm.configured_at;
  out.state_value = alarm.state;
  out.state_reason = alarm.reason;
  if (!alarm.reason_data.empty()) out.state_reason_data = alarm.reason_data;
  out.state_updated_timestamp = alarm.state_at;
  out.state_transitioned_timestamp = alarm.state_at;
  return out;
}

/// The alarms that a composite alarm's rule names; none of a metric alarm.
std::vector<std::string> children_of(const model::Alarm& alarm);

void tell_history(Transaction& tx, const model::Alarm& alarm, model::AlarmEvent event);

template <class T>
Result<Page<T>> page(std::vector<T> all, int limit, const std::optional<std::string>& token) {
  return page_of(std::move(all), limit, token, Error{.code = "InvalidNextToken", .what = "Invalid NextToken"});
}

void register_alarm(aws::Registry&, const Deps&);
void register_composite_alarm(aws::Registry&, const Deps&);
void register_dashboard(aws::Registry&, const Deps&);
void register_alarm_history(aws::Registry&, const Deps&);
void register_metric(aws::Registry&, const Deps&);
void register_metric_data(aws::Registry&, const Deps&);

}  // namespace landfall::services::cloudwatch
