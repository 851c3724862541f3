#include <algorithm>
#include <cstdio>
#include <set>

#include <fmt/format.h>

#include "base/file.h"
#include "base/json.h"
#include "cli/diagnostic_json.h"
#include "cli/module_mirror.h"
#include "cli/module_place.h"
#include "cli/root_session.h"
#include "terraform/backend_settings.h"
#include "terraform/installed_modules.h"
#include "terraform/module_version.h"
#include "terraform/schema_json.h"
#include "terraform/session.h"
#include "terraform/sources.h"
#include "terraform/state.h"
#include "terraform/variables.h"
#include "terraform/workspace.h"

/// Commands that read a configuration and change nothing of it: validate, graph, providers; and init, workspace.
namespace landfall::cli {
namespace {

/// Only `validate` minds types that are not carried: the others say nothing of what they are.
std::unique_ptr<terraform::Engine> open_offline(const Global& global, const TerraformArguments& arguments, hcl::Diagnostics& diagnostics, bool takes_any_type = true) {
  terraform::EngineOptions options = engine_options(std::nullopt, global.data_dir, std::filesystem::current_path(), arguments);
  options.is_offline = true;
  options.takes_any_type = takes_any_type;
  return terraform::Engine::open(options, diagnostics);
}

/// Of which the configuration has resources or a block: "aws".
std::set<std::string> providers_of(const terraform::Engine& engine) {
  std::set<std::string> names;
  for (const terraform::Node& node : engine.impl().graph.nodes) {
    if (node.kind == terraform::Node::Kind::provider) names.insert(static_cast<const terraform::ProviderConfig*>(node.config)->name);
    if (node.kind != terraform::Node::Kind::resource) continue;
    const std::string& type = static_cast<const terraform::ResourceConfig*>(node.config)->type;
    names.insert(type.substr(0, type.find('_')));
  }
  return names;
}

/// What modules are called, in the order of their calls; `at` is the folder of the caller.
class Installer {
 public:
  Installer(std::filesystem::path root, std::filesystem::path mirror, terraform::GivenVariables given, bool fetches_again)
      : root_(std::move(root)), mirror_(std::move(mirror)), given_(std::move(given)) {
    modules_.push_back({.key = "", .source = "", .directory = "."});
    if (!fetches_again) installed_ = terraform::read_installed_modules(root_);
  }

  Result<void> run() {
    const std::unique_ptr<terraform::Module> root = read(root_);
    TRY(visit(*root, terraform::EarlyScope(*root, given_, terraform::chosen_workspace(root_)), ""));
    return terraform::write_installed_modules(root_, modules_);
  }
  size_t count() const { return modules_.size() - 1; }

 private:
  /// The blocks of a folder. What is wrong with them is for plan to say.
  static std::unique_ptr<terraform::Module> read(const std::filesystem::path& folder) { return terraform::load_configuration(folder, {.follows_calls = false}).root; }

  Result<void> visit(const terraform::Module& module, const terraform::EarlyScope& scope, const std::string& key) {
    if (modules_.size() > 1000) return fail("Init.TooMany", "more than 1,000 module calls: does a module call itself?");
    for (const auto& [name, call] : module.calls) {
      const std::string inner = key.empty() ? name : key + "." + name;
      const auto text = [&](std::string_view argument) -> Result<std::string> {
        const hcl::Attribute* found = call.block->body.find(argument);
        if (found == nullptr) return std::string();
        hcl::Diagnostics diagnostics;
        const auto value = scope.text(*found->value, fmt::format("The {} of module \"{}\"", argument, inner), diagnostics);
        if (!value) return fail("Init.Static", fmt::format("{} (line {}): {}. {}", diagnostics[0].file, diagnostics[0].line, diagnostics[0].summary, diagnostics[0].detail));
        return *value;
      };
      const std::string source = TRY(text("source")), version = TRY(text("version"));
      terraform::InstalledModule found{.key = inner, .source = source, .version = version, .directory = ""};
      if (const auto folder = terraform::local_folder(terraform::Sources(root_, nullptr), module, source)) found.directory = relative(folder->lexically_normal());
      else TRY(install(found));
      const std::filesystem::path place = root_ / found.directory;
      if (!std::filesystem::is_directory(place)) return fail("Init.NoFolder", fmt::format("module \"{}\": there is no folder {}", inner, place.string()));
      modules_.push_back(found);
      std::printf("- %s in %s\n", inner.c_str(), found.directory.c_str());
      const std::unique_ptr<terraform::Module> called = read(place);
      TRY(visit(*called, terraform::EarlyScope(*called, scope, call), inner));
    }
    return {};
  }

  std::string relative(const std::filesystem::path& place) const { return place.lexically_relative(root_).string(); }

