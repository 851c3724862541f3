// A worker that takes the place of another, and one whose place is taken (handover.h).
#include <fcntl.h>

#include <algorithm>

#include "alb/metrics.h"
#include "alb/worker.h"
#include "alb/worker_lock.h"
#include "base/log.h"

namespace landfall::alb {
namespace {

constexpr auto kWarmUp = std::chrono::seconds(10);

}  // namespace

/// What a worker before this one, which was killed or ended, has told of the targets that this one has too. Of another
/// configuration nothing: a target may have been registered anew in between.
void Worker::recall() {
  const WorkerState told = state_in(config_file_.parent_path());
  if (told.revision != snapshot_->config.revision) return;
  for (const TargetState& state : told.targets) {
    const auto group = snapshot_->groups.find(state.group_arn);
    if (group == snapshot_->groups.end() || !group->second.group.health_check.enabled || state.state == "draining") continue;
    for (const auto& member : group->second.members) {
      if (member.target->address == state.id && member.target->port == state.port) member.target->recall(snapshot_->nodes, state, std::chrono::steady_clock::now());
    }
  }
  note_health();
}

/// Whether every node has checked every target: a request must not meet fewer targets than the other worker has.
bool Worker::is_warm(TimePoint now) const {
  if (now - began_ >= kWarmUp) return true;
  const auto is_checked = [&](const Target& target) {
    return std::ranges::all_of(snapshot_->nodes, [&](const Node& node) { return target.is_healthy(node.slot) || !target.views[node.slot]->health.last_check().empty(); });
  };
  return std::ranges::all_of(snapshot_->groups, [&](const auto& entry) {
    if (!entry.second.group.health_check.enabled) return true;
    return std::ranges::all_of(entry.second.members, [&](const auto& member) { return member.target->is_draining || is_checked(*member.target); });
  });
}

/// Asks for the sockets; if nobody is there to give them, the folder is free or somebody else's.
void Worker::follow_other() {
  const auto folder = config_file_.parent_path();
  Inheritance given;
  auto asked = Successor::ask(folder, given);
  if (asked) {
    successor_.emplace(std::move(*asked));
    const std::lock_guard lock(inherited_mutex_);
    inherited_ = std::move(given.sockets);
    lock_ = std::move(given.lock);
  } else {
    auto lock = take_worker_lock(folder);
    if (!lock) return;  // asked again at the next tick
    lock_ = std::move(*lock);
  }
  settings_.inherited = [this](const std::string& at) { return take_inherited(at); };
  settings_.turn = LaneSettings::Turn::now;
  for (const auto& lane : lanes_) lane->follow_turn();
  if (!successor_) (void)serve();
}

/// Lanes that shared a port had a socket each; if there are more lanes now, some have one in common.
Fd Worker::take_inherited(const std::string& at) {
  const std::lock_guard lock(inherited_mutex_);
  const auto [first, last] = inherited_.equal_range(at);
  if (first == last) return {};
  if (std::next(first) == last) return Fd(fcntl(first->second.get(), F_DUPFD_CLOEXEC, 0));
  Fd taken = std::move(first->second);
  inherited_.erase(first);
  return taken;
}

/// Once all lanes accept, the other worker may stop.
void Worker::take_turn() {
  if (!std::ranges::all_of(lanes_, [](const auto& lane) { return lane->has_followed(); })) return;
  if (const auto confirmed = successor_->confirm(); !confirmed) log_warn("the old worker is gone", {{"error", confirmed.error().message()}});
  successor_.reset();
  inherited_.clear();
  if (const auto served = serve(); !served) log_warn("not all of the worker's doors are open", {{"error", served.error().message()}});
}

/// This is the folder's worker now: it tells its state, and can be followed.
Result<void> Worker::serve() {
  serves_ = true;
  next_tick_ = {};
  if (lock_) {
    become_worker(lock_);
    handover_ = TRY(Handover::open(loop_, config_file_.parent_path(), [this] { return copies(); }, [this] { leave(); }));
  }
  if (!snapshot_->config.metrics.empty()) metrics_ = TRY(MetricsEndpoint::open(*this, snapshot_->config.metrics));
  return {};
}

Inheritance Worker::copies() const {
  Inheritance given;
  given.lock.reset(fcntl(lock_.get(), F_DUPFD_CLOEXEC, 0));
  for (const auto& lane : lanes_) {
    for (auto& [at, socket] : lane->copy_listening()) given.sockets.emplace(at, std::move(socket));
  }
  return given;
}

/// A successor accepts. What is in flight here ends; then this worker does.
void Worker::leave() {
  log_info("a new worker has taken over", {{"connections", std::to_string(connection_count())}});
  serves_ = false;
  left_ = std::chrono::steady_clock::now();
  metrics_.reset();
  lock_.reset();
  if (logs_ != nullptr) logs_->share();
  settings_.turn = LaneSettings::Turn::after;
  for (const auto& lane : lanes_) lane->follow_turn();
}

}  // namespace landfall::alb
