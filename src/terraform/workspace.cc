#include "terraform/workspace.h"

#include <algorithm>
#include <cstdlib>

#include "base/file.h"
#include "base/text.h"
#include "terraform/installed_modules.h"

namespace landfall::terraform {
namespace {

std::filesystem::path note_of(const std::filesystem::path& root) { return modules_folder(root).parent_path() / "environment"; }

}  // namespace

std::string chosen_workspace(const std::filesystem::path& root) {
  if (const char* name = std::getenv("TF_WORKSPACE"); name != nullptr && *name != '\0') return name;
  if (!std::filesystem::exists(note_of(root))) return "default";
  const auto text = read_file(note_of(root));
  const std::string name(text ? trim(*text) : "");
  return name.empty() ? "default" : name;
}

Result<void> choose_workspace(const std::filesystem::path& root, const std::string& name) {
  TRY(make_directories(note_of(root).parent_path()));
  return write_file_atomic(note_of(root), name);
}

std::vector<std::string> workspaces(const std::filesystem::path& root) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(root / "terraform.tfstate.d", ignored)) {
    if (entry.is_directory()) names.push_back(entry.path().filename());
  }
  std::ranges::sort(names);
  names.insert(names.begin(), "default");
  return names;
}

std::filesystem::path workspace_state(const std::filesystem::path& default_state, const std::string& name) {
  if (name == "default") return default_state;
  return default_state.parent_path() / "terraform.tfstate.d" / name / default_state.filename();
}

}  // namespace landfall::terraform
