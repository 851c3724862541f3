#include "cli/terraform_commands.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iostream>

#include <fmt/format.h>

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/root_session.h"
#include "cli/steady.h"
#include "terraform/inert.h"
#include "hcl/value_json.h"
#include "terraform/refactor.h"
#include "terraform/render.h"
#include "terraform/saved_plan.h"

namespace landfall::cli {
namespace {

void print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

constexpr std::chrono::seconds kLockLimit{120};  // of up and down: another one is soon done

/// "yes", typed. Without a terminal the answer can only be given by -auto-approve.
bool is_confirmed(const TerraformArguments& arguments, bool is_destroy) {
  if (arguments.is_approved) return true;
  print(is_destroy ? "\nDo you really want to destroy all resources?\n  Only 'yes' will be accepted to confirm.\n\n  Enter a value: "
                   : "\nDo you want to perform these actions?\n  Only 'yes' will be accepted to approve.\n\n  Enter a value: ");
  std::string answer;
  std::getline(std::cin, answer);
  if (trim(answer) == "yes") return true;
  std::fprintf(stderr, "\n%s cancelled.\n", is_destroy ? "Destroy" : "Apply");
  return false;
}

terraform::PlanOptions plan_options(const TerraformArguments& arguments) {
  return {.is_destroy = arguments.is_destroy, .targets = arguments.targets, .replaced = arguments.replaced, .excluded = arguments.excluded, .only_refreshes = arguments.only_refreshes};
}

/// "30s", "2m", "500ms": how long to wait for a lock. Nothing given: not at all.
std::chrono::seconds lock_limit(const TerraformArguments& arguments) {
  const std::string& text = arguments.lock_timeout;
  const double number = std::strtod(text.c_str(), nullptr);
  const double unit = text.ends_with("ms") ? 0.001 : text.ends_with("m") ? 60 : text.ends_with("h") ? 3600 : 1;
  return std::chrono::seconds(static_cast<int64_t>(number * unit));
}

/// For the owner alone: a plan holds what is sensitive.
bool save_plan(RootSession& session, terraform::Plan plan, const TerraformArguments& arguments) {
  const auto written = write_file_atomic(arguments.out, terraform::render_saved_plan(session.engine().save(std::move(plan))), 0600);
  if (!written) session.voice().failure(written.error());
  if (written && !arguments.speaks_json) print(fmt::format("\nSaved the plan to: {0}\n\nTo perform exactly these actions, run the following command to apply:\n    landfall apply \"{0}\"\n", arguments.out));
  return written.has_value();
}

/// Before there is a session. Returns 1.
int refuse(const TerraformArguments& arguments, std::string summary, std::string detail) {
  make_voice(arguments)->problems({{.summary = std::move(summary), .detail = std::move(detail)}});
  return 1;
}

/// What a saved plan has settled already. "": nothing of it is given.
std::string settled_option(const TerraformArguments& arguments) {
  if (!arguments.targets.empty()) return "-target";
  if (!arguments.excluded.empty()) return "-exclude";
  if (!arguments.replaced.empty()) return "-replace";
  if (arguments.is_destroy) return "-destroy";
  if (arguments.only_refreshes) return "-refresh-only";
  return arguments.no_refresh ? "-refresh" : "";
}

/// Exactly what was planned, whatever the files say now; nothing is asked.
int apply_saved_plan(const Global& global, const TerraformArguments& arguments) {
  const std::string& path = arguments.words[0];
  if (const std::string option = settled_option(arguments); !option.empty()) return refuse(arguments, fmt::format("{} cannot be used when applying a saved plan", option), fmt::format("The plan in {} holds what was settled when it was made; to settle it anew, plan again.", path));
  const std::string summary = fmt::format("Failed to load \"{}\" as a plan file", path);
  const auto text = read_file(path);
  if (!text) return refuse(arguments, summary, text.error().message());
  const auto saved = terraform::parse_saved_plan(*text, path);
  if (!saved) return refuse(arguments, summary, saved.error().message());
  const auto session = RootSession::open_here(global, arguments, &*saved);
  terraform::Plan plan;
  if (!session || !session->lock_to_change(lock_limit(arguments)) || !session->take_up(plan) || !session->apply(plan)) return 1;
  if (const auto state = session->engine().read_state(); state && !plan.is_destroy) session->voice().outputs(*state, session->engine().provider());
  return 0;
}

bool apply_root(const DaemonClient& daemon, const std::filesystem::path& directory, const TerraformArguments& arguments) {
  const auto session = RootSession::open(daemon, daemon.data_dir(), directory, arguments, true);
  if (!session || !session->lock_to_change(kLockLimit)) return false;
  terraform::Plan plan;
  if (!session->plan({}, plan)) return false;
  using terraform::Action;
  const int replaced = plan.count(Action::replace);
  print(fmt::format("{}: {} to add, {} to change, {} to destroy.\n", directory.string(), plan.count(Action::create) + replaced, plan.count(Action::update), plan.count(Action::remove) + replaced));
  if (plan.has_changes() && !session->apply(plan)) return false;
  print(terraform::render_inert(session->engine().provider(), plan));
  return true;
}

bool destroy_root(const DaemonClient& daemon, const std::filesystem::path& directory, const TerraformArguments& arguments) {
  const auto session = RootSession::open(daemon, daemon.data_dir(), directory, arguments, true);
  if (!session || !session->lock_to_change(kLockLimit)) return false;
  terraform::Plan plan;
  if (!session->plan({.is_destroy = true}, plan)) return false;
  print(fmt::format("{}: {} to destroy.\n", directory.string(), plan.count(terraform::Action::remove)));
  return !plan.has_changes() || session->apply(plan);
}

}  // namespace

bool TerraformArguments::has_colours() const { return !is_plain && isatty(STDOUT_FILENO) == 1; }

int up_command(const Global&, const ServeArguments& serve, const TerraformArguments& arguments) {
  const auto daemon = ensure_daemon(serve, [](const std::string& line) { print(line + "\n"); });
  if (!daemon) return complain(daemon.error());
  for (const std::string& root : arguments.roots) {
    if (!apply_root(*daemon, std::filesystem::canonical(root), arguments)) return 1;
  }
  return wait_until_steady(*daemon, std::chrono::seconds(arguments.wait_seconds));
}

int down_command(const Global& global, const TerraformArguments& arguments) {
  const auto daemon = DaemonClient::connect(global.data_dir);
  if (!daemon) return complain(daemon.error());
  for (auto root = arguments.roots.rbegin(); root != arguments.roots.rend(); ++root) {
    if (!destroy_root(*daemon, std::filesystem::canonical(*root), arguments)) return 1;
  }
  return 0;
}

int plan_command(const Global& global, const TerraformArguments& arguments) {
  const auto session = RootSession::open_here(global, arguments);
  if (!session || !session->lock("OperationTypePlan", lock_limit(arguments))) return 1;
  terraform::Plan plan;
  if (!session->plan(plan_options(arguments), plan)) return 1;
  session->voice().plan(plan, session->engine().provider());
  const bool has_changes = plan.has_changes();
  if (!arguments.out.empty() && !save_plan(*session, std::move(plan), arguments)) return 1;
  return arguments.has_detailed_exit_code && has_changes ? 2 : 0;
}

int apply_command(const Global& global, const TerraformArguments& arguments) {
  if (!arguments.words.empty()) return apply_saved_plan(global, arguments);
  if (arguments.speaks_json && !arguments.is_approved) return refuse(arguments, "Plan file or auto-approve required", "Landfall cannot ask for interactive approval when -json is set. You can either apply a saved plan file, or enable the -auto-approve option.");
  const auto session = RootSession::open_here(global, arguments);
  if (!session || !session->lock_to_change(lock_limit(arguments))) return 1;
  terraform::Plan plan;
  if (!session->plan(plan_options(arguments), plan)) return 1;
  session->voice().plan(plan, session->engine().provider());
  if (plan.has_changes() && !is_confirmed(arguments, arguments.is_destroy)) return 1;
  if (!session->apply(plan)) return 1;
  if (const auto state = session->engine().read_state(); state && !arguments.is_destroy) session->voice().outputs(*state, session->engine().provider());
  return 0;
}

int output_command(const Global& global, const TerraformArguments& arguments) {
  const auto session = RootSession::open_here(global, arguments);
  if (!session) return 1;
  const auto state = session->engine().read_state();
  if (!state) return complain(state.error());
  const auto as_json = [](const terraform::StateOutput& output) {
    return json::object{{"sensitive", output.is_sensitive}, {"type", parse_json(output.type).value_or(nullptr)}, {"value", parse_json(output.value).value_or(nullptr)}};
  };
  if (arguments.name.empty()) {
    json::object all;
    std::string text;
    for (const auto& [name, output] : state->outputs) {
      all[name] = as_json(output);
      text += fmt::format("{} = {}\n", name, terraform::render_output(output_value(output), output.is_sensitive));
    }
    if (state->outputs.empty() && !arguments.as_json) std::fprintf(stderr, "warning: %s holds no outputs\n", session->engine().state_place().c_str());
    print(arguments.as_json ? pretty_json(all) + "\n" : text);
    return 0;
  }
  const auto found = state->outputs.find(arguments.name);
  if (found == state->outputs.end()) return complain({.code = "Output.NotFound", .what = fmt::format("output \"{}\" not found in {}", arguments.name, session->engine().state_place())});
  const hcl::Value value = output_value(found->second);
  if (arguments.is_raw) {
    if (!value.has_value() || !value.type().is_primitive()) return complain({.code = "Output.NotText", .what = fmt::format("output \"{}\" is {}; -raw prints a string, a number or a boolean only", arguments.name, value.type().friendly())});
    print(value.is(hcl::Type::Kind::string) ? value.as_string() : hcl::to_json(value));
    return 0;
  }
  print((arguments.as_json ? found->second.value : hcl::to_console(value)) + "\n");
  return 0;
}

int state_list_command(const Global& global, const TerraformArguments& arguments) {
  const auto session = RootSession::open_here(global, arguments);
  if (!session) return 1;
  const auto state = session->engine().read_state();
  if (!state) return complain(state.error());
  for (const auto& [address, instance] : state->instances) {
    const std::string text = address.text();
    if (arguments.words.empty() || std::ranges::any_of(arguments.words, [&](const std::string& outer) { return terraform::covers(outer, text); })) print(text + "\n");
  }
  return 0;
}

int state_show_command(const Global& global, const TerraformArguments& arguments) {
  const auto session = RootSession::open_here(global, arguments);
  if (!session) return 1;
  const auto state = session->engine().read_state();
  if (!state) return complain(state.error());
  for (const auto& [address, instance] : state->instances) {
    if (address.text() != arguments.name) continue;
    print(terraform::render_instance_text(address, instance, session->engine().provider(), arguments.has_colours()));
    return 0;
  }
  return complain({.code = "State.NoInstance", .what = fmt::format("{} holds no instance \"{}\"; `landfall state list` names those it has", session->engine().state_place(), arguments.name)});
}

}  // namespace landfall::cli
