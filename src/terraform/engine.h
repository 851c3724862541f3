#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "hcl/diagnostic.h"
#include "terraform/backend.h"
#include "terraform/event.h"
#include "terraform/graph.h"
#include "terraform/plan.h"
#include "terraform/provider.h"

namespace landfall::terraform {

struct SavedPlan;

/// How to reach the cloud, and what a command line may say.
struct EngineOptions {
  std::filesystem::path directory;       ///< of the root module, absolute
  std::filesystem::path data_dir;
  /// Without an endpoint there is no cloud: what needs one is an error that says so, unless `is_offline`.
  std::string endpoint_url, region, account, access_key, secret_key, ca_file;
  std::vector<std::string> variables{};       ///< NAME=VALUE, in order
  std::vector<std::string> variable_files{};
  std::string workspace = "default";
  int parallelism = 10;
  bool refreshes = true;
  bool is_offline = false;                ///< nothing is read or made: to validate, to evaluate
  std::vector<std::string> inert{};       ///< types to record and not to run, or "all" (terraform/inert.h)
  bool takes_any_type = false;            ///< types that are not carried are no error
  bool makes_backend = false;                 ///< `up`: a bucket and a lock table that are not there are made
  std::function<Result<void>(const std::string& arn)> confirm_certificate{};  ///< as Cloud's, for --inert all
  std::function<void(const std::string&)> say{};  ///< one line for people, without its end
  Listener tell{};                                ///< what happens to instances; called from several threads
  const std::atomic<bool>* is_interrupted = nullptr;
  const SavedPlan* saved = nullptr;  ///< its configuration, variables and workspace stand for those of the folder; outlives the engine
};

struct PlanOptions {
  bool is_destroy = false;
  std::vector<std::string> targets{};   ///< addresses; only these and what they need
  std::vector<std::string> replaced{};  ///< addresses to make anew
  std::vector<std::string> excluded{};  ///< addresses to leave alone, with what needs them
  bool only_refreshes = false;          ///< nothing is changed but the state
};

/// What an apply did; also told to the daemon, for `why`.
struct Applied {
  int added = 0, changed = 0, destroyed = 0;
  State state;
  struct Failure {
    Address address;
    Error error;
    const ResourceConfig* config;
    std::string argument;  ///< whose value the error's words hold; "" if none
  };
  std::vector<Failure> failures;
  std::vector<Address> succeeded;
};

/// One root module, loaded and checked. The steps of one command, in order: open, lock, plan, apply, unlock.
class Engine {
 public:
  /// Null after errors; these hold file, line and column.
  static std::unique_ptr<Engine> open(const EngineOptions& options, hcl::Diagnostics& diagnostics);
  ~Engine();

  Result<void> lock(const std::string& operation);
  Result<void> unlock();
  Result<void> break_lock(const std::string& id);  ///< Backend::break_lock
  Result<State> read_state();
  /// Writes a state with a serial that is one higher.
  Result<void> write_state(State state);

  /// Finds what an earlier run began to make and could not write into the state (it was killed, the daemon was gone, the
  /// disk was full), and writes it. Call with the lock held, before plan.
  Result<void> recover();

  Plan plan(const PlanOptions& options, hcl::Diagnostics& diagnostics);
  Applied apply(const Plan& plan, hcl::Diagnostics& diagnostics);

  /// The plan with all that it takes to carry it out elsewhere or later.
  SavedPlan save(Plan plan) const;
  /// The plan of EngineOptions::saved, with its blocks. Errors: "Plan.Malformed", if it is about what its configuration
  /// or this Landfall does not have.
  Result<Plan> saved_plan() const;
  /// Whether a saved plan can be carried out on the state as it is now; if not, the diagnostics say why.
  bool is_fresh(const Plan& saved, hcl::Diagnostics& diagnostics);

  /// What a resource's provider reaches the world through. Errors: "Provider.Config" says what of its configuration is not known.
  Result<Cloud> cloud_of(const BlockAddress& block) const;

  const Module& root() const;
  const Provider& provider() const;
  std::string state_place() const;

  struct Impl;  ///< terraform/session.h: the engine's own files only
  const Impl& impl() const { return *impl_; }

 private:
  explicit Engine(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace landfall::terraform
