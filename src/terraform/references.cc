#include "terraform/references.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

namespace landfall::terraform {

using hcl::Reference;

void collect_references(const hcl::Body& body, std::vector<const Reference*>& into) {
  for (const hcl::Attribute& attribute : body.attributes) {
    if (attribute.name == "depends_on" || attribute.name == "provider" || attribute.name == "providers") continue;
    for (const Reference* reference : attribute.value->references()) into.push_back(reference);
  }
  for (const hcl::Block& block : body.blocks) collect_references(block, into);
}

void collect_references(const hcl::Block& block, std::vector<const Reference*>& into) {
  if (block.type == "provisioner") {
    for (const hcl::Attribute& attribute : block.body.attributes) {
      if (attribute.name == "when" || attribute.name == "on_failure") continue;  // words
      for (const Reference* reference : attribute.value->references()) into.push_back(reference);
    }
  } else if (block.type == "lifecycle") {
    for (const hcl::Block& condition : block.body.blocks) collect_references(condition.body, into);
  } else if (block.type == "dynamic") {
    // The iterator's name is bound inside its content: it is no reference to the outside.
    const hcl::Attribute* iterator = block.body.find("iterator");
    const std::string bound = iterator != nullptr && iterator->value->as_reference() != nullptr ? iterator->value->as_reference()->root() : block.labels.empty() ? "" : block.labels[0].text;
    std::vector<const Reference*> inner;
    for (const hcl::Attribute& attribute : block.body.attributes) {
      if (attribute.name == "iterator") continue;
      for (const Reference* reference : attribute.value->references()) into.push_back(reference);
    }
    for (const hcl::Block& content : block.body.blocks) collect_references(content.body, inner);
    std::ranges::copy_if(inner, std::back_inserter(into), [&](const Reference* r) { return r->root() != bound; });
  } else {
    collect_references(block.body, into);
  }
}

std::string NamedBlock::description() const {
  const char* kind = is_ephemeral(type) ? "An ephemeral" : is_data ? "A data" : "A managed";
  return fmt::format("{} resource \"{}\" \"{}\"", kind, plain_type(type), name);
}

NamedBlock block_named(const Reference& reference) {
  const std::string& root = reference.root();
  if (root == "data") return {.is_data = true, .type = std::string(reference.name(1)), .name = std::string(reference.name(2)), .steps = 3};
  if (root == "ephemeral") return {.is_data = true, .type = std::string(kEphemeral).append(reference.name(1)), .name = std::string(reference.name(2)), .steps = 3};
  return {.type = root, .name = std::string(reference.name(1)), .steps = 2};
}

}  // namespace landfall::terraform