  /// From the mirror; what is installed and fits stays, whoever put it there; else by git. Fills in the folder.
  Result<void> install(terraform::InstalledModule& module) {
    const ModulePlace place = module_place(module.source);
    const std::filesystem::path target = terraform::modules_folder(root_) / module.key;
    module.directory = relative(place.inside.empty() ? target : target / place.inside);
    if (const auto copy = mirror_.empty() ? std::nullopt : TRY(find_copy(mirror_, place, module.version).while_doing(fmt::format("installing module \"{}\"", module.key)))) {
      std::filesystem::remove_all(target);
      std::filesystem::create_directories(target.parent_path());
      std::filesystem::copy(copy->folder, target, std::filesystem::copy_options::recursive);
      module.version = copy->version.empty() ? terraform::fitting_version(module.version) : copy->version;
      return {};
    }
    if (const auto kept = installed_.find(module.key); kept != installed_.end() && fits(kept->second, module)) {
      module = kept->second;
      return {};
    }
    if (!place.is_git) return fail("Init.Source", fmt::format("module \"{}\": \"{}\"{} is neither installed nor in a mirror folder (--module-mirror), and is neither a local path nor a git repository", module.key, module.source, module.version.empty() ? "" : " " + module.version));
    return clone_module(place, module.key, target);
  }

  bool fits(const terraform::InstalledModule& kept, const terraform::InstalledModule& wanted) const {
    if (!kept.is_from(wanted.source) || !std::filesystem::is_directory(root_ / kept.directory)) return false;
    return kept.version == wanted.version || terraform::fits_version(kept.version, wanted.version);
  }

  std::filesystem::path root_, mirror_;
  terraform::GivenVariables given_;
  std::map<std::string, terraform::InstalledModule> installed_;  ///< by key; none if all is fetched again
  std::vector<terraform::InstalledModule> modules_;
};

}  // namespace

int validate_command(const Global& global, const TerraformArguments& arguments) {
  hcl::Diagnostics diagnostics;
  const auto engine = open_offline(global, arguments, diagnostics, false);
  const bool is_valid = engine != nullptr && !diagnostics.has_errors();
  if (!arguments.as_json) {
    print_diagnostics(diagnostics);
    if (is_valid) std::puts("Success! The configuration is valid.");
    return is_valid ? 0 : 1;
  }
  json::array list;
  for (const hcl::Diagnostic& each : diagnostics) list.push_back(diagnostic_json(each));
  const auto errors = std::ranges::count_if(diagnostics, &hcl::Diagnostic::is_error);
  const json::object document{{"format_version", "1.0"}, {"valid", is_valid}, {"error_count", errors}, {"warning_count", static_cast<int64_t>(diagnostics.size()) - errors}, {"diagnostics", list}};
  std::puts(pretty_json(document).c_str());
  return is_valid ? 0 : 1;
}

int graph_command(const Global& global, const TerraformArguments& arguments) {
  hcl::Diagnostics diagnostics;
  const auto engine = open_offline(global, arguments, diagnostics);
  print_diagnostics(diagnostics);
  if (!engine) return 1;
  const terraform::Graph& graph = engine->impl().graph;
  std::string text = "digraph G {\n  rankdir = \"RL\";\n  node [shape = rect, fontname = \"sans-serif\"];\n", edges;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    if (graph.nodes[i].kind != terraform::Node::Kind::resource) continue;
    text += fmt::format("  \"{0}\" [label=\"{0}\"];\n", graph.nodes[i].id());
    for (const std::string& needed : terraform::dependencies_of(graph, static_cast<int>(i))) edges += fmt::format("  \"{}\" -> \"{}\";\n", graph.nodes[i].id(), needed);
  }
  std::fputs((text + edges + "}\n").c_str(), stdout);
  return 0;
}

int providers_command(const Global& global, const TerraformArguments& arguments) {
  hcl::Diagnostics diagnostics;
  const auto engine = open_offline(global, arguments, diagnostics);
  print_diagnostics(diagnostics);
  if (!engine) return 1;
  std::puts("\nProviders required by configuration:\n.");
  for (const std::string& name : providers_of(*engine)) std::printf("├── %s\n", terraform::provider_address(name).c_str());
  return 0;
}

int providers_schema_command(const Global& global, const TerraformArguments& arguments) {
  hcl::Diagnostics diagnostics;
  const auto engine = open_offline(global, arguments, diagnostics);
  print_diagnostics(diagnostics);
  if (!engine) return 1;
  std::puts(terraform::render_schema_json(engine->provider(), providers_of(*engine)).c_str());
  return 0;
}

