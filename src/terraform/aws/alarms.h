#pragma once

#include "aws/shapes/cloudwatch.h"
#include "terraform/aws/members.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

/// What CloudWatch's metric alarms and composite alarms have in common.
namespace landfall::terraform::aws_types {

/// Name, description and actions into PutMetricAlarm or PutCompositeAlarm.
template <class Request>
void set_alarm(const Record& planned, Request& request) {
  request.alarm_name = planned.text("alarm_name");
  request.actions_enabled = planned.flag("actions_enabled");
  set_text(planned, "alarm_description", request.alarm_description);
  request.alarm_actions = planned.texts("alarm_actions");
  request.ok_actions = planned.texts("ok_actions");
  request.insufficient_data_actions = planned.texts("insufficient_data_actions");
}

/// With its tags, which are told by another call.
template <class Alarm>
Result<void> read_alarm(const Cloud& cloud, const Alarm& alarm, Record& state) {
  state.set("arn", alarm.alarm_arn.value_or(""));
  state.set("alarm_name", alarm.alarm_name.value_or(""));
  state.set("actions_enabled", alarm.actions_enabled.value_or(true));
  keep(state, "alarm_description", alarm.alarm_description);
  state.set("alarm_actions", alarm.alarm_actions.value_or(std::vector<std::string>{}));
  state.set("ok_actions", alarm.ok_actions.value_or(std::vector<std::string>{}));
  state.set("insufficient_data_actions", alarm.insufficient_data_actions.value_or(std::vector<std::string>{}));
  aws::cloudwatch::ListTagsForResourceInput tags;
  tags.resource_arn = alarm.alarm_arn;
  set_tags(cloud, state, from_tags(TRY(cloud.call<aws::cloudwatch::ListTagsForResourceOutput>("cloudwatch", "ListTagsForResource", tags)).tags));
  return {};
}

/// Those of the state's name and of one kind: "MetricAlarm", "CompositeAlarm".
Result<aws::cloudwatch::DescribeAlarmsOutput> find_alarms(const Cloud& cloud, const Record& state, const std::string& kind);
Result<void> change_alarm_tags(const Cloud& cloud, const Record& prior, const Record& planned);
Result<void> delete_alarm(const Cloud& cloud, const Record& state);

}  // namespace landfall::terraform::aws_types
