#include "terraform/decode.h"

#include <set>

#include <fmt/format.h>

#include "base/text.h"
#include "hcl/convert.h"

namespace landfall::terraform {
namespace {

using hcl::Body;
using hcl::Diagnostics;
using hcl::Type;
using Locals = std::map<std::string, Value, std::less<>>;

/// Version 6 of the official provider takes a region for each thing; a type that has an attribute of that name means its own.
bool is_meta(const Schema& schema, std::string_view name) { return is_meta_argument(name) || (name == kRegionArgument && schema.attribute(name) == nullptr); }

bool is_own(std::string_view block_type) { return block_type == "lifecycle" || block_type == "provisioner" || block_type == "connection" || block_type == "timeouts"; }

/// 0.11 writes map arguments as blocks, and blocks as arguments.
bool takes_block(const Attribute& attribute, hcl::Dialect dialect) {
  const bool is_map = attribute.type.is(Type::Kind::map) || attribute.type.is_dynamic();
  return attribute.takes_blocks || (is_map && dialect == hcl::Dialect::v011);
}

std::string suggestion(const Schema& schema, const std::string& name) {
  std::vector<std::string> names;
  for (const Attribute& attribute : schema.attributes) names.push_back(attribute.name);
  for (const Block& block : schema.blocks) names.push_back(block.name);
  const std::string near = nearest(name, names);
  return near.empty() ? "" : fmt::format(" Did you mean \"{}\"?", near);
}

Value arranged(const Value& object, const Schema& schema);

/// One object where a block may stand is a list of it.
Value arranged_rows(const Value& rows, const Schema& schema) {
  const Value plain = rows.without_marks();
  if (!plain.has_value()) return rows;
  if (plain.type().has_fields()) return Value::tuple({arranged(rows, schema)});
  if (!plain.type().is_sequence()) return rows;
  std::vector<Value> elements;
  for (const Value& row : plain.elements()) elements.push_back(arranged(row, schema));
  return Value::tuple(std::move(elements));
}

/// An object that stands for a block, with the blocks that its members stand for as lists.
Value arranged(const Value& object, const Schema& schema) {
  const Value plain = object.without_marks();
  if (!plain.has_value() || !plain.type().has_fields()) return object;
  std::vector<Value::Field> fields;
  for (const auto& [name, value] : plain.fields()) {
    const Block* block = schema.block(name);
    fields.push_back({name, block == nullptr ? value : arranged_rows(value, block->schema)});
  }
  return Value::object(std::move(fields)).with_marks(object.marks());
}

class Decoder {
 public:
  Decoder(const Evaluation& evaluation, const ModuleInstance& in, const Repetition& repetition, Diagnostics& diagnostics)
      : evaluation_(evaluation), in_(in), repetition_(repetition), diagnostics_(diagnostics) {}

  Value decode(const Schema& schema, const Body& body, bool skip_meta, const Locals& locals) {
    if (schema.is_ephemeral) is_kept_ = false;
    std::map<std::string, Value, std::less<>> fields;
    for (const hcl::Attribute& written : body.attributes) {
      if (skip_meta && is_meta(schema, written.name)) continue;
      const Attribute* attribute = schema.attribute(written.name);
      if (attribute != nullptr && !is_rows(*attribute)) fields.insert_or_assign(written.name, argument(*attribute, *written.value, locals));
    }
    for (const Block& block : schema.blocks) fields[block.name] = blocks(block, body, locals);
    for (const Attribute& attribute : schema.attributes) {
      if (!fields.contains(attribute.name)) fields[attribute.name] = attribute_from_blocks(attribute, body, locals);
    }
    std::vector<Value::Field> list;
    for (auto& [name, value] : fields) list.push_back({name, std::move(value)});
    return Value::object(std::move(list));
  }

