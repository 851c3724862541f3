#include "terraform/inert.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/json.h"
#include "terraform/inert/types.h"

namespace landfall::terraform {
namespace {

std::string name_of(const ResourceConfig& resource) { return (resource.is_data ? "data." : "") + resource.type; }

/// Blocks by type, of all modules.
void collect(const Module& module, std::map<std::string, std::vector<const ResourceConfig*>>& into) {
  for (const auto& [name, resource] : module.resources) into[name_of(resource)].push_back(&resource);
  for (const auto& [name, call] : module.calls) collect(*call.module, into);
}

bool is_carried(const Provider& provider, const ResourceConfig& resource) {
  if (resource.is_data) return resource.type == "terraform_remote_state" || provider.data_source(resource.type) != nullptr;
  return provider.resource(resource.type) != nullptr;
}

std::string render(const std::vector<std::string>& addresses) {
  if (addresses.empty()) return "";
  std::string text = "\nRecorded in the state with values that are made up, by --inert:\n";
  for (const std::string& address : addresses) text += fmt::format("  {}: inert: not run\n", address);
  return text;
}

std::set<std::string> names_in(const std::string& attributes) {
  std::set<std::string> names;
  const auto value = parse_json(attributes);
  if (!value || !value->is_object()) return names;
  for (const auto& [name, member] : value->get_object()) names.insert(std::string(name));
  return names;
}

}  // namespace

bool is_inert(const Provider& provider, std::string_view type, bool is_data) {
  if (is_data) {
    const DataSource* source = provider.data_source(type);
    return source != nullptr && source->is_inert();
  }
  const ResourceType* found = provider.resource(type);
  return found != nullptr && found->is_inert();
}

bool is_named_inert(const std::vector<std::string>& named, std::string_view type) {
  return std::ranges::any_of(named, [&](const std::string& name) { return name == "all" || name == type; });
}

void add_inert_types(Provider& provider, const std::vector<std::string>& named, const Module& root, hcl::Diagnostics& diagnostics) {
  for (const std::string& name : named) {
    if (provider.resource(name) != nullptr) diagnostics.push_back({.summary = "Type is not inert", .detail = fmt::format("--inert names \"{}\", which Landfall runs: it can only name types that Landfall does not run.", name)});
  }
  std::map<std::string, std::vector<const ResourceConfig*>> blocks;
  collect(root, blocks);
  std::erase_if(blocks, [&](const auto& entry) { return is_carried(provider, *entry.second[0]) || !is_named_inert(named, entry.second[0]->type); });
  std::set<std::string> types;
  for (const auto& [name, list] : blocks) types.insert(name);
  std::map<std::string, inert::Asked> asked = inert::asked_of(root, types);
  for (const auto& [name, list] : blocks) {
    const std::string& type = list[0]->type;
    inert::Shape shape(type, std::move(asked[name]));
    for (const ResourceConfig* resource : list) shape.add(resource->block->body);
    if (list[0]->is_data) provider.data_sources[type] = std::make_unique<inert::InertSource>(type, std::move(shape));
    else provider.resources[type] = std::make_unique<inert::InertType>(type, std::move(shape));
  }
}

void add_inert_types(Provider& provider, const std::vector<std::string>& named, const State& state) {
  if (named.empty()) return;
  const auto take = [&](const Address& address, const StateInstance& instance) {
    const std::string& type = address.block.type;
    if (address.block.is_data || !is_named_inert(named, type)) return;
    auto& place = provider.resources[type];
    if (!place) place = std::make_unique<inert::InertType>(type, inert::Shape(type, {}));
    if (place->is_inert()) static_cast<inert::InertType&>(*place).shape().add(names_in(instance.attributes));
  };
  for (const auto& [address, instance] : state.instances) take(address, instance);
  for (const auto& [address, list] : state.deposed) {
    for (const StateInstance& instance : list) take(address, instance);
  }
}

std::string render_inert(const Provider& provider, const Plan& plan) {
  std::vector<std::string> addresses;
  for (const auto& [address, change] : plan.changes) {
    if (change.action != Action::remove && change.action != Action::forget && is_inert(provider, address.block.type, address.block.is_data)) addresses.push_back(address.text());
  }
  return render(addresses);
}

std::string render_inert(const Provider& provider, const State& state) {
  std::vector<std::string> addresses;
  for (const auto& [address, instance] : state.instances) {
    if (is_inert(provider, address.block.type, address.block.is_data)) addresses.push_back(address.text());
  }
  return render(addresses);
}

}  // namespace landfall::terraform
