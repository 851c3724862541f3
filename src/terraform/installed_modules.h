#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace landfall::terraform {

/// One module as `terraform init` notes it in .terraform/modules/modules.json.
struct InstalledModule {
  std::string key;      ///< path of the call, "network.subnets"; "" for the root
  std::string source;   ///< as written
  std::string version{};
  std::string directory;  ///< relative to the root's folder

  /// Whether it came from what a call has as its source: Terraform notes "a/b/aws" as "registry.terraform.io/a/b/aws",
  /// "github.com/a/b" and "git@github.com:a/b.git" as "git::https://github.com/a/b.git" and "git::ssh://git@github.com/a/b.git".
  bool is_from(std::string_view written) const;
};

/// Where it is: TF_DATA_DIR, or .terraform in the root's folder.
std::filesystem::path modules_folder(const std::filesystem::path& root);

/// By key; empty if nothing was installed.
std::map<std::string, InstalledModule> read_installed_modules(const std::filesystem::path& root);
Result<void> write_installed_modules(const std::filesystem::path& root, const std::vector<InstalledModule>& modules);

bool is_local_source(const std::string& source);  ///< "./x", "../x", ".", ".."

}  // namespace landfall::terraform
