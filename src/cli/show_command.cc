#include <cstdio>

#include <fmt/format.h>

#include "base/file.h"
#include "cli/root_session.h"
#include "terraform/plan_json.h"
#include "terraform/render.h"
#include "terraform/saved_plan.h"
#include "terraform/state_json.h"

namespace landfall::cli {
namespace {

int put(const std::string& text) { return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() ? 0 : 1; }

int show_state(const terraform::State& state, const TerraformArguments& arguments) {
  terraform::Provider provider;
  terraform::register_aws(provider);
  terraform::register_utilities(provider);
  return put(arguments.as_json ? terraform::render_state_json(state, provider) + "\n" : terraform::render_state_text(state, provider, arguments.has_colours()));
}

/// Nothing is asked of anybody: what is to be said is in the file.
int show_plan(const Global& global, const TerraformArguments& arguments, const terraform::SavedPlan& saved) {
  terraform::EngineOptions options = engine_options(std::nullopt, global.data_dir, std::filesystem::current_path(), arguments);
  options.is_offline = true;
  options.saved = &saved;
  hcl::Diagnostics diagnostics;
  const auto engine = terraform::Engine::open(options, diagnostics);
  print_diagnostics(diagnostics);
  if (!engine) return 1;
  const auto plan = engine->saved_plan();
  if (!plan) return complain(plan.error());
  return put(arguments.as_json ? terraform::render_plan_json(engine->impl(), *plan) + "\n" : terraform::render_plan(*plan, engine->provider(), arguments.has_colours()));
}

}  // namespace

int show_command(const Global& global, TerraformArguments arguments) {
  if (arguments.words.empty()) {
    arguments.only_state = true;
    const auto session = RootSession::open_here(global, arguments);
    if (!session) return 1;
    const auto state = session->engine().read_state();
    return state ? show_state(*state, arguments) : complain(state.error());
  }
  const std::string& path = arguments.words[0];
  const auto text = read_file(path);
  if (!text) return complain(text.error());
  if (terraform::is_saved_plan(*text)) {
    const auto saved = terraform::parse_saved_plan(*text, path);
    return saved ? show_plan(global, arguments, *saved) : complain(saved.error());
  }
  const auto state = terraform::parse_state(*text, path);
  if (!state) return complain({.code = "Show.Neither", .what = fmt::format("{} is neither a state nor a plan that \"landfall plan -out\" wrote: {}", path, state.error().what)});
  return show_state(*state, arguments);
}

}  // namespace landfall::cli
