#include <algorithm>

#include "services/application_autoscaling/support.h"

namespace landfall::services::application_autoscaling {
namespace {

using model::ScalingActivities;

shapes::ScalingActivity render(const ScalableTarget& target, const model::ScalingActivity& a) {
  shapes::ScalingActivity out{.activity_id = a.id, .cause = a.cause, .description = a.description, .resource_id = target.resource_id, .scalable_dimension = target.dimension, .service_namespace = target.service_namespace,
                              .start_time = a.started_at, .status_code = a.status};
  if (a.ended_at) out.end_time = a.ended_at;
  if (!a.message.empty()) out.status_message = a.message;
  if (!a.not_scaled.empty()) out.not_scaled_reasons = std::vector{shapes::NotScaledReason{.code = a.not_scaled, .current_capacity = a.current, .max_capacity = a.max_capacity, .min_capacity = a.min_capacity}};
  return out;
}

/// Newest first. What did not scale is told only to who asks for it (API reference, DescribeScalingActivities).
Result<shapes::DescribeScalingActivitiesResponse> describe(const Deps& deps, const CallContext& context, const shapes::DescribeScalingActivitiesRequest& request) {
  std::vector<shapes::ScalingActivity> found;
  for (const ScalableTarget& target : store::all<ScalableTarget>(deps.store, scope(context) + text(request.service_namespace) + "#")) {
    if (request.resource_id.value_or(target.resource_id) != target.resource_id || request.scalable_dimension.value_or(target.dimension) != target.dimension) continue;
    const auto told = store::find<ScalingActivities>(deps.store, target.key());
    for (const auto& activity : told ? told->all : std::vector<model::ScalingActivity>{}) {
      if (activity.not_scaled.empty() || request.include_not_scaled_activities.value_or(false)) found.push_back(render(target, activity));
    }
  }
  std::ranges::stable_sort(found, std::ranges::greater(), [](const auto& activity) { return activity.start_time->ms; });
  auto answer = TRY(page(std::move(found), request.max_results, request.next_token));
  shapes::DescribeScalingActivitiesResponse result{.scaling_activities = std::move(answer.items)};
  if (!answer.next.empty()) result.next_token = answer.next;
  return result;
}

}  // namespace

void register_scaling_activity(aws::Registry& registry, const Deps& deps) {
  registry.add<shapes::DescribeScalingActivitiesRequest, shapes::DescribeScalingActivitiesResponse>("application_autoscaling", "DescribeScalingActivities", {"*"}, [&deps](const CallContext& c, const auto& r) { return describe(deps, c, r); });
}

}  // namespace landfall::services::application_autoscaling
