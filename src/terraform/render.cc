#include "terraform/render.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/json.h"
#include "hcl/value_json.h"
#include "terraform/difference_text.h"
#include "terraform/state_value.h"
#include "terraform/value_mirror.h"

namespace landfall::terraform {
namespace {

std::string verdict(const PlannedChange& change, const Paint& paint) {
  const std::string replaced = paint.bold(paint.red("replaced"));
  switch (change.action) {
    case Action::create: return "will be created";
    case Action::read: return "will be read during apply";
    case Action::update: return "will be updated in-place";
    case Action::replace:
      if (change.reason == Reason::tainted) return fmt::format("is tainted, so it must be {}", replaced);
      if (change.reason == Reason::by_request) return fmt::format("will be {}, as requested", replaced);
      if (change.reason == Reason::by_triggers) return fmt::format("will be {} due to changes in replace_triggered_by", replaced);
      return fmt::format("must be {}", replaced);
    case Action::remove: return fmt::format("will be {}", paint.bold(paint.red("destroyed")));
    case Action::forget: return "will no longer be managed by Terraform, but will not be destroyed";
    case Action::none: return "";
  }
  return "";
}

/// What stands in brackets below the verdict. Source  Terraform 1.11, command/jsonformat.
std::string explanation(const PlannedChange& change) {
  const std::string key = change.address.key.suffix();
  switch (change.reason) {
    case Reason::no_resource_config: return fmt::format("because {} is not in configuration", change.address.block.text());
    case Reason::no_module: return fmt::format("because {} is not in configuration", change.address.block.module);
    case Reason::wrong_repetition: return change.address.key.kind == Key::Kind::none ? "because resource uses count or for_each" : change.address.key.kind == Key::Kind::number ? "because resource does not use count" : "because resource does not use for_each";
    case Reason::count_index: return fmt::format("because index {} is out of range for count", key);
    case Reason::each_key: return fmt::format("because key {} is not in for_each map", key);
    case Reason::config_unknown: return "config refers to values not yet known";
    case Reason::dependency_pending: return "depends on a resource or a module with changes pending";
    case Reason::none:
    case Reason::cannot_update:
    case Reason::tainted:
    case Reason::by_request:
    case Reason::by_triggers: return change.action == Action::forget ? "destroy = false is set in the configuration" : "";
  }
  return "";
}

std::string header(const Address& address) { return fmt::format("{} \"{}\" \"{}\"", address.block.is_data ? "data" : "resource", address.block.type, address.block.name); }

std::string change_text(const PlannedChange& change, const Schema& schema, const Plan& plan, const Paint& paint) {
  std::string text = paint.bold("  # " + change.address.text()) + " " + verdict(change, paint) + "\n";
  if (const auto moved = plan.moved.find(change.address); moved != plan.moved.end()) text += fmt::format("  # (moved from {})\n", moved->second.text());
  if (const std::string why = explanation(change); !why.empty()) text += fmt::format("  # ({})\n", why);
  const bool begins = change.action == Action::create || change.action == Action::read, ends = change.action == Action::remove || change.action == Action::forget;
  const Difference difference = difference_of(schema, begins ? Value() : change.prior, ends ? Value() : change.planned, change.replaced_by);
  return text + action_symbol(change.action, change.creates_first, paint) + " " + header(change.address) + " " + difference_text(difference, paint) + "\n";
}

std::string outputs_text(const Plan& plan, const Paint& paint) {
  std::string text;
  size_t width = 0;
  for (const auto& [name, output] : plan.outputs) width = std::max(width, name.size());
  for (const auto& [name, output] : plan.outputs) {
    if (!output.is_change()) continue;
    const auto hidden = [&](const Value& value) { return output.is_sensitive ? value.sensitive() : value; };
    const bool has_after = !(output.after.is_known() && output.after.is_null());
    const Value before = hidden(output.before), after = hidden(output.after);
    const Difference difference = difference_of(output.before.is_null() ? nullptr : &before, has_after ? &after : nullptr);
    text += fmt::format("{} {:<{}} = {}\n", action_symbol(difference.action, false, paint), name, width, difference_text(difference, paint));
  }
  return text.empty() ? "" : "\nChanges to Outputs:\n" + text;
}

/// The signs that a plan uses, each with what it means.
std::string legend(const Plan& plan, const Paint& paint) {
  std::string lines;
  const auto explain = [&](Action action, bool creates_first, const char* what) {
    const bool is_used = std::ranges::any_of(plan.changes, [&](const auto& entry) { return entry.second.action == action && (action != Action::replace || entry.second.creates_first == creates_first); });
    if (is_used) lines += fmt::format("{} {}\n", action_symbol(action, creates_first, paint), what);
  };
  explain(Action::create, false, "create");
  explain(Action::update, false, "update in-place");
  explain(Action::remove, false, "destroy");
  explain(Action::replace, false, "destroy and then create replacement");
  explain(Action::replace, true, "create replacement and then destroy");
  explain(Action::read, false, "read (data resources)");
  explain(Action::forget, false, "forget");
  return lines;
}

}  // namespace

std::string render_plan(const Plan& plan, const Provider& provider, bool has_colours) {
  const Paint paint{has_colours};
  if (!plan.has_changes()) {
    const std::string said = plan.is_destroy ? "No changes. No objects need to be destroyed." : "No changes. Your infrastructure matches the configuration.";
    return "\n" + (has_colours ? paint.bold(paint.green("No changes.")) + paint.bold(said.substr(11)) : said) + "\n";
  }
  std::string text;
  int shown = 0;
  for (const auto& [to, from] : plan.moved) {
    const auto change = plan.changes.find(to);
    if (change == plan.changes.end() || change->second.action == Action::none) text += "\n" + paint.bold("  # " + from.text()) + fmt::format(" has moved to {}\n", paint.bold(to.text()));
  }
  for (const auto& [address, change] : plan.changes) {
    if (!change.imported.empty()) text += "\n" + paint.bold("  # " + address.text()) + fmt::format(" will be imported [id={}]\n", change.imported);
    const Schema* schema = provider.schema(address.block.is_data, address.block.type);
    if (change.action == Action::none || schema == nullptr) continue;
    text += "\n" + change_text(change, *schema, plan, paint);
    ++shown;
  }
  std::string head;
  if (shown > 0) head = "\nLandfall used the selected providers to generate the following execution\nplan. Resource actions are indicated with the following symbols:\n" + legend(plan, paint) + "\nLandfall will perform the following actions:\n";
  const int replaced = plan.count(Action::replace);
  const std::string sum = "\n" + paint.bold("Plan:") + fmt::format(" {} to add, {} to change, {} to destroy.\n", plan.count(Action::create) + replaced, plan.count(Action::update), plan.count(Action::remove) + replaced + static_cast<int>(plan.state.deposed.size()));
  return head + text + (shown > 0 ? sum : "") + outputs_text(plan, paint);
}

std::string render_instance_text(const Address& address, const StateInstance& instance, const Provider& provider, bool has_colours) {
  const Schema* schema = provider.schema(address.block.is_data, address.block.type);
  const auto value = schema == nullptr ? value_of_instance(instance) : value_of_instance(instance, *schema);
  if (!value) return "";
  const Value shown = schema == nullptr ? *value : with_schema_marks(*value, *schema);
  const Difference difference = schema == nullptr ? difference_of(&shown, &shown) : difference_of(*schema, shown, shown, {});
  return fmt::format("# {}:{}\n{} {}\n", address.text(), instance.is_tainted ? " (tainted)" : "", header(address), value_text(difference, Paint{has_colours}));
}

std::string render_state_text(const State& state, const Provider& provider, bool has_colours) {
  if (state.is_empty()) return "No state.\n";
  const Paint paint{has_colours};
  std::string text, module;
  for (const auto& [address, instance] : state.instances) {
    if (address.block.module != module) text += "\n";
    module = address.block.module;
    if (const std::string shown = render_instance_text(address, instance, provider, has_colours); !shown.empty()) text += shown + "\n";
  }
  if (state.outputs.empty()) return text;
  text += "\nOutputs:\n\n";
  for (const auto& [name, output] : state.outputs) {
    const hcl::Type type = hcl::type_from_json(parse_json(output.type).value_or(json::value("dynamic"))).value_or(hcl::Type::dynamic());
    const Value value = hcl::from_json(output.value, type).value_or(Value());
    text += fmt::format("{} = {}\n", name, output.is_sensitive ? "(sensitive value)" : value_text(difference_of(&value, &value, type), paint));
  }
  return text;
}

std::string render_output(const Value& value, bool is_sensitive) { return is_sensitive ? "<sensitive>" : to_console(value); }

}  // namespace landfall::terraform
