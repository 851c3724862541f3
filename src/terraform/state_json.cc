#include "terraform/state_json.h"

#include "terraform/checks.h"
#include "terraform/json_object.h"
#include "terraform/state_value.h"
#include "terraform/value_mirror.h"

namespace landfall::terraform {
namespace {

std::string resource_text(const Address& address, const StateInstance& instance, const State& state, const Provider& provider) {
  JsonObject object;
  add_resource_head(object, address, provider_name(state, address.block), instance.schema_version);
  const Schema* schema = provider.schema(address.block.is_data, address.block.type);
  const auto value = schema == nullptr ? value_of_instance(instance) : value_of_instance(instance, *schema);
  if (value) object.add("values", known_json(*value)).add("sensitive_values", sensitive_json(schema == nullptr ? *value : with_schema_marks(*value, *schema)));
  if (!instance.dependencies.empty()) object.add("depends_on", json_texts(instance.dependencies));
  if (instance.is_tainted) object.add_flag("tainted", true);
  if (!instance.deposed.empty()) object.add_text("deposed_key", instance.deposed);
  return object.text();
}

std::string outputs_text(const State& state) {
  JsonObject outputs;
  for (const auto& [name, output] : state.outputs) outputs.add(name, JsonObject().add_flag("sensitive", output.is_sensitive).add("value", compact_json(output.value)).add("type", compact_json(output.type)).text());
  return outputs.text();
}

}  // namespace

void add_resource_head(JsonObject& object, const Address& address, std::string_view provider_name, int schema_version) {
  object.add_text("address", address.text()).add_text("mode", address.block.is_data ? "data" : "managed").add_text("type", address.block.type).add_text("name", address.block.name);
  if (address.key.kind == Key::Kind::number) object.add("index", std::to_string(address.key.number));
  if (address.key.kind == Key::Kind::text) object.add_text("index", address.key.text);
  object.add_text("provider_name", provider_name);
  object.add("schema_version", std::to_string(schema_version));
}

void ModuleTree::add(const std::string& module, std::string resource) {
  resources_[module].push_back(std::move(resource));
  for (std::string at = module; !at.empty() && children_[parent_module(at)].insert(at).second;) at = parent_module(at);
}

std::string ModuleTree::module_text(const std::string& path) const {
  JsonObject module;
  if (const auto own = resources_.find(path); own != resources_.end()) {
    JsonArray list;
    for (const std::string& resource : own->second) list.add(resource);
    module.add("resources", list.text());
  }
  if (!path.empty()) module.add_text("address", path);
  JsonArray list;
  if (const auto inner = children_.find(path); inner != children_.end()) {
    for (const std::string& child : inner->second) list.add(module_text(child));
  }
  if (!list.is_empty()) module.add("child_modules", list.text());
  return module.text();
}

std::string render_state_json(const State& state, const Provider& provider) {
  JsonObject document;
  document.add_text("format_version", "1.0");
  if (state.is_empty()) return document.text();
  ModuleTree modules;
  for (const auto& [address, instance] : state.instances) modules.add(address.block.module, resource_text(address, instance, state, provider));
  for (const auto& [address, list] : state.deposed) {
    for (const StateInstance& instance : list) modules.add(address.block.module, resource_text(address, instance, state, provider));
  }
  JsonObject values;
  if (!state.outputs.empty()) values.add("outputs", outputs_text(state));
  values.add("root_module", modules.text());
  document.add_text("terraform_version", kFormatOf).add("values", values.text());
  if (const std::string checks = render_checks_json(state.check_results); !checks.empty()) document.add("checks", checks);
  return document.text();
}

}  // namespace landfall::terraform
