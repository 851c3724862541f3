#include "cli/machine_voice.h"

#include <cstdio>
#include <mutex>

#include <fmt/format.h>

#include "base/clock.h"
#include "cli/diagnostic_json.h"
#include "terraform/json_object.h"
#include "terraform/plan_json.h"

namespace landfall::cli {
namespace {

using terraform::Action;
using terraform::Address;
using terraform::Event;
using terraform::JsonObject;
using terraform::Key;
using terraform::PlannedChange;
using terraform::Reason;

std::string resource_json(const Address& address) {
  Address own = address;
  own.block.module.clear();
  JsonObject object;
  object.add_text("addr", address.text()).add_text("module", address.block.module).add_text("resource", own.text());
  object.add_text("implied_provider", address.block.type.substr(0, address.block.type.find('_'))).add_text("resource_type", address.block.type).add_text("resource_name", address.block.name);
  if (address.key.kind == Key::Kind::text) object.add_text("resource_key", address.key.text);
  else object.add("resource_key", address.key.kind == Key::Kind::number ? std::to_string(address.key.number) : "null");
  return object.text();
}

const char* word_of(Action action) {
  switch (action) {
    case Action::none: return "noop";
    case Action::create: return "create";
    case Action::read: return "read";
    case Action::update: return "update";
    case Action::replace: return "replace";
    case Action::remove: return "delete";
    case Action::forget: return "forget";
  }
  return "";
}

/// Shorter than plan JSON's for what is replaced.
std::string_view reason_word(Reason reason) {
  switch (reason) {
    case Reason::tainted: return "tainted";
    case Reason::by_request: return "requested";
    case Reason::by_triggers: return "replace_triggered_by";
    case Reason::cannot_update: return "cannot_update";
    case Reason::none:
    case Reason::no_resource_config:
    case Reason::wrong_repetition:
    case Reason::count_index:
    case Reason::each_key:
    case Reason::no_module:
    case Reason::config_unknown:
    case Reason::dependency_pending: return terraform::code_of(reason);
  }
  return "";
}

const char* type_of(Event::Kind kind) {
  switch (kind) {
    case Event::Kind::refresh_start: return "refresh_start";
    case Event::Kind::refresh_complete: return "refresh_complete";
    case Event::Kind::apply_start: return "apply_start";
    case Event::Kind::apply_progress: return "apply_progress";
    case Event::Kind::apply_complete: return "apply_complete";
    case Event::Kind::apply_errored: return "apply_errored";
    case Event::Kind::provision_start: return "provision_start";
    case Event::Kind::provision_progress: return "provision_progress";
    case Event::Kind::provision_complete: return "provision_complete";
    case Event::Kind::provision_errored: return "provision_errored";
  }
  return "";
}

std::string hook_json(const Event& event) {
  using Kind = Event::Kind;
  JsonObject hook;
  hook.add("resource", resource_json(event.address));
  const bool is_provision = event.kind == Kind::provision_start || event.kind == Kind::provision_progress || event.kind == Kind::provision_complete || event.kind == Kind::provision_errored;
  if (is_provision) {
    hook.add_text("provisioner", "local-exec");
    if (event.kind == Kind::provision_progress) hook.add_text("output", event.output);
    return hook.text();
  }
  const bool is_refresh = event.kind == Kind::refresh_start || event.kind == Kind::refresh_complete;
  if (!is_refresh) hook.add_text("action", word_of(event.action));
  if (!event.id.empty()) hook.add_text("id_key", "id").add_text("id_value", event.id);
  if (!is_refresh && event.kind != Kind::apply_start) hook.add("elapsed_seconds", std::to_string(event.elapsed_seconds));
  return hook.text();
}

class MachineVoice final : public Voice {
 public:
  MachineVoice() { say("info", fmt::format("Landfall, as Terraform {}", terraform::kFormatOf), "version", [](JsonObject& o) { o.add_text("terraform", terraform::kFormatOf); }, [](JsonObject& o) { o.add_text("ui", "1.2"); }); }

  void line(const std::string& text) override { say("info", text, "log"); }

  void event(const Event& event) override {
    say("info", terraform::event_message(event), type_of(event.kind), [&](JsonObject& o) { o.add("hook", hook_json(event)); });
  }

  void problems(const hcl::Diagnostics& diagnostics) override {
    for (const hcl::Diagnostic& each : diagnostics) {
      const char* level = each.is_error() ? "error" : "warn";
      say(level, fmt::format("{}: {}", each.is_error() ? "Error" : "Warning", each.summary), "diagnostic", [&](JsonObject& o) { o.add("diagnostic", json::serialize(diagnostic_json(each))); });
    }
  }

  void failure(const Error& error) override { problems({{.summary = error.code, .detail = error.message()}}); }

