#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/error.h"

namespace landfall::terraform {

/// Arguments of a root's backend that `init` was given and its block leaves out ("partial configuration"), by name. They are
/// kept where Terraform keeps them, in .terraform/terraform.tfstate, so that either finds what the other was given.
/// Errors: "Backend.Settings": the file does not read.
Result<std::map<std::string, std::string>> backend_settings(const std::filesystem::path& root, const std::string& backend_type);

/// Adds what -backend-config says, each NAME=VALUE or a file of such arguments, to what is kept; `forgets`: in its place.
/// Errors name the argument and what was wanted.
Result<void> keep_backend_settings(const std::filesystem::path& root, const std::string& backend_type, const std::vector<std::string>& given, bool forgets);

}  // namespace landfall::terraform
