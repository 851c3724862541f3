#include <algorithm>

#include "model/schedule.h"
#include "services/application_autoscaling/support.h"

namespace landfall::services::application_autoscaling {
namespace {

using model::ScheduledAction;

shapes::ScheduledAction render(const ScheduledAction& a) {
  shapes::ScheduledAction out{.creation_time = a.created_at, .resource_id = a.resource_id, .scalable_dimension = a.dimension, .scalable_target_action = shapes::ScalableTargetAction{}, .schedule = a.schedule,
                              .scheduled_action_arn = a.arn, .scheduled_action_name = a.name, .service_namespace = a.service_namespace};
  if (a.min_capacity >= 0) out.scalable_target_action->min_capacity = a.min_capacity;
  if (a.max_capacity >= 0) out.scalable_target_action->max_capacity = a.max_capacity;
  if (a.start) out.start_time = a.start;
  if (a.end) out.end_time = a.end;
  if (!a.timezone.empty()) out.timezone = a.timezone;
  return out;
}

Result<shapes::PutScheduledActionResponse> put(const Deps& deps, const CallContext& context, const shapes::PutScheduledActionRequest& request) {
  TRY(check_dimension(text(request.service_namespace), request.resource_id, request.scalable_dimension));
  const std::string schedule = text(request.schedule);
  if (const auto parsed = model::Schedule::parse(schedule); !schedule.empty() && !parsed) return fail("ValidationException", parsed.error().what);
  if (request.timezone) {
    if (const auto zone = TimeZone::load(*request.timezone); !zone) return fail("ValidationException", zone.error().what);
  }
  if (const auto& wanted = request.scalable_target_action) {
    if (!wanted->min_capacity && !wanted->max_capacity) return fail("ValidationException", "At least one of MinCapacity and MaxCapacity must be specified");
    if (wanted->min_capacity.value_or(0) < 0 || wanted->max_capacity.value_or(0) < 0) return fail("ValidationException", "Capacities must not be negative");
    if (wanted->min_capacity && wanted->max_capacity && *wanted->max_capacity < *wanted->min_capacity) return fail("ValidationException", "Maximum capacity cannot be less than minimum capacity");
  }
  return transact<shapes::PutScheduledActionResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::PutScheduledActionResponse> {
    const ScalableTarget target = TRY(target_of(tx, context, request));
    auto action = store::find<ScheduledAction>(tx, target.key() + "#" + text(request.scheduled_action_name));
    if (!action) {
      if (schedule.empty()) return fail("ValidationException", "Schedule is required for a new scheduled action");
      if (!request.scalable_target_action) return fail("ValidationException", "ScalableTargetAction is required for a new scheduled action");
      action = ScheduledAction{.account = context.account, .region = context.region, .service_namespace = target.service_namespace, .resource_id = target.resource_id, .dimension = target.dimension, .name = text(request.scheduled_action_name), .created_at = deps.clock.wall()};
      action->arn = fmt::format("arn:aws:autoscaling:{}:{}:scheduledAction:{}:resource/{}/{}:scheduledActionName/{}", context.region, context.account, deps.ids.uuid(), target.service_namespace, target.resource_id, action->name);
    }
    if (!schedule.empty()) action->schedule = schedule;
    if (request.timezone) action->timezone = *request.timezone;
    // Times that are left out are taken away (API reference, PutScheduledAction).
    action->start = request.start_time.value_or(WallTime{});
    action->end = request.end_time.value_or(WallTime{});
    if (request.scalable_target_action) {
      action->min_capacity = request.scalable_target_action->min_capacity.value_or(-1);
      action->max_capacity = request.scalable_target_action->max_capacity.value_or(-1);
    }
    action->looked_at = deps.clock.wall();
    store::put(tx, *action);
    return shapes::PutScheduledActionResponse{};
  });
}

Result<shapes::DeleteScheduledActionResponse> remove(const Deps& deps, const CallContext& context, const shapes::DeleteScheduledActionRequest& request) {
  return transact<shapes::DeleteScheduledActionResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteScheduledActionResponse> {
    const auto action = store::find<ScheduledAction>(tx, target_key(context, request) + "#" + text(request.scheduled_action_name));
    if (!action) {
      return fail("ObjectNotFoundException", fmt::format("No scheduled action found for service namespace: {}, resource ID: {}, scalable dimension: {}, scheduled action name: {}", text(request.service_namespace), text(request.resource_id), text(request.scalable_dimension), text(request.scheduled_action_name)));
    }
    store::erase<ScheduledAction>(tx, action->key());
    return shapes::DeleteScheduledActionResponse{};
  });
}

Result<shapes::DescribeScheduledActionsResponse> describe(const Deps& deps, const CallContext& context, const shapes::DescribeScheduledActionsRequest& request) {
  std::vector<shapes::ScheduledAction> found;
  for (const ScheduledAction& action : store::all<ScheduledAction>(deps.store, scope(context) + text(request.service_namespace) + "#")) {
    const bool named = !request.scheduled_action_names || request.scheduled_action_names->empty() || std::ranges::count(*request.scheduled_action_names, action.name) > 0;
    if (named && request.resource_id.value_or(action.resource_id) == action.resource_id && request.scalable_dimension.value_or(action.dimension) == action.dimension) found.push_back(render(action));
  }
  auto answer = TRY(page(std::move(found), request.max_results, request.next_token));
  shapes::DescribeScheduledActionsResponse result{.scheduled_actions = std::move(answer.items)};
  if (!answer.next.empty()) result.next_token = answer.next;
  return result;
}

}  // namespace

void register_scheduled_action(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  const char* service = "application_autoscaling";
  registry.add<shapes::PutScheduledActionRequest, shapes::PutScheduledActionResponse>(service, "PutScheduledAction", {"*"}, bind(put));
  registry.add<shapes::DeleteScheduledActionRequest, shapes::DeleteScheduledActionResponse>(service, "DeleteScheduledAction", {"*"}, bind(remove));
  registry.add<shapes::DescribeScheduledActionsRequest, shapes::DescribeScheduledActionsResponse>(service, "DescribeScheduledActions", {"*"}, bind(describe));
}

}  // namespace landfall::services::application_autoscaling
