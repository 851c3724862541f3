#include <fmt/format.h>

#include "terraform/aws/appautoscaling.h"
#include "terraform/aws/members.h"
#include "terraform/aws/types.h"
#include "terraform/change.h"

namespace landfall::terraform::aws_types {
namespace {

namespace scaling = aws::application_autoscaling;
constexpr const char* kService = "application_autoscaling";
constexpr const char* kSteps = "step_scaling_policy_configuration";
constexpr const char* kTracking = "target_tracking_scaling_policy_configuration";

/// Bounds are texts in the provider's schema, because a bound that is left out is not 0.
std::string check_bound(const Value& value) {
  return value.as_string().empty() || hcl::Number::parse(value.as_string()) ? "" : "to be a number, got " + value.as_string();
}

bool is_same_bound(const Value& there, const Value& wanted) {
  const auto a = hcl::Number::parse(there.as_string()), b = hcl::Number::parse(wanted.as_string());
  return a && b && *a == *b;
}

Block step_block() {
  return set_block("step_adjustment", {.attributes = {text("metric_interval_lower_bound").same_if(is_same_bound).checked(check_bound), text("metric_interval_upper_bound").same_if(is_same_bound).checked(check_bound), number("scaling_adjustment").required()}});
}

/// Of the block, and, in versions before 4, of the policy itself.
std::vector<Attribute> step_attributes() {
  return {text("adjustment_type").checked(one_of({"ChangeInCapacity", "PercentChangeInCapacity", "ExactCapacity"})), number("cooldown"), text("metric_aggregation_type").checked(one_of({"Average", "Minimum", "Maximum"})), number("min_adjustment_magnitude")};
}

Block dimensions_block() { return set_block("dimensions", {.attributes = {text("name").required(), text("value").required()}}); }

Block tracking_block() {
  const Block metric = one_block("metric", {.attributes = {text("metric_name").required(), text("namespace").required()}, .blocks = {dimensions_block()}}).required();
  const Block metrics = set_block("metrics", {.attributes = {text("expression"), text("id").required(), text("label"), flag("return_data").defaults(true)},
                                              .blocks = {one_block("metric_stat", {.attributes = {text("stat").required(), text("unit"), refused(number("period"))}, .blocks = {metric}})}});
  const Block customized = one_block("customized_metric_specification", {.attributes = {text("metric_name"), text("namespace"), text("statistic").checked(one_of({"Average", "Minimum", "Maximum", "SampleCount", "Sum"})), text("unit")},
                                                                         .blocks = {dimensions_block(), metrics}});
  const Block predefined = one_block("predefined_metric_specification", {.attributes = {text("predefined_metric_type").required(), text("resource_label")}});
  return one_block(kTracking, {.attributes = {flag("disable_scale_in").defaults(false), number("scale_in_cooldown"), number("scale_out_cooldown"), number("target_value").required()}, .blocks = {customized, predefined}});
}

/// A cooldown of 0 is one.
void set_cooldown(const Record& from, const char* name, std::optional<int32_t>& to) {
  if (from.has(name)) to = static_cast<int32_t>(from.number(name));
}

void set_bound(const Record& from, const char* name, std::optional<double>& to) {
  if (const auto bound = hcl::Number::parse(from.text(name))) to = bound->as_double();
}

scaling::StepScalingPolicyConfiguration steps_to_api(const Record& record) {
  scaling::StepScalingPolicyConfiguration steps;
  set_text(record, "adjustment_type", steps.adjustment_type);
  set_text(record, "metric_aggregation_type", steps.metric_aggregation_type);
  set_cooldown(record, "cooldown", steps.cooldown);
  set_number(record, "min_adjustment_magnitude", steps.min_adjustment_magnitude);
  steps.step_adjustments.emplace();
  for (const Record& written : record.blocks("step_adjustment")) {
    auto& step = steps.step_adjustments->emplace_back();
    set_bound(written, "metric_interval_lower_bound", step.metric_interval_lower_bound);
    set_bound(written, "metric_interval_upper_bound", step.metric_interval_upper_bound);
    step.scaling_adjustment = static_cast<int32_t>(written.number("scaling_adjustment"));
  }
  return steps;
}

std::string bound_text(double bound) { return fmt::format("{}", bound); }

void read_steps(const scaling::StepScalingPolicyConfiguration& steps, Record& record) {
  keep(record, "adjustment_type", steps.adjustment_type);
  keep(record, "metric_aggregation_type", steps.metric_aggregation_type);
  keep(record, "cooldown", steps.cooldown);
  keep(record, "min_adjustment_magnitude", steps.min_adjustment_magnitude);
  std::vector<Record> adjustments;
  for (const auto& step : steps.step_adjustments.value_or(std::vector<scaling::StepAdjustment>{})) {
    Record& adjustment = adjustments.emplace_back();
    if (step.metric_interval_lower_bound) adjustment.set("metric_interval_lower_bound", bound_text(*step.metric_interval_lower_bound));
    if (step.metric_interval_upper_bound) adjustment.set("metric_interval_upper_bound", bound_text(*step.metric_interval_upper_bound));
    adjustment.set("scaling_adjustment", step.scaling_adjustment.value_or(0));
  }
  record.set("step_adjustment", adjustments);
}

template <class Dimension>
std::vector<Dimension> dimensions_to_api(const Record& record) {
  std::vector<Dimension> dimensions;
  for (const Record& written : record.blocks("dimensions")) {
    Dimension& dimension = dimensions.emplace_back();
    dimension.name = written.text("name");
    dimension.value = written.text("value");
  }
  return dimensions;
}

template <class Dimension>
std::vector<Record> dimension_records(const std::optional<std::vector<Dimension>>& dimensions) {
  std::vector<Record> records;
  for (const auto& dimension : dimensions.value_or(std::vector<Dimension>{})) {
    Record& record = records.emplace_back();
    record.set("name", dimension.name.value_or(""));
    record.set("value", dimension.value.value_or(""));
  }
  return records;
}

scaling::TargetTrackingMetricDataQuery query_to_api(const Record& written) {
  scaling::TargetTrackingMetricDataQuery query;
  query.id = written.text("id");
  query.return_data = written.flag("return_data");
  set_text(written, "expression", query.expression);
  set_text(written, "label", query.label);
  for (const Record& stat : written.blocks("metric_stat")) {
    auto& api = query.metric_stat.emplace();
    api.stat = stat.text("stat");
    set_text(stat, "unit", api.unit);
    const Record metric = stat.block("metric");
    auto& named = api.metric.emplace();
    named.metric_name = metric.text("metric_name");
    named.namespace_ = metric.text("namespace");
    named.dimensions = dimensions_to_api<scaling::TargetTrackingMetricDimension>(metric);
  }
  return query;
}

Record query_record(const scaling::TargetTrackingMetricDataQuery& query) {
  Record record;
  record.set("id", query.id.value_or(""));
  record.set("return_data", query.return_data.value_or(true));
  keep(record, "expression", query.expression);
  keep(record, "label", query.label);
  if (!query.metric_stat) return record;
  Record stat, metric;
  stat.set("stat", query.metric_stat->stat.value_or(""));
  keep(stat, "unit", query.metric_stat->unit);
  const scaling::TargetTrackingMetric named = query.metric_stat->metric.value_or(scaling::TargetTrackingMetric{});
  metric.set("metric_name", named.metric_name.value_or(""));
  metric.set("namespace", named.namespace_.value_or(""));
  metric.set("dimensions", dimension_records(named.dimensions));
  stat.set("metric", std::vector<Record>{metric});
  record.set("metric_stat", std::vector<Record>{stat});
  return record;
}

scaling::TargetTrackingScalingPolicyConfiguration tracking_to_api(const Record& record) {
  scaling::TargetTrackingScalingPolicyConfiguration tracking;
  tracking.target_value = record.fraction("target_value");
  tracking.disable_scale_in = record.flag("disable_scale_in");
  set_cooldown(record, "scale_in_cooldown", tracking.scale_in_cooldown);
  set_cooldown(record, "scale_out_cooldown", tracking.scale_out_cooldown);
  for (const Record& predefined : record.blocks("predefined_metric_specification")) {
    auto& metric = tracking.predefined_metric_specification.emplace();
    metric.predefined_metric_type = predefined.text("predefined_metric_type");
    set_text(predefined, "resource_label", metric.resource_label);
  }
  for (const Record& customized : record.blocks("customized_metric_specification")) {
    auto& metric = tracking.customized_metric_specification.emplace();
    set_text(customized, "metric_name", metric.metric_name);
    set_text(customized, "namespace", metric.namespace_);
    set_text(customized, "statistic", metric.statistic);
    set_text(customized, "unit", metric.unit);
    if (!customized.blocks("dimensions").empty()) metric.dimensions = dimensions_to_api<scaling::MetricDimension>(customized);
    for (const Record& query : customized.blocks("metrics")) {
      if (!metric.metrics) metric.metrics.emplace();
      metric.metrics->push_back(query_to_api(query));
    }
  }
  return tracking;
}

Record tracking_record(const scaling::TargetTrackingScalingPolicyConfiguration& tracking) {
  Record record;
  record.set("target_value", tracking.target_value.value_or(0));
  record.set("disable_scale_in", tracking.disable_scale_in.value_or(false));
  keep(record, "scale_in_cooldown", tracking.scale_in_cooldown);
  keep(record, "scale_out_cooldown", tracking.scale_out_cooldown);
  if (tracking.predefined_metric_specification) {
    Record metric;
    metric.set("predefined_metric_type", tracking.predefined_metric_specification->predefined_metric_type.value_or(""));
    keep(metric, "resource_label", tracking.predefined_metric_specification->resource_label);
    record.set("predefined_metric_specification", std::vector<Record>{metric});
  }
  if (tracking.customized_metric_specification) {
    const auto& customized = *tracking.customized_metric_specification;
    Record metric;
    keep(metric, "metric_name", customized.metric_name);
    keep(metric, "namespace", customized.namespace_);
    keep(metric, "statistic", customized.statistic);
    keep(metric, "unit", customized.unit);
    metric.set("dimensions", dimension_records(customized.dimensions));
    std::vector<Record> queries;
    for (const auto& query : customized.metrics.value_or(std::vector<scaling::TargetTrackingMetricDataQuery>{})) queries.push_back(query_record(query));
    metric.set("metrics", queries);
    record.set("customized_metric_specification", std::vector<Record>{metric});
  }
  return record;
}

/// Step scaling as it was written before there was a block for it.
bool is_flat(const Record& record) { return record.blocks(kSteps).empty() && (!record.text("adjustment_type").empty() || !record.blocks("step_adjustment").empty()); }

bool is_carried_type(const Value& type) { return type.as_string() == "StepScaling" || type.as_string() == "TargetTrackingScaling"; }

class ScalingPolicy final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = [] {
      Schema all{.attributes = {text("id").read_only(), text("arn").read_only(), texts("alarm_arns").read_only(), text("name").required().forces_new(), text("policy_type").defaults("StepScaling").checked(one_of({"StepScaling", "TargetTrackingScaling"})).carried_if(is_carried_type).deciding(),
                                text("resource_id").required().forces_new(), text("scalable_dimension").required().forces_new(), text("service_namespace").required().forces_new(),
                                refused_blocks("predictive_scaling_policy_configuration")},
                 .blocks = {step_block(), one_block(kSteps, {.attributes = step_attributes(), .blocks = {step_block()}}), tracking_block()}};
      for (Attribute& attribute : step_attributes()) all.attributes.push_back(std::move(attribute));
      return all;
    }();
    return schema;
  }

