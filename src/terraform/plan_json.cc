#include "terraform/plan_json.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/json.h"
#include "hcl/value_json.h"
#include "terraform/checks.h"
#include "terraform/configuration_json.h"
#include "terraform/json_object.h"
#include "terraform/relevant.h"
#include "terraform/state_json.h"
#include "terraform/state_value.h"
#include "terraform/value_mirror.h"
#include "terraform/variables.h"

namespace landfall::terraform {
namespace {

Value with_marks_of_schema(const Value& value, const Schema* schema) { return schema == nullptr ? value : with_schema_marks(value, *schema); }

/// "network[0].subnet" -> ["network",0,"subnet"]
std::string path_json(std::string_view path) {
  JsonArray steps;
  while (!path.empty()) {
    const size_t end = std::min(path.find_first_of(".["), path.size());
    if (end > 0) steps.add(json_quoted(path.substr(0, end)));
    path.remove_prefix(end);
    if (path.starts_with('[')) {
      const size_t close = std::min(path.find(']'), path.size());
      steps.add(path.substr(1, close - 1));
      path.remove_prefix(std::min(close + 1, path.size()));
    }
    if (path.starts_with('.')) path.remove_prefix(1);
  }
  return steps.text();
}

/// What is before and after one change; null where there is nothing.
std::string change_json(const PlannedChange& change, const Schema* schema) {
  const bool ends = change.action == Action::remove || change.action == Action::forget;
  const Value before = with_marks_of_schema(change.action == Action::create || change.action == Action::read ? Value() : change.prior, schema);
  const Value after = with_marks_of_schema(ends ? Value() : change.planned, schema);
  JsonObject object;
  object.add("actions", actions_json(change)).add("before", known_json(before)).add("after", known_json(after));
  object.add("after_unknown", after.is_wholly_known() ? "{}" : unknown_json(after)).add("before_sensitive", sensitive_json(before)).add("after_sensitive", sensitive_json(after));
  if (!change.replaced_by.empty()) {
    JsonArray paths;
    for (const std::string& path : change.replaced_by) paths.add(path_json(path));
    object.add("replace_paths", paths.text());
  }
  if (!change.imported.empty()) object.add("importing", JsonObject().add_text("id", change.imported).text());
  return object.text();
}

class PlanText {
 public:
  PlanText(const Engine::Impl& impl, const Plan& plan) : impl_(impl), plan_(plan) {}

  std::string write() {
    JsonObject document;
    document.add_text("format_version", "1.2").add_text("terraform_version", kFormatOf);
    if (!impl_.root->variables.empty()) document.add("variables", variables());
    document.add("planned_values", planned_values());
    if (const std::string drift = changes_json(listed_drift()); drift != "[]") document.add("resource_drift", drift);
    if (const std::string changes = changes_json(listed_changes()); changes != "[]") document.add("resource_changes", changes);
    if (!plan_.outputs.empty()) document.add("output_changes", output_changes());
    if (const State prior = prior_state(); !prior.is_empty()) document.add("prior_state", render_state_json(prior, impl_.provider));
    document.add("configuration", render_configuration_json(impl_));
    if (const std::string relevant = render_relevant_json(*impl_.root, plan_); !relevant.empty()) document.add("relevant_attributes", relevant);
    if (const std::string checks = render_checks_json(plan_.state.check_results); !checks.empty()) document.add("checks", checks);
    document.add_text("timestamp", impl_.plan_timestamp);
    document.add_flag("applyable", plan_.has_changes()).add_flag("complete", plan_.is_whole).add_flag("errored", false);
    return document.text();
  }

 private:
  const Schema* schema_of(const Address& address) const { return impl_.provider.schema(address.block.is_data, address.block.type); }

  std::string variables() const {
    JsonObject object;
    const Evaluation evaluation(*impl_.root, impl_.evaluation_options(true));
    for (const auto& [name, variable] : impl_.root->variables) {
      if (variable.is_ephemeral) continue;
      hcl::Diagnostics unused;
      const auto given = plan_.variables.find(name);
      const Value value = variable_value(variable, given == plan_.variables.end() ? nullptr : &given->second, evaluation, evaluation.root(), variable.range, unused);
      object.add(name, JsonObject().add("value", known_json(value)).text());
    }
    return object.text();
  }

  /// What has only moved is told by the changes, where there are some to be made.
  std::vector<PlannedChange> listed_drift() const {
    std::vector<PlannedChange> drift = drift_of(plan_, impl_.provider);
    if (!plan_.only_refreshes) std::erase_if(drift, [](const PlannedChange& change) { return change.action == Action::none; });
    return drift;
  }

  /// Data sources that were read already are part of the prior state.
  std::vector<PlannedChange> listed_changes() const {
    std::vector<PlannedChange> listed;
    for (const auto& [address, change] : plan_.changes) {
      if (!address.block.is_data || change.action == Action::read) listed.push_back(change);
    }
    return listed;
  }

  std::string changes_json(const std::vector<PlannedChange>& changes) const {
    JsonArray list;
    for (const PlannedChange& change : changes) {
      const Address& address = change.address;
      JsonObject object;
      object.add_text("address", address.text());
      if (const auto moved = plan_.moved.find(address); moved != plan_.moved.end()) object.add_text("previous_address", moved->second.text());
      if (!address.block.module.empty()) object.add_text("module_address", address.block.module);
      object.add_text("mode", address.block.is_data ? "data" : "managed").add_text("type", address.block.type).add_text("name", address.block.name);
      if (address.key.kind == Key::Kind::number) object.add("index", std::to_string(address.key.number));
      if (address.key.kind == Key::Kind::text) object.add_text("index", address.key.text);
      object.add_text("provider_name", provider_name(plan_.state, address.block)).add("change", change_json(change, schema_of(address)));
      if (change.reason != Reason::none) object.add_text("action_reason", code_of(change.reason));
      list.add(object.text());
    }
    return list.text();
  }

