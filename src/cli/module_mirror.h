#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "cli/module_place.h"

namespace landfall::cli {

/// A copy of a module in a mirror folder. `version`: "" if it does not say which it is.
struct MirroredModule {
  std::filesystem::path folder;
  std::string version{};
};

/// The copy of what a call has as its source: the folder of that name, or, where folders in it are named after versions
/// ("a/b/aws/6.6.0") or after refs of git ("github.com/a/b/v1.2"), the newest that fits. Nothing if the mirror does not have
/// the source; "Init.Version" if it has other versions only. The public registry's name may be left out, in a source as in a mirror.
Result<std::optional<MirroredModule>> find_copy(const std::filesystem::path& mirror, const ModulePlace& place, const std::string& constraints);

}  // namespace landfall::cli
