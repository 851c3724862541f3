#include "scaling/controller.h"

#include <algorithm>
#include <set>
#include <span>

#include <fmt/format.h>

#include "base/json.h"
#include "base/log.h"
#include "model/alarm_event.h"
#include "scaling/carry_out.h"
#include "scaling/composite.h"
#include "store/scalable_targets.h"
#include "store/suppression.h"
#include "store/table.h"

namespace landfall::scaling {
namespace {

using model::Alarm;
using model::ScalableTarget;
using model::ScalingPolicy;
using model::Service;

constexpr Duration kSettle = std::chrono::seconds(2);   // samples of a period are there a moment after its end
constexpr Duration kMinute = std::chrono::seconds(60);  // alarms are judged, and policies asked again, at least so often

Duration tick_of(const AlarmRule& rule) { return std::min<Duration>(rule.period, kMinute); }

/// "service/CLUSTER/NAME" names it in the account and region of the target.
std::string service_arn(const ScalableTarget& target) { return fmt::format("arn:aws:ecs:{}:{}:{}", target.region, target.account, target.resource_id); }

bool is_policy(const std::string& action) { return action.find(":scalingPolicy:") != std::string::npos; }

/// SetAlarmState may come with data: the last of its "recentDatapoints".
std::optional<double> told_value(const std::string& reason_data) {
  const auto value = parse_json(reason_data, "the state's data");
  const json::array* recent = value && value->is_object() ? array_member(value->get_object(), "recentDatapoints") : nullptr;
  if (recent == nullptr || recent->empty() || !recent->back().is_number()) return std::nullopt;
  return recent->back().to_number<double>();
}

model::AlarmEvent action_event(const std::string& action, const Alarm& alarm, WallTime now) {
  const bool is_done = is_policy(action);
  json::object data{{"actionState", is_done ? "Succeeded" : "Failed"}, {"stateUpdateTimestamp", alarm.state_at.ms}, {"notificationResource", action}};
  if (!is_done) data["error"] = "Landfall has no service that takes this action: nobody was notified";
  return {.type = "Action", .summary = fmt::format("{} action {}", is_done ? "Successfully executed" : "Failed to execute", action), .data = json::serialize(data), .at = now};
}

void tell_history(store::Transaction& tx, const Alarm& alarm, model::AlarmEvent event) {
  auto history = store::find<model::AlarmHistory>(tx, alarm.key()).value_or(model::AlarmHistory{.account = alarm.account, .region = alarm.region, .name = alarm.name, .events = {}});
  history.add(std::move(event));
  store::put(tx, history);
}

}  // namespace

void Controller::run() {
  while (!store_.is_closed()) {
    const store::Revision seen = store_.revision();
    step();
    store_.wait({"alarm/", "scalable_target/", "scaling_policy/", "scheduled_action/"}, seen, std::chrono::seconds(1));
  }
}

void Controller::step() {
  std::set<std::string> known;
  for (const Alarm& alarm : store::all<Alarm>(store_)) {
    known.insert(alarm.key());
    judge_alarm(alarm, watched(alarm));
  }
  for (const Alarm& alarm : store::all<Alarm>(store_)) judge_composite_alarm(alarm, watched(alarm));
  std::erase_if(watched_, [&](const auto& entry) { return !known.contains(entry.first); });
  Triggers triggers;
  for (const Alarm& alarm : store::all<Alarm>(store_)) act(alarm, watched(alarm), triggers);
  for (const ScalableTarget& target : store::all<ScalableTarget>(store_)) {
    const auto done = store_.transact([&](store::Transaction& tx) { return advance(tx, target.key(), triggers); });
    if (!done) log_error("scalable target not advanced", {{"target", target.resource_id}, {"error", done.error().message()}});
  }
  std::erase_if(planned_, [&](const auto& entry) { return !store_.get(store::path_of<model::ScheduledAction>(entry.first)); });
}

Controller::Watched& Controller::watched(const Alarm& alarm) {
  const auto [at, is_new] = watched_.try_emplace(alarm.key());
  Watched& watched = at->second;
  if (!is_new && watched.configuration == alarm.configuration) return watched;
  auto rule = read_rule(alarm);
  if (!rule) log_error("alarm not understood", {{"alarm", alarm.name}, {"error", rule.error().message()}});
  watched.configuration = alarm.configuration;
  watched.rule = rule ? std::optional(std::move(*rule)) : std::nullopt;
  // A new alarm says INSUFFICIENT_DATA until its first period is over.
  watched.judged = watched.rule ? alarm.configured_at.ms / tick_of(*watched.rule).count() : 0;
  return watched;
}

void Controller::judge_alarm(const Alarm& alarm, Watched& watched) {
  if (!watched.rule || watched.rule->expression) return;
  const Duration tick = tick_of(*watched.rule);
  const WallTime now = clock_.wall(), settled = now - kSettle;
  const int64_t number = settled.ms / tick.count();
  if (number <= watched.judged || (alarm.set_at && now - alarm.set_at < tick)) return;
  watched.judged = number;
  const Window window = window_of(metrics_, *watched.rule, settled);
  // What is older than the evaluated periods may hold the state, but no capacity is computed from it.
  watched.value.reset();
  watched.breaching.clear();
  for (const auto& datum : std::span(window).subspan(kMorePeriods)) {
    if (!datum) continue;
    watched.value = datum->value;
    if (watched.rule->is_breaching(datum->value)) watched.breaching.push_back(datum->value);
  }
  record(alarm, judge(*watched.rule, window, alarm.state, now));
}

void Controller::judge_composite_alarm(const Alarm& alarm, const Watched& watched) {
  if (!watched.rule || !watched.rule->expression) return;
  std::vector<Alarm> children;
  for (const std::string& name : watched.rule->expression->alarms()) {
    if (auto child = store::find<Alarm>(store_, alarm.account + "/" + alarm.region + "/" + name)) children.push_back(std::move(*child));
  }
  if (const auto judgement = judge_composite(alarm, *watched.rule->expression, children)) record(alarm, *judgement);
}

/// A new state, with its history; the same one changes nothing.
void Controller::record(const Alarm& alarm, const Judgement& judgement) {
  if (judgement.state == alarm.state) return;
  const WallTime now = clock_.wall();
  const auto done = store_.transact([&](store::Transaction& tx) -> Result<void> {
    auto current = store::find<Alarm>(tx, alarm.key());
    if (!current || encode(*current) != encode(alarm)) return fail("Alarm.Changed", "it was changed meanwhile; the next period counts");
    tell_history(tx, alarm, model::state_change(alarm, judgement.state, judgement.reason, judgement.reason_data, now));
    current->state = judgement.state;
    current->reason = judgement.reason;
    current->reason_data = judgement.reason_data;
    current->state_at = now;
    current->set_at = {};
    store::put(tx, *current);
    return {};
  });
  if (!done) return log_error("alarm's state not recorded", {{"alarm", alarm.name}, {"error", done.error().message()}});
  log_info("alarm changed its state", {{"alarm", alarm.name}, {"state", judgement.state}, {"reason", judgement.reason}});
}

Trigger Controller::trigger_of(const Alarm& alarm, const Watched& watched) const {
  const AlarmRule& rule = *watched.rule;
  return {.alarm = alarm.name, .state = alarm.state,
          .breach = {.value = alarm.set_at ? told_value(alarm.reason_data) : watched.value, .breaching = alarm.set_at ? std::vector<double>{} : watched.breaching, .threshold = rule.threshold, .is_above = rule.watches_above(), .per_minute = rule.per_minute()},
          .is_new = alarm.acted_on != alarm.state};
}

/// Actions of a new state once; scaling policies again and again while it lasts (CloudWatch guide, Alarm actions).
void Controller::act(const Alarm& alarm, Watched& watched, Triggers& triggers) {
  if (!watched.rule) return;
  const WallTime now = clock_.wall();
  const bool is_new = alarm.acted_on != alarm.state;
  static const std::vector<std::string> none;
  const std::vector<std::string>& actions = alarm.actions_enabled ? watched.rule->actions_of(alarm.state) : none;
  if (!is_new && (actions.empty() || now - watched.asked_at < tick_of(*watched.rule))) return;
  watched.asked_at = now;
  for (const std::string& action : actions) {
    if (is_policy(action)) triggers.emplace(action, trigger_of(alarm, watched));
  }
  if (!is_new || store::suppression_now(store_, alarm, now)) return;
  const auto done = store_.transact([&](store::Transaction& tx) -> Result<void> {
    if (!store::update<Alarm>(tx, alarm.key(), [&](Alarm& current) { current.acted_on = alarm.state; })) return {};
    for (const std::string& action : actions) tell_history(tx, alarm, action_event(action, alarm, now));
    return {};
  });
  if (!done) log_error("alarm's actions not recorded", {{"alarm", alarm.name}, {"error", done.error().message()}});
}

View Controller::view_of(const store::Transaction& tx, const ScalableTarget& target, const Service& service, const Triggers& triggers) const {
  View view{.target = target, .capacity = service.desired_count, .policies = {}, .due = {}};
  view.is_deploying = service.deployments.size() > 1 || (!service.deployments.empty() && service.deployments[0].rollout_state == "IN_PROGRESS");
  for (const ScalingPolicy& policy : store::all<ScalingPolicy>(tx, target.key() + "#")) {
    auto rule = read_policy(policy);
    if (!rule) continue;
    PolicyView seen{.policy = policy, .rule = std::move(*rule), .triggers = {}, .low_alarm = {}};
    const auto [first, last] = triggers.equal_range(policy.arn);
    for (auto at = first; at != last; ++at) seen.triggers.push_back(at->second);
    for (const std::string& name : policy.alarm_names) {
      const auto alarm = store::find<Alarm>(tx, target.account + "/" + target.region + "/" + name);
      const auto known = alarm ? watched_.find(alarm->key()) : watched_.end();
      if (known == watched_.end() || !known->second.rule || alarm->state != "ALARM") continue;
      Trigger trigger = trigger_of(*alarm, known->second);
      if (!trigger.breach.is_above) seen.low_alarm = std::move(trigger);
    }
    view.policies.push_back(std::move(seen));
  }
  return view;
}

const Controller::Planned& Controller::planned(const model::ScheduledAction& action) {
  Planned& planned = planned_[action.key()];
  if (planned.schedule == action.schedule && planned.timezone == action.timezone) return planned;
  planned = {.schedule = action.schedule, .timezone = action.timezone, .parsed = {}, .zone = TimeZone::utc()};
  auto parsed = model::Schedule::parse(action.schedule);
  if (parsed) planned.parsed = std::move(*parsed);
  if (action.timezone.empty()) return planned;
  auto zone = TimeZone::load(action.timezone);
  if (zone) planned.zone = std::move(*zone);
  else planned.parsed.reset();
  if (!zone) log_error("scheduled action has no time zone", {{"action", action.name}, {"error", zone.error().message()}});
  return planned;
}

/// Of several occurrences that were missed (the daemon was not there) the last one counts.
void Controller::take_due(store::Transaction& tx, View& view) {
  for (model::ScheduledAction action : store::all<model::ScheduledAction>(tx, view.target.key() + "#")) {
    const Planned& plan = planned(action);
    if (!plan.parsed) continue;
    const auto due = plan.parsed->latest(plan.zone, action.start ? action.start : action.created_at, action.looked_at, clock_.wall());
    if (!due) continue;
    action.looked_at = *due;
    store::put(tx, action);
    if ((action.start && *due < action.start) || (action.end && *due > action.end)) continue;
    view.due.push_back({.name = action.name, .min_capacity = action.min_capacity, .max_capacity = action.max_capacity});
  }
}

Result<void> Controller::advance(store::Transaction& tx, const std::string& target_key, const Triggers& triggers) {
  const auto target = store::find<ScalableTarget>(tx, target_key);
  if (!target) return {};
  auto service = store::find<Service>(tx, service_arn(*target));
  if (!service || service->status == "INACTIVE") {
    store::erase_scalable_target(tx, *target);
    return {};
  }
  View view = view_of(tx, *target, *service, triggers);
  take_due(tx, view);
  CarryOut(tx, *target, *service, clock_.wall(), ids_).apply(decide(view, clock_.wall()));
  return {};
}

}  // namespace landfall::scaling
