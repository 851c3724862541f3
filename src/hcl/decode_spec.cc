#include "hcl/decode_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/text.h"
#include "hcl/convert.h"
#include "hcl/scanner.h"
#include "hcl/type_constraint.h"

namespace landfall::hcl {
namespace {

/// One block of a specification.
struct Spec {
  std::string kind;
  std::string name;  ///< of the attribute or the block type
  Type type{};       ///< of attr; of the elements of block_attrs
  bool is_required = false;
  int64_t least = 0, most = 0;
  std::vector<std::string> labels{};
  Value value{};                         ///< of literal
  const Expression* result = nullptr;    ///< of transform
  std::vector<std::pair<std::string, Spec>> inner{};  ///< the names count in object alone
  bool is_leaf() const { return kind == "attr" || kind == "literal" || kind == "block_attrs"; }
  bool is_of_blocks() const { return kind.starts_with("block"); }
};

const std::set<std::string, std::less<>> kKinds{"object", "array", "attr", "block", "block_list", "block_tuple", "block_set", "block_map", "block_object", "block_attrs", "literal", "default", "transform"};

class SpecReader {
 public:
  explicit SpecReader(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  Spec read(const Block& block, const std::string& default_name) {
    Spec spec{.kind = block.type, .name = default_name};
    if (!kKinds.contains(block.type)) {
      diagnostics_.error(block.type_range, "Unsupported block type", fmt::format("\"{}\" is not a kind of specification.", block.type));
      return spec;
    }
    for (const Attribute& attribute : block.body.attributes) read_argument(attribute, spec);
    if (spec.name.empty() && (spec.kind == "attr" || spec.is_of_blocks())) missing(block, spec.kind == "attr" ? "name" : "block_type");
    if (spec.kind == "literal" && block.body.find("value") == nullptr) missing(block, "value");
    if (spec.kind == "transform" && spec.result == nullptr) missing(block, "result");
    if ((spec.kind == "block_map" || spec.kind == "block_object") && spec.labels.empty()) missing(block, "labels");
    const bool is_object = spec.kind == "object";
    for (const Block& inner : block.body.blocks) {
      if (is_object && inner.labels.size() != 1) {
        diagnostics_.error(inner.header_range, "Invalid spec block", "Each block in an object block must have exactly one label: the name of the property that it makes.");
        continue;
      }
      const bool passes_name = spec.kind == "default" || spec.kind == "transform";
      const std::string name = inner.labels.empty() ? (passes_name ? default_name : "") : inner.labels[0].text;
      spec.inner.emplace_back(name, read(inner, name));
    }
    const bool wants_one = !spec.is_leaf() && !is_object && spec.kind != "array" && spec.kind != "default";
    if (wants_one && spec.inner.size() != 1) diagnostics_.error(block.header_range, "Invalid spec block", fmt::format("A {} block needs exactly one nested specification.", spec.kind));
    if (spec.kind == "default" && spec.inner.empty()) diagnostics_.error(block.header_range, "Invalid spec block", "A default block needs at least one nested specification.");
    return spec;
  }

 private:
  void missing(const Block& block, const char* name) { diagnostics_.error(block.body.range, "Missing required argument", fmt::format("The argument \"{}\" is required, but no definition was found.", name)); }

  Value constant(const Expression& expression) {
    Evaluated found = evaluate(expression, MapScope());
    diagnostics_.append(std::move(found.diagnostics));
    return found.value;
  }

  void read_argument(const Attribute& attribute, Spec& spec) {
    const Expression& value = *attribute.value;
    if (attribute.name == "type" || attribute.name == "element_type") {
      const std::string* quoted = value.as_constant_string();
      if (quoted != nullptr) {
        const auto parsed = Type::parse(*quoted);
        if (parsed) spec.type = *parsed;
        else diagnostics_.error(value.range, "Invalid type specification", parsed.error().what);
        return;
      }
      ParsedType parsed = type_of_constraint(value);
      diagnostics_.append(std::move(parsed.diagnostics));
      spec.type = parsed.type;
    } else if (attribute.name == "name" || attribute.name == "block_type") {
      const Value text = constant(value);
      if (text.has_value() && text.is(Type::Kind::string)) spec.name = text.as_string();
    } else if (attribute.name == "required") {
      const Value flag = constant(value);
      spec.is_required = flag.has_value() && flag.is(Type::Kind::boolean) && flag.as_bool();
    } else if (attribute.name == "min_items" || attribute.name == "max_items") {
      const Value number = constant(value);
      const auto whole = number.has_value() && number.is(Type::Kind::number) ? number.as_number().as_int64() : std::nullopt;
      (attribute.name == "min_items" ? spec.least : spec.most) = whole.value_or(0);
    } else if (attribute.name == "labels") {
      const Value list = constant(value);
      if (!list.has_value() || !list.type().is_sequence()) return;
      for (const Value& label : list.elements()) spec.labels.push_back(label.has_value() && label.is(Type::Kind::string) ? label.as_string() : "");
    } else if (attribute.name == "value") {
      spec.value = constant(value);
    } else if (attribute.name == "result") {
      spec.result = &value;
    } else {
      diagnostics_.error(attribute.name_range, "Unsupported argument", fmt::format("An argument named \"{}\" is not expected here.", attribute.name));
    }
  }

  Diagnostics& diagnostics_;
};

/// The type that a specification's value has, as far as it is known without a file.
Type implied(const Spec& spec) {
  const Type inner = spec.inner.empty() ? Type::dynamic() : implied(spec.inner[0].second);
  if (spec.kind == "attr") return spec.type;
  if (spec.kind == "literal") return spec.value.type();
  if (spec.kind == "block" || spec.kind == "default") return inner;
  if (spec.kind == "block_list") return Type::list(inner);
  if (spec.kind == "block_set") return Type::set(inner);
  if (spec.kind == "block_attrs") return Type::map(spec.type);
  if (spec.kind == "block_map") {
    Type type = inner;
    for (size_t i = 0; i < spec.labels.size(); ++i) type = Type::map(type);
    return type;
  }
  if (spec.kind == "object") {
    std::vector<Type::Attribute> attributes;
    for (const auto& [name, one] : spec.inner) attributes.push_back({.name = name, .type = implied(one)});
    return Type::object(std::move(attributes));
  }
  if (spec.kind == "array") {
    std::vector<Type> elements;
    for (const auto& [name, one] : spec.inner) elements.push_back(implied(one));
    return Type::tuple(std::move(elements));
  }
  return Type::dynamic();
}

/// Bodies that are read as one.
using Bodies = std::vector<const Body*>;

class SpecDecoder {
 public:
  SpecDecoder(const Scope& scope, Diagnostics& diagnostics) : scope_(scope), diagnostics_(diagnostics) {}

