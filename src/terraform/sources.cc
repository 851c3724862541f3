#include "terraform/sources.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/file.h"

namespace landfall::terraform {
namespace {

/// Editors leave copies beside the files.
bool is_source(const std::string& name) { return !name.starts_with(".") && !name.ends_with("~") && (name.ends_with(".tf") || name.ends_with(".tf.json")); }

void keep(const Module& module, KeptSources& kept) {
  for (const hcl::File& file : module.files) kept.files.try_emplace(file.source->name, file.source->text);
  for (const auto& [name, call] : module.calls) keep(*call.module, kept);
}

}  // namespace

KeptSources sources_of(const Module& root) {
  KeptSources kept{.files = {}, .installed = read_installed_modules(root.directory)};
  keep(root, kept);
  return kept;
}

Result<std::vector<std::filesystem::path>> Sources::files_in(const std::filesystem::path& folder) const {
  std::vector<std::filesystem::path> found;
  if (kept_ == nullptr) {
    std::error_code failure;
    for (const auto& entry : std::filesystem::directory_iterator(folder, failure)) {
      if (is_source(entry.path().filename())) found.push_back(entry.path());
    }
    if (failure) return fail("Folder.Unreadable", fmt::format("The folder {} cannot be read: {}.", folder.string(), failure.message()));
  } else {
    for (const auto& [name, text] : kept_->files) {
      const std::filesystem::path path = (root_ / name).lexically_normal();
      if (path.parent_path() == (folder / "").lexically_normal().parent_path()) found.push_back(path);
    }
  }
  std::ranges::sort(found);
  return found;
}

Result<std::string> Sources::text(const std::filesystem::path& file) const {
  if (kept_ == nullptr) return read_file(file);
  const auto found = kept_->files.find(file.lexically_relative(root_).string());
  if (found == kept_->files.end()) return fail("Plan.NoFile", fmt::format("the saved plan keeps no file {}", file.string()));
  return found->second;
}

std::map<std::string, InstalledModule> Sources::installed() const { return kept_ == nullptr ? read_installed_modules(root_) : kept_->installed; }

std::optional<std::filesystem::path> local_folder(const Sources& sources, const Module& module, const std::string& source) {
  const std::filesystem::path folder = module.directory / source;
  if (is_local_source(source)) return folder;
  if (module.dialect != hcl::Dialect::v011 || source.empty() || source.starts_with('/')) return std::nullopt;
  const auto files = sources.files_in(folder);
  return files && !files->empty() ? std::optional(folder) : std::nullopt;
}

bool has_configuration(const std::filesystem::path& directory) {
  const auto files = Sources(directory, nullptr).files_in(directory);
  return files && !files->empty();
}

}  // namespace landfall::terraform