int workspace_command(const std::string& what, const std::string& name) {
  const std::filesystem::path root = std::filesystem::current_path();
  const std::vector<std::string> all = terraform::workspaces(root);
  const std::string chosen = terraform::chosen_workspace(root);
  const bool is_there = std::ranges::find(all, name) != all.end();
  const std::filesystem::path folder = root / "terraform.tfstate.d" / name;
  if (what == "show") return std::puts(chosen.c_str()) < 0 ? 1 : 0;
  if (what == "list") {
    for (const std::string& each : all) std::printf("%s %s\n", each == chosen ? "*" : " ", each.c_str());
    return 0;
  }
  if (what == "new") {
    if (is_there) return complain({.code = "Workspace.Exists", .what = fmt::format("Workspace \"{}\" already exists", name)});
    if (const auto made = make_directories(folder); !made) return complain(made.error());
  } else if (!is_there) {
    return complain({.code = "Workspace.None", .what = fmt::format("Workspace \"{}\" doesn't exist. You can create this workspace with the \"new\" subcommand.", name)});
  }
  if (what == "delete") {
    if (name == chosen || name == "default") return complain({.code = "Workspace.Active", .what = fmt::format("Workspace \"{}\" is {} and cannot be deleted", name, name == "default" ? "the default one" : "the active one")});
    const auto text = read_file(folder / "terraform.tfstate");
    const auto state = text ? terraform::parse_state(*text, name) : Result<terraform::State>(terraform::State());
    if (state && !state->instances.empty()) return complain({.code = "Workspace.NotEmpty", .what = fmt::format("Workspace \"{}\" is currently tracking {} resource instances: destroy them first", name, state->instances.size())});
    std::filesystem::remove_all(folder);
    std::printf("Deleted workspace \"%s\"!\n", name.c_str());
    return 0;
  }
  if (const auto done = terraform::choose_workspace(root, name); !done) return complain(done.error());
  std::printf("%s workspace \"%s\".\n", what == "new" ? "Created and switched to" : "Switched to", name.c_str());
  return 0;
}

int version_command(bool as_json) {
  const json::object told{{"terraform_version", terraform::kFormatOf}, {"platform", "linux_amd64"}, {"provider_selections", json::object()}, {"terraform_outdated", false}};
  if (as_json) std::puts(pretty_json(told).c_str());
  else std::printf("Landfall: language and files of Terraform %s\n", std::string(terraform::kFormatOf).c_str());
  return 0;
}

namespace {

/// What terraform.tfstate holds goes to the backend that the root has now, and stays beside it as a backup.
int migrate_state(const Global& global, TerraformArguments arguments) {
  const std::string from = "terraform.tfstate";
  const auto root = terraform::load_configuration(std::filesystem::current_path(), {.follows_calls = false});
  const auto text = read_file(from);
  if (!text || text->empty()) return 0;
  const auto state = terraform::parse_state(*text, from);
  if (!state) return complain(state.error());
  if (!root.root || !root.root->backend || root.root->backend->type == "local" || state->is_empty()) return 0;
  arguments.words = {from};
  arguments.is_approved = false;
  if (const int code = state_push_command(global, arguments); code != 0) return code;
  std::filesystem::rename(from, from + ".backup");
  std::printf("\nThe state of %s is in the backend \"%s\" now; the file is %s.backup.\n", from.c_str(), root.root->backend->type.c_str(), from.c_str());
  return 0;
}

}  // namespace

int init_command(const Global& global, const TerraformArguments& arguments, const std::string& mirror) {
  std::puts("Initializing modules...");
  const auto given = [&](const terraform::Module& root) {
    hcl::Diagnostics later;  // what is wrong with them is said below
    return terraform::given_variables(root, arguments.variables, arguments.variable_files, later);
  };
  Installer installer(std::filesystem::current_path(), mirror, given, arguments.fetches_again);
  if (const auto done = installer.run(); !done) return complain(done.error());
  if (arguments.uses_backend && (!arguments.backend_settings.empty() || arguments.forgets_backend)) {
    const auto root = terraform::load_configuration(std::filesystem::current_path(), {.follows_calls = false});
    if (!root.root || !root.root->backend) return complain({.code = "Backend.Settings", .what = "-backend-config is given, and the root has no backend block"});
    if (const auto kept = terraform::keep_backend_settings(std::filesystem::current_path(), root.root->backend->type, arguments.backend_settings, arguments.forgets_backend); !kept) return complain(kept.error());
  }
  hcl::Diagnostics diagnostics;
  const auto engine = open_offline(global, arguments, diagnostics);
  print_diagnostics(diagnostics);
  if (!engine) return 1;
  if (arguments.migrates_state && arguments.uses_backend) {
    if (const int code = migrate_state(global, arguments); code != 0) return code;
  }
  std::puts("\nLandfall has been successfully initialized!");
  return 0;
}

}  // namespace landfall::cli
