#include "alb/worker.h"

#include <signal.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

#include "alb/anomaly.h"
#include "alb/checker.h"
#include "alb/confine.h"
#include "alb/metrics.h"
#include "alb/worker_lock.h"
#include "base/log.h"

namespace landfall::alb {
namespace {

constexpr auto kTick = std::chrono::milliseconds(100);
constexpr auto kJudgement = std::chrono::seconds(10);
constexpr auto kTraffic = std::chrono::seconds(1);
constexpr size_t kMaxChecks = 2048;  // on their way at once
constexpr auto kLeaveLimit = std::chrono::hours(1);  // of tunnels and endless answers

/// Before the configuration is looked at: what does not load is told later.
bool is_of_network(const std::filesystem::path& config_file) {
  const auto text = read_file(config_file);
  const auto config = text ? parse_config(*text) : Result<Config>(std::unexpected(text.error()));
  return config && config->balancer.type == "network";
}

}  // namespace

/// Tells when the configuration file was replaced.
class Worker::Watcher final : public Handler {
 public:
  explicit Watcher(Worker& worker) : worker_(worker), inotify_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
    inotify_add_watch(inotify_.get(), worker.config_file_.parent_path().c_str(), IN_MOVED_TO | IN_CLOSE_WRITE);
    worker_.loop_.watch(inotify_.get(), this, EPOLLIN);
  }
  ~Watcher() override { worker_.loop_.forget(inotify_.get()); }
  void on_event(uint32_t) override {
    alignas(inotify_event) char buffer[4096];
    bool touched = false;
    for (ssize_t got = 0; (got = read(inotify_.get(), buffer, sizeof buffer)) > 0;) {
      for (ssize_t at = 0; at < got;) {
        const auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
        touched = touched || (event->len > 0 && worker_.config_file_.filename() == event->name);
        at += static_cast<ssize_t>(sizeof *event + event->len);
      }
    }
    if (!touched) return;
    (void)worker_.reload();
    worker_.next_tick_ = {};
  }

 private:
  Worker& worker_;
  Fd inotify_;
};

/// Rung by the lanes: a configuration is in force.
class Worker::LaneBell final : public Bell {
 public:
  explicit LaneBell(Worker& worker) : Bell(worker.loop_), worker_(worker) {}
  void on_event(uint32_t events) override {
    Bell::on_event(events);
    worker_.next_tick_ = {};
  }

 private:
  Worker& worker_;
};

Worker::Worker(std::filesystem::path config_file) : config_file_(std::move(config_file)), lane_bell_(std::make_unique<LaneBell>(*this)), traffic_(config_file_.parent_path()) {
  settings_.taken = lane_bell_.get();
  settings_.logins = &logins_;
}
Worker::~Worker() {
  logins_.stop();  // what ends there is told to lanes
  handover_.reset();
  checkers_.clear();
  metrics_.reset();
  watcher_.reset();
  lanes_.clear();
  loop_.clear_graves();
}

Result<std::unique_ptr<Worker>> Worker::create(std::filesystem::path config_file, Fd lock, bool follows) {
  std::unique_ptr<Worker> worker(new Worker(std::filesystem::absolute(config_file)));
  worker->settings_.seal = TRY(CookieSeal::open(worker->config_file_.parent_path() / "cookie.key"));
  worker->watcher_ = std::make_unique<Watcher>(*worker);
  worker->lock_ = std::move(lock);
  if (follows) worker->settings_.turn = LaneSettings::Turn::before;
  TRY(worker->reload());
  if (follows) return worker;
  worker->recall();
  TRY(worker->serve());
  return worker;
}