 private:
  Value argument(const Attribute& attribute, const hcl::Expression& expression, const Locals& locals) {
    hcl::Evaluated found = hcl::evaluate(expression, *evaluation_.scope(in_, repetition_, locals));
    const bool failed = !found.ok();
    diagnostics_.append(std::move(found.diagnostics));
    if (failed) return Value::unknown(attribute.type);
    Value value = found.value;
    check_lifetime(attribute, value, expression.range);
    // 2018: a string in a place that wants a list with it.
    const bool wants_list = attribute.type.is(Type::Kind::list) || attribute.type.is(Type::Kind::set);
    if (in_.module->dialect == hcl::Dialect::v011 && wants_list && value.has_value() && value.type().is_primitive()) value = Value::tuple({value});
    auto fitted = fit(value, attribute.type);
    if (!fitted) {
      diagnostics_.error(expression.range, "Incorrect attribute value type", fmt::format("Inappropriate value for attribute \"{}\": {}.", attribute.name, fitted.error().what));
      return Value::unknown(attribute.type);
    }
    check(attribute, *fitted, expression.range);
    return *fitted;
  }

  /// Plans and states keep what is written; of what no run keeps for the next one they must hold nothing.
  void check_lifetime(const Attribute& attribute, const Value& value, const hcl::Range& at) {
    hcl::Marks marks = hcl::Marks::none;
    if (!is_kept_ || attribute.is_write_only || !value.has_marks_inside()) return;
    value.unmark_deep(marks);
    if (!hcl::any(marks & hcl::Marks::ephemeral)) return;
    diagnostics_.error(at, "Invalid use of ephemeral value", fmt::format("Ephemeral values are not valid for \"{}\", because it is not a write-only attribute and must be persisted to state.", attribute.name));
  }

  void check(const Attribute& attribute, const Value& value, const hcl::Range& at) {
    if (!attribute.is_required && !attribute.is_optional && !value.is_null()) {
      diagnostics_.error(at, "Value for unconfigurable attribute", fmt::format("Can't configure a value for \"{}\": its value will be decided automatically based on the result of applying this configuration.", attribute.name));
    } else if (attribute.is_required && value.is_null()) {
      diagnostics_.error(at, "Missing required argument", fmt::format("The argument \"{}\" is required, but the value given is null.", attribute.name));
    } else if (attribute.check && value.has_value() && value.is_wholly_known()) {
      if (const std::string problem = attribute.check(value); !problem.empty()) diagnostics_.error(at, fmt::format("expected {} {}", attribute.name, problem), "");
    }
  }

  /// Written as an argument it may be one object, and stand there several times, as blocks may: `ingress = { … }` of 0.11.
  bool is_rows(const Attribute& attribute) const { return attribute.takes_blocks && in_.module->dialect == hcl::Dialect::v011; }

  /// Adds the objects of what is written as an argument: `action = { … }`, `network = [{ … }, { … }]`. False: not known yet, or wrong.
  bool add_objects(const hcl::Attribute& written, const Locals& locals, std::vector<Value>& objects) {
    hcl::Evaluated found = hcl::evaluate(*written.value, *evaluation_.scope(in_, repetition_, locals));
    const bool failed = !found.ok();
    diagnostics_.append(std::move(found.diagnostics));
    if (failed || !found.value.is_known()) return false;
    const bool is_many = found.value.has_value() && found.value.type().is_sequence();
    if (is_many) objects.insert(objects.end(), found.value.elements().begin(), found.value.elements().end());
    else if (found.value.has_value()) objects.push_back(found.value);
    return true;
  }

  std::optional<Value> from_object(const Block& block, const Value& object, const hcl::Range& at) {
    if (!object.has_value() || !object.type().has_fields()) {
      diagnostics_.error(at, "Incorrect attribute value type", fmt::format("Inappropriate value for \"{}\": an object with the block's arguments is required.", block.name));
      return std::nullopt;
    }
    for (const auto& [name, value] : object.fields()) {
      if (block.schema.attribute(name) == nullptr && block.schema.block(name) == nullptr) {
        diagnostics_.error(at, "Unsupported argument", fmt::format("An argument named \"{}\" is not expected in \"{}\".{}", name, block.name, suggestion(block.schema, name)));
        return std::nullopt;
      }
    }
    auto fitted = fit(arranged(object, block.schema), block.schema.type());
    if (!fitted) {
      diagnostics_.error(at, "Incorrect attribute value type", fmt::format("Inappropriate value for \"{}\": {}.", block.name, fitted.error().what));
      return std::nullopt;
    }
    for (const Attribute& attribute : block.schema.attributes) {
      const Value* value = fitted->find(attribute.name);
      if (attribute.is_required && value->is_null()) diagnostics_.error(at, "Missing required argument", fmt::format("The argument \"{}\" of \"{}\" is required, but no definition was found.", attribute.name, block.name));
      else if (!value->is_null()) check(attribute, *value, at);
    }
    return *fitted;
  }

