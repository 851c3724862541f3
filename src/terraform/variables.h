#pragma once

#include <map>
#include <string>
#include <vector>

#include "hcl/diagnostic.h"
#include "terraform/checks.h"
#include "terraform/configuration.h"
#include "terraform/evaluation.h"

namespace landfall::terraform {

/// Values for the root's variables from the environment (TF_VAR_), terraform.tfvars, *.auto.tfvars, then -var and -var-file
/// in their order; later ones win (0.11: maps are merged). Defaults are not in it.
/// Source  Terraform docs, Input Variables: Variable Definition Precedence; aws-behaviour 6.3.
std::map<std::string, Value> given_variables(const Module& root, const std::vector<std::string>& assignments, const std::vector<std::string>& files, hcl::Diagnostics& diagnostics);

/// Those of -var and -var-file alone.
std::map<std::string, Value> chosen_variables(const Module& root, const std::vector<std::string>& assignments, const std::vector<std::string>& files, hcl::Diagnostics& diagnostics);

/// The value of one variable: what was given or its default, converted, its validations held. `scope_instance` is the
/// module instance that it belongs to.
Value variable_value(const VariableConfig& variable, const Value* given, const Evaluation& evaluation, const ModuleInstance& in, const hcl::Range& given_at, hcl::Diagnostics& diagnostics);

/// Fails the precondition-like block (condition, error_message) if its condition is false. Returns what it came to.
CheckFinding check_condition(const hcl::Block& block, const hcl::Scope& scope, const std::string& summary, hcl::Diagnostics& diagnostics);

}  // namespace landfall::terraform