  Value body(const Spec& spec, const Bodies& bodies) {
    check_names(spec, bodies);
    return decode(spec, bodies);
  }

 private:
  /// Names of arguments and of block types (with their count of labels) that a specification reads in one body.
  struct Names {
    std::set<std::string> arguments, required;
    std::map<std::string, size_t> blocks;
  };

  static void collect(const Spec& spec, Names& names) {
    if (spec.kind == "attr") {
      names.arguments.insert(spec.name);
      if (spec.is_required) names.required.insert(spec.name);
    } else if (spec.is_of_blocks()) {
      names.blocks[spec.name] = spec.labels.size();
    } else if (spec.kind == "default") {
      for (const auto& [name, inner] : spec.inner) collect(inner, names);
    } else {
      for (const auto& [name, inner] : spec.inner) collect(inner, names);
    }
  }

  void check_names(const Spec& spec, const Bodies& bodies) {
    Names names;
    collect(spec, names);
    std::vector<std::string> arguments(names.arguments.begin(), names.arguments.end()), blocks;
    for (const auto& [name, labels] : names.blocks) blocks.push_back(name);
    const auto near = [](const std::string& word, const std::vector<std::string>& known) {
      const std::string found = nearest(word, known);
      return found.empty() ? std::string() : fmt::format(" Did you mean \"{}\"?", found);
    };
    std::set<std::string> given;
    for (const Body* body : bodies) {
      for (const Attribute& attribute : body->attributes) {
        given.insert(attribute.name);
        if (names.arguments.contains(attribute.name)) continue;
        const bool is_block = names.blocks.contains(attribute.name);
        diagnostics_.error(attribute.name_range, "Unsupported argument",
                           fmt::format("An argument named \"{}\" is not expected here.{}", attribute.name, is_block ? fmt::format(" Did you mean to define a block of type \"{}\"?", attribute.name) : near(attribute.name, arguments)));
      }
      for (const Block& block : body->blocks) {
        if (names.blocks.contains(block.type)) {
          check_labels(block, names.blocks[block.type]);
          continue;
        }
        const bool is_argument = names.arguments.contains(block.type);
        diagnostics_.error(block.type_range, "Unsupported block type",
                           fmt::format("Blocks of type \"{0}\" are not expected here.{1}", block.type, is_argument ? fmt::format(" Did you mean to define argument \"{}\"? If so, use the equals sign to assign it a value.", block.type) : near(block.type, blocks)));
      }
    }
    for (const std::string& name : names.required) {
      if (!given.contains(name)) diagnostics_.error(end_of(bodies), "Missing required argument", fmt::format("The argument \"{}\" is required, but no definition was found.", name));
    }
  }

