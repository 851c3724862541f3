#include "alb/controller.h"

#include <algorithm>
#include <set>
#include <thread>

#include <fmt/format.h>

#include "alb/dns_failover.h"
#include "alb/failure_reasons.h"
#include "alb/log_shipper.h"
#include "alb/reasons.h"
#include "alb/traffic.h"
#include "alb/worker_lock.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "model/certificate.h"
#include "model/container_service.h"
#include "model/reason.h"
#include "model/settings.h"
#include "model/zone.h"
#include "store/network_view.h"
#include "store/table.h"

namespace landfall::alb {
namespace {

using model::Because;
using model::LoadBalancer;

constexpr int kLogSeconds = 300;  // one file per five minutes (ALB user guide, Access logs)
constexpr auto kLook = std::chrono::milliseconds(250);  // a worker that died, delays that are over

Surroundings surroundings_of(const store::Store& store) {
  return {.network = store::view_of(store), .listeners = store::all<model::Listener>(store), .rules = store::all<model::Rule>(store), .certificates = store::all<model::Certificate>(store), .records = store::all<model::RecordSet>(store), .groups = store::all<model::TargetGroup>(store), .targets = store::all<model::Target>(store), .balancers = store::all<LoadBalancer>(store)};
}

bool same_reason(const Because& a, const Because& b) { return a.sentence == b.sentence && a.cause == b.cause && a.attribute == b.attribute; }

}  // namespace

Controller::Controller(store::Store& store, const Clock& clock, std::filesystem::path folder, StartWorker start)
    : store_(store), clock_(clock), folder_(std::move(folder)), start_(std::move(start)) {}

std::filesystem::path Controller::folder_of(const std::string& arn) const { return folder_ / to_hex(sha256(arn)).substr(0, 16); }

void Controller::run() {
  const std::jthread states([this] {
    while (watch_.wait()) {
      const std::lock_guard lock(mutex_);
      take_states();
    }
  });
  while (!store_.is_closed()) {
    const store::Revision seen = store_.revision();
    {
      const std::lock_guard lock(mutex_);
      step();
    }
    store_.wait({"load_balancer/", "listener/", "rule/", "target_group/", "target/", "certificate/", "trust_store/", "network_interface/", "record_set/", "security_group/", "route_table/"}, seen, kLook);
  }
  watch_.end();
}

void Controller::step() {
  for (const LoadBalancer& balancer : store::all<LoadBalancer>(store_)) advance(balancer);
  remove_others();
  record_reasons();
}

void Controller::advance(const LoadBalancer& balancer) {
  record_failure(balancer);
  auto wanted = wanted_config(store_, balancer);
  if (!wanted) return;  // the records will change
  const std::filesystem::path folder = folder_of(balancer.arn);
  if (const auto made = make_directories(folder, 0700); !made) return log_error("no folder for a load balancer", {{"error", made.error().message()}});
  watch_.follow(folder);
  wanted->log_rotate_seconds = kLogSeconds;
  wanted->ca_pem = read_file(folder_.parent_path() / "ca" / "root.pem").value_or("");  // none without a daemon's authority
  if (model::load_balancer_attribute(balancer, "access_logs.s3.enabled") == "true") wanted->access_log = folder / "access.log";
  if (model::load_balancer_attribute(balancer, "connection_logs.s3.enabled") == "true") wanted->connection_log = folder / "connections.log";
  ship_logs(store_, balancer, folder, folder_.parent_path() / "objects", clock_.wall());
  Known& known = known_[balancer.arn];
  if (known.written.empty()) known = known_in(folder);
  const std::string text = encode(*wanted);
  if (text != known.written) {
    wanted->revision = ++known.revision;
    if (const auto written = write_file_atomic(folder / "config.json", encode(*wanted), 0600); !written) return log_error("configuration not written", {{"error", written.error().message()}});
    known.written = text;
  }
  const WorkerState state = state_in(folder);
  const bool lives = has_worker(folder);
  const int running = lives ? worker_pid(folder) : 0;
  const bool is_outdated = running != 0 && known.outdated != running && !runs_this_program(running);
  if (!lives || is_outdated) {
    known.outdated = running;
    const auto settings = store::find<model::Settings>(store_, model::Settings::kKey).value_or(model::Settings{});
    const auto pid = start_(settings.namespace_name("alb", balancer.arn), folder / "config.json");
    if (!pid) return log_error("load balancer worker not started", {{"balancer", balancer.name}, {"error", pid.error().message()}});
    log_info(is_outdated ? "load balancer worker follows one of another program" : "load balancer worker started", {{"balancer", balancer.name}, {"pid", std::to_string(*pid)}});
    if (!lives) return;
  }
  take_state(balancer, state, state.pid == worker_pid(folder) && state.revision == known.revision);
}

/// What the daemon before this one has written: a worker that has it keeps it.
Controller::Known Controller::known_in(const std::filesystem::path& folder) {
  const auto text = read_file(folder / "config.json");
  auto config = text ? parse_config(*text) : Result<Config>(fail("none", "none"));
  if (!config) return {};
  const int64_t revision = std::exchange(config->revision, 0);
  return {.written = encode(*config), .revision = revision};
}

/// Until it has served for the first time: "failed" while the kernel refuses its nodes, which is tried again ("provisioning").
void Controller::record_failure(const LoadBalancer& balancer) {
  if (balancer.state == "active") return;
  const std::string refused = refused_nodes(store_, balancer), state = refused.empty() ? "provisioning" : "failed";
  if (balancer.state == state && balancer.state_reason == refused) return;
  const auto done = store_.transact([&](store::Transaction& tx) -> Result<void> {
    store::update<LoadBalancer>(tx, balancer.arn, [&](LoadBalancer& current) { current.state = state, current.state_reason = refused; });
    return {};
  });
  if (!done) log_error("state of a load balancer not recorded", {{"balancer", balancer.name}, {"error", done.error().message()}});
}

void Controller::take_states() {
  for (const LoadBalancer& balancer : store::all<LoadBalancer>(store_)) {
    const std::filesystem::path folder = folder_of(balancer.arn);
    const WorkerState state = state_in(folder);
    take_state(balancer, state, state.pid == worker_pid(folder) && state.revision == known_[balancer.arn].revision);
  }
}

/// Health into the Target records, the balancer's own state, and the end of draining. Writes only what differs.
void Controller::take_state(const LoadBalancer& balancer, const WorkerState& state, bool is_current) {
  const WallTime now = clock_.wall();
  std::vector<TargetState> failed;
  std::ranges::copy_if(state.targets, std::back_inserter(failed), [&](const TargetState& t) { return std::ranges::any_of(t.failures, [&](const Failure& failure) { return now - failure.last <= kTold; }); });
  if (failed.empty()) failed_.erase(balancer.arn);
  else failed_[balancer.arn] = std::move(failed);
  Findings findings;
  for (const TargetState& told : state.targets) findings[model::Target{.target_group_arn = told.group_arn, .id = told.id, .port = told.port}.key()] = told.found;
  if (auto& known = findings_[balancer.arn]; known != findings) {
    known = std::move(findings);
    has_new_findings_ = true;
  }
  const bool bound = is_current && std::ranges::all_of(state.listeners, &ListenerState::is_bound);
  const auto done = store_.transact([&](store::Transaction& tx) -> Result<void> {
    auto current = store::find<LoadBalancer>(tx, balancer.arn);
    if (current && bound && current->state != "active") {
      current->state = "active";
      current->state_reason.clear();
      store::put(tx, *current);
    }
    for (const TargetState& told : state.targets) {
      const model::Target named{.target_group_arn = told.group_arn, .id = told.id, .port = told.port};
      auto target = store::find<model::Target>(tx, named.key());
      if (!target) continue;
      const model::Target before = *target;
      if (target->desired == "draining") {
        if (now >= target->drain_until) {
          store::erase<model::Target>(tx, target->key());
          continue;
        }
        target->is_idle = told.state == "draining" && told.in_flight == 0;
      } else if (told.state != "draining") {
        target->state = told.state;
        target->reason = told.reason;
        target->description = told.description;
        target->last_check = told.last_check;
      }
      if (encode(before) == encode(*target)) continue;
      if (before.state != target->state) target->state_since = now;
      store::put(tx, *target);
    }
    return {};
  });
  if (!done) log_error("target health not recorded", {{"balancer", balancer.name}, {"error", done.error().message()}});
}

/// What runs behind each target group that a service uses.
std::map<std::string, std::string> Controller::programs() const {
  std::map<std::string, std::string> found;
  for (const auto& service : store::all<model::Service>(store_)) {
    for (auto deployment = service.deployments.rbegin(); deployment != service.deployments.rend(); ++deployment) {
      for (const auto& target : deployment->load_balancers) found[target.target_group_arn] = deployment->task_definition_arn;
    }
  }
  return found;
}

/// Of all load balancers at once, when a record changed that decides them, and while failures are told.
void Controller::record_reasons() {
  if (store_.revision() == judged_ && failed_.empty() && !has_told_failures_ && !has_new_findings_) return;
  has_new_findings_ = false;
  judged_ = store_.revision();
  Surroundings around = surroundings_of(store_);
  for (const auto& [balancer, findings] : findings_) around.findings.insert(findings.begin(), findings.end());
  record_zones(around);
  std::map<std::string, Because> wanted;
  has_told_failures_ = !failed_.empty();
  const auto running = failed_.empty() ? std::map<std::string, std::string>() : programs();
  for (const LoadBalancer& balancer : store::all<LoadBalancer>(store_)) {
    wanted.merge(reasons_of(balancer, around, clock_.wall()));
    if (const auto failed = failed_.find(balancer.arn); failed != failed_.end()) wanted.merge(failures_of(balancer, failed->second, around.network, running, clock_.wall()));
  }
  std::vector<Because> stale, fresh;
  for (const Because& told : store::all<Because>(store_)) {
    if ((is_of_configuration(told) || is_of_failures(told)) && !wanted.contains(told.key())) stale.push_back(told);
  }
  for (const auto& [key, because] : wanted) {
    const auto told = store::find<Because>(store_, key);
    if (!told || !same_reason(*told, because)) fresh.push_back(because);
  }
  if (stale.empty() && fresh.empty()) return;
  (void)store_.transact([&](store::Transaction& tx) -> Result<void> {
    for (const Because& because : stale) store::erase<Because>(tx, because.key());
    for (const Because& because : fresh) store::put(tx, because);
    return {};
  });
}

/// Which nodes each load balancer's name leads to.
void Controller::record_zones(const Surroundings& around) {
  for (const LoadBalancer& balancer : store::all<LoadBalancer>(store_)) {
    const auto out = zones_out_of_dns(balancer, used_groups(balancer, around.listeners, around.rules, around.groups, around.targets, around.findings));
    if (std::ranges::all_of(balancer.nodes, [&](const auto& node) { return node.is_in_dns != out.contains(node.zone); })) continue;
    const auto done = store_.transact([&](store::Transaction& tx) -> Result<void> {
      store::update<LoadBalancer>(tx, balancer.arn, [&](LoadBalancer& current) {
        for (auto& node : current.nodes) node.is_in_dns = !out.contains(node.zone);
      });
      return {};
    });
    if (!done) log_error("zones of a load balancer not recorded", {{"balancer", balancer.name}, {"error", done.error().message()}});
  }
}

/// Workers of balancers that are gone.
void Controller::remove_others() {
  std::set<std::filesystem::path> wanted;
  for (const LoadBalancer& balancer : store::all<LoadBalancer>(store_)) wanted.insert(folder_of(balancer.arn));
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, error)) {
    if (wanted.contains(entry.path())) continue;
    if (end_worker(entry.path())) std::filesystem::remove_all(entry.path(), error);
  }
  std::erase_if(findings_, [&](const auto& entry) { return !wanted.contains(folder_of(entry.first)); });
  end_draining();
}

