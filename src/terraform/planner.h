#pragma once

#include <mutex>
#include <set>

#include "terraform/missing_types.h"
#include "terraform/session.h"

namespace landfall::terraform {

/// Works a plan out: refreshes what the state has, evaluates the configuration over it, compares.
class Planner {
 public:
  Planner(const Engine::Impl& impl, const PlanOptions& options, State prior);
  Plan run(hcl::Diagnostics& diagnostics);

 private:
  bool visit(int node);
  bool visit_resource(int node);
  bool is_refused(const ResourceConfig& resource, const BlockAddress& block, const Expansion& expansion);
  void plan_instance(const ResourceConfig& resource, const ModuleInstance& in, const Cloud& cloud, const Address& address, const Repetition& repetition, bool waits_for_changes, hcl::Diagnostics& diagnostics);
  void plan_data(const ResourceConfig& resource, const ModuleInstance& in, const Cloud& cloud, const Address& address, const Repetition& repetition, bool waits_for_changes, hcl::Diagnostics& diagnostics);
  void plan_removals(hcl::Diagnostics& diagnostics);
  Reason why_removed(const Address& address) const;
  void plan_outputs();
  void plan_last_outputs();
  Result<std::optional<Value>> refresh(const std::string& type_name, const Cloud& cloud, const Address& address, const Schema& schema);
  void move_between_counted_and_not(const BlockAddress& block, const Expansion& expansion);
  void spread_creates_first();
  Value keep_ignored(const ResourceConfig& resource, const Value& prior, Value config) const;
  bool is_replaced_on_demand(const Address& address) const;
  bool is_targeted(int node) const;
  bool is_left_out(int node, const Address& address) const;
  void select_targets(hcl::Diagnostics& diagnostics);
  void select_excluded();
  bool is_triggered(const ResourceConfig& resource, const ModuleInstance& in);
  void find_imports();
  std::optional<std::string> import_id(const Address& address) const;
  void keep_in_state(const Address& address, const Value& value, const Schema& schema, int schema_version, const std::vector<std::string>& dependencies);
  void note(PlannedChange change);
  bool has_pending_change(const ResourceConfig& resource, int node);

  const Engine::Impl& impl_;
  const PlanOptions& options_;
  Evaluation evaluation_;
  Clouds clouds_;
  std::mutex mutex_;  ///< guards plan_
  Plan plan_;
  std::set<int> targeted_;   ///< with what these need
  std::set<int> needed_;     ///< of those, what another one needs: all instances
  std::set<int> excluded_;   ///< with what needs these
  std::mutex imports_mutex_;
  std::optional<std::map<std::string, std::string>> imports_;  ///< address -> id; made when first asked for
  Collected collected_;
  std::mutex missing_mutex_;
  MissingTypes missing_;  ///< of types that were put off and have instances
};

}  // namespace landfall::terraform