  void check_labels(const Block& block, size_t wanted) {
    if (block.labels.size() > wanted) {
      diagnostics_.error(block.labels[wanted].range, fmt::format("Extraneous label for {}", block.type), wanted == 0 ? fmt::format("No labels are expected for {} blocks.", block.type) : fmt::format("Only {} labels are expected for {} blocks.", wanted, block.type));
    } else if (block.labels.size() < wanted) {
      diagnostics_.error(open_brace_of(block), fmt::format("Missing label for {}", block.type), fmt::format("All {} blocks must have {} labels.", block.type, wanted));
    }
  }

  static Range open_brace_of(const Block& block) {
    const Position end = block.header_range.end;
    const std::string_view rest = std::string_view(block.header_range.source->text).substr(end.byte);
    const Position brace = advance(end, rest.substr(0, std::min(rest.find('{'), rest.size())));
    return {block.header_range.source, brace, advance(brace, "{")};
  }

  static Range end_of(const Bodies& bodies) { return bodies.back()->range; }

  static std::vector<const Block*> blocks_of(const Spec& spec, const Bodies& bodies) {
    std::vector<const Block*> found;
    for (const Body* body : bodies) {
      for (const Block& block : body->blocks) {
        if (block.type == spec.name && block.labels.size() == spec.labels.size()) found.push_back(&block);
      }
    }
    return found;
  }

  Value decode(const Spec& spec, const Bodies& bodies) {
    if (spec.kind == "attr") return attribute(spec, bodies);
    if (spec.kind == "literal") return spec.value;
    if (spec.kind == "object") {
      std::vector<Value::Field> fields;
      for (const auto& [name, inner] : spec.inner) fields.push_back({name, decode(inner, bodies)});
      return Value::object(std::move(fields));
    }
    if (spec.kind == "array") {
      std::vector<Value> elements;
      for (const auto& [name, inner] : spec.inner) elements.push_back(decode(inner, bodies));
      return Value::tuple(std::move(elements));
    }
    if (spec.kind == "default") {
      Value found;
      for (const auto& [name, inner] : spec.inner) {
        found = decode(inner, bodies);
        if (!found.is_null()) break;
      }
      return found;
    }
    if (spec.kind == "transform") {
      const Value nested = decode(spec.inner[0].second, bodies);
      return take(evaluate(*spec.result, MapScope({{"nested", nested}})));
    }
    return of_blocks(spec, bodies);
  }

  Value take(Evaluated found) {
    diagnostics_.append(std::move(found.diagnostics));
    return found.value;
  }

  Value attribute(const Spec& spec, const Bodies& bodies) {
    for (const Body* body : bodies) {
      const Attribute* found = body->find(spec.name);
      if (found == nullptr) continue;
      Evaluated value = evaluate(*found->value, scope_);
      const bool ok = value.ok();
      diagnostics_.append(std::move(value.diagnostics));
      if (!ok) return Value::unknown(spec.type);
      auto converted = convert(value.value, spec.type);
      if (converted) return *converted;
      diagnostics_.error(found->value->range, "Incorrect attribute value type", fmt::format("Inappropriate value for attribute \"{}\": {}.", spec.name, converted.error().what));
      return Value::unknown(spec.type);
    }
    return Value::null(spec.type);
  }

