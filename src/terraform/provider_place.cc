#include "terraform/provider_place.h"

#include <algorithm>

#include <fmt/format.h>

namespace landfall::terraform {
namespace {

bool holds_nothing(const ProviderConfig& config) {
  return config.block->body.blocks.empty() && std::ranges::all_of(config.block->body.attributes, [](const hcl::Attribute& attribute) { return attribute.name == "alias" || attribute.name == "version"; });
}

const ModuleCall* call_of(const Module& module) {
  for (const auto& [name, call] : module.parent->calls) {
    if (call.module.get() == &module) return &call;
  }
  return nullptr;
}

}  // namespace

ProviderPlace place_of_provider(const Module& module, const std::string& name) {
  const auto own = module.providers.find(name);
  const ModuleCall* call = module.parent == nullptr ? nullptr : call_of(module);
  if (call == nullptr) return {.module = &module, .name = name};
  const auto passed = call->providers.find(name);
  const bool is_passed = passed != call->providers.end();
  if (own != module.providers.end() && !(is_passed && holds_nothing(own->second))) return {.module = &module, .name = name};
  return place_of_provider(*module.parent, is_passed ? passed->second : name);
}

std::string provider_address(const ProviderPlace& place) {
  const size_t dot = place.name.find('.');
  const std::string alias = dot == std::string::npos ? "" : place.name.substr(dot);
  return (place.module->path.empty() ? "" : place.module->path + ".") + provider_address(place.name.substr(0, dot)) + alias;
}

Result<ProviderPlace> place_in_state(const Module& root, const State& state, const BlockAddress& block) {
  const std::string name = block.type.substr(0, block.type.find('_'));
  const auto kept = state.providers.find(block);
  const std::string address = kept == state.providers.end() ? "" : kept->second;
  const size_t mark = address.find("provider["), close = address.find(']', mark == std::string::npos ? 0 : mark);
  if (mark == std::string::npos || close == std::string::npos) return ProviderPlace{.module = &root, .name = name};
  const std::string alias = address.substr(close + 1);
  const std::string path = mark == 0 ? "" : address.substr(0, mark - 1);
  const Module* module = module_at(root, path);
  if (module != nullptr && (module->providers.contains(name + alias) || (path.empty() && alias.empty()))) return ProviderPlace{.module = module, .name = name + alias};
  const Module* own = module_at(root, block.module);
  const ProviderPlace meant = place_of_provider(own == nullptr ? root : *own, name + alias);  // before, states named no module
  if (meant.module->providers.contains(meant.name)) return meant;
  return fail("Provider.NotPresent", fmt::format("Provider configuration not present: its original provider configuration at {} is required to work with it, but it has been removed. Add the provider configuration again, destroy what it made, and remove it then.", address));
}

}  // namespace landfall::terraform
