#pragma once

#include <string>

#include "terraform/plan.h"

/// What people read of plans, states and outputs, as Terraform prints it.
namespace landfall::terraform {

/// Each change as a diff, then "Plan: 1 to add, 0 to change, 0 to destroy.", then the outputs.
std::string render_plan(const Plan& plan, const Provider& provider, bool has_colours = false);

/// One instance of a state as a person reads it; what is sensitive is not shown. "": the state holds no such object.
std::string render_instance_text(const Address& address, const StateInstance& instance, const Provider& provider, bool has_colours);

/// Each instance of a state with its attributes, then the outputs; "No state." if there is nothing.
std::string render_state_text(const State& state, const Provider& provider, bool has_colours = false);

/// As `terraform output` prints one.
std::string render_output(const Value& value, bool is_sensitive);

}  // namespace landfall::terraform
