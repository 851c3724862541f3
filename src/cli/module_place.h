#pragma once

#include <filesystem>
#include <string>

#include "base/error.h"

namespace landfall::cli {

/// What the source of a module says: where to clone from, what of it to check out, where it is in a mirror (as written,
/// without scheme and query), and which folder of it is meant.
/// Source   developer.hashicorp.com/terraform/language/modules/sources
struct ModulePlace {
  bool is_git = false;
  std::string address;
  std::string ref;    ///< a branch, a tag ("tags/0.25.0" too) or a commit; "" is what the repository has as its head
  std::string depth;  ///< how many commits are fetched; "" is all
  std::string in_mirror, inside;
};

ModulePlace module_place(const std::string& source);

/// Puts the repository into `target`, whose old content goes only when the new one has come. `key` is for errors.
/// As Terraform: all is cloned and then `ref` checked out, so that it may be anything that git finds; with a depth the
/// clone is of the branch or tag alone.
Result<void> clone_module(const ModulePlace& place, const std::string& key, const std::filesystem::path& target);

}  // namespace landfall::cli
