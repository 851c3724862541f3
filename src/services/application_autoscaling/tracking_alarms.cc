#include "services/application_autoscaling/tracking_alarms.h"

#include "aws/json_codec.h"
#include "base/json.h"
#include "base/text.h"
#include "model/settings.h"
#include "services/cloudwatch/support.h"

namespace landfall::services::application_autoscaling {
namespace {

using model::ScalingPolicy;

constexpr int kHighPeriods = 3, kLowPeriods = 15;
constexpr double kLowShare = 0.9;

cloudwatch::shapes::MetricStat stat_of(const shapes::TargetTrackingMetricStat& given, int period) {
  cloudwatch::shapes::MetricStat stat{.period = period, .stat = given.stat, .unit = given.unit};
  auto& metric = stat.metric.emplace();
  if (!given.metric) return stat;
  metric.namespace_ = given.metric->namespace_;
  metric.metric_name = given.metric->metric_name;
  for (const auto& one : given.metric->dimensions.value_or(std::vector<shapes::TargetTrackingMetricDimension>{})) {
    if (!metric.dimensions) metric.dimensions.emplace();
    metric.dimensions->push_back({.name = one.name, .value = one.value});
  }
  return stat;
}

/// As PutMetricAlarm takes them, every metric with the alarms' period.
std::vector<cloudwatch::shapes::MetricDataQuery> queries_of(const std::vector<shapes::TargetTrackingMetricDataQuery>& given, int period) {
  std::vector<cloudwatch::shapes::MetricDataQuery> queries;
  for (const auto& one : given) {
    auto& query = queries.emplace_back();
    query.id = one.id;
    query.expression = one.expression;
    query.label = one.label;
    query.return_data = one.return_data;
    if (one.metric_stat) query.metric_stat = stat_of(*one.metric_stat, period);
  }
  return queries;
}

json::array as_json(const std::vector<cloudwatch::shapes::MetricDataQuery>& queries) {
  json::array all;
  for (const auto& query : queries) all.push_back(parse_json(aws::encode_json(cloudwatch::shapes::MetricDataQuery::shape(), &query)).value());
  return all;
}

/// What is tracked, as PutMetricAlarm takes it: Namespace, MetricName, Dimensions, Statistic, Unit and Period, or Metrics.
json::object tracked_metric(const ScalingPolicy& policy, const shapes::TargetTrackingScalingPolicyConfiguration& c, int period) {
  json::array dimensions;
  const auto dimension = [&](const std::string& name, const std::string& value) { dimensions.push_back(json::object{{"Name", name}, {"Value", value}}); };
  if (const auto& own = c.customized_metric_specification) {
    if (own->metrics) return {{"Metrics", as_json(queries_of(*own->metrics, period))}};
    for (const auto& one : own->dimensions.value_or(std::vector<shapes::MetricDimension>{})) dimension(text(one.name), text(one.value));
    json::object metric{{"Namespace", text(own->namespace_)}, {"MetricName", text(own->metric_name)}, {"Dimensions", dimensions}, {"Statistic", text(own->statistic)}, {"Period", period}};
    if (own->unit) metric["Unit"] = *own->unit;
    return metric;
  }
  if (text(c.predefined_metric_specification->predefined_metric_type) == "ALBRequestCountPerTarget") {
    const std::string label = text(c.predefined_metric_specification->resource_label);
    const size_t group = label.find("/targetgroup/");
    dimension("TargetGroup", label.substr(group + 1));
    dimension("LoadBalancer", label.substr(0, group));
    return {{"Namespace", "AWS/ApplicationELB"}, {"MetricName", "RequestCountPerTarget"}, {"Dimensions", dimensions}, {"Statistic", "Sum"}, {"Period", period}};
  }
  const std::vector<std::string> parts = split(policy.resource_id, '/');
  dimension("ClusterName", parts.size() == 3 ? parts[1] : "default");
  dimension("ServiceName", parts.back());
  const bool is_cpu = text(c.predefined_metric_specification->predefined_metric_type) == "ECSServiceAverageCPUUtilization";
  return {{"Namespace", "AWS/ECS"}, {"MetricName", is_cpu ? "CPUUtilization" : "MemoryUtilization"}, {"Dimensions", dimensions}, {"Statistic", "Average"}, {"Period", period}};
}

}  // namespace

std::string alarm_arn(const ScalingPolicy& policy, const std::string& name) { return fmt::format("arn:aws:cloudwatch:{}:{}:alarm:{}", policy.region, policy.account, name); }

Result<void> check_customized(const shapes::CustomizedMetricSpecification& metric) {
  const bool is_single = metric.metric_name || metric.namespace_ || metric.statistic || metric.dimensions || metric.unit;
  if (metric.metrics && is_single) return fail("ValidationException", "Metrics cannot be specified together with MetricName, Namespace, Statistic, Dimensions or Unit in a CustomizedMetricSpecification");
  if (metric.metrics) {
    if (const auto good = cloudwatch::check_queries(queries_of(*metric.metrics, 60)); !good) return fail("ValidationException", good.error().what);
    return {};
  }
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
    json::object alarm = tracked_metric(policy, *configuration, settings.tracking_period);
    alarm["AlarmName"] = name;
    alarm["AlarmDescription"] = fmt::format("DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {}.", policy.arn);
    alarm["ActionsEnabled"] = true;
    alarm["AlarmActions"] = json::array{json::value(policy.arn)};
    alarm["ComparisonOperator"] = high ? "GreaterThanThreshold" : "LessThanThreshold";
    alarm["EvaluationPeriods"] = high ? kHighPeriods : kLowPeriods;
    // A sum is meant per minute: of a shorter period it is so much less.
    const double share = string_member(alarm, "Statistic") == "Sum" ? settings.tracking_period / 60.0 : 1;
    alarm["Threshold"] = target * share * (high ? 1 : kLowShare);
    store::put(tx, model::Alarm{.account = policy.account, .region = policy.region, .name = name, .arn = alarm_arn(policy, name), .configuration = json::serialize(alarm), .configured_at = now, .state_at = now});
    policy.alarm_names.push_back(name);
  }
}

}  // namespace landfall::services::application_autoscaling
