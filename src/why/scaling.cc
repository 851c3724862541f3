#include "why/scaling.h"

#include <algorithm>

#include <fmt/format.h>

#include "model/scaling.h"
#include "store/table.h"

namespace landfall::why {
namespace {

struct Scaled {
  const model::Service& service;
  const model::ScalableTarget& target;
  std::vector<model::ScalingPolicy> policies;
  std::vector<model::ScalingActivity> activities;  ///< newest first
};

/// Somebody, mostly an apply, gave the service another size than scaling did last.
void judge_undone(const Ground& ground, const Scaled& scaled, Question& question) {
  const auto last = std::ranges::find_if(scaled.activities, [](const auto& activity) { return activity.wanted >= 0; });
  if (last == scaled.activities.end() || last->wanted == scaled.service.desired_count) return;
  question.findings.push_back(finding_at(ground, "Service.ScalingUndone", scaled.service.arn, "desired_count",
                                         fmt::format("scaling set the desired count of {} to {} ({}), and a later change, as of an apply, set it to {}", scaled.service.name, last->wanted, last->cause, scaled.service.desired_count),
                                         "let the configuration leave it to scaling: lifecycle { ignore_changes = [desired_count] }"));
}

bool is_alarming(const std::vector<model::Alarm>& alarms, const Scaled& scaled) {
  return std::ranges::any_of(alarms, [&](const model::Alarm& alarm) {
    if (alarm.account != scaled.target.account || alarm.region != scaled.target.region || alarm.state != "ALARM") return false;
    return std::ranges::any_of(scaled.policies, [&](const model::ScalingPolicy& policy) { return std::ranges::count(policy.alarm_names, alarm.name) > 0 || alarm.configuration.find(policy.arn) != std::string::npos; });
  });
}

void judge_bound(const Ground& ground, const std::vector<model::Alarm>& alarms, const Scaled& scaled, Question& question) {
  if (scaled.activities.empty() || scaled.activities[0].not_scaled != "AlreadyAtMaxCapacity" || scaled.service.desired_count != scaled.target.max_capacity || !is_alarming(alarms, scaled)) return;
  question.findings.push_back(finding_at(ground, "Scaling.AtMaxCapacity", scaled.target.resource_id, "max_capacity",
                                         fmt::format("an alarm asks for more tasks of {}, which has its {} already: {}", scaled.service.name, scaled.target.max_capacity, scaled.activities[0].cause), "raise max_capacity, or find what makes the load"));
}

/// A step policy does nothing by itself: an alarm has to name it among its actions.
void judge_uncalled(const Ground& ground, const std::vector<model::Alarm>& alarms, const Scaled& scaled, Question& question) {
  for (const model::ScalingPolicy& policy : scaled.policies) {
    if (policy.step_scaling.empty()) continue;
    if (std::ranges::any_of(alarms, [&](const model::Alarm& alarm) { return alarm.configuration.find(policy.arn) != std::string::npos; })) continue;
    Finding found = finding_at(ground, "Scaling.PolicyNotCalled", policy.arn, "arn", fmt::format("no alarm has the step scaling policy {} of {} among its actions, so nothing ever calls it", policy.name, scaled.service.name),
                               "give its arn to the alarm_actions of an aws_cloudwatch_metric_alarm, or use a TargetTrackingScaling policy, which makes its own");
    question.findings.push_back(std::move(found));
  }
}

}  // namespace

void judge_scaling(const store::Store& store, const Ground& ground, Question& question) {
  const auto targets = store::all<model::ScalableTarget>(store);
  if (targets.empty()) return;
  const auto alarms = store::all<model::Alarm>(store);
  const auto policies = store::all<model::ScalingPolicy>(store);
  for (const model::ScalableTarget& target : targets) {
    const auto service = std::ranges::find_if(ground.services, [&](const model::Service& known) { return known.account == target.account && known.region == target.region && "service/" + tail_of(known.cluster_arn) + "/" + known.name == target.resource_id; });
    if (service == ground.services.end() || service->status != "ACTIVE") continue;
    if (!question.is_everything && !question.ids.contains(service->arn) && !question.ids.contains(target.resource_id)) continue;
    Scaled scaled{.service = *service, .target = target, .policies = {}, .activities = {}};
    std::ranges::copy_if(policies, std::back_inserter(scaled.policies), [&](const model::ScalingPolicy& policy) { return policy.key().starts_with(target.key() + "#"); });
    if (auto told = store::find<model::ScalingActivities>(store, target.key())) scaled.activities = std::move(told->all);
    judge_undone(ground, scaled, question);
    judge_bound(ground, alarms, scaled, question);
    judge_uncalled(ground, alarms, scaled, question);
  }
}

}  // namespace landfall::why