  static Type list_type(const Block& block) { return block.is_set ? Type::set(block.schema.type()) : Type::list(block.schema.type()); }

  Value collect(const Block& block, std::vector<Value> elements, const hcl::Range& at) {
    if (static_cast<int>(elements.size()) < block.least) {
      diagnostics_.error(at, fmt::format("Insufficient {} blocks", block.name), fmt::format("At least {} \"{}\" block{} required.", block.least, block.name, block.least == 1 ? " is" : "s are"));
    } else if (block.most > 0 && static_cast<int>(elements.size()) > block.most) {
      diagnostics_.error(at, fmt::format("Too many {} blocks", block.name), fmt::format("No more than {} \"{}\" blocks are allowed.", block.most, block.name));
    }
    const Type type = block.schema.type();
    std::vector<Value> fitted;
    for (Value& element : elements) fitted.push_back(fit(element, type).value_or(Value::unknown(type)));
    return block.is_set ? Value::set(type, std::move(fitted)) : Value::list(type, std::move(fitted));
  }

  Value blocks(const Block& block, const Body& body, const Locals& locals) {
    std::vector<Value> elements;
    bool is_unknown = false;
    const hcl::Range* at = &body.range;
    for (const hcl::Attribute& written : body.attributes) {  // of 0.11, and of JSON; in modern files an error that says so
      if (written.name != block.name) continue;
      at = &written.value->range;
      std::vector<Value> objects;
      is_unknown = !add_objects(written, locals, objects) || is_unknown;
      for (const Value& object : objects) {
        if (auto one = from_object(block, object, *at)) elements.push_back(std::move(*one));
      }
    }
    for (const hcl::Block& written : body.blocks) {
      if (written.type == block.name) elements.push_back(decode(block.schema, written.body, false, locals));
      else if (written.type == "dynamic" && !written.labels.empty() && written.labels[0].text == block.name) is_unknown = !expand_dynamic(block, written, locals, elements) || is_unknown;
    }
    if (is_unknown) return Value::unknown(list_type(block));
    return collect(block, std::move(elements), *at);
  }

  /// False: how many there are is not known yet.
  bool expand_dynamic(const Block& block, const hcl::Block& dynamic, const Locals& locals, std::vector<Value>& elements) {
    return each_of_dynamic(dynamic, locals, [&](const Body& content, const Locals& inner) { elements.push_back(decode(block.schema, content, false, inner)); });
  }

  bool each_of_dynamic(const hcl::Block& dynamic, const Locals& locals, const std::function<void(const Body&, const Locals&)>& add) {
    const hcl::Attribute* for_each = dynamic.body.find("for_each");
    const hcl::Attribute* iterator = dynamic.body.find("iterator");
    const hcl::Block* content = nullptr;
    for (const hcl::Block& inner : dynamic.body.blocks) {
      if (inner.type == "content") content = &inner;
    }
    if (for_each == nullptr || content == nullptr) {
      diagnostics_.error(dynamic.header_range, "Missing required argument", "A dynamic block needs the argument \"for_each\" and a block \"content\".");
      return true;
    }
    std::string name = dynamic.labels[0].text;
    if (iterator != nullptr && iterator->value->as_reference() != nullptr) name = iterator->value->as_reference()->root();
    hcl::Evaluated found = hcl::evaluate(*for_each->value, *evaluation_.scope(in_, repetition_, locals));
    const bool failed = !found.ok();
    diagnostics_.append(std::move(found.diagnostics));
    if (failed) return true;
    if (!found.value.is_known()) return false;
    const auto one = [&](const Value& key, const Value& value) {
      Locals inner = locals;
      inner.insert_or_assign(name, Value::object({{"key", key}, {"value", value}}));
      add(content->body, inner);
    };
    const Value& all = found.value;
    if (!all.has_value() || !(all.type().has_fields() || all.type().is_sequence())) {
      diagnostics_.error(for_each->value->range, "Invalid dynamic for_each value", "Cannot use this value in for_each: a collection is required.");
    } else if (all.type().has_fields()) {
      for (const auto& [key, value] : all.fields()) one(Value::string(key), value);
    } else {
      int64_t index = 0;
      for (const Value& element : all.elements()) one(all.is(Type::Kind::set) ? element : Value::count(index++), element);
    }
    return true;
  }

