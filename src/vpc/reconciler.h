#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "sys/kernel.h"
#include "vpc/plan.h"

namespace landfall::vpc {

/// Packets that an ENI's security groups did not let through since the daemon started.
struct DropCount {
  std::string interface_id;
  bool is_egress = false;
  uint64_t packets = 0;
};

/// Brings one kernel from whatever it holds to what a plan says. Remembers what it applied, so that an unchanged plan
/// costs nothing; a full pass trusts nothing and compares everything. What failed is tried again by the next pass.
class Reconciler {
 public:
  /// `forwarding_memory`: file that keeps the host's ip_forward from before us (shared by the daemons of one host).
  Reconciler(sys::Kernel& kernel, model::Settings settings, std::filesystem::path forwarding_memory);

  void apply(const Plan& plan, bool is_full);

  /// Takes away every kernel object that carries the instance's name.
  Result<void> remove_everything();

  /// Empty: in force. By namespace for namespaces, by interface key for interfaces.
  std::string error_of(const std::string& space_or_interface) const;
  bool has_errors() const { return !errors_.empty(); }
  bool is_in_force(const VethPlan& veth) const;  ///< and both of its namespaces
  bool is_in_place(const VethPlan& veth) const;  ///< its two ends exist

  /// From any thread.
  Result<std::vector<DropCount>> drops();

 private:
  struct Pass;

  bool is_ours(const std::string& space) const { return space.starts_with("lf" + settings_.instance + "-"); }
  void mark_changed(Pass& pass) const;
  void make_namespaces(Pass& pass);
  void load_rulesets(Pass& pass);
  void make_veths(Pass& pass);
  void apply_spaces(Pass& pass);
  void drop_namespaces(Pass& pass);

  Result<void> make_namespace(const NamespacePlan& space, bool is_alive);
  Result<void> load_ruleset(const NamespacePlan& space, bool is_full);
  Result<void> make_veth(const VethPlan& veth, Pass& pass);
  Result<void> apply_space(const NamespacePlan& space, Pass& pass);
  Result<void> remember_forwarding();
  Result<void> restore_forwarding(const sys::NetworkState& host);
  void keep_counters(const std::string& space);
  void note(const std::string& subject, const Result<void>& result);

  sys::Kernel& kernel_;
  model::Settings settings_;
  std::filesystem::path forwarding_memory_;

  std::map<std::string, NamespacePlan> in_force_;   ///< by namespace; only what was applied without error
  std::map<std::string, VethPlan> veths_in_force_;  ///< by namespace and device
  std::map<std::string, Ruleset> rulesets_;         ///< by namespace: what we loaded
  std::map<std::string, std::string> listings_;     ///< by namespace: what nft printed right after
  std::map<std::string, std::string> errors_;

  std::mutex counters_mutex_;
  std::map<std::string, uint64_t> kept_drops_;      ///< by counter name: from tables that were replaced
  std::set<std::string> routers_;                   ///< namespaces whose table has drop counters
};

}  // namespace landfall::vpc