  void plan(const terraform::Plan& plan, const terraform::Provider& provider) override {
    for (const PlannedChange& change : terraform::drift_of(plan, provider)) {
      if (change.action == Action::none) continue;
      say("info", fmt::format("{}: Drift detected ({})", change.address.text(), word_of(change.action)), "resource_drift", [&](JsonObject& o) { o.add("change", change_json(change, plan)); });
    }
    int imported = 0;
    for (const auto& [address, change] : plan.changes) {
      const bool has_moved = plan.moved.contains(address);
      imported += change.imported.empty() ? 0 : 1;
      if (change.action == Action::none && !has_moved && change.imported.empty()) continue;
      const char* what = change.action != Action::none ? word_of(change.action) : has_moved ? "move" : "import";
      say("info", fmt::format("{}: Plan to {}", address.text(), what), "planned_change", [&](JsonObject& o) { o.add("change", change_json(change, plan)); });
    }
    const int replaced = plan.count(Action::replace);
    summary({.added = plan.count(Action::create) + replaced, .changed = plan.count(Action::update), .destroyed = plan.count(Action::remove) + replaced + static_cast<int>(plan.state.deposed.size()), .imported = imported}, "plan");
    JsonObject outputs;
    for (const auto& [name, output] : plan.outputs) {
      const bool ends = output.after.is_known() && output.after.is_null();
      const char* action = output.before == output.after ? "noop" : output.before.is_null() ? "create" : ends ? "delete" : "update";
      outputs.add(name, JsonObject().add_flag("sensitive", output.is_sensitive).add_text("action", action).text());
    }
    say_outputs(outputs, plan.outputs.size());
  }

  void applied(const terraform::Applied& applied, bool is_destroy) override {
    summary({.added = applied.added, .changed = applied.changed, .destroyed = applied.destroyed}, is_destroy ? "destroy" : "apply");
  }

  void outputs(const terraform::State& state, const terraform::Provider&) override {
    JsonObject outputs;
    for (const auto& [name, output] : state.outputs) {
      JsonObject one;
      one.add_flag("sensitive", output.is_sensitive).add("type", terraform::compact_json(output.type));
      if (!output.is_sensitive) one.add("value", terraform::compact_json(output.value));
      outputs.add(name, one.text());
    }
    say_outputs(outputs, state.outputs.size());
  }

 private:
  struct Sum {
    int added = 0, changed = 0, destroyed = 0, imported = 0;
  };

  /// One line. `more` adds what stands before and after the type.
  template <class Before = void (*)(JsonObject&), class After = void (*)(JsonObject&)>
  void say(const char* level, const std::string& message, const char* type, const Before& before = [](JsonObject&) {}, const After& after = [](JsonObject&) {}) {
    const std::lock_guard lock(mutex_);
    JsonObject object;
    object.add_text("@level", level).add_text("@message", message).add_text("@module", "terraform.ui").add_text("@timestamp", iso8601(clock_.wall(), true));
    before(object);
    object.add_text("type", type);
    after(object);
    const std::string text = object.text() + "\n";
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
  }

  static std::string change_json(const PlannedChange& change, const terraform::Plan& plan) {
    const auto moved = plan.moved.find(change.address);
    JsonObject object;
    object.add("resource", resource_json(change.address));
    if (moved != plan.moved.end()) object.add("previous_resource", resource_json(moved->second));
    object.add_text("action", change.action != Action::none ? word_of(change.action) : moved != plan.moved.end() ? "move" : "import");
    if (const std::string_view reason = reason_word(change.reason); !reason.empty()) object.add_text("reason", reason);
    if (!change.imported.empty()) object.add("importing", JsonObject().add_text("id", change.imported).text());
    return object.text();
  }

  void summary(const Sum& sum, const char* operation) {
    const std::string_view what(operation);
    const std::string import = sum.imported == 0 ? "" : fmt::format("{} to import, ", sum.imported);
    const std::string message = what == "plan" ? fmt::format("Plan: {}{} to add, {} to change, {} to destroy.", import, sum.added, sum.changed, sum.destroyed)
                              : what == "destroy" ? fmt::format("Destroy complete! Resources: {} destroyed.", sum.destroyed)
                                                  : fmt::format("Apply complete! Resources: {} added, {} changed, {} destroyed.", sum.added, sum.changed, sum.destroyed);
    JsonObject changes;
    changes.add("add", std::to_string(sum.added)).add("change", std::to_string(sum.changed)).add("import", std::to_string(sum.imported)).add("remove", std::to_string(sum.destroyed)).add_text("operation", operation);
    say("info", message, "change_summary", [&](JsonObject& o) { o.add("changes", changes.text()); });
  }

  void say_outputs(const JsonObject& outputs, size_t count) {
    if (count > 0) say("info", fmt::format("Outputs: {}", count), "outputs", [&](JsonObject& o) { o.add("outputs", outputs.text()); });
  }

  std::mutex mutex_;
  SystemClock clock_;
};

}  // namespace

std::unique_ptr<Voice> make_machine_voice() { return std::make_unique<MachineVoice>(); }

}  // namespace landfall::cli
