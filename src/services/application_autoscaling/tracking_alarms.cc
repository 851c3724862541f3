#include "services/application_autoscaling/tracking_alarms.h"

#include "base/json.h"
#include "base/text.h"
#include "model/settings.h"

namespace landfall::services::application_autoscaling {
namespace {

using model::ScalingPolicy;

constexpr int kHighPeriods = 3, kLowPeriods = 15;
constexpr double kLowShare = 0.9;

/// Namespace, MetricName, Dimensions, Statistic (and Unit) of what is tracked, as PutMetricAlarm takes them.
json::object tracked_metric(const ScalingPolicy& policy, const shapes::TargetTrackingScalingPolicyConfiguration& c) {
  json::array dimensions;
  const auto dimension = [&](const std::string& name, const std::string& value) { dimensions.push_back(json::object{{"Name", name}, {"Value", value}}); };
  if (const auto& own = c.customized_metric_specification) {
    for (const auto& one : own->dimensions.value_or(std::vector<shapes::MetricDimension>{})) dimension(text(one.name), text(one.value));
    json::object metric{{"Namespace", text(own->namespace_)}, {"MetricName", text(own->metric_name)}, {"Dimensions", dimensions}, {"Statistic", text(own->statistic)}};
    if (own->unit) metric["Unit"] = *own->unit;
    return metric;
  }
  if (text(c.predefined_metric_specification->predefined_metric_type) == "ALBRequestCountPerTarget") {
    const std::string label = text(c.predefined_metric_specification->resource_label);
    const size_t group = label.find("/targetgroup/");
    dimension("TargetGroup", label.substr(group + 1));
    dimension("LoadBalancer", label.substr(0, group));
    return {{"Namespace", "AWS/ApplicationELB"}, {"MetricName", "RequestCountPerTarget"}, {"Dimensions", dimensions}, {"Statistic", "Sum"}};
  }
  const std::vector<std::string> parts = split(policy.resource_id, '/');
  dimension("ClusterName", parts.size() == 3 ? parts[1] : "default");
  dimension("ServiceName", parts.back());
  const bool is_cpu = text(c.predefined_metric_specification->predefined_metric_type) == "ECSServiceAverageCPUUtilization";
  return {{"Namespace", "AWS/ECS"}, {"MetricName", is_cpu ? "CPUUtilization" : "MemoryUtilization"}, {"Dimensions", dimensions}, {"Statistic", "Average"}};
}

}  // namespace

std::string alarm_arn(const ScalingPolicy& policy, const std::string& name) { return fmt::format("arn:aws:cloudwatch:{}:{}:alarm:{}", policy.region, policy.account, name); }

Result<void> check_customized(const shapes::CustomizedMetricSpecification& metric) {
  if (metric.metrics) return fail("ValidationException", "Landfall does not support metric math in a CustomizedMetricSpecification yet; wanted MetricName, Namespace and Statistic");
  if (!metric.metric_name || !metric.namespace_ || !metric.statistic) return fail("ValidationException", "MetricName, Namespace and Statistic must be specified in a CustomizedMetricSpecification");
  return {};
}

void put_tracking_alarms(const Deps& deps, Transaction& tx, ScalingPolicy& policy) {
  const auto configuration = told<shapes::TargetTrackingScalingPolicyConfiguration>(policy.target_tracking);
  if (!configuration) return;
  const auto settings = store::find<model::Settings>(tx, model::Settings::kKey).value_or(model::Settings{});
  const double target = configuration->target_value.value_or(0);
  const WallTime now = deps.clock.wall();
  for (const bool high : {true, false}) {
    if (!high && configuration->disable_scale_in.value_or(false)) continue;
    const std::string name = fmt::format("TargetTracking-{}-Alarm{}-{}", policy.resource_id, high ? "High" : "Low", deps.ids.uuid());
    json::object alarm = tracked_metric(policy, *configuration);
    alarm["AlarmName"] = name;
    alarm["AlarmDescription"] = fmt::format("DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {}.", policy.arn);
    alarm["ActionsEnabled"] = true;
    alarm["AlarmActions"] = json::array{json::value(policy.arn)};
    alarm["ComparisonOperator"] = high ? "GreaterThanThreshold" : "LessThanThreshold";
    alarm["EvaluationPeriods"] = high ? kHighPeriods : kLowPeriods;
    // A sum is meant per minute: of a shorter period it is so much less.
    const double share = alarm["Statistic"] == "Sum" ? settings.tracking_period / 60.0 : 1;
    alarm["Threshold"] = target * share * (high ? 1 : kLowShare);
    alarm["Period"] = settings.tracking_period;
    store::put(tx, model::Alarm{.account = policy.account, .region = policy.region, .name = name, .arn = alarm_arn(policy, name), .configuration = json::serialize(alarm), .configured_at = now, .state_at = now});
    policy.alarm_names.push_back(name);
  }
}

}  // namespace landfall::services::application_autoscaling
