#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"

namespace landfall::sys {

struct Overlay {
  std::filesystem::path layers_folder;      ///< the layers' names are below it
  std::vector<std::string> layers;          ///< lowest first; short names: all must fit in one page
  std::filesystem::path upper, work, target;  ///< made if missing
};

/// Errors: "Mount.TooManyLayers"; errno errors with what was tried.
Result<void> mount_overlay(const Overlay& overlay);
/// Takes every mount away from the path, the last first; in use or not. Succeeds if there is none.
Result<void> unmount(const std::filesystem::path& target);
/// Where something is mounted at or below the path, deepest first.
std::vector<std::filesystem::path> mounts_below(const std::filesystem::path& folder);

}  // namespace landfall::sys
