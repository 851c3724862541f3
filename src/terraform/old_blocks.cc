#include "terraform/old_blocks.h"

#include <algorithm>
#include <memory>

namespace landfall::terraform {
namespace {

hcl::ExpressionPtr made(auto node, const hcl::Range& range, uint16_t height) {
  auto expression = std::make_unique<hcl::Expression>();
  expression->node = std::move(node);
  expression->range = range;
  expression->dialect = hcl::Dialect::v011;
  expression->height = height;
  return expression;
}

void take_blocks(hcl::Body& body);

hcl::ExpressionPtr object_of(hcl::Body body, const hcl::Range& range) {
  take_blocks(body);
  hcl::ObjectNode object;
  uint16_t height = 1;
  for (hcl::Attribute& attribute : body.attributes) {
    height = std::max(height, attribute.value->height);
    object.items.push_back({.key = made(hcl::Literal{.value = hcl::Value::string(attribute.name)}, attribute.name_range, 1), .value = std::move(attribute.value)});
  }
  return made(std::move(object), range, static_cast<uint16_t>(height + 1));
}

/// All blocks of a body without labels.
void take_blocks(hcl::Body& body) {
  while (true) {
    const auto first = std::ranges::find_if(body.blocks, [](const hcl::Block& block) { return block.labels.empty(); });
    if (first == body.blocks.end()) return;
    const std::string name = first->type;
    const hcl::Range range = first->header_range;
    std::vector<hcl::ExpressionPtr> objects;
    for (hcl::Block& block : body.blocks) {
      if (block.labels.empty() && block.type == name) objects.push_back(object_of(std::move(block.body), block.header_range));
    }
    std::erase_if(body.blocks, [&](const hcl::Block& block) { return block.labels.empty() && block.type == name; });
    uint16_t height = 1;
    for (const hcl::ExpressionPtr& object : objects) height = std::max(height, object->height);
    hcl::ExpressionPtr value = objects.size() == 1 ? std::move(objects[0]) : made(hcl::TupleNode{.elements = std::move(objects)}, range, static_cast<uint16_t>(height + 1));
    body.attributes.push_back({.name = name, .value = std::move(value), .name_range = range, .range = range});
  }
}

}  // namespace

void write_blocks_as_arguments(hcl::Body& file) {
  for (hcl::Block& block : file.blocks) {
    if (block.type == "variable" || block.type == "module" || block.type == "locals") take_blocks(block.body);
  }
}

}  // namespace landfall::terraform
