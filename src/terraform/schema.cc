#include "terraform/schema.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"

namespace landfall::terraform {

Attribute text(std::string name) { return {.name = std::move(name)}; }
Attribute number(std::string name) { return {.name = std::move(name), .type = Type::number()}; }
Attribute flag(std::string name) { return {.name = std::move(name), .type = Type::boolean()}; }
Attribute texts(std::string name) { return {.name = std::move(name), .type = Type::list(Type::string())}; }
Attribute text_set(std::string name) { return {.name = std::move(name), .type = Type::set(Type::string())}; }
Attribute text_map(std::string name) { return {.name = std::move(name), .type = Type::map(Type::string())}; }
Attribute of_type(std::string name, Type type) { return {.name = std::move(name), .type = std::move(type)}; }

std::function<std::string(const Value&)> one_of(std::vector<std::string> words) {
  return [words = std::move(words)](const Value& value) -> std::string {
    if (std::ranges::find(words, value.as_string()) != words.end()) return "";
    std::string list;
    for (const std::string& word : words) list += fmt::format("{}\"{}\"", list.empty() ? "" : " ", word);
    return fmt::format("to be one of [{}], got {}", list, value.as_string());
  };
}

std::function<std::string(const Value&)> between(int64_t least, int64_t most) {
  return [least, most](const Value& value) -> std::string {
    const auto& found = value.as_number();
    if (!(found < hcl::Number(least)) && !(hcl::Number(most) < found)) return "";
    return fmt::format("to be in the range ({} - {}), got {}", least, most, hcl::to_console(value));
  };
}

const Attribute* Schema::attribute(std::string_view name) const {
  const auto found = std::ranges::find(attributes, name, &Attribute::name);
  return found == attributes.end() ? nullptr : &*found;
}

const Block* Schema::block(std::string_view name) const {
  const auto found = std::ranges::find(blocks, name, &Block::name);
  return found == blocks.end() ? nullptr : &*found;
}

Type Schema::type() const {
  std::vector<Type::Attribute> members;
  for (const Attribute& attribute : attributes) members.push_back({.name = attribute.name, .type = attribute.type});
  for (const Block& block : blocks) {
    Type inner = block.schema.type();
    members.push_back({.name = block.name, .type = block.is_set ? Type::set(std::move(inner)) : Type::list(std::move(inner))});
  }
  return Type::object(std::move(members));
}

Block one_block(std::string name, Schema schema) { return {.name = std::move(name), .schema = std::move(schema), .most = 1}; }
Block list_block(std::string name, Schema schema) { return {.name = std::move(name), .schema = std::move(schema)}; }
Block set_block(std::string name, Schema schema) { return {.name = std::move(name), .schema = std::move(schema), .is_set = true}; }

Schema tagged(Schema schema) {
  schema.attributes.push_back(text_map("tags"));
  schema.attributes.push_back(text_map("tags_all").computed());
  return schema;
}

}  // namespace landfall::terraform