  /// An argument that is written as blocks: `tags { }` of 0.11, `ingress { }`.
  Value attribute_from_blocks(const Attribute& attribute, const Body& body, const Locals& locals) {
    std::vector<Value> found;
    bool is_unknown = false;
    const hcl::Range* at = nullptr;
    const auto add = [&](const Body& content, const Locals& inner) { found.push_back(object_of(content, inner)); };
    for (const hcl::Attribute& written : body.attributes) {
      if (written.name != attribute.name || !is_rows(attribute)) continue;
      at = &written.name_range;
      is_unknown = !add_objects(written, locals, found) || is_unknown;
    }
    for (const hcl::Block& written : body.blocks) {
      const bool is_dynamic = written.type == "dynamic" && !written.labels.empty() && written.labels[0].text == attribute.name;
      if (written.type != attribute.name && !is_dynamic) continue;
      const size_t before = found.size();
      if (is_dynamic) is_unknown = !each_of_dynamic(written, locals, add) || is_unknown;
      else add(written.body, locals);
      // Who makes no block writes nothing: what the cloud has stays. Blocks that are nothing else are told as none.
      if (!is_dynamic || is_unknown || found.size() > before || attribute.is_block_list) at = &written.header_range;
    }
    if (at == nullptr) {
      if (attribute.is_required) diagnostics_.error(body.range, "Missing required argument", fmt::format("The argument \"{}\" is required, but no definition was found.", attribute.name));
      return Value::null(attribute.type);
    }
    if (is_unknown) return Value::unknown(attribute.type);
    if (attribute.is_refused && !found.empty()) {
      diagnostics_.error(*at, fmt::format("expected {} to be left out: Landfall does not support it yet, and --inert all would record it without effect", attribute.name), "");
      return Value::null(attribute.type);
    }
    Value whole = Value::tuple(found);
    if (attribute.is_block_list) return whole;
    if (attribute.type.has_fields() || attribute.type.is_dynamic()) {  // several blocks of a map are one map
      std::vector<Value::Field> fields;
      for (const Value& part : found) fields.insert(fields.end(), part.fields().begin(), part.fields().end());
      whole = Value::object(std::move(fields));
    }
    auto fitted = fit(whole, attribute.type);
    if (!fitted) {
      diagnostics_.error(*at, "Incorrect attribute value type", fmt::format("Inappropriate value for attribute \"{}\": {}.", attribute.name, fitted.error().what));
      return Value::unknown(attribute.type);
    }
    check(attribute, *fitted, *at);
    return *fitted;
  }

  /// Every argument of a body, and blocks in it as lists of objects.
  Value object_of(const Body& body, const Locals& locals) {
    std::vector<Value::Field> fields;
    for (const hcl::Attribute& written : body.attributes) {
      hcl::Evaluated found = hcl::evaluate(*written.value, *evaluation_.scope(in_, repetition_, locals));
      fields.push_back({written.name, found.ok() ? found.value : Value::unknown()});
      diagnostics_.append(std::move(found.diagnostics));
    }
    std::map<std::string, std::vector<Value>> blocks;
    std::set<std::string> unknown;  // how many there are
    for (const hcl::Block& inner : body.blocks) {
      const bool is_dynamic = inner.type == "dynamic" && !inner.labels.empty();
      const std::string& name = is_dynamic ? inner.labels[0].text : inner.type;
      const auto add = [&](const Body& content, const Locals& its) { blocks[name].push_back(object_of(content, its)); };
      if (!is_dynamic) add(inner.body, locals);
      else if (!each_of_dynamic(inner, locals, add)) unknown.insert(name);
    }
    for (auto& [name, list] : blocks) fields.push_back({name, Value::tuple(std::move(list))});
    for (const std::string& name : unknown) fields.push_back({name, Value::unknown()});
    return Value::object(std::move(fields));
  }

