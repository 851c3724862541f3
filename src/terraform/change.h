#pragma once

#include <string>
#include <vector>

#include "terraform/provider.h"

namespace landfall::terraform {

enum class Action : unsigned char { none, create, read, update, replace, remove, forget };  ///< forget: only the state loses it

/// What one instance needs, worked out from its schema: what there is, what is written, what will be.
struct Change {
  Action action = Action::none;
  Value planned{};                       ///< of the schema's type; unknown where the cloud decides
  std::vector<std::string> replaced_by;  ///< paths whose change needs a new resource: "cidr_block"
};

/// The rules of the plugin SDK: what is written wins; else the default; else, for what the cloud may fill in, what there is
/// or unknown; else null. For attributes that are not the cloud's, null and the empty value of a kind are the same.
///
/// `prior`   null if there is none; `config` as decode gives it. Values may carry marks.
/// Source    terraform-plugin-sdk v2, helper/schema (how a diff is made); docs of resource behaviour.
Result<Change> plan_change(const ResourceType& type, const Cloud& cloud, const Value& prior, const Value& config);

/// The object that is proposed before a type adjusts it.
Value propose(const Schema& schema, const Value& prior, const Value& config);

/// Whether two values mean the same where null, "", 0, false and empty collections are one.
bool is_alike(const Value& a, const Value& b);

}  // namespace landfall::terraform
