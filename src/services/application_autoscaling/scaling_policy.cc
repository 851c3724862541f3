#include <algorithm>

#include "services/application_autoscaling/support.h"
#include "services/application_autoscaling/tracking_alarms.h"
#include "store/scalable_targets.h"

namespace landfall::services::application_autoscaling {
namespace {

using model::ScalingPolicy;

/// Those that came with the policy, and those of others that act on it.
template <class From>
std::vector<shapes::Alarm> alarms_of(const From& from, const ScalingPolicy& policy) {
  std::vector<shapes::Alarm> alarms;
  for (const std::string& name : policy.alarm_names) alarms.push_back({.alarm_arn = alarm_arn(policy, name), .alarm_name = name});
  if (!policy.alarm_names.empty()) return alarms;
  for (const auto& alarm : store::all<model::Alarm>(from, policy.account + "/" + policy.region + "/")) {
    if (alarm.configuration.find("\"" + policy.arn + "\"") != std::string::npos) alarms.push_back({.alarm_arn = alarm.arn, .alarm_name = alarm.name});
  }
  return alarms;
}

template <class From>
shapes::ScalingPolicy render(const From& from, const ScalingPolicy& p) {
  return {.alarms = alarms_of(from, p), .creation_time = p.created_at, .policy_arn = p.arn, .policy_name = p.name, .policy_type = p.type, .resource_id = p.resource_id, .scalable_dimension = p.dimension, .service_namespace = p.service_namespace,
          .step_scaling_policy_configuration = told<shapes::StepScalingPolicyConfiguration>(p.step_scaling), .target_tracking_scaling_policy_configuration = told<shapes::TargetTrackingScalingPolicyConfiguration>(p.target_tracking)};
}

/// User guide, Step scaling policies: no gap, no overlap, one open step at either end at most.
Result<void> check_steps(const shapes::StepScalingPolicyConfiguration& c) {
  if (!c.adjustment_type) return fail("ValidationException", "AdjustmentType must be specified for a step scaling policy");
  if (!c.step_adjustments || c.step_adjustments->empty()) return fail("ValidationException", "At least one StepAdjustment must be specified for a step scaling policy");
  auto steps = *c.step_adjustments;
  constexpr double kOpen = 1e300;
  std::ranges::sort(steps, {}, [&](const auto& step) { return step.metric_interval_lower_bound.value_or(-kOpen); });
  for (size_t i = 0; i < steps.size(); ++i) {
    if (!steps[i].metric_interval_lower_bound && !steps[i].metric_interval_upper_bound && steps.size() > 1) return fail("ValidationException", "At most one StepAdjustment may have an unspecified lower bound and at most one an unspecified upper bound");
    if (steps[i].metric_interval_lower_bound.value_or(-kOpen) >= steps[i].metric_interval_upper_bound.value_or(kOpen)) return fail("ValidationException", "A StepAdjustment's lower bound must be less than its upper bound");
    if (i > 0 && steps[i - 1].metric_interval_upper_bound != steps[i].metric_interval_lower_bound) return fail("ValidationException", "There is a gap or an overlap between the step adjustments");
  }
  if (c.min_adjustment_magnitude && text(c.adjustment_type) != "PercentChangeInCapacity") return fail("ValidationException", "MinAdjustmentMagnitude is only valid with PercentChangeInCapacity");
  return {};
}

Result<void> check(const shapes::PutScalingPolicyRequest& request, const std::string& type) {
  if (type != "StepScaling" && type != "TargetTrackingScaling") return fail("ValidationException", fmt::format("Landfall does not support the policy type {} yet; wanted StepScaling or TargetTrackingScaling", type));
  if (type == "StepScaling" && request.target_tracking_scaling_policy_configuration) return fail("ValidationException", "TargetTrackingScalingPolicyConfiguration cannot be specified when policyType=StepScaling");
  if (type == "TargetTrackingScaling" && request.step_scaling_policy_configuration) return fail("ValidationException", "StepScalingPolicyConfiguration cannot be specified when policyType=TargetTrackingScaling");
  if (type == "StepScaling" && !request.step_scaling_policy_configuration) return fail("ValidationException", "StepScalingPolicyConfiguration is required when policyType=StepScaling");
  if (type == "StepScaling") TRY(check_steps(*request.step_scaling_policy_configuration));
  if (type == "TargetTrackingScaling") {
    if (!request.target_tracking_scaling_policy_configuration) return fail("ValidationException", "TargetTrackingScalingPolicyConfiguration is required when policyType=TargetTrackingScaling");
    const auto& c = *request.target_tracking_scaling_policy_configuration;
    if (c.predefined_metric_specification.has_value() == c.customized_metric_specification.has_value()) return fail("ValidationException", "Exactly one of CustomizedMetricSpecification or PredefinedMetricSpecification must be specified");
    const std::string metric = c.predefined_metric_specification ? text(c.predefined_metric_specification->predefined_metric_type) : "";
    if (c.predefined_metric_specification && !metric.starts_with("ECSService") && metric != "ALBRequestCountPerTarget") return fail("ValidationException", fmt::format("Unsupported predefined metric type {} for service namespace ecs", metric));
    if (c.customized_metric_specification) TRY(check_customized(*c.customized_metric_specification));
    if (c.target_value.value_or(0) <= 0) return fail("ValidationException", "TargetValue must be greater than 0");
    if (metric == "ALBRequestCountPerTarget" && !c.predefined_metric_specification->resource_label) return fail("ValidationException", "You must specify a resource label for metric type ALBRequestCountPerTarget");
    if (metric == "ALBRequestCountPerTarget" && (!c.predefined_metric_specification->resource_label->starts_with("app/") || c.predefined_metric_specification->resource_label->find("/targetgroup/") == std::string::npos)) {
      return fail("ValidationException", fmt::format("Invalid resource label {}; wanted app/LOAD_BALANCER/ID/targetgroup/TARGET_GROUP/ID", *c.predefined_metric_specification->resource_label));
    }
  }
  return {};
}

Result<shapes::PutScalingPolicyResponse> put(const Deps& deps, const CallContext& context, const shapes::PutScalingPolicyRequest& request) {
  TRY(check_dimension(text(request.service_namespace), request.resource_id, request.scalable_dimension));
  return transact<shapes::PutScalingPolicyResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::PutScalingPolicyResponse> {
    const ScalableTarget target = TRY(target_of(tx, context, request));
    auto policy = store::find<ScalingPolicy>(tx, target.key() + "#" + text(request.policy_name));
    const std::string type = request.policy_type.value_or(policy ? policy->type : "StepScaling");
    TRY(check(request, type));
    if (!policy) {
      policy = ScalingPolicy{.account = context.account, .region = context.region, .service_namespace = target.service_namespace, .resource_id = target.resource_id, .dimension = target.dimension, .name = text(request.policy_name), .created_at = deps.clock.wall()};
      policy->arn = fmt::format("arn:aws:autoscaling:{}:{}:scalingPolicy:{}:resource/{}/{}:policyName/{}", context.region, context.account, deps.ids.uuid(), target.service_namespace, target.resource_id, policy->name);
    }
    policy->type = type;
    policy->step_scaling = request.step_scaling_policy_configuration ? kept(*request.step_scaling_policy_configuration) : "";
    policy->target_tracking = request.target_tracking_scaling_policy_configuration ? kept(*request.target_tracking_scaling_policy_configuration) : "";
    store::erase_policy_alarms(tx, *policy);
    policy->alarm_names.clear();
    put_tracking_alarms(deps, tx, *policy);
    store::put(tx, *policy);
    return shapes::PutScalingPolicyResponse{.alarms = alarms_of(tx, *policy), .policy_arn = policy->arn};
  });
}

Result<shapes::DeleteScalingPolicyResponse> remove(const Deps& deps, const CallContext& context, const shapes::DeleteScalingPolicyRequest& request) {
  return transact<shapes::DeleteScalingPolicyResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteScalingPolicyResponse> {
    const auto policy = store::find<ScalingPolicy>(tx, target_key(context, request) + "#" + text(request.policy_name));
    if (!policy) {
      return fail("ObjectNotFoundException", fmt::format("No scaling policy found for service namespace: {}, resource ID: {}, scalable dimension: {}, policy name: {}", text(request.service_namespace), text(request.resource_id), text(request.scalable_dimension), text(request.policy_name)));
    }
    store::erase_policy_alarms(tx, *policy);
    store::erase<ScalingPolicy>(tx, policy->key());
    return shapes::DeleteScalingPolicyResponse{};
  });
}

