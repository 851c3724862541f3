#include <algorithm>

#include "services/application_autoscaling/support.h"

namespace landfall::services::application_autoscaling {
namespace {

using model::ScalingPolicy;

std::string alarm_arn(const ScalingPolicy& policy, const std::string& name) { return fmt::format("arn:aws:cloudwatch:{}:{}:alarm:{}", policy.region, policy.account, name); }

std::vector<shapes::Alarm> alarms_of(const ScalingPolicy& policy) {
  std::vector<shapes::Alarm> alarms;
  for (const std::string& name : policy.alarm_names) alarms.push_back({.alarm_arn = alarm_arn(policy, name), .alarm_name = name});
  return alarms;
}

shapes::ScalingPolicy render(const ScalingPolicy& p) {
  return {.alarms = alarms_of(p), .creation_time = p.created_at, .policy_arn = p.arn, .policy_name = p.name, .policy_type = p.type, .resource_id = p.resource_id, .scalable_dimension = p.dimension, .service_namespace = p.service_namespace,
          .step_scaling_policy_configuration = told<shapes::StepScalingPolicyConfiguration>(p.step_scaling), .target_tracking_scaling_policy_configuration = told<shapes::TargetTrackingScalingPolicyConfiguration>(p.target_tracking)};
}

Result<void> check(const shapes::PutScalingPolicyRequest& request, const std::string& type) {
  if (type != "StepScaling" && type != "TargetTrackingScaling") return fail("ValidationException", fmt::format("Landfall does not support the policy type {} yet; wanted StepScaling or TargetTrackingScaling", type));
  if (type == "StepScaling" && request.target_tracking_scaling_policy_configuration) return fail("ValidationException", "TargetTrackingScalingPolicyConfiguration cannot be specified when policyType=StepScaling");
  if (type == "TargetTrackingScaling" && request.step_scaling_policy_configuration) return fail("ValidationException", "StepScalingPolicyConfiguration cannot be specified when policyType=TargetTrackingScaling");
  if (type == "StepScaling" && !request.step_scaling_policy_configuration) return fail("ValidationException", "StepScalingPolicyConfiguration is required when policyType=StepScaling");
  if (type == "TargetTrackingScaling") {
    if (!request.target_tracking_scaling_policy_configuration) return fail("ValidationException", "TargetTrackingScalingPolicyConfiguration is required when policyType=TargetTrackingScaling");
    const auto& c = *request.target_tracking_scaling_policy_configuration;
    if (c.predefined_metric_specification.has_value() == c.customized_metric_specification.has_value()) return fail("ValidationException", "Exactly one of CustomizedMetricSpecification or PredefinedMetricSpecification must be specified");
    const std::string metric = c.predefined_metric_specification ? text(c.predefined_metric_specification->predefined_metric_type) : "";
    if (c.predefined_metric_specification && !metric.starts_with("ECSService") && metric != "ALBRequestCountPerTarget") return fail("ValidationException", fmt::format("Unsupported predefined metric type {} for service namespace ecs", metric));
    if (metric == "ALBRequestCountPerTarget" && !c.predefined_metric_specification->resource_label) return fail("ValidationException", "You must specify a resource label for metric type ALBRequestCountPerTarget");
  }
  return {};
}

/// The alarms of target tracking: one above the target for 3 minutes, one below it for 15 (user guide, How target tracking works).
void put_alarms(const Deps& deps, Transaction& tx, ScalingPolicy& policy) {
  const auto configuration = told<shapes::TargetTrackingScalingPolicyConfiguration>(policy.target_tracking);
  if (!configuration || !policy.alarm_names.empty()) return;
  const std::string stem = fmt::format("TargetTracking-{}", policy.resource_id);
  for (const bool high : {true, false}) {
    if (!high && configuration->disable_scale_in.value_or(false)) continue;
    const std::string name = fmt::format("{}-Alarm{}-{}", stem, high ? "High" : "Low", deps.ids.uuid());
    store::put(tx, model::Alarm{.account = policy.account, .region = policy.region, .name = name, .arn = alarm_arn(policy, name),
                                .configuration = fmt::format(R"({{"AlarmActions":["{}"],"ComparisonOperator":"{}","EvaluationPeriods":{},"Threshold":{},"Period":60,"Statistic":"Average"}})", policy.arn,
                                                             high ? "GreaterThanThreshold" : "LessThanThreshold", high ? 3 : 15, configuration->target_value.value_or(0)),
                                .configured_at = deps.clock.wall(), .state_at = deps.clock.wall()});
    policy.alarm_names.push_back(name);
  }
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
    for (const std::string& alarm : policy->alarm_names) store::erase<model::Alarm>(tx, scope(context) + alarm);
    policy->alarm_names.clear();
    put_alarms(deps, tx, *policy);
    store::put(tx, *policy);
    return shapes::PutScalingPolicyResponse{.alarms = alarms_of(*policy), .policy_arn = policy->arn};
  });
}

Result<shapes::DeleteScalingPolicyResponse> remove(const Deps& deps, const CallContext& context, const shapes::DeleteScalingPolicyRequest& request) {
  return transact<shapes::DeleteScalingPolicyResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteScalingPolicyResponse> {
    const auto policy = store::find<ScalingPolicy>(tx, target_key(context, request) + "#" + text(request.policy_name));
    if (!policy) {
      return fail("ObjectNotFoundException", fmt::format("No scaling policy found for service namespace: {}, resource ID: {}, scalable dimension: {}, policy name: {}", text(request.service_namespace), text(request.resource_id), text(request.scalable_dimension), text(request.policy_name)));
    }
    for (const std::string& alarm : policy->alarm_names) store::erase<model::Alarm>(tx, scope(context) + alarm);
    store::erase<ScalingPolicy>(tx, policy->key());
    return shapes::DeleteScalingPolicyResponse{};
  });
}

Result<shapes::DescribeScalingPoliciesResponse> describe(const Deps& deps, const CallContext& context, const shapes::DescribeScalingPoliciesRequest& request) {
  std::vector<shapes::ScalingPolicy> found;
  for (const ScalingPolicy& policy : store::all<ScalingPolicy>(deps.store, scope(context) + text(request.service_namespace) + "#")) {
    const bool named = !request.policy_names || request.policy_names->empty() || std::ranges::count(*request.policy_names, policy.name) > 0;
    if (named && request.resource_id.value_or(policy.resource_id) == policy.resource_id && request.scalable_dimension.value_or(policy.dimension) == policy.dimension) found.push_back(render(policy));
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