/// All or nothing: what does not load is told in the state, and the old configuration stays in force.
Result<void> Worker::reload() {
  const auto load = [&]() -> Result<std::shared_ptr<const Snapshot>> {
    return Snapshot::compile(TRY(parse_config(TRY(read_file(config_file_)))), snapshot_.get());
  };
  auto loaded = load();
  if (!loaded) {
    config_error_ = loaded.error().message();
    log_warn("configuration refused", {{"file", config_file_.string()}, {"error", config_error_}});
    return std::unexpected(loaded.error());
  }
  config_error_.clear();
  const Config& config = (*loaded)->config;
  if (logs_ == nullptr && !(config.access_log.empty() && config.connection_log.empty())) {
    logs_ = std::make_unique<LogWriter>();
    settings_.logs = logs_.get();
  }
  if (logs_ != nullptr) logs_->configure(config.access_log, config.connection_log, config.log_rotate_seconds);
  std::vector<std::shared_ptr<KeySet>> sets;
  for (const auto& [url, set] : (*loaded)->key_sets) sets.push_back(set);
  const bool logs_in = std::ranges::any_of(config.listeners, has_logins);
  const auto outside = sets.empty() && !logs_in ? nullptr : std::make_shared<const Outside>(config.resolver, config.ca_pem);
  key_sets_.follow(sets, outside);
  if (logs_in) logins_.follow(outside);
  cut_ended(**loaded);
  if (snapshot_ && snapshot_->options.idle_timeout != (*loaded)->options.idle_timeout) forget_failures();
  snapshot_ = std::move(*loaded);
  const bool is_first = lanes_.empty();
  if (is_first) {
    settings_.lanes = static_cast<size_t>(config.threads);
    for (size_t i = 0; i < settings_.lanes; ++i) lanes_.push_back(std::make_unique<Lane>(settings_, i));
  }
  for (const auto& lane : lanes_) {
    lane->post(snapshot_);
    if (is_first) lane->take_posted();
  }
  return {};
}

/// A target that was draining and is not named any more: its deregistration delay is over.
void Worker::cut_ended(const Snapshot& next) {
  if (!snapshot_) return;
  for (const auto& [arn, group] : snapshot_->groups) {
    for (const auto& [target, zone, drains] : group.members) {
      const auto after = next.groups.find(arn);
      const bool stays = after != next.groups.end() && std::ranges::any_of(after->second.members, [&](const auto& member) { return member.target == target; });
      if (target->is_draining && !stays) target->is_cut = true;
    }
  }
}

/// What was met with another idle timeout says nothing about this one.
void Worker::forget_failures() {
  for (const auto& [arn, group] : snapshot_->groups) {
    for (const auto& member : group.members) member.target->failures.clear();
  }
}

void Worker::release(Checker* checker) {
  const auto found = checkers_.find(checker);
  if (found == checkers_.end()) return;
  next_tick_ = {};  // health may have changed
  loop_.bury(std::move(found->second));
  checkers_.erase(found);
}

/// Each node checks each target at the group's interval, and looks in between while it does not listen yet. A new target is
/// checked by all nodes at once; from then on their checks are spread over the interval. Groups that no listener names are not
/// checked.
void Worker::start_checks(TimePoint now) {
  for (const auto& [arn, group] : snapshot_->groups) {
    if (!group.group.health_check.enabled) continue;
    for (const auto& [target, zone, drains] : group.members) {
      if (target->is_draining) continue;
      for (size_t i = 0; i < snapshot_->nodes.size(); ++i) {
        if (checkers_.size() >= kMaxChecks) return;  // one that ends lets the next one begin
        start_check(now, group, target, i);
      }
    }
  }
}

/// From a node, by its place among them, if it is time.
void Worker::start_check(TimePoint now, const Group& group, const std::shared_ptr<Target>& target, size_t index) {
  const Node& node = snapshot_->nodes[index];
  const model::HealthCheck& check = group.group.health_check;
  NodeView& view = *target->views[node.slot];
  const bool is_look = now < view.next_check;
  if (is_look && now < view.next_look) return;
  view.next_look = TimePoint::max();
  if (view.first_check == TimePoint()) view.first_check = now;
  if (!is_look) view.begin_check(now, std::chrono::seconds(check.interval_seconds), index, snapshot_->nodes.size());
  auto checker = std::make_unique<Checker>(*this, target, node, check, group.version, is_look);
  Checker* raw = checker.get();
  checkers_.emplace(raw, std::move(checker));
  raw->start();
}

