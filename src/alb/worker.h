#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "alb/handover.h"
#include "alb/lane.h"
#include "alb/loop.h"
#include "alb/traffic.h"
#include "base/clock.h"

namespace landfall::alb {

class Checker;
class MetricsEndpoint;

/// One load balancer: lanes that carry requests, each on its thread, and this, the control side: configuration, health
/// checks, state. `config.json` in its folder is read at start and again whenever it is replaced; `state.json` beside it
/// tells what is in force and how the targets are. Needs no daemon.
class Worker {
 public:
  /// Errors: the configuration does not load at start.
  /// `lock`     the folder's (worker_lock.h), for a successor
  /// `follows`  another worker serves: this one takes its place once it knows how the targets are
  static Result<std::unique_ptr<Worker>> create(std::filesystem::path config_file, Fd lock = {}, bool follows = false);
  ~Worker();

  /// Until `stop` is true, looked at ten times a second, or a successor serves and all connections have ended.
  void run(const std::function<bool()>& stop);
  /// For tests: the port that a listener with that number serves, at the address or any.
  int bound_port(int configured, const std::string& address = "") const;
  int metrics_port() const;              ///< for tests; 0: none
  bool serves() const { return serves_; }  ///< the folder's worker, not one that follows or leaves

  // For checkers and the metrics endpoint.
  EventLoop& loop() { return loop_; }
  std::shared_ptr<const Snapshot> snapshot() const { return snapshot_; }
  void release(Checker* checker);
  std::map<std::string, int64_t> counters() const;
  std::map<std::string, int64_t> counters(const Node& node) const;  ///< what came to that node
  size_t connection_count() const;
  size_t connection_count(const Node& node) const;
  size_t kept_bytes() const;

 private:
  class Watcher;
  class LaneBell;
  explicit Worker(std::filesystem::path config_file);
  Result<void> reload();
  void cut_ended(const Snapshot& next);
  void forget_failures();
  void tick();
  void start_checks(TimePoint now);
  void start_check(TimePoint now, const Group& group, const std::shared_ptr<Target>& target, size_t index);
  void note_health();
  void write_state();
  std::map<std::string, std::string> found_of(const Target& target) const;
  void recall();
  bool is_warm(TimePoint now) const;
  void follow_other();
  void take_turn();
  Result<void> serve();
  void leave();
  Inheritance copies() const;
  Fd take_inherited(const std::string& at);

  std::filesystem::path config_file_;
  EventLoop loop_;
  LaneSettings settings_;
  std::unique_ptr<LogWriter> logs_;
  KeySets key_sets_;
  Logins logins_;
  std::shared_ptr<const Snapshot> snapshot_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::map<Checker*, std::unique_ptr<Checker>> checkers_;
  std::unique_ptr<Watcher> watcher_;
  std::unique_ptr<LaneBell> lane_bell_;
  std::unique_ptr<MetricsEndpoint> metrics_;
  std::unique_ptr<Handover> handover_;
  std::optional<Successor> successor_;
  Fd lock_;
  std::mutex inherited_mutex_;
  std::multimap<std::string, Fd> inherited_;
  TimePoint began_ = std::chrono::steady_clock::now(), left_{};
  std::atomic<bool> serves_ = false;
  std::string config_error_, last_state_;
  TrafficLog traffic_;
  TimePoint next_tick_{}, next_judgement_{}, next_traffic_{};  ///< {}: at once
};

/// `landfall alb --config FILE`: runs until SIGTERM or SIGINT. Returns an exit code.
int run_worker(const std::filesystem::path& config_file);

}  // namespace landfall::alb