  /// The alarms of target tracking are made anew whenever the policy is put.
  Result<void> adjust(const Cloud&, const Planned& planned) const override {
    if (planned.prior == nullptr) return {};
    for (const char* name : {"policy_type", "adjustment_type", "cooldown", "metric_aggregation_type", "min_adjustment_magnitude", "step_adjustment", kSteps, kTracking}) {
      if (!is_alike(planned.prior->value(name), planned.planned.value(name))) planned.planned.set("alarm_arns", Value::unknown(Type::list(Type::string())));
    }
    return {};
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    TRY(put(cloud, planned));
    state.set("id", planned.text("name"));
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    scaling::DescribeScalingPoliciesRequest request;
    set_target(state, request);
    request.policy_names = std::vector<std::string>{state.text("name")};
    const auto found = TRY(look_up<scaling::DescribeScalingPoliciesResponse>(cloud, kService, "DescribeScalingPolicies", request));
    if (!found || !found->scaling_policies || found->scaling_policies->empty()) return false;
    const scaling::ScalingPolicy& policy = found->scaling_policies->front();
    state.set("arn", policy.policy_arn.value_or(""));
    state.set("policy_type", policy.policy_type.value_or("StepScaling"));
    std::vector<std::string> alarms;
    for (const auto& alarm : policy.alarms.value_or(std::vector<scaling::Alarm>{})) alarms.push_back(alarm.alarm_arn.value_or(""));
    state.set("alarm_arns", alarms);
    std::vector<Record> steps, tracking;
    if (policy.step_scaling_policy_configuration && is_flat(state)) read_steps(*policy.step_scaling_policy_configuration, state);
    else if (policy.step_scaling_policy_configuration) read_steps(*policy.step_scaling_policy_configuration, steps.emplace_back());
    if (policy.target_tracking_scaling_policy_configuration) tracking.push_back(tracking_record(*policy.target_tracking_scaling_policy_configuration));
    state.set(kSteps, steps);
    state.set(kTracking, tracking);
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record&, const Record& planned) const override { return put(cloud, planned); }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    scaling::DeleteScalingPolicyRequest request;
    set_target(state, request);
    request.policy_name = state.text("name");
    return ignore_gone(cloud.call<scaling::DeleteScalingPolicyResponse>(kService, "DeleteScalingPolicy", request));
  }

  Result<Record> import(const Cloud&, const std::string& id) const override { return target_of_import(id, true); }

 private:
  static Result<void> put(const Cloud& cloud, const Record& planned) {
    scaling::PutScalingPolicyRequest request;
    set_target(planned, request);
    request.policy_name = planned.text("name");
    request.policy_type = planned.text("policy_type");
    if (is_flat(planned)) request.step_scaling_policy_configuration = steps_to_api(planned);
    for (const Record& steps : planned.blocks(kSteps)) request.step_scaling_policy_configuration = steps_to_api(steps);
    for (const Record& tracking : planned.blocks(kTracking)) request.target_tracking_scaling_policy_configuration = tracking_to_api(tracking);
    TRY(cloud.call<scaling::PutScalingPolicyResponse>(kService, "PutScalingPolicy", request));
    return {};
  }
};

}  // namespace

void add_appautoscaling_policy(Provider& provider) { provider.resources["aws_appautoscaling_policy"] = std::make_unique<ScalingPolicy>(); }

}  // namespace landfall::terraform::aws_types