/// What health has become goes to the lanes.
void Worker::note_health() {
  const int64_t now = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
  for (const auto& [arn, group] : snapshot_->groups) {
    for (const Node& node : snapshot_->nodes) group.note_health(node, now);
  }
}

void Worker::tick() {
  const TimePoint now = std::chrono::steady_clock::now();
  next_tick_ = now + kTick;
  if (settings_.turn == LaneSettings::Turn::before && is_warm(now)) follow_other();
  if (successor_) take_turn();
  start_checks(now);
  std::vector<Checker*> checkers;
  for (const auto& [checker, owned] : checkers_) checkers.push_back(checker);
  for (Checker* checker : checkers) {
    if (checkers_.contains(checker)) checker->on_tick(now);
  }
  note_health();
  if (now >= next_judgement_) {
    for (const auto& [arn, group] : snapshot_->groups) judge_anomalies(group);
    next_judgement_ = now + kJudgement;
  }
  for (const auto& [arn, group] : snapshot_->groups) {
    for (const auto& member : group.members) {
      if (!group.group.health_check.enabled || member.target->is_draining) continue;
      for (const Node& node : snapshot_->nodes) next_tick_ = std::min(next_tick_, member.target->views[node.slot]->next_look);
    }
  }
  if (!serves_) return;
  write_state();
  if (now < next_traffic_) return;
  next_traffic_ = now + kTraffic;
  if (const auto written = traffic_.write(*this); !written) log_warn("traffic not written", {{"error", written.error().message()}});
}

std::map<std::string, int64_t> Worker::counters() const {
  std::map<std::string, int64_t> sum;
  for (size_t slot = 0; slot < kMaxSlots; ++slot) {
    for (const auto& lane : lanes_) lane->counters(slot).add_to(sum);
  }
  for (const auto& [arn, group] : snapshot_->groups) {
    for (int i = 1; i <= 5; ++i) {
      if (const int64_t count = group.state->sum(Tally::answers(i * 100)); count > 0) sum[fmt::format("target.{}xx", i)] += count;
    }
  }
  if (logs_ != nullptr && logs_->lost_bytes() > 0) sum["log.lost_bytes"] = logs_->lost_bytes();
  return sum;
}

std::map<std::string, int64_t> Worker::counters(const Node& node) const {
  std::map<std::string, int64_t> sum;
  for (const auto& lane : lanes_) lane->counters(node.slot).add_to(sum);
  return sum;
}

size_t Worker::connection_count(const Node& node) const {
  size_t sum = 0;
  for (const auto& lane : lanes_) sum += lane->connection_count(node.slot);
  return sum;
}

size_t Worker::connection_count() const {
  size_t sum = 0;
  for (const auto& lane : lanes_) sum += lane->connection_count();
  return sum;
}

size_t Worker::kept_bytes() const {
  size_t sum = 0;
  for (const auto& lane : lanes_) sum += lane->kept_bytes();
  return sum;
}

/// What a node met is told only if it is alone with that: else it may be the target that falls, or starts.
std::map<std::string, std::string> Worker::found_of(const Target& target) const {
  std::map<std::string, std::string> found;
  for (const Node& node : snapshot_->nodes) {
    const NodeView& view = *target.views[node.slot];
    found[node.zone] = view.is_alone && !view.health.is_healthy() ? view.health.last_check() : view.health.state();
  }
  return found;
}

