#include "terraform/missing_types.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "hcl/evaluate.h"
#include "terraform/inert.h"

namespace landfall::terraform {
namespace {

/// One letter too many, too few or, of a longer word, another one; or the same letters in another order.
bool is_slip(std::string a, std::string b) {
  const bool is_near = edit_distance(a, b) <= 1 && (a.size() != b.size() || a.size() > 3);
  std::ranges::sort(a);
  std::ranges::sort(b);
  return is_near || a == b;
}

/// Whether somebody who meant `b` may have written `a`. Types of the official provider that differ by a word are others.
bool is_mistyped(std::string_view a, std::string_view b) {
  const auto words = split(a, '_'), wanted = split(b, '_');
  if (words.size() != wanted.size()) return edit_distance(a, b) <= 1;
  return std::ranges::equal(words, wanted, is_slip);
}

/// The carried type that may have been meant.
std::string near_type(const ResourceConfig& resource, const Provider& provider) {
  std::vector<std::string> names;
  const auto add = [&](const auto& types) {
    for (const auto& [name, type] : types) {
      if (!type->is_inert()) names.push_back(name);
    }
  };
  if (!resource.is_data) {
    add(provider.resources);
  } else {
    add(provider.data_sources);
    names.push_back("terraform_remote_state");
  }
  std::erase_if(names, [&](const std::string& name) { return is_ephemeral(name) != resource.is_ephemeral() || !is_mistyped(resource.type, name); });
  return std::string(plain_type(nearest(resource.type, names)));
}

/// A count that is written as a number says how many there are.
bool may_be_none(const auto& block) {
  if (block.count == nullptr) return block.for_each != nullptr;
  const hcl::Evaluated count = hcl::evaluate(*block.count, hcl::MapScope(), hcl::Type::number());
  return !count.ok() || !count.value.has_value() || count.value.as_number().sign() <= 0;
}

}  // namespace

std::string type_name(const ResourceConfig& resource) { return (resource.is_data ? "data." : "") + resource.type; }

void MissingTypes::add(const ResourceConfig& resource, const Provider& provider) {
  const char* kind = resource.is_ephemeral() ? "ephemeral resource" : resource.is_data ? "data source" : "resource type";
  Missing& missing = found_[fmt::format("{} \"{}\"", kind, plain_type(resource.type))];
  const hcl::Range& at = resource.block->labels[0].range;
  missing.near = near_type(resource, provider);
  missing.type = resource.type;
  missing.places.push_back(fmt::format("{}:{}", at.source->name, at.start.line));
  if (first_ == nullptr) first_ = &resource;
}

void MissingTypes::tell(hcl::Diagnostics& diagnostics) const {
  if (is_empty()) return;
  diagnostics.error(first_->block->labels[0].range, first_->is_data ? "Invalid data source" : "Invalid resource type", found_.size() == 1 ? alone() : listed());
}

std::string MissingTypes::suggestion(const Missing& missing) { return missing.near.empty() ? "" : fmt::format(" Did you mean \"{}\"?", missing.near); }

std::string MissingTypes::alone() const {
  const auto& [what, missing] = *found_.begin();
  const std::string more = missing.places.size() == 1 ? "" : fmt::format(" It is used at {}.", join(missing.places, ", "));
  return fmt::format("Landfall does not support {}.{}{}{}", what, more, suggestion(missing), missing.near.empty() ? hint() : "");
}

std::string MissingTypes::listed() const {
  std::string text = "Landfall does not support:\n";
  for (const auto& [what, missing] : found_) text += fmt::format("  {} at {}.{}\n", what, join(missing.places, ", "), suggestion(missing));
  return text + std::string(trim(hint()));
}

std::string MissingTypes::hint() const {
  std::set<std::string> types;
  for (const auto& [what, missing] : found_) types.insert(missing.type);
  return fmt::format(" What it supports is listed in docs/support.md. With --inert {} the state records them, and nothing of them is run.", join(std::vector<std::string>(types.begin(), types.end()), ","));
}

bool may_have_no_instances(const ResourceConfig& resource, const Module& module) {
  if (may_be_none(resource)) return true;
  for (const Module* inner = &module; inner->parent != nullptr; inner = inner->parent) {
    for (const auto& [name, call] : inner->parent->calls) {
      if (call.module.get() == inner && may_be_none(call)) return true;
    }
  }
  return false;
}

std::set<std::string> put_off_missing_types(Provider& provider, const Graph& graph, const Module& root, hcl::Diagnostics& diagnostics) {
  std::map<std::string, std::vector<const Node*>> uses;
  for (const Node& node : graph.nodes) {
    if (node.kind != Node::Kind::resource) continue;
    const auto& resource = *static_cast<const ResourceConfig*>(node.config);
    if (provider.schema(resource.is_data, resource.type) == nullptr) uses[type_name(resource)].push_back(&node);
  }
  MissingTypes missing;
  std::set<std::string> put_off;
  for (const auto& [name, nodes] : uses) {
    const bool may_have_none = std::ranges::all_of(nodes, [](const Node* node) { return may_have_no_instances(*static_cast<const ResourceConfig*>(node->config), *node->module); });
    if (may_have_none) {
      put_off.insert(name);
      continue;
    }
    for (const Node* node : nodes) missing.add(*static_cast<const ResourceConfig*>(node->config), provider);
  }
  missing.tell(diagnostics);
  add_inert_types(provider, root, [&](const ResourceConfig& resource) { return put_off.contains(type_name(resource)); });
  return put_off;
}

}  // namespace landfall::terraform
