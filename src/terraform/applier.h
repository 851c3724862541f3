#pragma once

#include <condition_variable>
#include <mutex>

#include "terraform/session.h"

namespace landfall::terraform {

/// The state of a running apply. Each change is on its way to the backend before change() returns; several that come at
/// the same time are written at once.
class StateKeeper {
 public:
  StateKeeper(Backend& backend, State state) : backend_(backend), state_(std::move(state)) {}
  Result<void> change(const std::function<void(State&)>& edit);
  State take() { return std::move(state_); }
  /// A copy of one instance.
  std::optional<StateInstance> find(const Address& address) const;

 private:
  Backend& backend_;
  mutable std::mutex mutex_;   ///< guards the state and its count of edits
  std::mutex writing_;         ///< held by the one that writes
  State state_;
  int64_t edits_ = 0, written_ = 0;
};

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
  bool apply_instance(const PlannedChange& change, const ModuleInstance& in, const Cloud& cloud, const Repetition& repetition, const std::vector<std::string>& dependencies);
  bool read_deferred(const PlannedChange& change, const ModuleInstance& in, const Cloud& cloud, const Repetition& repetition);
  bool make(const PlannedChange& change, const Cloud& cloud, const Value& config, const std::vector<std::string>& dependencies);
  bool change_in_place(const PlannedChange& change, const Cloud& cloud, const Value& config, const std::vector<std::string>& dependencies);
  bool end(const Step& step);
  bool finish(const PlannedChange& change, const Cloud& cloud, Record state, const Value& marks, const std::vector<std::string>& dependencies, bool is_tainted);
  bool depose(const PlannedChange& change);
  void keep_outputs();
  bool failed(const PlannedChange& change, const std::string& doing, const Error& error);
  bool failed_state(const Result<void>& written);

  const Engine::Impl& impl_;
  const Plan& plan_;
  Evaluation evaluation_;
  Clouds clouds_;
  StateKeeper keeper_;
  std::vector<Step> steps_;
  std::map<std::string, std::vector<const PlannedChange*>> by_block_;  ///< by config_address
  std::mutex mutex_;  ///< guards applied_, deposed_keys_
  Applied applied_;
  std::map<Address, std::string> deposed_keys_;
  Collected collected_;
};

}  // namespace landfall::terraform