/// The end of the delay; and where no balancer serves the group (any more), nothing can be in flight.
void Controller::end_draining() {
  std::vector<std::string> ended, idle;
  std::vector<model::Target> busy;
  for (model::Target& target : store::all<model::Target>(store_)) {
    if (target.desired != "draining") continue;
    if (clock_.wall() >= target.drain_until) ended.push_back(target.key());
    else if (!target.is_idle) busy.push_back(std::move(target));
  }
  if (!busy.empty()) {
    const auto listeners = store::all<model::Listener>(store_);
    const auto rules = store::all<model::Rule>(store_);
    for (const model::Target& target : busy) {
      const auto group = store::find<model::TargetGroup>(store_, target.target_group_arn);
      if (!group || model::load_balancers_of(*group, listeners, rules).empty()) idle.push_back(target.key());
    }
  }
  if (ended.empty() && idle.empty()) return;
  (void)store_.transact([&](store::Transaction& tx) -> Result<void> {
    for (const std::string& key : ended) store::erase<model::Target>(tx, key);
    for (const std::string& key : idle) store::update<model::Target>(tx, key, [](model::Target& target) { target.is_idle = target.desired == "draining"; });
    return {};
  });
}

std::map<std::string, model::Traffic> Controller::traffic() const {
  std::map<std::string, model::Traffic> all;
  for (const LoadBalancer& balancer : store::all<LoadBalancer>(store_)) {
    if (auto told = read_traffic(folder_of(balancer.arn))) all.emplace(balancer.arn, std::move(*told));
  }
  return all;
}

void Controller::remove_everything() {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, error)) {
    if (end_worker(entry.path())) std::filesystem::remove_all(entry.path(), error);
  }
}

}  // namespace landfall::alb
