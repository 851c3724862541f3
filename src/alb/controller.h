#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "alb/config.h"
#include "alb/dns_failover.h"
#include "alb/state_watch.h"
#include "base/clock.h"
#include "model/usage.h"
#include "store/store.h"

namespace landfall::alb {

struct Surroundings;

/// How the controller starts a worker; handed in by the daemon. Gives the process id.
using StartWorker = std::function<Result<int>(const std::string& network_namespace, const std::filesystem::path& config_file)>;

/// The configuration that the records ask of one balancer's worker, or why there is none yet. Pure but for key files,
/// which are named only.
Result<Config> wanted_config(const store::Store& store, const model::LoadBalancer& balancer);

/// What the kernel refused of the load balancer's nodes; empty: nothing.
std::string refused_nodes(const store::Store& store, const model::LoadBalancer& balancer);

/// Makes load balancers true: a worker each, in the namespace of its nodes, with the configuration that the records ask
/// for. Takes the targets' health back into the records, ends draining, says what is shadowed or not covered.
/// Workers go on without us; after a restart they are found by their state file.
class Controller {
 public:
  Controller(store::Store& store, const Clock& clock, std::filesystem::path folder, StartWorker start);
  void run();
  void step();
  /// What each load balancer has carried, by ARN; those whose worker told nothing yet are left out. For any thread.
  std::map<std::string, model::Traffic> traffic() const;
  /// Ends every worker; for a purge.
  void remove_everything();

 private:
  struct Known {
    int outdated = 0;  ///< process of another program that a successor was started for
    std::string written;  ///< configuration as last written, revision left out
    int64_t revision = 0;
  };
  static Known known_in(const std::filesystem::path& folder);
  void advance(const model::LoadBalancer& balancer);
  void record_failure(const model::LoadBalancer& balancer);
  void take_states();
  void remove_others();
  void end_draining();
  void take_state(const model::LoadBalancer& balancer, const WorkerState& state, bool is_current);
  void record_reasons();
  void record_zones(const Surroundings& around);
  std::map<std::string, std::string> programs() const;
  std::filesystem::path folder_of(const std::string& arn) const;

  store::Store& store_;
  const Clock& clock_;
  std::filesystem::path folder_;
  StartWorker start_;
  std::mutex mutex_;  ///< one step at a time, of the records or of the workers' states
  std::map<std::string, Known> known_;
  StateWatch watch_;
  std::map<std::string, std::vector<TargetState>> failed_;  ///< by load balancer: targets that failed requests
  bool has_told_failures_ = false;
  std::map<std::string, Findings> findings_;  ///< by load balancer
  bool has_new_findings_ = false;
  store::Revision judged_ = -1;  ///< what reasons were last told from
};

}  // namespace landfall::alb