  std::string planned_values() const {
    JsonObject values, outputs;
    for (const auto& [name, output] : plan_.outputs) {
      if (!stays(name)) continue;
      JsonObject one;
      one.add_flag("sensitive", output.is_sensitive);
      if (output.after.is_wholly_known()) one.add("type", type_json(output.after)).add("value", hcl::to_json(output.after));
      outputs.add(name, one.text());
    }
    if (!outputs.is_empty()) values.add("outputs", outputs.text());
    std::map<std::string, const PlannedChange*> sorted;
    for (const auto& [address, change] : plan_.changes) {
      const bool stays = change.action != Action::remove && change.action != Action::forget && (!address.block.is_data || change.action == Action::read);
      if (stays) sorted[address.text()] = &change;
    }
    ModuleTree modules;
    for (const auto& [text, change] : sorted) {
      const Address& address = change->address;
      const ResourceType* type = address.block.is_data ? nullptr : impl_.provider.resource(address.block.type);
      const Value planned = with_marks_of_schema(change->planned, schema_of(address));
      JsonObject object;
      add_resource_head(object, address, provider_name(plan_.state, address.block), type == nullptr ? 0 : type->schema_version());
      object.add("values", known_json(planned)).add("sensitive_values", sensitive_json(planned));
      modules.add(address.block.module, object.text());
    }
    return values.add("root_module", modules.text()).text();
  }

  static std::string type_json(const Value& value) { return json::serialize(hcl::type_to_json(value.type())); }

  std::string output_changes() const {
    JsonObject object;
    for (const auto& [name, output] : plan_.outputs) {
      const char* action = !output.is_change() ? "no-op" : output.before.is_null() ? "create" : stays(name) ? "update" : "delete";
      JsonObject one;
      one.add("actions", JsonArray().add(json_quoted(action)).text()).add("before", known_json(output.before));
      if (output.after.is_known()) one.add("after", known_json(output.after));
      one.add("after_unknown", unknown_of(output.after)).add_flag("before_sensitive", output.is_sensitive).add_flag("after_sensitive", output.is_sensitive);
      object.add(name, one.text());
    }
    return object.text();
  }

  static std::string unknown_of(const Value& after) { return after.is_wholly_known() ? "false" : unknown_json(after); }

  /// Whether an output is one after the apply, be it null.
  bool stays(const std::string& output) const { return !plan_.is_destroy && impl_.root->outputs.contains(output); }

  /// As refreshed, without what is read in the apply; outputs whose new value is known already have it.
  State prior_state() const {
    State state = plan_.state;
    state.check_results.clear();
    std::erase_if(state.instances, [&](const auto& entry) {
      const auto change = plan_.changes.find(entry.first);
      return entry.first.block.is_data && (change == plan_.changes.end() || change->second.action == Action::read);
    });
    for (const auto& [name, output] : plan_.outputs) {
      if (!stays(name) || !output.after.is_wholly_known()) continue;
      if (output.after.is_null()) state.outputs.erase(name);
      else state.outputs[name] = {.value = hcl::to_json(output.after), .type = type_json(output.after), .is_sensitive = output.is_sensitive};
    }
    return state;
  }

  const Engine::Impl& impl_;
  const Plan& plan_;
};

}  // namespace

std::string actions_json(const PlannedChange& change) {
  switch (change.action) {
    case Action::none: return R"(["no-op"])";
    case Action::create: return R"(["create"])";
    case Action::read: return R"(["read"])";
    case Action::update: return R"(["update"])";
    case Action::replace: return change.creates_first ? R"(["create","delete"])" : R"(["delete","create"])";
    case Action::remove: return R"(["delete"])";
    case Action::forget: return R"(["forget"])";
  }
  return "[]";
}

std::vector<PlannedChange> drift_of(const Plan& plan, const Provider& provider) {
  std::map<Address, Address> moved_to;
  for (const auto& [to, from] : plan.moved) moved_to[from] = to;
  std::vector<PlannedChange> found;
  for (const auto& [address, instance] : plan.before.instances) {
    const Schema* schema = provider.schema(address.block.is_data, address.block.type);
    if (address.block.is_data || schema == nullptr) continue;
    const auto moved = moved_to.find(address);
    const Address& now = moved == moved_to.end() ? address : moved->second;
    const auto there = plan.state.instances.find(now);
    const bool is_same = there != plan.state.instances.end() && there->second.attributes == instance.attributes;
    if (is_same && moved == moved_to.end()) continue;
    const auto before = value_of_instance(instance, *schema);
    const auto after = there == plan.state.instances.end() ? Result<Value>(Value()) : value_of_instance(there->second, *schema);
    if (!before || !after || (*before == *after && moved == moved_to.end())) continue;
    const Action action = after->is_null() ? Action::remove : *before == *after ? Action::none : Action::update;
    found.push_back({.address = now, .action = action, .prior = *before, .planned = *after});
  }
  return found;
}

std::string render_plan_json(const Engine::Impl& impl, const Plan& plan) { return PlanText(impl, plan).write(); }

}  // namespace landfall::terraform
