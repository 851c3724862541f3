#include "terraform/state.h"

#include <cmath>

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"

namespace landfall::terraform {
namespace {

constexpr const char* kWriter = "1.11.4";  // the Terraform whose format this is; it reads what we write

Error malformed(std::string_view what, std::string_view why) {
  return {.code = "State.Malformed", .what = fmt::format("{} is not a state file that can be read: {}", what, why)};
}

Result<Key> key_of(const json::object& instance, std::string_view what) {
  const json::value* found = instance.if_contains("index_key");
  if (found == nullptr || found->is_null()) return Key{};
  if (found->is_string()) return Key::of(std::string(found->get_string()));
  if (found->is_int64()) return Key::of(found->get_int64());
  if (found->is_uint64()) return Key::of(static_cast<int64_t>(found->get_uint64()));
  if (found->is_double() && std::abs(found->get_double()) < 9e15) return Key::of(static_cast<int64_t>(found->get_double()));
  return fail(malformed(what, "an index_key is neither a number nor a string"));
}

bool truth(const json::object& object, std::string_view name) {
  const json::value* found = object.if_contains(name);
  return found != nullptr && found->is_bool() && found->get_bool();
}

Result<StateInstance> parse_instance(const json::object& object, std::string_view what) {
  StateInstance instance;
  if (const json::value* flat = object.if_contains("attributes_flat"); flat != nullptr && !flat->is_null()) {
    return fail(malformed(what, "a resource has attributes_flat (written by Terraform 0.11); let Terraform 0.12 to 1.x rewrite it first"));
  }
  const json::value* attributes = object.if_contains("attributes");
  if (attributes == nullptr || !attributes->is_object()) return fail(malformed(what, "an instance has no \"attributes\" object"));
  instance.attributes = json::serialize(*attributes);
  if (const json::value* version = object.if_contains("schema_version"); version != nullptr && version->is_int64()) instance.schema_version = static_cast<int>(version->get_int64());
  instance.is_tainted = string_member(object, "status") == "tainted";
  instance.deposed = string_member(object, "deposed");
  instance.private_data = string_member(object, "private");
  instance.creates_first = truth(object, "create_before_destroy");
  if (const json::array* sensitive = array_member(object, "sensitive_attributes")) instance.sensitive_attributes = json::serialize(*sensitive);
  if (const json::array* dependencies = array_member(object, "dependencies")) {
    for (const json::value& dependency : *dependencies) {
      if (dependency.is_string()) instance.dependencies.emplace_back(dependency.get_string());
    }
  }
  return instance;
}

Result<void> parse_resource(const json::object& object, std::string_view what, State& state) {
  const std::string_view mode = string_member(object, "mode");
  if (mode != "managed" && mode != "data") return fail(malformed(what, fmt::format("a resource has mode \"{}\"; wanted \"managed\" or \"data\"", mode)));
  Address address{.block = {.module = std::string(string_member(object, "module")), .is_data = mode == "data", .type = std::string(string_member(object, "type")), .name = std::string(string_member(object, "name"))}};
  if (address.block.type.empty() || address.block.name.empty()) return fail(malformed(what, "a resource has no type or no name"));
  state.providers[address.block.text()] = string_member(object, "provider");
  const json::array* instances = array_member(object, "instances");
  if (instances == nullptr) return fail(malformed(what, fmt::format("{} has no \"instances\" list", address.block.text())));
  for (const json::value& entry : *instances) {
    if (!entry.is_object()) return fail(malformed(what, fmt::format("an instance of {} is not an object", address.block.text())));
    address.key = TRY(key_of(entry.get_object(), what));
    StateInstance instance = TRY(parse_instance(entry.get_object(), what));
    if (!instance.deposed.empty()) state.deposed[address].push_back(std::move(instance));
    else state.instances[address] = std::move(instance);
  }
  return {};
}

Result<void> parse_outputs(const json::object& outputs, State& state) {
  for (const auto& [name, value] : outputs) {
    if (!value.is_object()) continue;
    StateOutput output{.value = "null", .type = "\"dynamic\"", .is_sensitive = truth(value.get_object(), "sensitive")};
    if (const json::value* found = value.get_object().if_contains("value")) output.value = json::serialize(*found);
    if (const json::value* found = value.get_object().if_contains("type")) output.type = json::serialize(*found);
    state.outputs[name] = std::move(output);
  }
  return {};
}

/// 0.11's: types are "string", "list" and "map".
Result<State> parse_version_3(const json::object& object, std::string_view what) {
  State state{.serial = 0, .lineage = std::string(string_member(object, "lineage")), .outputs = {}, .instances = {}, .deposed = {}, .providers = {}};
  const json::array* modules = array_member(object, "modules");
  if (modules == nullptr) return state;
  for (const json::value& entry : *modules) {
    if (!entry.is_object()) continue;
    const json::array* path = array_member(entry.get_object(), "path");
    if (path == nullptr || path->size() != 1) continue;
    if (const json::object* outputs = object_member(entry.get_object(), "outputs")) TRY(parse_outputs(*outputs, state));
    const json::object* resources = object_member(entry.get_object(), "resources");
    if (resources != nullptr && !resources->empty()) return fail(malformed(what, "it is of version 3 (Terraform 0.11) and holds resources; let Terraform 0.12 to 1.x rewrite it first"));
  }
  for (auto& [name, output] : state.outputs) output.type = "\"dynamic\"";
  return state;
}

json::value must_parse(const std::string& text) { return parse_json(text).value_or(json::value()); }

json::object render_instance(const Address& address, const StateInstance& instance) {
  json::object object;
  if (address.key.kind == Key::Kind::number) object["index_key"] = address.key.number;
  if (address.key.kind == Key::Kind::text) object["index_key"] = address.key.text;
  if (instance.is_tainted) object["status"] = "tainted";
  if (!instance.deposed.empty()) object["deposed"] = instance.deposed;
  object["schema_version"] = instance.schema_version;
  object["attributes"] = must_parse(instance.attributes);
  object["sensitive_attributes"] = instance.sensitive_attributes.empty() ? json::value(json::array()) : must_parse(instance.sensitive_attributes);
  if (!instance.private_data.empty()) object["private"] = instance.private_data;
  if (!instance.dependencies.empty()) {
    json::array dependencies;
    for (const std::string& dependency : instance.dependencies) dependencies.emplace_back(dependency);
    object["dependencies"] = std::move(dependencies);
  }
  if (instance.creates_first) object["create_before_destroy"] = true;
  return object;
}

std::string provider_of(const State& state, const BlockAddress& block) {
  const auto kept = state.providers.find(block.text());
  if (kept != state.providers.end() && !kept->second.empty()) return kept->second;
  const std::string name = block.type.substr(0, block.type.find('_'));
  if (name == "terraform") return "provider[\"terraform.io/builtin/terraform\"]";
  return fmt::format("provider[\"registry.terraform.io/hashicorp/{}\"]", name);
}

}  // namespace

Result<State> parse_state(std::string_view text, std::string_view what) {
  const auto value = parse_json(text, what);
  if (!value) return fail(malformed(what, value.error().what));
  if (!value->is_object()) return fail(malformed(what, "it is not a JSON object"));
  const json::object& object = value->get_object();
  const json::value* version = object.if_contains("version");
  if (version == nullptr || !version->is_int64()) return fail(malformed(what, "it has no \"version\" number"));
  if (version->get_int64() == 3) return parse_version_3(object, what);
  if (version->get_int64() != 4) return fail(malformed(what, fmt::format("its version is {}; wanted 4", version->get_int64())));
  State state;
  if (const json::value* serial = object.if_contains("serial"); serial != nullptr && serial->is_int64()) state.serial = serial->get_int64();
  state.lineage = string_member(object, "lineage");
  if (const json::object* outputs = object_member(object, "outputs")) TRY(parse_outputs(*outputs, state));
  if (const json::array* resources = array_member(object, "resources")) {
    for (const json::value& resource : *resources) {
      if (!resource.is_object()) return fail(malformed(what, "a member of \"resources\" is not an object"));
      TRY(parse_resource(resource.get_object(), what, state));
    }
  }
  return state;
}

std::string render_state(const State& state) {
  json::object outputs;
  for (const auto& [name, output] : state.outputs) {
    json::object entry{{"value", must_parse(output.value)}, {"type", must_parse(output.type)}};
    if (output.is_sensitive) entry["sensitive"] = true;
    outputs[name] = std::move(entry);
  }
  std::map<BlockAddress, json::array> blocks;
  for (const auto& [address, instance] : state.instances) blocks[address.block].push_back(render_instance(address, instance));
  for (const auto& [address, list] : state.deposed) {
    for (const StateInstance& instance : list) blocks[address.block].push_back(render_instance(address, instance));
  }
  json::array resources;
  for (auto& [block, instances] : blocks) {
    json::object resource;
    if (!block.module.empty()) resource["module"] = block.module;
    resource["mode"] = block.is_data ? "data" : "managed";
    resource["type"] = block.type;
    resource["name"] = block.name;
    resource["provider"] = provider_of(state, block);
    resource["instances"] = std::move(instances);
    resources.push_back(std::move(resource));
  }
  json::object document{{"version", 4}, {"terraform_version", kWriter}, {"serial", state.serial}, {"lineage", state.lineage}};
  document["outputs"] = std::move(outputs);
  document["resources"] = std::move(resources);
  document["check_results"] = nullptr;
  return pretty_json(document) + "\n";
}

bool same_content(const State& a, const State& b) {
  State x = a, y = b;
  x.serial = y.serial = 0;
  x.lineage = y.lineage = "";
  return render_state(x) == render_state(y);
}

}  // namespace landfall::terraform
