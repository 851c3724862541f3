#pragma once

#include <string>

#include "terraform/session.h"

namespace landfall::terraform {

/// A plan as `terraform show -json FILE` tells it, format 1.2.
/// Source  Terraform docs, "JSON Output Format": Plan Representation; command/jsonplan of 1.11.
std::string render_plan_json(const Engine::Impl& impl, const Plan& plan);

/// What became different outside of Terraform since the state was written: instances as they were and as they are.
/// `planned` is null where an instance is gone.
std::vector<PlannedChange> drift_of(const Plan& plan, const Provider& provider);

/// ["create"], ["delete","create"], …
std::string actions_json(const PlannedChange& change);

}  // namespace landfall::terraform
