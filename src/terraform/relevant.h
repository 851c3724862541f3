#pragma once

#include <string>

#include "terraform/configuration.h"
#include "terraform/plan.h"

namespace landfall::terraform {

/// "relevant_attributes" of plan JSON: which attributes of resources what changes is made of, directly or through variables,
/// locals and outputs. "": none.
/// Source  Terraform 1.11, lang/globalref (ContributingResourceReferences), terraform/context_plan.go (relevantResourceAttrsForPlan).
std::string render_relevant_json(const Module& root, const Plan& plan);

}  // namespace landfall::terraform
