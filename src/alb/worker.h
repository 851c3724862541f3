#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "alb/loop.h"
#include "alb/target.h"
#include "base/clock.h"
#include "base/ids.h"

namespace landfall::alb {

class Client;
class Checker;

/// One load balancer, served by one thread. `config.json` in its folder is read at start and again whenever it is
/// replaced; `state.json` beside it tells what is in force and how the targets are. Needs no daemon.
class Worker {
 public:
  /// Errors: the configuration does not load at start.
  static Result<std::unique_ptr<Worker>> create(std::filesystem::path config_file);
  ~Worker();

  /// Until `stop` is true; looks at it ten times a second.
  void run(const std::function<bool()>& stop);
  int bound_port(int configured) const;  ///< for tests: the port that a listener with that number serves

  // For connections and checkers.
  EventLoop& loop() { return loop_; }
  std::shared_ptr<const Snapshot> snapshot() const { return snapshot_; }
  void count(const std::string& what) { ++counters_[what]; }
  void release(Client* client);
  void release(Checker* checker);
  std::string trace_root();
  std::string_view zone_of(const std::string& local_address) const;
  std::string source_for(const std::string& local_address) const;

 private:
  class Acceptor;
  class Watcher;
  explicit Worker(std::filesystem::path config_file);
  Result<void> reload();
  void cut_ended(const Snapshot& next);
  void follow_listeners();
  void tick();
  void start_checks(TimePoint now);
  void write_state();
  void accept_all(Acceptor& acceptor);

  std::filesystem::path config_file_;
  EventLoop loop_;
  IdSource ids_;
  std::shared_ptr<const Snapshot> snapshot_;
  std::map<std::string, std::unique_ptr<Acceptor>> acceptors_;  ///< by "address:port"
  std::map<std::string, std::string> listen_errors_;
  std::map<Client*, std::unique_ptr<Client>> clients_;
  std::map<Checker*, std::unique_ptr<Checker>> checkers_;
  std::unique_ptr<Watcher> watcher_;
  std::map<std::string, int64_t> counters_;
  std::string config_error_, last_state_;
  size_t checks_ = 0;
};

/// `landfall alb --config FILE`: runs until SIGTERM or SIGINT. Returns an exit code.
int run_worker(const std::filesystem::path& config_file);

}  // namespace landfall::alb
