#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace landfall::terraform {

/// Arguments of a root's backend that `init` was given, beside those of its block ("partial configuration"). They are
/// kept where Terraform keeps them, in .terraform/terraform.tfstate, so that either finds what the other was given.
struct BackendSettings {
  std::map<std::string, std::string> values{};  ///< by name
  bool go_first = false;                        ///< before the block's: Terraform's file does not tell the two apart, and the block may be newer

  /// What was given in place of what the block has (`written`, "" if nothing); else null.
  const std::string* in_place_of(std::string_view written, std::string_view name) const;
};

/// Errors: "Backend.Settings": the file does not read.
Result<BackendSettings> backend_settings(const std::filesystem::path& root, const std::string& backend_type);

/// Adds what -backend-config says, each NAME=VALUE or a file of such arguments, to what is kept; `forgets`: in its place.
/// Errors name the argument and what was wanted.
Result<void> keep_backend_settings(const std::filesystem::path& root, const std::string& backend_type, const std::vector<std::string>& given, bool forgets);

}  // namespace landfall::terraform
