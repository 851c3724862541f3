#pragma once

#include <mutex>
#include <unordered_map>
#include <unordered_set>

#include "terraform/progress.h"
#include "terraform/session.h"
#include "terraform/state_keeper.h"

namespace landfall::terraform {

/// Carries a plan out.
class Applier {
 public:
  Applier(const Engine::Impl& impl, const Plan& plan);
  Applied run(hcl::Diagnostics& diagnostics);

 private:
  /// A step: a node of the configuration's graph, or the end of one instance.
  struct Step {
    int node = -1;
    const PlannedChange* ended = nullptr;
    std::string deposed{};  ///< which old one
    std::vector<int> needs{};
  };

  void end_deposed();
  void lay_out();
  void add_ends();
  void order_ends();
  bool visit(int step);
  bool visit_resource(int node);
  bool open_again(const ResourceConfig& resource, const ModuleInstance& in, const Cloud& cloud, const Address& address, const Repetition& repetition);
  void check_again(const PlannedChange& change, const ModuleInstance& in, const Repetition& repetition);
  bool apply_instance(const PlannedChange& change, const ModuleInstance& in, const Cloud& cloud, const Repetition& repetition, const std::vector<std::string>& dependencies);
  bool read_deferred(const PlannedChange& change, const ModuleInstance& in, const Cloud& cloud, const Repetition& repetition);
  bool make(const PlannedChange& change, const Cloud& cloud, const Value& config, const std::vector<std::string>& dependencies);
  bool change_in_place(const PlannedChange& change, const Cloud& cloud, const Value& config, const std::vector<std::string>& dependencies);
  bool end(const Step& step);
  bool provision(const PlannedChange& change, bool at_destroy, const hcl::Scope& scope);
  bool finish(const PlannedChange& change, const Cloud& cloud, Record state, const Value& marks, const std::vector<std::string>& dependencies, bool is_tainted);
  bool depose(const PlannedChange& change);
  void restore_deposed(const PlannedChange& change);
  void keep_outputs();
  bool recorded(const PlannedChange& change, const std::string& how, const std::string& id) const;
  /// `wanted`: the resource as it was asked for; null: as it was planned.
  bool failed(const PlannedChange& change, const std::string& doing, const Error& error, const Value* wanted = nullptr);
  bool failed_state(const Result<void>& written);
  void keep_provider(State& state, const PlannedChange& change) const;

  const Engine::Impl& impl_;
  const Plan& plan_;
  Evaluation evaluation_;
  Clouds clouds_;
  StateKeeper keeper_;
  Progress progress_;
  std::vector<Step> steps_;
  std::map<std::string, std::vector<const PlannedChange*>> by_block_;  ///< by config_address
  std::unordered_set<std::string> staying_;  ///< blocks with instances once this is done, by config_address
  std::unordered_map<const ResourceConfig*, const Module*> modules_;
  std::mutex mutex_;  ///< guards applied_, deposed_keys_
  Applied applied_;
  std::map<Address, std::string> deposed_keys_;
  Collected collected_;
};

}  // namespace landfall::terraform
