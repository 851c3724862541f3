#include "terraform/references.h"

#include <algorithm>
#include <string>

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

}  // namespace landfall::terraform
