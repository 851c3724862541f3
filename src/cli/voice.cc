#include "cli/voice.h"

#include <unistd.h>

#include <cstdio>
#include <mutex>

#include <fmt/format.h>

#include "base/json.h"
#include "cli/machine_voice.h"
#include "cli/root_session.h"
#include "hcl/value_json.h"
#include "terraform/difference_text.h"
#include "terraform/inert.h"
#include "terraform/render.h"

namespace landfall::cli {
namespace {

class HumanVoice final : public Voice {
 public:
  explicit HumanVoice(bool has_colours) : has_colours_(has_colours), is_watched_(isatty(STDOUT_FILENO) == 1) {}

  void line(const std::string& text) override {
    const std::lock_guard lock(mutex_);
    std::fwrite((text + "\n").data(), 1, text.size() + 1, stdout);
    std::fflush(stdout);
  }

  void event(const terraform::Event& event) override {
    // What is refreshed is of interest while it takes time: to who watches.
    using Kind = terraform::Event::Kind;
    const bool is_planned = event.kind == Kind::refresh_start || event.action == terraform::Action::read;
    const std::string text = is_planned && !is_watched_ ? "" : terraform::event_text(event);
    if (!text.empty()) line(terraform::Paint{has_colours_}.bold(text));
  }

  void problems(const hcl::Diagnostics& diagnostics) override { print_diagnostics(diagnostics); }
  void failure(const Error& error) override { complain(error); }
  void plan(const terraform::Plan& plan, const terraform::Provider& provider) override { line(without_end(terraform::render_plan(plan, provider, has_colours_) + terraform::render_inert(provider, plan))); }

  void applied(const terraform::Applied& applied, bool is_destroy) override {
    const std::string text = is_destroy ? fmt::format("Destroy complete! Resources: {} destroyed.", applied.destroyed) : fmt::format("Apply complete! Resources: {} added, {} changed, {} destroyed.", applied.added, applied.changed, applied.destroyed);
    const terraform::Paint paint{has_colours_};
    line("\n" + paint.bold(paint.green(text)));
  }

  void outputs(const terraform::State& state, const terraform::Provider& provider) override {
    print_outputs(state);
    if (const std::string inert = terraform::render_inert(provider, state); !inert.empty()) line(without_end(inert));
  }

 private:
  static std::string without_end(std::string text) {
    if (text.ends_with('\n')) text.pop_back();
    return text;
  }

  const bool has_colours_, is_watched_;
  std::mutex mutex_;
};

}  // namespace

std::unique_ptr<Voice> make_voice(const TerraformArguments& arguments) {
  if (arguments.speaks_json) return make_machine_voice();
  return std::make_unique<HumanVoice>(arguments.has_colours());
}

hcl::Value output_value(const terraform::StateOutput& output) {
  const auto type = parse_json(output.type);
  const hcl::Type parsed = type ? hcl::type_from_json(*type).value_or(hcl::Type::dynamic()) : hcl::Type::dynamic();
  return hcl::from_json(output.value, parsed).value_or(hcl::Value());
}

void print_outputs(const terraform::State& state) {
  if (state.outputs.empty()) return;
  std::string text = "\nOutputs:\n\n";
  for (const auto& [name, output] : state.outputs) text += fmt::format("{} = {}\n", name, terraform::render_output(output_value(output), output.is_sensitive));
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

}  // namespace landfall::cli
