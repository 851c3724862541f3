#pragma once

#include <string>
#include <vector>

#include "cli/context.h"

namespace landfall::cli {

/// Options of the commands that read a configuration.
struct TerraformArguments {
  std::vector<std::string> variables, variable_files, targets, replaced, excluded;
  std::vector<std::string> inert;  ///< types to record and not to run, or "all"
  bool only_refreshes = false;
  bool only_state = false;         ///< of commands on the state: types that are not carried are no error
  std::vector<std::string> backend_settings;  ///< of init: NAME=VALUE or a file
  bool forgets_backend = false, uses_backend = true, fetches_again = false;
  bool migrates_state = false;     ///< of init: what terraform.tfstate holds goes to the backend
  bool no_lock = false;            ///< -lock=false
  std::string folder;              ///< of the root, as the last word of 0.11; empty: the working directory
  std::string out, lock_timeout;   ///< of plan: where the plan is kept; "30s", "2m"
  std::vector<std::string> words;  ///< addresses, files, names
  int parallelism = 10;
  bool has_detailed_exit_code = false, is_destroy = false, is_approved = false, no_refresh = false, as_json = false, is_raw = false;
  std::string name;               ///< of an output, or an address
  std::vector<std::string> roots;  ///< of up and down
  int wait_seconds = 300;
  bool is_plain = false;     ///< -no-color
  bool speaks_json = false;  ///< -json of plan, apply and destroy: one object a line
  bool has_colours() const;  ///< standard output is a terminal, and nobody said otherwise
};

/// up and down: each root in order (down: in reverse), then until everything is steady.
int up_command(const Global& global, const ServeArguments& serve, const TerraformArguments& arguments);
int down_command(const Global& global, const TerraformArguments& arguments);

/// On the root module in the working directory. plan: exit code 2 with -detailed-exitcode if there are changes.
int plan_command(const Global& global, const TerraformArguments& arguments);
int apply_command(const Global& global, const TerraformArguments& arguments);
/// Options of `fmt`.
struct FormatArguments {
  std::vector<std::string> targets;  ///< files and folders; "-": standard input
  bool lists = true, writes = true, shows_difference = false, only_checks = false, is_recursive = false;
};

/// Exit codes as `terraform fmt`: 2 a file that cannot be read, 3 with -check where something is not formatted.
int format_command(const FormatArguments& arguments);
/// Options of `hcl decode`, which are hcldec's.
struct DecodeArguments {
  std::string spec, out;
  std::vector<std::string> files, variables;
  bool as_json = false, has_type = false, keeps_nulls = false, shows_references = false;
};

/// Exit code 2: a document has problems, on stderr.
int hcl_decode_command(const DecodeArguments& arguments);
int console_command(const Global& global, const TerraformArguments& arguments);
int output_command(const Global& global, const TerraformArguments& arguments);
int state_list_command(const Global& global, const TerraformArguments& arguments);
int state_move_command(const Global& global, TerraformArguments arguments);
int state_remove_command(const Global& global, TerraformArguments arguments);
int state_pull_command(const Global& global, TerraformArguments arguments);
int state_push_command(const Global& global, TerraformArguments arguments);
int taint_command(const Global& global, TerraformArguments arguments, bool taints);
int import_command(const Global& global, TerraformArguments arguments);
int force_unlock_command(const Global& global, TerraformArguments arguments);
int validate_command(const Global& global, const TerraformArguments& arguments);
int graph_command(const Global& global, const TerraformArguments& arguments);
int providers_command(const Global& global, const TerraformArguments& arguments);
int providers_schema_command(const Global& global, const TerraformArguments& arguments);
int workspace_command(const std::string& what, const std::string& name);
int version_command(bool as_json);
int init_command(const Global& global, const TerraformArguments& arguments, const std::string& mirror);
int show_command(const Global& global, TerraformArguments arguments);
int state_show_command(const Global& global, const TerraformArguments& arguments);

}  // namespace landfall::cli