  Value of_blocks(const Spec& spec, const Bodies& bodies) {
    const std::vector<const Block*> blocks = blocks_of(spec, bodies);
    if (spec.kind == "block" || spec.kind == "block_attrs") return single(spec, blocks, bodies);
    if (static_cast<int64_t>(blocks.size()) < spec.least) {
      diagnostics_.error(end_of(bodies), fmt::format("Insufficient {} blocks", spec.name), fmt::format("At least {} \"{}\" blocks are required.", spec.least, spec.name));
    } else if (spec.most > 0 && static_cast<int64_t>(blocks.size()) > spec.most) {
      diagnostics_.error(blocks[static_cast<size_t>(spec.most)]->header_range, fmt::format("Too many {} blocks", spec.name), fmt::format("No more than {} \"{}\" blocks are allowed", spec.most, spec.name));
    }
    if (spec.kind == "block_map" || spec.kind == "block_object") return labelled(spec, blocks, 0);
    std::vector<Value> elements;
    for (const Block* block : blocks) elements.push_back(body(spec.inner[0].second, {&block->body}));
    return collection(spec, std::move(elements), end_of(bodies));
  }

  Value single(const Spec& spec, const std::vector<const Block*>& blocks, const Bodies& bodies) {
    if (blocks.empty()) {
      if (spec.is_required) diagnostics_.error(end_of(bodies), fmt::format("Missing {} block", spec.name), fmt::format("A block of type \"{}\" is required here.", spec.name));
      return Value::null(implied(spec));
    }
    if (blocks.size() > 1) diagnostics_.error(blocks[1]->header_range, fmt::format("Duplicate {} block", spec.name), fmt::format("Only one block of type \"{}\" is allowed. Previous definition was at {}:{}.", spec.name, blocks[0]->header_range.source->name, blocks[0]->header_range.start.line));
    if (spec.kind == "block") return body(spec.inner[0].second, {&blocks[0]->body});
    std::vector<Value::Field> fields;
    for (const Block& nested : blocks[0]->body.blocks) diagnostics_.error(nested.type_range, fmt::format("Unexpected \"{}\" block", nested.type), "Blocks are not allowed here.");
    for (const Attribute& each : blocks[0]->body.attributes) {
      Evaluated value = evaluate(*each.value, scope_, spec.type);
      diagnostics_.append(std::move(value.diagnostics));
      fields.push_back({each.name, std::move(value.value)});
    }
    std::vector<Type> types;
    for (const Value::Field& field : fields) types.push_back(field.value.type());
    const Type element = spec.type.is_dynamic() && !types.empty() ? unify(types).type : spec.type;
    for (Value::Field& field : fields) field.value = convert(field.value, element).value_or(Value::unknown(element));
    return Value::map(element, std::move(fields));
  }

  Value labelled(const Spec& spec, const std::vector<const Block*>& blocks, size_t level) {
    std::vector<std::pair<std::string, std::vector<const Block*>>> groups;
    for (const Block* block : blocks) {
      const std::string& label = block->labels[level].text;
      auto group = std::ranges::find(groups, label, [](const auto& g) { return g.first; });
      if (group == groups.end()) group = groups.insert(groups.end(), {label, {}});
      group->second.push_back(block);
    }
    std::vector<Value::Field> fields;
    for (const auto& [label, members] : groups) {
      if (level + 1 < spec.labels.size()) {
        fields.push_back({label, labelled(spec, members, level + 1)});
        continue;
      }
      for (const Block* second : std::span(members).subspan(1)) diagnostics_.error(second->header_range, fmt::format("Duplicate {} block", spec.name), fmt::format("A block with the label \"{}\" was defined already at {}:{}.", label, members[0]->header_range.source->name, members[0]->header_range.start.line));
      fields.push_back({label, body(spec.inner[0].second, {&members[0]->body})});
    }
    if (spec.kind == "block_object") return Value::object(std::move(fields));
    std::vector<Type> types;
    for (const Value::Field& field : fields) types.push_back(field.value.type());
    Type element = implied(spec);
    for (size_t i = 0; i <= level; ++i) element = element.element();
    if (!types.empty()) {
      const Unified one = unify(types);
      if (!one.found && !one.type.is_dynamic()) diagnostics_.error(blocks[0]->header_range, "Inconsistent blocks", fmt::format("The {} blocks must all be of one type.", spec.name));
      element = one.type;
    }
    for (Value::Field& field : fields) field.value = convert(field.value, element).value_or(field.value);
    if (element.is_dynamic() && !fields.empty()) return Value::object(std::move(fields));
    return Value::map(element, std::move(fields));
  }

