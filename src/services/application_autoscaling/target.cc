#include <algorithm>

#include "model/container_service.h"
#include "services/application_autoscaling/application_autoscaling.h"
#include "services/application_autoscaling/support.h"
#include "store/scalable_targets.h"

namespace landfall::services::application_autoscaling {

Result<void> check_dimension(const std::string& service_namespace, const std::optional<std::string>& resource_id, const std::optional<std::string>& dimension) {
  if (service_namespace != "ecs") return fail("ValidationException", fmt::format("Landfall scales ECS services only, so far: the service namespace is '{}'; wanted ecs", service_namespace));
  if (dimension && *dimension != "ecs:service:DesiredCount") return fail("ValidationException", "Unsupported service namespace, resource type or scalable dimension");
  if (resource_id && !resource_id->starts_with("service/")) return fail("ValidationException", "Unsupported service namespace, resource type or scalable dimension");
  return {};
}

namespace {

shapes::ScalableTarget render(const ScalableTarget& t) {
  return {.creation_time = t.created_at, .max_capacity = t.max_capacity, .min_capacity = t.min_capacity, .resource_id = t.resource_id, .role_arn = t.role_arn, .scalable_dimension = t.dimension,
          .scalable_target_arn = t.arn, .service_namespace = t.service_namespace,
          .suspended_state = shapes::SuspendedState{.dynamic_scaling_in_suspended = t.is_in_suspended, .dynamic_scaling_out_suspended = t.is_out_suspended, .scheduled_scaling_suspended = t.is_scheduled_suspended}};
}

/// New: both capacities; again: what is given replaces (API reference, RegisterScalableTarget).
Result<shapes::RegisterScalableTargetResponse> register_one(const Deps& deps, const CallContext& context, const shapes::RegisterScalableTargetRequest& request) {
  TRY(check_dimension(text(request.service_namespace), request.resource_id, request.scalable_dimension));
  return transact<shapes::RegisterScalableTargetResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::RegisterScalableTargetResponse> {
    const auto service = store::find<model::Service>(tx, fmt::format("arn:aws:ecs:{}:{}:{}", context.region, context.account, text(request.resource_id)));
    if (!service || service->status != "ACTIVE") return fail("ValidationException", fmt::format("ECS service doesn't exist: {}", text(request.resource_id)));
    auto target = store::find<ScalableTarget>(tx, target_key(context, request));
    if (!target) {
      if (!request.min_capacity) return fail("ValidationException", "MinCapacity is required when registering a new scalable target");
      if (!request.max_capacity) return fail("ValidationException", "MaxCapacity is required when registering a new scalable target");
      target = ScalableTarget{.account = context.account, .region = context.region, .service_namespace = text(request.service_namespace), .resource_id = text(request.resource_id), .dimension = text(request.scalable_dimension), .created_at = deps.clock.wall()};
      target->arn = fmt::format("arn:aws:application-autoscaling:{}:{}:scalable-target/{}", context.region, context.account, "0ec5" + deps.ids.hex(30));
      target->role_arn = fmt::format("arn:aws:iam::{}:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService", context.account);
      if (request.tags) target->tags = *request.tags;
    } else if (request.tags && *request.tags != target->tags) {
      return fail("ValidationException", "Tags of a scalable target that is registered already are changed by TagResource");
    }
    if (request.min_capacity) target->min_capacity = *request.min_capacity;
    if (request.max_capacity) target->max_capacity = *request.max_capacity;
    target->has_new_bounds = target->has_new_bounds || request.min_capacity || request.max_capacity;
    if (target->min_capacity < 0) return fail("ValidationException", fmt::format("1 validation error detected: Value '{}' at 'minCapacity' failed to satisfy constraint: Member must have value greater than or equal to 0", target->min_capacity));
    if (target->max_capacity < target->min_capacity) return fail("ValidationException", "Maximum capacity cannot be less than minimum capacity");
    if (request.suspended_state) {
      target->is_in_suspended = request.suspended_state->dynamic_scaling_in_suspended.value_or(target->is_in_suspended);
      target->is_out_suspended = request.suspended_state->dynamic_scaling_out_suspended.value_or(target->is_out_suspended);
      target->is_scheduled_suspended = request.suspended_state->scheduled_scaling_suspended.value_or(target->is_scheduled_suspended);
    }
    store::put(tx, *target);
    return shapes::RegisterScalableTargetResponse{.scalable_target_arn = target->arn};
  });
}

/// Its policies and scheduled actions go with it.
Result<shapes::DeregisterScalableTargetResponse> deregister(const Deps& deps, const CallContext& context, const shapes::DeregisterScalableTargetRequest& request) {
  return transact<shapes::DeregisterScalableTargetResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::DeregisterScalableTargetResponse> {
    const ScalableTarget target = TRY(target_of(tx, context, request));
    store::erase_scalable_target(tx, target);
    return shapes::DeregisterScalableTargetResponse{};
  });
}

