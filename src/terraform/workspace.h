#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"

namespace landfall::terraform {

/// Workspaces of a root whose state is in files: which is chosen (TF_WORKSPACE, else .terraform/environment, else
/// "default"), and which there are (folders of terraform.tfstate.d).
std::string chosen_workspace(const std::filesystem::path& root);
Result<void> choose_workspace(const std::filesystem::path& root, const std::string& name);
std::vector<std::string> workspaces(const std::filesystem::path& root);  ///< "default" first

/// Where the state of one lies, given where that of "default" does.
std::filesystem::path workspace_state(const std::filesystem::path& default_state, const std::string& name);

}  // namespace landfall::terraform
