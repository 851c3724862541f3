#include "terraform/evaluation.h"

#include <algorithm>
#include <mutex>

#include <fmt/format.h>

#include "hcl/convert.h"
#include "terraform/checks.h"
#include "terraform/schema.h"
#include "terraform/scope.h"

namespace landfall::terraform {

using hcl::Diagnostics;
using hcl::Type;

struct Evaluation::BlockValues {
  Expansion::Mode mode = Expansion::Mode::single;
  std::map<Key, Value> instances;
  std::optional<Value> whole;  ///< made when asked for, forgotten when an instance changes
};

Evaluation::Evaluation(const Module& root, EvaluationOptions options) : options_(std::move(options)), checks_(std::make_unique<Checks>(root)) {
  instances_[""].push_back(std::make_unique<ModuleInstance>(ModuleInstance{.module = &root, .path = ""}));
}

Evaluation::~Evaluation() = default;

std::vector<const ModuleInstance*> Evaluation::instances_of(const Module& module) const {
  std::shared_lock lock(mutex_);
  std::vector<const ModuleInstance*> list;
  const auto found = instances_.find(module.path);
  if (found == instances_.end()) return list;
  for (const auto& instance : found->second) list.push_back(instance.get());
  return list;
}

void Evaluation::add_instances(const ModuleCall& call, const ModuleInstance& parent, const Expansion& expansion) {
  std::unique_lock lock(mutex_);
  for (const auto& [key, repetition] : expansion.keys) {
    instances_[call.module->path].push_back(std::make_unique<ModuleInstance>(ModuleInstance{
        .module = call.module.get(), .path = dotted(parent.path, "module." + call.name + key.suffix()), .parent = &parent, .call = &call, .repetition = repetition, .key = key}));
  }
}

namespace {

Expansion expand_count(const hcl::Expression& expression, const Value& found, Diagnostics& diagnostics) {
  Expansion expansion{.mode = Expansion::Mode::count, .keys = {}};
  const auto refuse = [&](std::string summary, std::string detail) {
    diagnostics.error(expression.range, std::move(summary), std::move(detail));
    return expansion;
  };
  if (found.is_sensitive()) return refuse("Invalid count argument", "Sensitive values, or values derived from sensitive values, cannot be used as count arguments. If used, the sensitive value could be disclosed as a resource instance key.");
  if (hcl::any(found.marks() & hcl::Marks::ephemeral)) return refuse("Invalid count argument", "The given \"count\" is derived from an ephemeral value: a plan and its apply may find another one, and so another number of instances.");
  // 0.11 counts with booleans: true is 1.
  if (found.has_value() && found.is(Type::Kind::boolean) && expression.dialect == hcl::Dialect::v011) {
    if (found.as_bool()) expansion.keys.push_back({Key::of(0), {.count_index = Value::count(0)}});
    return expansion;
  }
  if (!found.is_known()) return refuse("Invalid count argument", "The \"count\" value depends on resource attributes that cannot be determined until apply, so Landfall cannot predict how many instances will be created. Apply first only what the count depends on (-target).");
  const auto number = hcl::convert(found, Type::number());
  if (!number || number->is_null()) return refuse("Invalid count argument", number ? "The given \"count\" argument value is null. An integer is required." : "The given \"count\" argument value is unsuitable: " + number.error().what + ".");
  const auto whole = number->as_number().as_int64();
  if (!whole || *whole < 0) return refuse("Invalid count argument", fmt::format("The given \"count\" argument value is unsuitable: {} is not a whole number that is 0 or more.", number->as_number().text()));
  for (int64_t i = 0; i < *whole; ++i) expansion.keys.push_back({Key::of(i), {.count_index = Value::count(i)}});
  return expansion;
}

Expansion expand_for_each(const hcl::Expression& expression, const Value& found, Diagnostics& diagnostics) {
  Expansion expansion{.mode = Expansion::Mode::for_each, .keys = {}};
  const auto refuse = [&](std::string detail) {
    diagnostics.error(expression.range, "Invalid for_each argument", std::move(detail));
    return expansion;
  };
  if (found.is_sensitive()) return refuse("Sensitive values, or values derived from sensitive values, cannot be used as for_each arguments. If used, the sensitive value could be disclosed as a resource instance key.");
  if (hcl::any(found.marks() & hcl::Marks::ephemeral)) return refuse("The given \"for_each\" value is derived from an ephemeral value: a plan and its apply may find another one, and so other instances.");
  if (!found.is_known() || (found.has_value() && found.is(Type::Kind::set) && !found.is_wholly_known())) {
    return refuse("The \"for_each\" value depends on resource attributes that cannot be determined until apply, so Landfall cannot determine the full set of keys that will identify the instances of this resource.");
  }
  if (found.is_null()) return refuse("The given \"for_each\" argument value is unsuitable: the given \"for_each\" argument value is null. A map, or set of strings is allowed.");
  if (found.type().has_fields()) {
    for (const auto& [name, value] : found.fields()) expansion.keys.push_back({Key::of(name), {.each_key = Value::string(name), .each_value = value}});
    return expansion;
  }
  if (!found.is(Type::Kind::set)) return refuse(fmt::format("The given \"for_each\" argument value is unsuitable: the \"for_each\" argument must be a map, or set of strings, and you have provided a value of type {}.", found.type().friendly()));
  for (const Value& element : found.elements()) {
    if (!element.has_value() || !element.is(Type::Kind::string)) return refuse("The given \"for_each\" argument value is unsuitable: \"for_each\" supports maps and sets of strings, but you have provided a set containing something else.");
    expansion.keys.push_back({Key::of(element.as_string()), {.each_key = element, .each_value = element}});
  }
  return expansion;
}

bool has_secrets(const Schema& schema) {
  return std::ranges::any_of(schema.attributes, &Attribute::is_sensitive) || std::ranges::any_of(schema.blocks, [](const Block& block) { return has_secrets(block.schema); });
}

Value with_marks_of_schema(Value value, const Schema& schema);

/// Of a set with a secret in it nobody can tell which element has it: all of it is secret.
Value with_marks_of_block(const Value& rows, const Block& block) {
  if (!rows.has_value()) return rows;
  std::vector<Value> elements;
  for (const Value& row : rows.elements()) elements.push_back(with_marks_of_schema(row, block.schema));
  const bool has_marked = std::ranges::any_of(elements, &Value::has_marks_inside);
  if (!has_marked) return rows;
  return block.is_set ? rows.sensitive() : Value::list(block.schema.type(), std::move(elements)).with_marks(rows.marks());
}

Value with_marks_of_schema(Value value, const Schema& schema) {
  if (!value.has_value() || !has_secrets(schema)) return value;
  std::vector<Value::Field> fields(value.fields().begin(), value.fields().end());
  for (Value::Field& field : fields) {
    const Attribute* attribute = schema.attribute(field.name);
    const Block* block = schema.block(field.name);
    if (attribute != nullptr && attribute->is_sensitive && !field.value.is_null()) field.value = field.value.sensitive();
    if (block != nullptr && has_secrets(block->schema)) field.value = with_marks_of_block(field.value, *block);
  }
  return Value::object(std::move(fields)).with_marks(value.marks());
}

}  // namespace

Expansion Evaluation::expand(const hcl::Expression* count, const hcl::Expression* for_each, const ModuleInstance& in, Diagnostics& diagnostics) const {
  const hcl::Expression* expression = count != nullptr ? count : for_each;
  if (expression == nullptr) return {.mode = Expansion::Mode::single, .keys = {{Key{}, Repetition{}}}};
  hcl::Evaluated found = evaluate(*expression, in);
  const bool failed = !found.ok();
  diagnostics.append(std::move(found.diagnostics));
  if (failed) return {.mode = count != nullptr ? Expansion::Mode::count : Expansion::Mode::for_each, .keys = {}};
  return count != nullptr ? expand_count(*expression, found.value, diagnostics) : expand_for_each(*expression, found.value, diagnostics);
}

void Evaluation::set_value(const ModuleInstance& in, const std::string& name, Value value) {
  std::unique_lock lock(mutex_);
  values_.insert_or_assign(in.path + "|" + name, std::move(value));
}

Value Evaluation::value(const ModuleInstance& in, const std::string& name) const {
  std::shared_lock lock(mutex_);
  const auto found = values_.find(in.path + "|" + name);
  return found == values_.end() ? Value::unknown() : found->second;
}

void Evaluation::set_block(const BlockAddress& block, Expansion::Mode mode) {
  std::unique_lock lock(mutex_);
  auto& slot = blocks_[block.text()];
  slot = std::make_unique<BlockValues>();
  slot->mode = mode;
}

void Evaluation::set_instance(const Address& address, Value value) {
  const Schema* schema = options_.schema_of ? options_.schema_of(address.block) : nullptr;
  if (schema != nullptr) value = with_marks_of_schema(std::move(value), *schema);
  std::unique_lock lock(mutex_);
  auto& slot = blocks_[address.block.text()];
  if (!slot) slot = std::make_unique<BlockValues>();
  slot->instances.insert_or_assign(address.key, std::move(value));
  slot->whole.reset();
}

std::optional<Value> Evaluation::instance(const Address& address) const {
  std::shared_lock lock(mutex_);
  const auto block = blocks_.find(address.block.text());
  if (block == blocks_.end()) return std::nullopt;
  const auto found = block->second->instances.find(address.key);
  if (found == block->second->instances.end()) return std::nullopt;
  return found->second;
}

Value Evaluation::whole_block(const BlockAddress& block) const {
  std::unique_lock lock(mutex_);
  const auto found = blocks_.find(block.text());
  if (found == blocks_.end()) return Value::unknown();
  BlockValues& values = *found->second;
  if (values.whole) return *values.whole;
  switch (values.mode) {
    case Expansion::Mode::single:
      values.whole = values.instances.empty() ? Value::unknown() : values.instances.begin()->second;
      break;
    case Expansion::Mode::count: {
      std::vector<Value> elements;
      for (const auto& [key, value] : values.instances) elements.push_back(value);
      values.whole = Value::tuple(std::move(elements));
      break;
    }
    case Expansion::Mode::for_each: {
      std::vector<Value::Field> fields;
      for (const auto& [key, value] : values.instances) fields.push_back({key.text, value});
      values.whole = Value::object(std::move(fields));
      break;
    }
  }
  return *values.whole;
}

/// module.NAME: an object of outputs, or a tuple or object of these.
Value Evaluation::module_value(const ModuleInstance& in, const ModuleCall& call) const {
  std::vector<Value> elements;
  std::vector<Value::Field> fields;
  for (const ModuleInstance* instance : instances_of(*call.module)) {
    if (instance->parent != &in) continue;
    std::vector<Value::Field> outputs;
    for (const auto& [name, config] : call.module->outputs) outputs.push_back({name, value(*instance, "output." + name)});
    Value object = Value::object(std::move(outputs));
    if (call.count == nullptr && call.for_each == nullptr) return object;
    fields.push_back({instance->key.text, object});
    elements.push_back(std::move(object));
  }
  if (call.for_each != nullptr) return Value::object(std::move(fields));
  return call.count != nullptr ? Value::tuple(std::move(elements)) : Value::unknown();
}

hcl::Evaluated Evaluation::evaluate(const hcl::Expression& expression, const ModuleInstance& in, const Repetition& repetition) const {
  return hcl::evaluate(expression, ModuleScope(*this, in, repetition, {}));
}

hcl::Evaluated Evaluation::evaluate(const hcl::Expression& expression, const ModuleInstance& in, const Repetition& repetition, const Type& type) const {
  return hcl::evaluate(expression, ModuleScope(*this, in, repetition, {}), type);
}

std::unique_ptr<hcl::Scope> Evaluation::scope(const ModuleInstance& in, const Repetition& repetition, std::map<std::string, Value, std::less<>> locals) const {
  return std::make_unique<ModuleScope>(*this, in, repetition, std::move(locals));
}

}  // namespace landfall::terraform