/// Written only when it changed; requests alone do not count as a change.
void Worker::write_state() {
  WorkerState state{.pid = getpid(), .revision = snapshot_->config.revision, .config_error = config_error_};
  std::map<std::string, std::string> errors;
  for (const auto& lane : lanes_) {
    state.revision = std::min(state.revision, lane->revision());
    errors.merge(lane->listen_errors());
  }
  for (const auto& [port, listener] : snapshot_->listeners) {
    ListenerState told{.port = port, .is_bound = true};
    for (const NodeConfig& node : snapshot_->config.nodes) {
      const auto error = errors.find(fmt::format("{}:{}", node.address, port));
      if (error == errors.end()) continue;
      told.is_bound = false;
      told.error = error->second;
    }
    state.listeners.push_back(told);
  }
  for (const auto& [arn, group] : snapshot_->groups) {
    for (const auto& [target, zone, drains] : group.members) {
      const Health& health = target->told(snapshot_->nodes);
      TargetState told{.group_arn = arn, .id = target->address, .port = target->port, .state = health.state(), .reason = health.reason(), .description = health.description(), .last_check = health.last_check(), .found = found_of(*target), .failures = target->failures.all()};
      if (target->is_draining) {
        told.state = "draining";
        told.reason = "Target.DeregistrationInProgress";
        told.description = "Target deregistration is in progress";
        told.found.clear();
        told.in_flight = static_cast<int>(target->tally.sum(Tally::in_flight));
      }
      state.targets.push_back(told);
    }
  }
  std::string text = encode(state);
  if (text == last_state_) return;
  last_state_ = text;
  state.counters = counters();
  const auto written = write_file_atomic(config_file_.parent_path() / "state.json", encode(state), 0600);
  if (!written) log_warn("state not written", {{"error", written.error().message()}});
}

int Worker::bound_port(int configured, const std::string& address) const { return lanes_.front()->bound_port(configured, address); }
int Worker::metrics_port() const { return metrics_ == nullptr ? 0 : metrics_->port(); }

void Worker::run(const std::function<bool()>& stop) {
  std::atomic<bool> stopped = false;
  std::vector<std::thread> threads;
  for (const auto& lane : lanes_) threads.emplace_back([&stopped, lane = lane.get()] { lane->run(stopped); });
  while (!stop()) {
    const auto now = std::chrono::steady_clock::now();
    if (left_ != TimePoint() && (connection_count() == 0 || now - left_ > kLeaveLimit || !std::filesystem::exists(config_file_))) break;
    if (now >= next_tick_) tick();
    const auto rest = std::chrono::ceil<std::chrono::milliseconds>(next_tick_ - now);
    loop_.turn(static_cast<int>(std::clamp<int64_t>(rest.count(), 0, kTick.count() / 2)));
  }
  stopped = true;
  for (const auto& lane : lanes_) lane->wake();
  for (std::thread& thread : threads) thread.join();
}

int run_worker(const std::filesystem::path& config_file) {
  static volatile sig_atomic_t stopped = 0;
  signal(SIGPIPE, SIG_IGN);
  signal(SIGTERM, [](int) { stopped = 1; });
  signal(SIGINT, [](int) { stopped = 1; });
  drop_privileges(is_of_network(config_file));
  const std::filesystem::path folder = std::filesystem::absolute(config_file).parent_path();
  Fd lock = inherited_worker_lock(folder);
  bool follows = false;
  if (!lock) {
    auto taken = take_worker_lock(folder);
    follows = !taken && taken.error().code == "Worker.Lives";
    if (taken) become_worker(lock = std::move(*taken));
    else if (!follows) {
      std::fprintf(stderr, "error: %s\n", taken.error().message().c_str());
      return 1;
    }
  }
  const auto worker = Worker::create(config_file, std::move(lock), follows);
  if (!worker) {
    std::fprintf(stderr, "error: %s\n", worker.error().message().c_str());
    return 1;
  }
  if (!filter_system_calls()) log_warn("system calls not filtered");
  (*worker)->run([] { return stopped != 0; });
  return 0;
}

}  // namespace landfall::alb