  Value collection(const Spec& spec, std::vector<Value> elements, const Range& at) {
    if (spec.kind == "block_tuple") return Value::tuple(std::move(elements));
    Type element = implied(spec.inner[0].second);
    if (!elements.empty()) {
      std::vector<Type> types;
      for (const Value& value : elements) types.push_back(value.type());
      element = unify(types).type;
      if (element.is_dynamic() && std::ranges::any_of(types, [](const Type& t) { return !t.is_dynamic(); })) {
        diagnostics_.error(at, fmt::format("Unconsistent argument types in {} blocks", spec.name), "Corresponding attributes in all blocks of this type must be the same.");
        return Value::unknown(implied(spec));
      }
      for (Value& value : elements) value = convert(value, element).value_or(value);
    }
    return spec.kind == "block_set" ? Value::set(element, std::move(elements)) : Value::list(element, std::move(elements));
  }

  const Scope& scope_;
  Diagnostics& diagnostics_;
};

void collect_references(const Spec& spec, const Bodies& bodies, std::vector<const Reference*>& found) {
  for (const Body* body : bodies) {
    if (spec.kind == "attr") {
      const Attribute* attribute = body->find(spec.name);
      if (attribute == nullptr) continue;
      for (const Reference* reference : attribute->value->references()) found.push_back(reference);
    } else if (spec.is_of_blocks()) {
      for (const Block& block : body->blocks) {
        if (block.type != spec.name) continue;
        if (spec.kind == "block_attrs") {
          for (const Attribute& each : block.body.attributes) for (const Reference* reference : each.value->references()) found.push_back(reference);
        } else {
          collect_references(spec.inner[0].second, {&block.body}, found);
        }
      }
    }
  }
  if (spec.is_of_blocks()) return;
  for (const auto& [name, inner] : spec.inner) collect_references(inner, bodies, found);
}

Bodies bodies_of(std::span<const File> files) {
  Bodies bodies;
  for (const File& file : files) bodies.push_back(&file.body);
  return bodies;
}

}  // namespace

struct DecodeSpec::Impl {
  ParsedFile file;
  Spec root{};
  std::map<std::string, Value, std::less<>> variables{};
};

DecodeSpec::DecodeSpec(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
DecodeSpec::~DecodeSpec() = default;
const std::map<std::string, Value, std::less<>>& DecodeSpec::variables() const { return impl_->variables; }

std::unique_ptr<DecodeSpec> DecodeSpec::parse(std::string_view name, std::string_view text, Diagnostics& diagnostics) {
  auto impl = std::make_unique<Impl>(Impl{.file = parse_file(name, text)});
  const Body& body = impl->file.file.body;
  diagnostics.append(impl->file.diagnostics);
  if (diagnostics.has_errors()) return nullptr;
  for (const Attribute& attribute : body.attributes) diagnostics.error(attribute.name_range, "Unsupported argument", fmt::format("An argument named \"{}\" is not expected here.", attribute.name));
  bool has_root = false;
  for (const Block& block : body.blocks) {
    if (block.type == "variables") {
      for (const Attribute& attribute : block.body.attributes) {
        Evaluated value = evaluate(*attribute.value, MapScope());
        diagnostics.append(std::move(value.diagnostics));
        impl->variables.insert_or_assign(attribute.name, std::move(value.value));
      }
    } else if (block.type == "function") {
      diagnostics.error(block.type_range, "Unsupported block type", "Functions of specifications are not supported by Landfall.");
    } else if (std::exchange(has_root, true)) {
      diagnostics.error(block.header_range, "Extraneous root spec", "A specification file has one root block.");
    } else {
      impl->root = SpecReader(diagnostics).read(block, "");
    }
  }
  if (!has_root) diagnostics.error(body.range, "Missing root spec", "A specification file must hold a root block: object, array, attr, block, …");
  if (diagnostics.has_errors()) return nullptr;
  return std::unique_ptr<DecodeSpec>(new DecodeSpec(std::move(impl)));
}

Evaluated DecodeSpec::decode(std::span<const File> files, std::map<std::string, Value, std::less<>> variables) const {
  for (const auto& [name, value] : impl_->variables) variables.emplace(name, value);
  const MapScope scope(std::move(variables));
  Evaluated result;
  result.value = SpecDecoder(scope, result.diagnostics).body(impl_->root, bodies_of(files));
  return result;
}

std::vector<const Reference*> DecodeSpec::references(std::span<const File> files) const {
  std::vector<const Reference*> found;
  collect_references(impl_->root, bodies_of(files), found);
  return found;
}

}  // namespace landfall::hcl
