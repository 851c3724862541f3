#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "terraform/change.h"
#include "terraform/configuration.h"
#include "terraform/state.h"

namespace landfall::terraform {

/// Why an instance is replaced, goes, or is read late; Terraform's words for it are plan JSON's "action_reason".
enum class Reason : unsigned char {
  none,
  cannot_update,       ///< what changes cannot be changed in place
  tainted,
  by_request,          ///< -replace
  by_triggers,         ///< replace_triggered_by
  no_resource_config,  ///< its block is gone
  wrong_repetition,    ///< count or for_each came or went
  count_index,
  each_key,
  no_module,           ///< the call of its module is gone, or makes no such instance
  config_unknown,      ///< of a data source: its arguments
  dependency_pending,  ///< of a data source: what it depends on changes
};
std::string_view code_of(Reason reason);          ///< "replace_because_tainted"; "" for none
Reason reason_of_code(std::string_view code);     ///< none, if there is no such code

/// One instance that a plan looked at.
struct PlannedChange {
  Address address;
  Action action = Action::none;
  Value prior{}, planned{};
  std::vector<std::string> replaced_by;
  bool is_tainted = false;
  bool creates_first = false;
  const ResourceConfig* config = nullptr;  ///< null: not in the configuration any more
  std::string imported{};                  ///< id of what an import block takes in
  Reason reason = Reason::none;
};

struct OutputChange {
  Value before{}, after{};
  bool is_sensitive = false;
  bool is_change() const { return !(before.is_null() && after.is_null()) && !(before == after); }
};

/// What is to be done, and the state that it starts from: as refreshed.
struct Plan {
  bool is_destroy = false, only_refreshes = false;
  bool is_whole = true;                        ///< no targets, nothing excluded
  State state;
  State before;                                ///< as it was read, before refreshing
  std::map<Address, Address> moved;            ///< new address -> the old one
  std::map<std::string, Value> variables;      ///< of the root, as they were given
  std::map<Address, PlannedChange> changes;  ///< those without action too
  std::map<std::string, OutputChange> outputs;

  bool has_changes() const;  ///< of resources or outputs
  int count(Action action) const;
};

}  // namespace landfall::terraform
