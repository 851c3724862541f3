#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "hcl/parser.h"
#include "hcl/value_json.h"

/// Terraform's JSON syntax: members are arguments, those of certain names are blocks, strings are templates.
/// Source: hashicorp/hcl, json/spec.md; Terraform's documentation of JSON configuration syntax.
namespace landfall::hcl {
namespace {

/// Which members of a block of one type are blocks, and how many labels these have. What only a schema knows stays an
/// argument: the engine takes arguments for blocks in such files.
const std::map<std::string, std::map<std::string, size_t>, std::less<>>& block_types() {
  static const std::map<std::string, size_t> of_resource{{"lifecycle", 0}, {"provisioner", 1}, {"connection", 0}, {"dynamic", 1}};
  static const std::map<std::string, std::map<std::string, size_t>, std::less<>> table{
      {"", {{"resource", 2}, {"data", 2}, {"provider", 1}, {"variable", 1}, {"output", 1}, {"module", 1}, {"locals", 0}, {"terraform", 0}, {"moved", 0}, {"removed", 0}, {"import", 0}, {"check", 1}}},
      {"resource", of_resource},
      {"data", of_resource},
      {"removed", {{"lifecycle", 0}, {"provisioner", 1}}},
      {"provisioner", {{"connection", 0}}},
      {"lifecycle", {{"precondition", 0}, {"postcondition", 0}}},
      {"variable", {{"validation", 0}}},
      {"output", {{"precondition", 0}}},
      {"terraform", {{"required_providers", 0}, {"backend", 1}, {"cloud", 0}, {"provider_meta", 1}}},
      {"check", {{"data", 2}, {"assert", 0}}},
      {"dynamic", {{"content", 0}}},
      {"content", {{"dynamic", 1}}}};
  return table;
}

class JsonReader {
 public:
  JsonReader(ParsedFile& parsed, bool has_blocks) : parsed_(parsed), source_(*parsed.file.source), has_blocks_(has_blocks) {}

  void read() {
    const Result<Value> document = from_json(source_.text);
    if (!document) return parsed_.diagnostics.error(at(0, 0), "Invalid JSON", document.error().what);
    if (!document->has_value() || !(document->type().has_fields() || document->type().is_sequence())) return parsed_.diagnostics.error(at(0, 0), "Invalid JSON", "The file must hold a JSON object.");
    const std::vector<Value> parts = many(*document);
    for (const Value& part : parts) fill(parsed_.file.body, part, "");
    parsed_.file.body.range = at(0, 0);
  }

 private:
  Range at(size_t from, size_t to) const {
    const Position start = advance({}, std::string_view(source_.text).substr(0, from));
    return {&source_, start, advance(start, std::string_view(source_.text).substr(from, to - from))};
  }

  /// Where a name first stands: good enough for a person to find it.
  Range place_of(const std::string& name) const {
    const std::string quoted = to_json(Value::string(name));
    const size_t found = source_.text.find(quoted);
    return found == std::string::npos ? at(0, 0) : at(found, found + quoted.size());
  }

  static std::vector<Value> many(const Value& value) {
    if (!value.has_value()) return {};
    if (!value.type().is_sequence()) return {value};
    return {value.elements().begin(), value.elements().end()};
  }

  void fill(Body& body, const Value& object, const std::string& type) {
    body.range = at(0, 0);
    body.is_json = true;
    if (!object.has_value() || !object.type().has_fields()) return parsed_.diagnostics.error(place_of(type), "Incorrect JSON value type", "A JSON object is required, with the arguments and blocks as its members.");
    const auto kinds = block_types().find(type);
    for (const auto& [name, member] : object.fields()) {
      if (name == "//") continue;  // a comment
      const auto kind = !has_blocks_ || kinds == block_types().end() ? std::map<std::string, size_t>::const_iterator() : kinds->second.find(name);
      const bool is_block = has_blocks_ && kinds != block_types().end() && kind != kinds->second.end();
      if (is_block) {
        add_blocks(body, name, member, kind->second, {});
        continue;
      }
      const Range place = place_of(name);
      body.attributes.push_back({.name = name, .value = expression(member, place), .name_range = place, .range = place});
    }
  }

  void add_blocks(Body& body, const std::string& type, const Value& value, size_t labels, const std::vector<Label>& above) {
    for (const Value& one : many(value)) {
      if (labels == 0) {
        const Range place = place_of(above.empty() ? type : above.back().text);
        Block block{.type = type, .labels = above, .body = {}, .type_range = place, .header_range = place};
        fill(block.body, one, type);
        body.blocks.push_back(std::move(block));
        continue;
      }
      if (!one.has_value() || !one.type().has_fields()) {
        parsed_.diagnostics.error(place_of(type), "Incorrect JSON value type", fmt::format("A JSON object is required here: its members' names are the labels of \"{}\" blocks.", type));
        continue;
      }
      for (const auto& [label, inner] : one.fields()) {
        if (label == "//") continue;
        std::vector<Label> whole = above;
        whole.push_back({label, place_of(label)});
        add_blocks(body, type, inner, labels - 1, whole);
      }
    }
  }

  ExpressionPtr made(decltype(Expression::node) node, const Range& place, uint16_t height) const {
    auto expression = std::make_unique<Expression>();
    expression->node = std::move(node);
    expression->range = place;
    expression->dialect = parsed_.file.dialect;
    expression->height = height;
    return expression;
  }

  ExpressionPtr expression(const Value& value, const Range& place) {
    if (!value.has_value() || value.is(Type::Kind::number) || value.is(Type::Kind::boolean)) return made(Literal{value}, place, 1);
    if (value.is(Type::Kind::string)) return text(value.as_string(), place);
    uint16_t height = 1;
    const auto child = [&](const Value& inner) {
      ExpressionPtr one = expression(inner, place);
      height = std::max<uint16_t>(height, static_cast<uint16_t>(one->height + 1));
      return one;
    };
    if (value.type().is_sequence()) {
      TupleNode tuple;
      for (const Value& element : value.elements()) tuple.elements.push_back(child(element));
      return made(std::move(tuple), place, height);
    }
    ObjectNode object;
    for (const auto& [name, member] : value.fields()) {
      if (name != "//") object.items.push_back({text(name, place), child(member)});
    }
    return made(std::move(object), place, height);
  }

  /// A string is a template, except in files of values.
  ExpressionPtr text(const std::string& content, const Range& place) {
    const bool is_plain = content.find("${") == std::string::npos && content.find("%{") == std::string::npos;
    if (is_plain || !has_blocks_) return made(Literal{Value::string(content)}, place, 1);
    ParsedExpression parsed = parse_template(source_.name, content, parsed_.file.dialect);
    parsed_.diagnostics.append(std::move(parsed.diagnostics));
    if (!parsed.expression) return made(Literal{Value::string(content)}, place, 1);
    parsed_.file.more_sources.push_back(std::move(parsed.source));
    return std::move(parsed.expression);
  }

  ParsedFile& parsed_;
  const Source& source_;
  const bool has_blocks_;
};

}  // namespace

ParsedFile parse_json_file(std::shared_ptr<Source> source, Dialect dialect) {
  ParsedFile parsed{{source, dialect, {}}, {}};
  JsonReader(parsed, !source->name.ends_with(".tfvars.json")).read();
  return parsed;
}

}  // namespace landfall::hcl