Result<shapes::DescribeScalableTargetsResponse> describe(const Deps& deps, const CallContext& context, const shapes::DescribeScalableTargetsRequest& request) {
  std::vector<shapes::ScalableTarget> found;
  for (const ScalableTarget& target : store::all<ScalableTarget>(deps.store, scope(context) + text(request.service_namespace) + "#")) {
    const bool named = !request.resource_ids || request.resource_ids->empty() || std::ranges::count(*request.resource_ids, target.resource_id) > 0;
    if (named && request.scalable_dimension.value_or(target.dimension) == target.dimension) found.push_back(render(target));
  }
  auto answer = TRY(page(std::move(found), request.max_results, request.next_token));
  shapes::DescribeScalableTargetsResponse result{.scalable_targets = std::move(answer.items)};
  if (!answer.next.empty()) result.next_token = answer.next;
  return result;
}

Result<ScalableTarget> target_at(const Transaction& tx, const CallContext& context, const std::optional<std::string>& arn) {
  for (ScalableTarget& target : store::all<ScalableTarget>(tx, scope(context))) {
    if (target.arn == text(arn)) return std::move(target);
  }
  return fail("ResourceNotFoundException", fmt::format("Could not find scalable target with ARN: {}", text(arn)));
}

template <class Answer, class Request, class Change>
Result<Answer> change_tags(const Deps& deps, const CallContext& context, const Request& request, Change change) {
  return transact<Answer>(deps.store, [&](Transaction& tx) -> Result<Answer> {
    ScalableTarget target = TRY(target_at(tx, context, request.resource_arn));
    change(target.tags);
    store::put(tx, target);
    return Answer{};
  });
}

}  // namespace

void register_target(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  const char* service = "application_autoscaling";
  registry.add<shapes::RegisterScalableTargetRequest, shapes::RegisterScalableTargetResponse>(service, "RegisterScalableTarget", {"ServiceNamespace", "ResourceId", "ScalableDimension", "MinCapacity", "MaxCapacity", "SuspendedState.*", "Tags.*", "RoleARN"}, bind(register_one));
  registry.add<shapes::DeregisterScalableTargetRequest, shapes::DeregisterScalableTargetResponse>(service, "DeregisterScalableTarget", {"*"}, bind(deregister));
  registry.add<shapes::DescribeScalableTargetsRequest, shapes::DescribeScalableTargetsResponse>(service, "DescribeScalableTargets", {"*"}, bind(describe));
  registry.add<shapes::TagResourceRequest, shapes::TagResourceResponse>(service, "TagResource", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return change_tags<shapes::TagResourceResponse>(deps, c, r, [&](model::Tags& tags) { for (const auto& [key, value] : *r.tags) tags[key] = value; });
  });
  registry.add<shapes::UntagResourceRequest, shapes::UntagResourceResponse>(service, "UntagResource", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return change_tags<shapes::UntagResourceResponse>(deps, c, r, [&](model::Tags& tags) { for (const auto& key : *r.tag_keys) tags.erase(key); });
  });
  registry.add<shapes::ListTagsForResourceRequest, shapes::ListTagsForResourceResponse>(service, "ListTagsForResource", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return transact<shapes::ListTagsForResourceResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::ListTagsForResourceResponse> {
      return shapes::ListTagsForResourceResponse{.tags = TRY(target_at(tx, c, r.resource_arn)).tags};
    });
  });
}

void register_application_autoscaling(aws::Registry& registry, const Deps& deps) {
  register_target(registry, deps);
  register_scaling_policy(registry, deps);
  register_scaling_activity(registry, deps);
  register_scheduled_action(registry, deps);
}

}  // namespace landfall::services::application_autoscaling
