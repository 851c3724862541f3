#include <CLI/CLI.hpp>

#include <malloc.h>

#include <cstdio>
#include <set>

#include <fmt/format.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/door_commands.h"
#include "cli/terraform_commands.h"
#include "terraform/support.h"

namespace landfall::cli {
namespace {

/// One `landfall` command line: what it may hold, and what was found in it.
struct CommandLine {
  CLI::App app{"Runs the AWS container stack that your Terraform describes, for real, on this machine.", "landfall"};
  Global global;
  ServeArguments serve;
  bool as_json = false, follow = false, purge = false;
  bool is_interactive = false;
  std::string name, container;
  std::vector<std::string> words;
  std::string mirror;
  TerraformArguments terraform;
  FormatArguments format;
  DecodeArguments decode;

  CommandLine() {
    app.require_subcommand(1);
    app.failure_message(CLI::FailureMessage::help);
    app.add_option("--data-dir", global.data_dir, "where state, database, images and logs live")->capture_default_str();
    app.add_option("--chdir", global.chdir, "change to this folder first");
  }

  CLI::App* command(const std::string& called, const std::string& what, const std::string& example) { return under(&app, called, what, example); }

  static CLI::App* under(CLI::App* parent, const std::string& called, const std::string& what, const std::string& example) {
    CLI::App* made = parent->add_subcommand(called, what);
    made->footer("Example:\n  " + example);
    return made;
  }
};

void add_serve(CommandLine& line, const char* name, const char* what) {
  CLI::App* serve = line.command(name, what, std::string("landfall --data-dir /tmp/lf ") + name + " --port 4570");
  serve->add_option("--port", line.serve.port, "of the AWS endpoint on 127.0.0.1")->capture_default_str()->check(CLI::Range(1, 65535));
  serve->add_option("--region", line.serve.region, "default region")->capture_default_str();
  serve->add_option("--account-id", line.serve.account, "12 digits")->capture_default_str()->check([](const std::string& text) {
    const bool ok = text.size() == 12 && text.find_first_not_of("0123456789") == std::string::npos;
    return ok ? std::string() : fmt::format("'{}' is not an account id of 12 digits", text);
  });
  serve->add_option("--public-pool", line.serve.public_pool, "CIDR block of public addresses (default: a free /24 of 198.18.0.0/15)");
  serve->add_flag("--enforce-iam", line.serve.enforces_iam, "callers may only what their policies allow");
  serve->add_option("--dns-port", line.serve.dns_port, "DNS for this host on 127.0.0.1 (default 4653)");
}

/// Options that Terraform's commands share, with one dash or two as there.
void add_values(CommandLine& line, CLI::App* command) {
  command->add_option("--var", line.terraform.variables, "NAME=VALUE, of a root variable; may be given again")->take_all()->allow_extra_args(false);
  command->add_option("--var-file", line.terraform.variable_files, "a .tfvars file; may be given again")->take_all()->allow_extra_args(false);
}

void add_variables(CommandLine& line, CLI::App* command) {
  add_values(line, command);
  command->add_option("--parallelism", line.terraform.parallelism, "how many things are made at a time")->capture_default_str()->check(CLI::Range(1, 256));
}

void add_inert(CommandLine& line, CLI::App* command) {
  command->add_option("--inert", line.terraform.inert, "types that Landfall does not run: record them all the same; TYPE,TYPE or all; may be given again")->delimiter(',')->take_all()->allow_extra_args(false);
}

void add_lock(CommandLine& line, CLI::App* command) {
  command->add_option("--lock-timeout", line.terraform.lock_timeout, "how long to wait for who holds the state: 30s, 2m")->check([](const std::string& text) {
    const size_t digits = text.find_first_not_of("0123456789.");
    const std::string unit = digits == std::string::npos ? "" : text.substr(digits);
    const bool is_duration = digits != 0 && (unit == "ms" || unit == "s" || unit == "m" || unit == "h" || text == "0");
    return is_duration ? std::string() : fmt::format("'{}' is not a number with ms, s, m or h after it", text);
  });
  command->add_option_function<std::string>("--lock", [&line](const std::string& word) { line.terraform.no_lock = word == "false"; }, "false: do not hold the state; nobody else may work on it meanwhile")->check(CLI::IsMember({"true", "false"}));
}

void add_planning(CommandLine& line, CLI::App* command) {
  add_variables(line, command);
  add_inert(line, command);
  command->add_option("--target", line.terraform.targets, "only this address and what it needs; may be given again")->allow_extra_args(false);
  command->add_option("--replace", line.terraform.replaced, "make this address anew; may be given again")->allow_extra_args(false);
  command->add_option("--exclude", line.terraform.excluded, "leave this address and what needs it alone; may be given again")->allow_extra_args(false);
  command->add_flag("--refresh-only", line.terraform.only_refreshes, "change nothing but the state");
  add_lock(line, command);
  command->add_flag("--compact-warnings", [](int64_t) {}, "no effect: warnings are short");
  command->add_flag("--destroy", line.terraform.is_destroy, "everything is to go");
  command->add_option_function<std::string>("--refresh", [&line](const std::string& word) { line.terraform.no_refresh = word == "false"; }, "false: believe the state, ask nobody")->check(CLI::IsMember({"true", "false"}));
  command->add_flag("--no-color", line.terraform.is_plain, "no colours, on a terminal either");
  command->add_flag("--json", line.terraform.speaks_json, "for programs: what happens, an object a line");
  // Nothing here asks for input; scripts written for Terraform say so.
  command->add_option_function<std::string>("--input", [](const std::string&) {}, "no effect: variables are never asked for")->check(CLI::IsMember({"true", "false"}));
}

/// Terraform takes it at every command.
void add_no_color(CLI::App* command) {
  if (command->get_option_no_throw("--no-color") == nullptr) command->add_flag("--no-color", [](int64_t) {}, "no effect: output has no colours");
  for (CLI::App* inner : command->get_subcommands([](const CLI::App*) { return true; })) add_no_color(inner);
}

/// The last word of 0.11: the root's folder, where everything of it is, as with --chdir. Files that options name are found from here.
void add_folder(CommandLine& line, CLI::App* command) {
  command->add_option("folder", line.terraform.folder, "of the root module (default: this one)")->check(CLI::ExistingDirectory);
}

void add_exec(CommandLine& line) {
  CLI::App* exec = line.command("exec", "Run a command in a container of a running task, as root", "landfall exec 0f3c8d2a -- cat /etc/hosts");
  exec->add_option("task", line.name, "id of the task, or its first 6 digits or more")->required();
  exec->add_option("--container", line.container, "needed if the task has several");
  exec->add_flag("-i,--interactive", line.is_interactive, "not supported yet: a terminal");
  exec->add_option("command", line.words, "after --: the command and its words")->required();
}

void add_terraform(CommandLine& line) {
  CLI::App* up = line.command("up", "Apply each root in order and wait until everything is steady", "landfall up examples/matabit/vpc examples/matabit/ecs");
  up->add_option("roots", line.terraform.roots, "folders of root modules")->required()->check(CLI::ExistingDirectory);
  up->add_option("--wait", line.terraform.wait_seconds, "seconds until it is called stuck")->capture_default_str()->check(CLI::Range(1, 86400));
  add_variables(line, up);
  add_inert(line, up);
  up->add_option("--port", line.serve.port, "of the daemon, if one is started")->capture_default_str()->check(CLI::Range(1, 65535));
  up->add_option("--dns-port", line.serve.dns_port, "of the daemon, if one is started");
  up->add_option("--region", line.serve.region, "of the daemon, if one is started")->capture_default_str();
  up->add_option("--public-pool", line.serve.public_pool, "of the daemon, if one is started");
  CLI::App* down = line.command("down", "Destroy what each root made, the last one first", "landfall down examples/matabit/vpc examples/matabit/ecs");
  down->add_option("roots", line.terraform.roots, "folders of root modules")->required()->check(CLI::ExistingDirectory);
  add_variables(line, down);
  add_inert(line, down);
  CLI::App* plan = line.command("plan", "What an apply would change", "landfall --chdir examples/matabit/vpc plan -detailed-exitcode");
  add_planning(line, plan);
  plan->add_option("--out", line.terraform.out, "keep the plan in this file, for apply");
  plan->add_flag("--detailed-exitcode", line.terraform.has_detailed_exit_code, "exit code 2 if there are changes");
  add_folder(line, plan);
  for (const char* name : {"apply", "destroy"}) {
    const bool destroys = std::string_view(name) == "destroy";
    CLI::App* apply = line.command(name, destroys ? "Destroy everything that the root made" : "Make it so", std::string("landfall --chdir examples/matabit/vpc ") + name + " -auto-approve");
    add_planning(line, apply);
    apply->add_flag("--auto-approve", line.terraform.is_approved, "do not ask");
    if (destroys) {
      apply->add_flag("--force", line.terraform.is_approved, "do not ask, as until 0.14");
      add_folder(line, apply);
    } else {
      apply->add_option("plan", line.terraform.words, "a file of plan -out: do exactly that, without a question; or the folder of the root module")->expected(1);
    }
  }
  CLI::App* refresh = line.command("refresh", "Take over into the state what is there; apply -refresh-only without a question", "landfall refresh");
  add_planning(line, refresh);
  add_folder(line, refresh);
  CLI::App* format = line.command("fmt", "Lay files out in the usual way", "landfall fmt -check -diff -recursive");
  format->add_option("targets", line.format.targets, "files and folders (default: this folder), or - for standard input");
  const auto word = [&](const char* name, bool& into, const char* what) {
    format->add_option_function<std::string>(name, [&into](const std::string& given) { into = given != "false"; }, what)->expected(0, 1)->default_str("true")->check(CLI::IsMember({"true", "false"}));
  };
  word("--list", line.format.lists, "name the files that differ (default: true)");
  word("--write", line.format.writes, "write them (default: true)");
  format->add_flag("--diff", line.format.shows_difference, "show what differs");
  format->add_flag("--check", line.format.only_checks, "write nothing; exit code 3 if anything differs");
  format->add_flag("--recursive", line.format.is_recursive, "folders in folders too");
  CLI::App* hcl = line.command("hcl", "Files in HashiCorp's configuration language", "landfall hcl decode --spec app.hcldec app.hcl");
  hcl->require_subcommand(1);
  CLI::App* decode = line.under(hcl, "decode", "A file as JSON, by an hcldec specification", "landfall hcl decode --spec app.hcldec app.hcl");
  decode->add_option("-s,--spec", line.decode.spec, "the specification")->required();
  decode->add_option("-o,--out", line.decode.out, "write here instead of standard output");
  decode->add_option("-V,--vars", line.decode.variables, "variables: a JSON object, or a file; may be given again")->allow_extra_args(false);
  decode->add_option_function<std::string>("--diags", [&line](const std::string&) { line.decode.as_json = true; }, "format of problems")->check(CLI::IsMember({"json"}));
  decode->add_flag("--with-type", line.decode.has_type, "the value and its type");
  decode->add_flag("--keep-nulls", line.decode.keeps_nulls, "members that are null too");
  decode->add_flag("--var-refs", line.decode.shows_references, "the variables that the files refer to, instead");
  decode->add_option("files", line.decode.files, "read as one (default: standard input)");
  CLI::App* console = line.command("console", "Values of the expressions on standard input", "echo 'cidrsubnet(\"10.0.0.0/16\", 8, 2)' | landfall console");
  add_variables(line, console);
  CLI::App* output = line.command("output", "Outputs of the root, or one of them", "landfall --chdir examples/matabit/ecs output -raw url");
  output->add_option("name", line.terraform.name, "of one output");
  output->add_flag("--json", line.terraform.as_json, "for programs");
  output->add_flag("--raw", line.terraform.is_raw, "the text alone");
  CLI::App* show = line.command("show", "The state, or a state or plan in a file", "landfall show -json p.plan");
  show->add_option("file", line.terraform.words, "a state, or what plan -out wrote (default: the current state)")->expected(1);
  show->add_flag("--json", line.terraform.as_json, "for programs");
  show->add_flag("--no-color", line.terraform.is_plain, "no colours, on a terminal either");
  CLI::App* state = line.command("state", "What the state holds", "landfall state show aws_vpc.default");
  state->require_subcommand(1);
  line.under(state, "list", "The addresses", "landfall --chdir examples/matabit/vpc state list")->add_option("addresses", line.terraform.words, "only these and what they hold");
  line.under(state, "show", "One instance", "landfall --chdir examples/matabit/vpc state show aws_vpc.default")->add_option("address", line.terraform.name, "aws_vpc.default")->required();
  line.under(state, "mv", "Give what is in the state another address", "landfall state mv aws_vpc.a aws_vpc.b")->add_option("addresses", line.terraform.words, "from, to")->required()->expected(2);
  line.under(state, "rm", "Forget; nothing is destroyed", "landfall state rm aws_vpc.a")->add_option("addresses", line.terraform.words, "what to forget")->required();
  line.under(state, "pull", "The state as it is kept", "landfall state pull > copy.tfstate");
  CLI::App* push = line.under(state, "push", "Keep this state instead", "landfall state push copy.tfstate");
  push->add_option("file", line.terraform.words, "a state file, or - for standard input")->required()->expected(1);
  push->add_flag("--force", line.terraform.is_approved, "though it is older, or of another lineage");
  for (const auto& [name, what] : {std::pair{"taint", "Make an instance anew at the next apply"}, std::pair{"untaint", "Take a taint back"}}) {
    line.command(name, what, std::string("landfall ") + name + " aws_eip.a")->add_option("address", line.terraform.words, "of one instance")->required()->expected(1);
  }
  CLI::App* import = line.command("import", "Take into the state what is there already", "landfall import aws_vpc.main vpc-0a1b2c3d");
  add_variables(line, import);
  add_lock(line, import);
  add_inert(line, import);
  import->add_option("words", line.terraform.words, "address and id")->required()->expected(2);
  CLI::App* unlock = line.command("force-unlock", "Take a lock away that nobody holds any more", "landfall force-unlock ID");
  unlock->add_option("id", line.terraform.words, "of the lock")->required()->expected(1);
  unlock->add_flag("--force", [](int64_t) {}, "no effect: nothing is asked");
  CLI::App* validate = line.command("validate", "Whether the configuration is valid", "landfall validate -json");
  add_inert(line, validate);
  add_values(line, validate);
  validate->add_option_function<std::string>("--check-variables", [](const std::string&) {}, "no effect: variables need no value here")->check(CLI::IsMember({"true", "false"}));
  add_folder(line, validate);
  validate->add_flag("--json", line.terraform.as_json, "for programs");
  line.command("graph", "What needs what, for Graphviz", "landfall graph | dot -Tsvg");
  CLI::App* providers = line.command("providers", "The providers that the configuration needs", "landfall providers");
  line.under(providers, "schema", "The arguments and attributes of what Landfall carries of them", "landfall providers schema -json")->add_flag("--json", line.terraform.as_json, "as JSON, the only form there is")->required();
  CLI::App* init = line.command("init", "Install the modules that the root calls", "landfall init --module-mirror /srv/modules");
  add_values(line, init);
  init->add_option("--module-mirror", line.mirror, "folder with copies of modules, under their sources")->envname("LANDFALL_MODULE_MIRROR");
  init->add_option_function<std::string>("--input", [](const std::string&) {}, "no effect: nothing is asked");
  init->add_option("--backend-config", line.terraform.backend_settings, "NAME=VALUE or a file of them: arguments of the backend, before those of its block; kept")->take_all();
  init->add_flag("--reconfigure", line.terraform.forgets_backend, "forget what -backend-config said before");
  init->add_option_function<std::string>("--backend", [&line](const std::string& word) { line.terraform.uses_backend = word == "true"; }, "false: leave the backend alone")->check(CLI::IsMember({"true", "false"}));
  init->add_flag("--migrate-state,--force-copy", line.terraform.migrates_state, "copy what terraform.tfstate holds into the backend that the root has now, without a question");
  add_lock(line, init);
  for (const char* name : {"--get", "--get-plugins", "--verify-plugins", "--plugin-dir", "--lockfile"}) init->add_option_function<std::string>(name, [](const std::string&) {}, "no effect: there are no plugins, and modules are always installed");
  init->add_flag("--upgrade", line.terraform.fetches_again, "fetch modules that are installed already");
  add_folder(line, init);
  CLI::App* get = line.command("get", "Install the modules that the root calls; init without a backend", "landfall get");
  add_values(line, get);
  get->add_option("--module-mirror", line.mirror, "folder with copies of modules, under their sources")->envname("LANDFALL_MODULE_MIRROR");
  get->add_flag("--upgrade,--update", line.terraform.fetches_again, "fetch modules that are installed already");
  add_folder(line, get);
  line.command("version", "Whose language and files these are", "landfall version")->add_flag("--json", line.as_json, "for programs");
  CLI::App* workspace = line.command("workspace", "Several states of one root", "landfall workspace new staging");
  workspace->require_subcommand(1);
  line.under(workspace, "list", "The workspaces there are", "landfall workspace list");
  line.under(workspace, "show", "The one that is selected", "landfall workspace show");
  line.under(workspace, "new", "Make one and select it", "landfall workspace new staging")->add_option("name", line.name, "of the workspace")->required();
  line.under(workspace, "select", "Work on another one", "landfall workspace select staging")->add_option("name", line.name, "of the workspace")->required();
  line.under(workspace, "delete", "Delete one whose state is empty", "landfall workspace delete staging")->add_option("name", line.name, "of the workspace")->required();
  for (CLI::App* made : line.app.get_subcommands([](const CLI::App*) { return true; })) add_no_color(made);
}

std::string terraform_support() {
  terraform::Provider provider;
  terraform::register_aws(provider);
  terraform::register_utilities(provider);
  return terraform::support_table(provider);
}

/// Terraform's options have one dash.
std::vector<std::string> with_two_dashes(std::vector<std::string> words) {
  static const std::set<std::string, std::less<>> names{"var", "var-file", "inert", "parallelism", "target", "replace", "destroy", "refresh", "no-color", "input", "lock", "compact-warnings", "migrate-state", "force-copy", "get", "plugin-dir", "lockfile", "detailed-exitcode", "auto-approve", "json", "raw", "chdir", "exclude", "refresh-only", "lock-timeout", "out", "force", "module-mirror", "upgrade", "update", "reconfigure", "backend", "backend-config", "list", "write", "diff", "check", "recursive", "get-plugins", "verify-plugins", "check-variables"};
  for (std::string& word : words) {
    if (word == "--") break;
    if (word.size() > 2 && word[0] == '-' && word[1] != '-' && names.contains(word.substr(1, word.find('=') - 1))) word.insert(0, "-");
  }
  return words;
}

std::string chosen_of(const CommandLine& line) { return line.app.get_subcommands().at(0)->get_name(); }

/// As with --chdir, but that files which the command line names are found from where it was written.
void start_in_folder(CommandLine& line) {
  const std::filesystem::path from = line.global.chdir.empty() ? "." : line.global.chdir;
  const auto whole = [&](std::string& file) {
    if (!file.empty()) file = std::filesystem::absolute(from / file).string();
  };
  for (std::string& file : line.terraform.variable_files) whole(file);
  for (std::string& setting : line.terraform.backend_settings) {
    if (setting.find('=') == std::string::npos) whole(setting);
  }
  whole(line.terraform.out);
  whole(line.mirror);
  line.global.chdir = (from / line.terraform.folder).string();
}

int dispatch(CommandLine& line, const Entrypoints& entrypoints) {
  const std::string chosen = chosen_of(line);
  line.serve.data_dir = line.global.data_dir;
  if (chosen == "serve") return serve_command(line.global, line.serve, entrypoints);
  if (chosen == "start") return start_command(line.serve);
  if (chosen == "stop") return stop_command(line.global, line.purge);
  if (chosen == "status") return status_command(line.global, line.as_json);
  if (chosen == "why") return why_command(line.global, line.words, line.as_json);
  if (chosen == "logs") return logs_command(line.global, line.name, line.follow);
  if (chosen == "exec") return exec_command(line.global, line.name, line.container, line.words, line.is_interactive);
  if (chosen == "image") return image_push_command(line.global, line.container, line.name);
  if (chosen == "reset") return reset_command(line.global);
  if (chosen == "events") return events_command(line.global, line.follow, line.as_json);
  if (chosen == "terraform") return own_terraform_command(line.global, line.words);
  if (chosen == "env") return env_command(line.global);
  if (chosen == "ca") return ca_command(line.global);
  if (chosen == "alb") return entrypoints.alb(line.name);
  ::mallopt(M_ARENA_MAX, 2);  // the engine's threads take turns: memory that one of them freed is there for the next
  if (chosen == "up") return up_command(line.global, line.serve, line.terraform);
  if (chosen == "down") return down_command(line.global, line.terraform);
  if (chosen == "plan") return plan_command(line.global, line.terraform);
  if (chosen == "destroy") line.terraform.is_destroy = true;
  if (chosen == "refresh") {
    line.terraform.only_refreshes = line.terraform.is_approved = true;
    return apply_command(line.global, line.terraform);
  }
  if (chosen == "apply" || chosen == "destroy") return apply_command(line.global, line.terraform);
  if (chosen == "taint" || chosen == "untaint") return taint_command(line.global, line.terraform, chosen == "taint");
  if (chosen == "import") return import_command(line.global, line.terraform);
  if (chosen == "force-unlock") return force_unlock_command(line.global, line.terraform);
  if (chosen == "validate") return validate_command(line.global, line.terraform);
  if (chosen == "graph") return graph_command(line.global, line.terraform);
  if (chosen == "providers" && !line.app.get_subcommands()[0]->get_subcommands().empty()) return providers_schema_command(line.global, line.terraform);
  if (chosen == "providers") return providers_command(line.global, line.terraform);
  if (chosen == "version") return version_command(line.as_json);
  if (chosen == "get") line.terraform.uses_backend = false;
  if (chosen == "init" || chosen == "get") return init_command(line.global, line.terraform, line.mirror);
  if (chosen == "workspace") return workspace_command(line.app.get_subcommands()[0]->get_subcommands().at(0)->get_name(), line.name);
  if (chosen == "hcl") return hcl_decode_command(line.decode);
  if (chosen == "fmt") return format_command(line.format);
  if (chosen == "console") return console_command(line.global, line.terraform);
  if (chosen == "show") return show_command(line.global, line.terraform);
  if (chosen == "output") {
    line.terraform.only_state = true;
    return output_command(line.global, line.terraform);
  }
  if (chosen == "state") {
    const std::string what = line.app.get_subcommands()[0]->get_subcommands().at(0)->get_name();
    if (what == "mv") return state_move_command(line.global, line.terraform);
    if (what == "rm") return state_remove_command(line.global, line.terraform);
    if (what == "pull") return state_pull_command(line.global, line.terraform);
    if (what == "push") return state_push_command(line.global, line.terraform);
    line.terraform.only_state = true;
    return what == "list" ? state_list_command(line.global, line.terraform) : state_show_command(line.global, line.terraform);
  }
  if (chosen == "support") return std::fputs((entrypoints.support() + terraform_support()).c_str(), stdout) < 0 ? 1 : 0;
  return confirm_command(line.global, line.name);
}

}  // namespace

int complain(const Error& error) {
  std::fprintf(stderr, "error: %s\n", error.message().c_str());
  return 1;
}

/// What is said of a word where a command was wanted; "" if that is not what is wrong.
std::string unknown_command(const CLI::App& app) {
  const CLI::App* at = &app;
  while (!at->get_subcommands().empty()) at = at->get_subcommands()[0];
  const std::vector<std::string> rest = at->remaining();
  if (at->get_require_subcommand_min() == 0 || rest.empty() || rest[0].starts_with('-')) return "";
  std::vector<std::string> known;
  for (const CLI::App* command : at->get_subcommands([](const CLI::App*) { return true; })) known.push_back(command->get_name());
  const std::string near = nearest(rest[0], known);
  return fmt::format("unknown command \"{}\"{}; `{} --help` lists the commands", rest[0], near.empty() ? "" : fmt::format("; did you mean \"{}\"?", near), at == &app ? "landfall" : "landfall " + at->get_name());
}

int run(const std::vector<std::string>& arguments, const Entrypoints& entrypoints) {
  CommandLine line;
  add_terraform(line);
  add_exec(line);
  add_serve(line, "serve", "Run the daemon in the foreground");
  add_serve(line, "start", "Run the daemon in the background, if none runs");
  line.command("stop", "End the daemon; containers and load balancers keep serving", "landfall stop")
      ->add_flag("--purge", line.purge, "take everything away first");
  line.command("status", "What is served and how it is", "landfall status --json")->add_flag("--json", line.as_json, "for programs");
  CLI::App* why = line.command("why", "Why something is not as wanted", "landfall why https://staging.matabit.org/");
  why->add_option("thing", line.words, "service/NAME, task/ID, URL, ARN, Terraform address, or 'apply'; everything if left out");
  why->add_flag("--json", line.as_json, "for programs");
  CLI::App* logs = line.command("logs", "What a service's containers wrote", "landfall logs matabit-prod-service --follow");
  logs->add_option("service", line.name, "service or task id")->required();
  logs->add_flag("--follow,-f", line.follow, "go on until interrupted");
  CLI::App* image = line.command("image", "Images of the registry", "landfall image push build/web.tar web:v1");
  image->require_subcommand(1);
  CLI::App* push = line.under(image, "push", "Push an image from disk into the registry", "docker save app:v1 -o app.tar && landfall image push app.tar app:v1");
  push->add_option("image", line.container, "OCI image layout (folder or tar), or what `docker save` wrote")->required();
  push->add_option("name", line.name, "NAME:TAG, or with any registry's host before it as a container definition names it: docker.io/nginx:latest")->required();
  line.command("reset", "Empty everything: containers, networks, records; the daemon keeps running", "landfall reset");
  CLI::App* events = line.command("events", "Calls of the AWS endpoint: who, what, when, result", "landfall events --follow");
  events->add_flag("--follow,-f", line.follow, "go on until interrupted");
  events->add_flag("--json", line.as_json, "one CloudTrail-like object a line");
  line.command("terraform", "Your own terraform (or tofu) against the daemon", "landfall terraform -- apply -auto-approve")
      ->add_option("words", line.words, "after --: what terraform gets")->required();
  line.command("env", "Shell exports for the aws CLI and SDKs", "eval \"$(landfall env)\"");
  line.command("ca", "Path of the root certificate", "curl --cacert \"$(landfall ca)\" https://www.matabit.org/");
  line.command("alb", "The load balancer alone", "landfall alb --config config.json")
      ->add_option("--config", line.name, "its configuration (docs/formats/alb-config.md); read again whenever it is replaced")->required();
  line.command("support", "What is carried: operations of the AWS endpoint, resource types of the Terraform engine", "landfall support > docs/support.md");
  line.command("confirm-certificate", "Say that a certificate is validated: the e-mail was answered, or its records stand in a DNS elsewhere", "landfall confirm-certificate ARN")
      ->add_option("arn", line.name, "of the certificate")->required();
  const std::vector<std::string> words = with_two_dashes(arguments);
  std::vector<std::string> reversed(words.rbegin(), words.rend());
  try {
    line.app.parse(reversed);
  } catch (const CLI::ParseError& error) {
    if (const std::string unknown = unknown_command(line.app); !unknown.empty()) {
      std::fprintf(stderr, "error: %s\n", unknown.c_str());
      return 2;
    }
    return line.app.exit(error) == 0 ? 0 : 2;
  }
  std::error_code moved;
  if (line.terraform.words.size() == 1 && chosen_of(line) == "apply" && std::filesystem::is_directory(line.terraform.words[0])) line.terraform.folder = std::exchange(line.terraform.words, {})[0];
  if (!line.terraform.folder.empty()) start_in_folder(line);
  if (!line.global.chdir.empty()) std::filesystem::current_path(line.global.chdir, moved);
  if (moved) return complain({.code = "Chdir", .what = fmt::format("--chdir {}: {}", line.global.chdir, moved.message())});
  line.global.data_dir = std::filesystem::absolute(line.global.data_dir);
  return dispatch(line, entrypoints);
}

}  // namespace landfall::cli
