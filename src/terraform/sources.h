#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "terraform/configuration.h"
#include "terraform/early.h"
#include "terraform/installed_modules.h"

namespace landfall::terraform {

/// The text that a configuration was read from, whole: a saved plan is applied as it was made, whatever became of the files.
struct KeptSources {
  std::map<std::string, std::string> files;          ///< by path relative to the root's folder: "main.tf", "../net/vpc.tf"
  std::map<std::string, InstalledModule> installed;  ///< what init had put where
};

/// What a loaded root was read from.
KeptSources sources_of(const Module& root);

/// Where the files of one root come from: its folders as they are, or what was kept of them.
class Sources {
 public:
  /// `root` is the root's folder; `kept`, if there is one, outlives this.
  Sources(std::filesystem::path root, const KeptSources* kept) : root_(std::move(root)), kept_(kept) {}

  /// Paths of the .tf and .tf.json files of a folder, sorted. Errors: "Folder.Unreadable".
  Result<std::vector<std::filesystem::path>> files_in(const std::filesystem::path& folder) const;
  Result<std::string> text(const std::filesystem::path& file) const;
  std::map<std::string, InstalledModule> installed() const;

 private:
  std::filesystem::path root_;
  const KeptSources* kept_;
};

/// The folder that a module's call means if its source is a local path: "./x", "../x"; to 0.11 also "x/y" where such a folder
/// is, beside the module, and holds files.
std::optional<std::filesystem::path> local_folder(const Sources& sources, const Module& module, const std::string& source);

/// Whether the folder holds any file that load_configuration would read.
bool has_configuration(const std::filesystem::path& directory);

/// How a configuration is loaded.
struct LoadOptions {
  const KeptSources* kept = nullptr;  ///< stands for the files
  GivenVariables given{};             ///< for sources of modules that are made of variables
  std::string workspace = "default";
  bool follows_calls = true;          ///< false: calls have no modules; for who installs these
};

/// Reads *.tf and *.tf.json of the folder, and the modules that it calls: by local paths, or where init put them. What is
/// not carried is an error that names it.
Loaded load_configuration(const std::filesystem::path& directory, const LoadOptions& options = {});

}  // namespace landfall::terraform
