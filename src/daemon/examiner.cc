#include "daemon/examiner.h"

#include <algorithm>
#include <set>

#include "base/log.h"
#include "daemon/task_probe.h"
#include "model/routing.h"
#include "model/zone.h"
#include "store/network_view.h"
#include "store/table.h"

namespace landfall::daemon {
namespace {

constexpr std::chrono::seconds kLookAgain{10};
constexpr std::string_view kPrefix = "Target.";
constexpr int kPatience = 8;  // seconds that a slow program gets; checks wait 5 by default

bool ended_by_checks(const model::Task& task) { return task.stopped_reason.starts_with("Task failed ELB health checks"); }

bool uses(const model::Service& service, const std::string& group_arn) {
  return std::ranges::any_of(service.deployments, [&](const auto& d) { return std::ranges::any_of(d.load_balancers, [&](const auto& b) { return b.target_group_arn == group_arn; }); });
}

}  // namespace

void Examiner::run() {
  while (!store_.is_closed()) {
    const store::Revision seen = store_.revision();
    step();
    store_.wait({"target/", "service/"}, seen, std::chrono::seconds(5));
  }
}

void Examiner::step() {
  std::set<std::string> known;
  const Routes routes{.listeners = store::all<model::Listener>(store_), .rules = store::all<model::Rule>(store_)};
  for (const model::Target& target : store::all<model::Target>(store_)) {
    known.insert(target.key());
    if (!tell_unused(target, routes)) examine(target, routes);
  }
  std::erase_if(seen_, [&](const auto& entry) { return !known.contains(entry.first); });
  forget(routes);
}

/// True: no load balancer forwards to the target's group, so nobody checks it either.
bool Examiner::tell_unused(const model::Target& target, const Routes& routes) {
  const auto group = store::find<model::TargetGroup>(store_, target.target_group_arn);
  if (!group || target.desired != "registered") return false;
  const auto arns = model::load_balancers_of(*group, routes.listeners, routes.rules);
  if (!arns.empty()) return false;
  record(group->arn, {why::not_in_use(*group)});
  return true;
}

void Examiner::examine(const model::Target& target, const Routes& routes) {
  const bool fails = target.desired == "registered" && (target.state == "unhealthy" || (target.state == "initial" && !target.last_check.empty()));
  if (target.state == "healthy" || (!fails && !seen_.contains(target.key()))) {
    seen_.erase(target.key());
    return;
  }
  Seen& seen = seen_[target.key()];
  const bool has_changed = seen.state != target.state || seen.last_check != target.last_check;
  const auto group = store::find<model::TargetGroup>(store_, target.target_group_arn);
  if (!group || (!has_changed && clock_.steady() - seen.at < kLookAgain)) return;
  why::TargetEvidence evidence = gather(*group, target, routes);
  // A task that is being ended shows nothing any more.
  const bool is_alive = evidence.task && evidence.task->desired_status == "RUNNING" && evidence.task->last_status == "RUNNING";
  if (fails && (is_alive || seen.reasons.empty())) {
    ask_program(evidence);
    seen.reasons = why::judge(evidence);
  }
  seen.state = target.state;
  seen.last_check = target.last_check;
  seen.at = clock_.steady();
  const bool counts = target.state == "unhealthy" || (evidence.task && ended_by_checks(*evidence.task));
  if (counts) record(group->arn, seen.reasons);
}

why::TargetEvidence Examiner::gather(const model::TargetGroup& group, const model::Target& target, const Routes& routes) const {
  why::TargetEvidence evidence{.group = group, .target = target};
  for (model::Task& task : store::all<model::Task>(store_)) {
    if (task.private_ip == target.id && task.last_status != "STOPPED") evidence.task = std::move(task);
  }
  if (!evidence.task) return evidence;
  const model::Task& task = *evidence.task;
  evidence.age = task.started_at ? clock_.wall() - task.started_at : Duration{};
  evidence.service = store::find<model::Service>(store_, task.service_arn);
  if (const auto definition = store::find<model::TaskDefinition>(store_, task.task_definition_arn)) {
    for (const auto& container : definition->containers) {
      const bool maps = std::ranges::any_of(container.port_mappings, [&](const auto& p) { return p.container_port == target.port; });
      if (maps || definition->containers.size() == 1) evidence.container = container.name;
    }
  }
  const model::NetworkView view = store::view_of(store_);
  const auto arns = model::load_balancers_of(group, routes.listeners, routes.rules);
  for (const std::string& arn : arns) {
    const auto balancer = store::find<model::LoadBalancer>(store_, arn);
    if (!balancer || balancer->nodes.empty()) continue;
    for (const auto& node : balancer->nodes) {  // each checks by itself: the first that does not get there is told
      if (evidence.path && !evidence.path->is_reachable) break;
      evidence.path = model::trace(view, {.interface_id = node.network_interface_id}, {.interface_id = task.network_interface_id}, {.protocol = "tcp", .port = why::checked_port(group, target)});
    }
    const auto names = model::names_of(*balancer, store::all<model::RecordSet>(store_));
    const auto plain = std::ranges::find_if(names, [](const std::string& name) { return !name.starts_with("*"); });
    if (plain != names.end()) evidence.site = *plain;
  }
  return evidence;
}

/// Sockets, and the same check from inside; more questions only where the answer asks for them.
void Examiner::ask_program(why::TargetEvidence& evidence) const {
  if (!evidence.task) return;
  const std::string space = settings_.namespace_name("task", evidence.task->id);
  if (auto sockets = listening_sockets(space)) evidence.sockets = std::move(*sockets);
  else return;
  const int port = why::checked_port(evidence.group, evidence.target);
  if (std::ranges::find(*evidence.sockets, port, &why::ListeningSocket::port) == evidence.sockets->end()) return;
  if (evidence.group.health_check.protocol == "TCP") return;  // asks nothing
  const ProbeRequest plain{.address = evidence.target.id, .host = evidence.target.id, .path = evidence.group.health_check.path, .port = port, .timeout_seconds = kPatience};
  evidence.replay = ask(space, plain);
  const int status = evidence.replay->status;
  if (status < 300) return;
  ProbeRequest other = plain;
  other.as_https = true;
  if (status < 400) evidence.as_https = ask(space, other);
  other = plain;
  other.host = evidence.site;
  if (status >= 400 && status < 500 && !evidence.site.empty()) evidence.as_site = ask(space, other);
  if (status != 404) return;
  for (const char* path : {"/", "/health", "/healthz", "/status", "/ping"}) {
    other = plain;
    other.path = path;
    if (ask(space, other).status == 200) evidence.other_paths.emplace_back(path);
  }
}

/// What was seen last is what holds.
void Examiner::record(const std::string& group_arn, const std::vector<model::Because>& reasons) {
  const auto done = store_.transact([&](store::Transaction& tx) -> Result<void> {
    for (const auto& told : store::all<model::Because>(tx, group_arn + "#")) {
      const bool is_still = std::ranges::any_of(reasons, [&](const auto& r) { return r.code == told.code; });
      if (told.code.starts_with(kPrefix) && !is_still) store::erase<model::Because>(tx, told.key());
    }
    for (model::Because because : reasons) {
      const auto told = store::find<model::Because>(tx, because.key());
      if (told && told->cause == because.cause && told->attribute == because.attribute) continue;
      because.since = clock_.wall();
      store::put(tx, because);
    }
    return {};
  });
  if (!done) log_error("reasons of a target not recorded", {{"group", group_arn}, {"error", done.error().message()}});
}

/// A group's reasons end when its service is steady again, or without a service when no target of it is unhealthy.
void Examiner::forget(const Routes& routes) {
  std::vector<std::string> ended;
  const auto targets = store::all<model::Target>(store_);
  const auto services = store::all<model::Service>(store_);
  for (const auto& told : store::all<model::Because>(store_)) {
    if (!told.code.starts_with(kPrefix)) continue;
    const bool is_sick = std::ranges::any_of(targets, [&](const auto& t) { return t.target_group_arn == told.subject && t.desired == "registered" && t.state == "unhealthy"; });
    const bool is_unused = told.code == why::kNotInUse && model::load_balancers_of({.arn = told.subject}, routes.listeners, routes.rules).empty();
    const bool is_awaited = std::ranges::any_of(services, [&](const auto& s) { return s.status == "ACTIVE" && s.desired_count > 0 && !s.is_steady && uses(s, told.subject); });
    const bool is_registered = std::ranges::any_of(targets, [&](const auto& t) { return t.target_group_arn == told.subject && t.desired == "registered"; });
    const bool goes_on = told.code == why::kNotInUse ? is_unused && is_registered : is_sick || is_awaited;
    if (!goes_on) ended.push_back(told.key());
  }
  if (ended.empty()) return;
  (void)store_.transact([&](store::Transaction& tx) -> Result<void> {
    for (const std::string& key : ended) store::erase<model::Because>(tx, key);
    return {};
  });
}

}  // namespace landfall::daemon
