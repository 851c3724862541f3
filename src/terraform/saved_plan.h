#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "terraform/plan.h"
#include "terraform/sources.h"

namespace landfall::terraform {

/// A plan as a file keeps it, with all that is needed to carry it out later: docs/formats/saved-plan.md.
struct SavedPlan {
  std::string workspace = "default";
  std::string made_at;             ///< what plantimestamp() gave, ISO 8601
  KeptSources sources;
  std::vector<std::string> inert{};  ///< what --inert named
  Plan plan;                       ///< its changes have no `config`: Engine::take_up gives them one
  std::set<Address> configured{};  ///< changes that have a block in the configuration
};

/// The file's text. It holds sensitive values: for the owner's eyes only.
std::string render_saved_plan(const SavedPlan& saved);

/// Whether a text says of itself that it is a saved plan.
bool is_saved_plan(std::string_view text);

/// Errors: "Plan.Malformed" and "Json.Malformed" name `what`; "Plan.Foreign" is a plan of another program or version.
Result<SavedPlan> parse_saved_plan(std::string_view text, std::string_view what);

}  // namespace landfall::terraform
