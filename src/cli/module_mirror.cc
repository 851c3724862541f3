#include "cli/module_mirror.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "terraform/module_version.h"

namespace landfall::cli {
namespace {

namespace fs = std::filesystem;

const std::string kAnyRelease = ">= 0.0.0";

std::optional<fs::path> folder_of(const fs::path& mirror, const std::string& source) {
  constexpr std::string_view kRegistry = "registry.terraform.io/";
  if (fs::is_directory(mirror / source)) return mirror / source;
  if (source.starts_with(kRegistry) && fs::is_directory(mirror / source.substr(kRegistry.size()))) return mirror / source.substr(kRegistry.size());
  return std::nullopt;
}

/// Names of the folders in it that are versions, the newest first.
std::vector<std::string> versions_in(const fs::path& folder) {
  std::vector<std::string> versions;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (entry.is_directory() && terraform::fits_version(name, "")) versions.push_back(name);
  }
  std::ranges::sort(versions, terraform::is_newer_version);
  return versions;
}

}  // namespace

Result<std::optional<MirroredModule>> find_copy(const fs::path& mirror, const ModulePlace& place, const std::string& constraints) {
  const auto folder = folder_of(mirror, place.in_mirror);
  if (!folder) return std::optional<MirroredModule>();
  if (!place.ref.empty() && fs::is_directory(*folder / place.ref)) return std::optional(MirroredModule{.folder = *folder / place.ref});
  const auto versions = versions_in(*folder);
  if (place.is_git || versions.empty()) return std::optional(MirroredModule{.folder = *folder});
  const auto fitting = std::ranges::find_if(versions, [&](const std::string& version) { return terraform::fits_version(version, constraints.empty() ? kAnyRelease : constraints); });
  if (fitting == versions.end()) return fail("Init.Version", fmt::format("the mirror has {} in the versions {}; wanted is {}", place.in_mirror, join(versions, ", "), constraints));
  return std::optional(MirroredModule{.folder = *folder / *fitting, .version = *fitting});
}

}  // namespace landfall::cli