  const Evaluation& evaluation_;
  const ModuleInstance& in_;
  const Repetition& repetition_;
  Diagnostics& diagnostics_;
  bool is_kept_ = true;
};

/// What needs nothing else to be known can be wrong before there is an instance. That Landfall does not carry a value is said of
/// instances alone.
void check_constant(const Attribute& attribute, const hcl::Expression& written, hcl::Dialect dialect, Diagnostics& diagnostics) {
  const bool is_of_carriage = attribute.is_refused || attribute.is_carried || attribute.carried_part;
  if (is_of_carriage || attribute.takes_blocks || !written.references().empty() || !written.calls().empty()) return;
  const hcl::Evaluated found = hcl::evaluate(written, hcl::MapScope());
  if (!found.ok() || !found.value.has_value()) return;
  const auto fitted = fit(found.value, attribute.type);
  if (!fitted && dialect == hcl::Dialect::modern) {
    diagnostics.error(written.range, "Incorrect attribute value type", fmt::format("Inappropriate value for attribute \"{}\": {}.", attribute.name, fitted.error().what));
  } else if (fitted && attribute.check && fitted->is_wholly_known()) {
    if (const std::string problem = attribute.check(*fitted); !problem.empty()) diagnostics.error(written.range, fmt::format("expected {} {}", attribute.name, problem), "");
  }
}

/// Blocks written where an attribute takes them: their arguments must be members of the element's type.
void check_block_members(const Attribute& attribute, const Body& body, Diagnostics& diagnostics) {
  if (!attribute.type.is_collection() || !attribute.type.element().is(Type::Kind::object)) return;
  for (const hcl::Attribute& written : body.attributes) {
    if (attribute.type.element().attribute(written.name) == nullptr) diagnostics.error(written.name_range, "Unsupported argument", fmt::format("An argument named \"{}\" is not expected here.", written.name));
  }
}

}  // namespace

Value decode(const Schema& schema, const Body& body, const Evaluation& evaluation, const ModuleInstance& in, const Repetition& repetition, bool skip_meta,
             Diagnostics& diagnostics) {
  return Decoder(evaluation, in, repetition, diagnostics).decode(schema, body, skip_meta, {});
}

void check_names(const Schema& schema, const Body& body, hcl::Dialect dialect, bool skip_meta, Diagnostics& diagnostics) {
  std::set<std::string> given;
  const bool is_legacy = dialect == hcl::Dialect::v011;
  for (const hcl::Attribute& written : body.attributes) {
    given.insert(written.name);
    if (skip_meta && is_meta(schema, written.name)) continue;
    if (const Attribute* attribute = schema.attribute(written.name)) {
      check_constant(*attribute, *written.value, dialect, diagnostics);
      continue;
    }
    const Block* block = schema.block(written.name);
    if (block != nullptr && (is_legacy || body.is_json)) continue;
    if (block != nullptr) diagnostics.error(written.name_range, "Unsupported argument", fmt::format("An argument named \"{}\" is not expected here. Did you mean to define a block of type \"{}\"?", written.name, written.name));
    else diagnostics.error(written.name_range, "Unsupported argument", fmt::format("An argument named \"{}\" is not expected here.{}", written.name, suggestion(schema, written.name)));
  }
  for (const hcl::Block& written : body.blocks) {
    const bool is_dynamic = written.type == "dynamic" && !written.labels.empty();
    const std::string& name = is_dynamic ? written.labels[0].text : written.type;
    given.insert(name);
    if (skip_meta && is_own(name)) continue;
    const Body* content = &written.body;
    if (is_dynamic) {
      for (const hcl::Block& inner : written.body.blocks) {
        if (inner.type == "content") content = &inner.body;
      }
    }
    if (const Block* block = schema.block(name)) {
      check_names(block->schema, *content, dialect, false, diagnostics);
      continue;
    }
    const Attribute* attribute = schema.attribute(name);
    if (attribute != nullptr && takes_block(*attribute, dialect)) {
      check_block_members(*attribute, *content, diagnostics);
    } else if (attribute != nullptr) {
      diagnostics.error(written.type_range, "Unsupported block type", fmt::format("Blocks of type \"{}\" are not expected here. Did you mean to define argument \"{}\"? If so, use the equals sign to assign it a value.", name, name));
    } else {
      diagnostics.error(written.type_range, "Unsupported block type", fmt::format("Blocks of type \"{}\" are not expected here.{}", name, suggestion(schema, name)));
    }
  }
  for (const Attribute& attribute : schema.attributes) {
    if (attribute.is_required && !given.contains(attribute.name)) {
      diagnostics.error(body.range, "Missing required argument", fmt::format("The argument \"{}\" is required, but no definition was found.", attribute.name));
    }
  }
}

void check_region(const Schema& schema, const ResourceConfig& resource, const Evaluation& evaluation, const ModuleInstance& in, const Repetition& repetition, std::string_view provider_region, Diagnostics& diagnostics) {
  const hcl::Attribute* written = resource.block->body.find(kRegionArgument);
  if (written == nullptr || schema.attribute(kRegionArgument) != nullptr) return;
  if (!resource.type.starts_with("aws_")) return diagnostics.error(written->name_range, "Unsupported argument", fmt::format("An argument named \"{}\" is not expected here.", kRegionArgument));
  const hcl::Evaluated region = evaluation.evaluate(*written->value, in, repetition, Type::string());
  diagnostics.append(region.diagnostics);
  if (!region.ok() || region.value.is_null()) return;
  if (!region.value.is_known()) return diagnostics.error(written->value->range, "Unknown region", "The region of a resource must be known when a plan is made.");
  const std::string found = region.value.without_marks().as_string();
  if (found != provider_region) diagnostics.error(written->value->range, "Region is not the provider's", fmt::format("Landfall makes a resource in the region of its provider, which is \"{}\"; found \"{}\". Use a provider with an alias for that region.", provider_region, found));
}

Result<Value> fit(const Value& value, const Type& type) {
  const Value plain = value.without_marks();
  const auto keep_marks = [&](Value made) { return made.with_marks(value.marks()); };
  if (type.is_dynamic()) return value;
  if (plain.is_null()) return keep_marks(Value::null(type));
  if (!plain.is_known()) return keep_marks(Value::unknown(type));
  if (type.is(Type::Kind::object)) {
    if (!plain.type().has_fields()) return fail("Terraform.Type", "object required");
    std::vector<Value::Field> fields;
    for (const Type::Attribute& attribute : type.attributes()) {
      const Value* found = plain.find(attribute.name);
      auto fitted = fit(found == nullptr ? Value() : *found, attribute.type);
      if (!fitted) return fail("Terraform.Type", fmt::format("attribute \"{}\": {}", attribute.name, fitted.error().what));
      fields.push_back({attribute.name, std::move(*fitted)});
    }
    return keep_marks(Value::object(std::move(fields)));
  }
  if (type.is_collection() && !type.is(Type::Kind::map) && type.element().is(Type::Kind::object)) {
    if (!plain.type().is_sequence()) return fail("Terraform.Type", fmt::format("{} required", type.friendly()));
    std::vector<Value> elements;
    for (const Value& element : plain.elements()) {
      auto fitted = fit(element, type.element());
      if (!fitted) return fail("Terraform.Type", fmt::format("element {}: {}", elements.size(), fitted.error().what));
      elements.push_back(std::move(*fitted));
    }
    return keep_marks(type.is(Type::Kind::set) ? Value::set(type.element(), std::move(elements)) : Value::list(type.element(), std::move(elements)));
  }
  return hcl::convert(value, type);
}

}  // namespace landfall::terraform
