#include "terraform/checks.h"

#include <algorithm>
#include <array>

#include "base/json.h"
#include "base/text.h"
#include "terraform/address.h"
#include "terraform/json_object.h"

namespace landfall::terraform {
namespace {

constexpr auto kWords = std::to_array<std::string_view>({"pass", "unknown", "fail", "error"});

std::string_view word_of(CheckStatus status) { return kWords[static_cast<size_t>(status)]; }

std::string member_text(const json::object& object, std::string_view name) {
  const json::value* found = object.if_contains(name);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

/// "module.a[\"x.y\"].module.b.check.c" -> "module.a[\"x.y\"].module.b", "check.c"
std::pair<std::string, std::string> split_module(const std::string& address) {
  size_t at = 0;
  while (address.compare(at, 7, "module.") == 0) {
    size_t end = at + 7;
    bool is_in_key = false;
    for (; end < address.size() && (is_in_key || address[end] != '.'); ++end) {
      if (address[end] == '[') is_in_key = true;
      if (address[end] == ']') is_in_key = false;
    }
    at = std::min(end + 1, address.size());
  }
  return {address.substr(0, at == 0 ? 0 : at - 1), address.substr(at)};
}

/// The key at the end of an instance's address, as JSON; "": none.
std::string key_json(const std::string& address) {
  if (!address.ends_with(']')) return "";
  const size_t open = address.rfind("[\"") != std::string::npos && address.ends_with("\"]") ? address.rfind("[\"") : address.rfind('[');
  return address.substr(open + 1, address.size() - open - 2);
}

std::string thing_json(const std::string& kind, const std::string& address) {
  auto [module, name] = split_module(address);
  JsonObject object;
  object.add_text("kind", kind == "output" ? "output_value" : kind);
  if (kind == "resource") object.add_text("mode", is_ephemeral(name) ? "ephemeral" : name.starts_with("data.") ? "data" : "managed");
  if (!module.empty()) object.add_text("module", module);
  if (name.starts_with("data.")) name.erase(0, 5);
  name = plain_type(name);
  object.add_text("name", name.substr(name.find('.') + 1)).add_text("to_display", address);
  if (kind == "resource") object.add_text("type", name.substr(0, name.find('.')));
  return object.text();
}

std::string instance_json(const std::string& kind, const json::object& instance) {
  const std::string address = member_text(instance, "object_addr");
  const auto [module, name] = split_module(address);
  JsonObject place, object;
  if (const std::string key = kind == "resource" ? key_json(name) : std::string(); !key.empty()) place.add("instance_key", key);
  if (!module.empty()) place.add_text("module", module);
  place.add_text("to_display", address);
  object.add("address", place.text()).add_text("status", member_text(instance, "status"));
  const json::value* problems = instance.if_contains("failure_messages");
  if (problems == nullptr || !problems->is_array() || problems->get_array().empty()) return object.text();
  JsonArray list;
  for (const json::value& problem : problems->get_array()) list.add(JsonObject().add_text("message", problem.is_string() ? std::string_view(problem.get_string()) : "").text());
  return object.add("problems", list.text()).text();
}

}  // namespace

void CheckFinding::add(CheckFinding more) {
  status = std::max(status, more.status);
  problems.insert(problems.end(), std::make_move_iterator(more.problems.begin()), std::make_move_iterator(more.problems.end()));
}

Checks::Checks(const Module& root) { declare(root); }

void Checks::declare(const Module& module) {
  const auto add = [&](const std::string& name, const char* kind) { things_[dotted(module.path, name)] = {.kind = kind}; };
  for (const auto& [name, variable] : module.variables) {
    if (!variable.validations.empty()) add("var." + name, "var");
  }
  for (const auto& [name, output] : module.outputs) {
    if (!output.preconditions.empty()) add("output." + name, "output");
  }
  for (const auto& [name, resource] : module.resources) {
    if (!resource.lifecycle.preconditions.empty() || !resource.lifecycle.postconditions.empty()) add(name, "resource");
  }
  for (const auto& [name, check] : module.checks) add("check." + name, "check");
  for (const auto& [name, call] : module.calls) declare(*call.module);
}

void Checks::expand(const std::string& thing) {
  const std::lock_guard lock(mutex_);
  if (const auto found = things_.find(thing); found != things_.end()) found->second.is_expanded = true;
}

void Checks::report(const std::string& thing, const std::string& object, CheckFinding finding) {
  const std::lock_guard lock(mutex_);
  const auto found = things_.find(thing);
  if (found == things_.end()) return;
  found->second.is_expanded = true;
  found->second.objects[object].add(std::move(finding));
}

std::string Checks::text(bool ends) const {
  const std::lock_guard lock(mutex_);
  JsonArray list;
  for (const auto& [address, thing] : things_) {
    const bool is_known = thing.is_expanded && !ends;
    CheckStatus worst = is_known ? CheckStatus::pass : CheckStatus::unknown;
    JsonArray objects;
    for (const auto& [object, finding] : thing.objects) {
      if (!is_known) break;
      worst = std::max(worst, finding.status);
      JsonObject one;
      one.add_text("object_addr", object).add_text("status", word_of(finding.status));
      if (!finding.problems.empty()) one.add("failure_messages", json_texts(finding.problems));
      objects.add(one.text());
    }
    list.add(JsonObject().add_text("object_kind", thing.kind).add_text("config_addr", address).add_text("status", word_of(worst)).add("objects", objects.is_empty() ? "null" : objects.text()).text());
  }
  return list.is_empty() ? "" : list.text();
}

std::string render_checks_json(std::string_view check_results) {
  const auto results = parse_json(check_results.empty() ? "null" : std::string(check_results));
  if (!results || !results->is_array() || results->get_array().empty()) return "";
  std::map<std::string, std::string> sorted;
  for (const json::value& result : results->get_array()) {
    if (!result.is_object()) continue;
    const json::object& thing = result.get_object();
    const std::string kind = member_text(thing, "object_kind"), address = member_text(thing, "config_addr");
    JsonObject object;
    object.add("address", thing_json(kind, address)).add_text("status", member_text(thing, "status"));
    std::map<std::string, std::string> instances;
    const json::value* objects = thing.if_contains("objects");
    if (objects != nullptr && objects->is_array()) {
      for (const json::value& instance : objects->get_array()) {
        if (instance.is_object()) instances[member_text(instance.get_object(), "object_addr")] = instance_json(kind, instance.get_object());
      }
    }
    JsonArray list;
    for (const auto& [name, instance] : instances) list.add(instance);
    if (!list.is_empty()) object.add("instances", list.text());
    sorted[address] = object.text();
  }
  JsonArray list;
  for (const auto& [address, text] : sorted) list.add(text);
  return list.text();
}

}  // namespace landfall::terraform