Result<shapes::DescribeScalingPoliciesResponse> describe(const Deps& deps, const CallContext& context, const shapes::DescribeScalingPoliciesRequest& request) {
  std::vector<shapes::ScalingPolicy> found;
  for (const ScalingPolicy& policy : store::all<ScalingPolicy>(deps.store, scope(context) + text(request.service_namespace) + "#")) {
    const bool named = !request.policy_names || request.policy_names->empty() || std::ranges::count(*request.policy_names, policy.name) > 0;
    if (named && request.resource_id.value_or(policy.resource_id) == policy.resource_id && request.scalable_dimension.value_or(policy.dimension) == policy.dimension) found.push_back(render(deps.store, policy));
  }
  auto answer = TRY(page(std::move(found), request.max_results, request.next_token));
  shapes::DescribeScalingPoliciesResponse result{.scaling_policies = std::move(answer.items)};
  if (!answer.next.empty()) result.next_token = answer.next;
  return result;
}

}  // namespace

void register_scaling_policy(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  const char* service = "application_autoscaling";
  registry.add<shapes::PutScalingPolicyRequest, shapes::PutScalingPolicyResponse>(service, "PutScalingPolicy", {"PolicyName", "PolicyType", "ServiceNamespace", "ResourceId", "ScalableDimension", "StepScalingPolicyConfiguration.*", "TargetTrackingScalingPolicyConfiguration.*"}, bind(put));
  registry.add<shapes::DeleteScalingPolicyRequest, shapes::DeleteScalingPolicyResponse>(service, "DeleteScalingPolicy", {"*"}, bind(remove));
  registry.add<shapes::DescribeScalingPoliciesRequest, shapes::DescribeScalingPoliciesResponse>(service, "DescribeScalingPolicies", {"*"}, bind(describe));
}

}  // namespace landfall::services::application_autoscaling
