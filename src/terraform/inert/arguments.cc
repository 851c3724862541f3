#include "terraform/inert/arguments.h"

#include <algorithm>

#include "terraform/change.h"
#include "terraform/decode.h"
#include "terraform/inert/types.h"

namespace landfall::terraform::inert {
namespace {

/// Takes what is refused; blocks of which no more than the name is known stand in the state as they are written.
void relax(Schema& schema) {
  for (Attribute& attribute : schema.attributes) {
    if (attribute.is_carried) attribute.check = nullptr;
    if (!attribute.is_refused) continue;
    attribute.is_refused = false;
    attribute.is_inert = true;
    attribute.check = nullptr;
    if (!attribute.takes_blocks) continue;
    attribute.type = Type::dynamic();
    attribute.is_block_list = true;
  }
  for (Block& block : schema.blocks) relax(block.schema);
}

bool is_nothing(const Value& value) {
  if (!value.has_value()) return value.is_null();
  switch (value.type().kind()) {
    case Type::Kind::string: return value.as_string().empty();
    case Type::Kind::boolean: return !value.as_bool();
    case Type::Kind::number: return value.as_number().sign() == 0;
    default: return value.length() == 0;
  }
}

bool has_uncarried_values(const Attribute& attribute) { return attribute.is_carried || attribute.carried_part; }

/// A list or set of objects, each of which is carried or is not.
bool has_rows(const Attribute& attribute) { return attribute.type.is_collection() && attribute.type.element().has_fields(); }

bool is_wholly_carried(const Attribute& attribute, const Value& value) {
  const Value plain = value.without_marks();
  if (attribute.is_inert) return is_nothing(plain);
  if (attribute.carried_part && plain.has_value()) return attribute.carried_part(plain) == plain;
  if (!attribute.is_carried || !plain.has_value()) return true;
  return has_rows(attribute) ? std::ranges::all_of(plain.elements(), attribute.is_carried) : attribute.is_carried(plain);
}

/// Not, if it or what stands in it holds a value that is not carried, or names a thing that is not made.
bool is_row_carried(const Schema& schema, const Value& row) {
  if (!row.has_value()) return true;
  const bool has_carried_values = std::ranges::all_of(schema.attributes, [&](const Attribute& attribute) {
    const Value* value = row.find(attribute.name);
    if (value == nullptr || attribute.is_inert) return true;
    return !is_made_up_reference(attribute.name, *value) && (!attribute.is_carried || is_wholly_carried(attribute, *value));
  });
  return has_carried_values && std::ranges::all_of(schema.blocks, [&](const Block& block) {
    const Value* rows = row.find(block.name);
    return rows == nullptr || !rows->has_value() || std::ranges::all_of(rows->elements(), [&](const Value& inner) { return is_row_carried(block.schema, inner); });
  });
}

bool has_no_carried_row(const Block& block, const Value& rows) {
  return rows.has_value() && rows.length() > 0 && std::ranges::none_of(rows.elements(), [&](const Value& row) { return is_row_carried(block.schema, row); });
}

/// Whether a required argument, of the thing or of a block in it, names a thing that is not made.
bool needs_made_up(const Schema& schema, const Value& body) {
  if (!body.has_value()) return false;
  const bool by_argument = std::ranges::any_of(schema.attributes, [&](const Attribute& attribute) {
    const Value* value = body.find(attribute.name);
    return attribute.is_required && value != nullptr && is_made_up_reference(attribute.name, *value);
  });
  return by_argument || std::ranges::any_of(schema.blocks, [&](const Block& block) {
    const Value* rows = body.find(block.name);
    return rows != nullptr && rows->has_value() && std::ranges::any_of(rows->elements(), [&](const Value& row) { return needs_made_up(block.schema, row); });
  });
}

/// Whether the thing is told to nobody: an argument that decides is not carried, nothing of a block that must be there, or it
/// needs what is not made.
bool decides_against(const Schema& schema, const Value& instance) {
  const bool by_argument = std::ranges::any_of(schema.attributes, [&](const Attribute& attribute) {
    const Value* value = instance.find(attribute.name);
    const bool is_filled_in = value != nullptr && !value->is_known() && attribute.is_computed;
    return attribute.decides && value != nullptr && !is_filled_in && !is_wholly_carried(attribute, *value);
  });
  return by_argument || needs_made_up(schema, instance) || std::ranges::any_of(schema.blocks, [&](const Block& block) {
    const Value* rows = instance.find(block.name);
    return block.least > 0 && rows != nullptr && has_no_carried_row(block, *rows);
  });
}

bool is_all_inert(const Schema& schema) {
  return std::ranges::all_of(schema.attributes, &Attribute::is_inert) && std::ranges::all_of(schema.blocks, [](const Block& block) { return is_all_inert(block.schema); });
}

Value carried_part(const Value& value, const Schema& schema);

Value carried_rows(const Value& value, const Block& block) {
  if (!value.has_value()) return value;
  std::vector<Value> rows;
  for (const Value& row : value.elements()) {
    if (is_row_carried(block.schema, row)) rows.push_back(carried_part(row, block.schema));
  }
  return Value::tuple(std::move(rows));
}

Value carried_value(const Attribute& attribute, const Value& value) {
  if (attribute.carried_part) return value.has_value() ? attribute.carried_part(value.without_marks()).with_marks(value.marks()) : value;
  if (!has_rows(attribute) || !value.has_value()) return is_wholly_carried(attribute, value) ? value : Value::null(attribute.type);
  std::vector<Value> rows;
  for (const Value& row : value.elements()) {
    if (!attribute.is_carried || attribute.is_carried(row)) rows.push_back(row);
  }
  return fit(Value::tuple(std::move(rows)), attribute.type).value_or(value);
}

Value carried_part(const Value& value, const Schema& schema) {
  if (!value.has_value() || !value.type().has_fields()) return value;
  std::vector<Value::Field> fields;
  for (const auto& [name, member] : value.fields()) {
    const Attribute* attribute = schema.attribute(name);
    const Block* block = schema.block(name);
    if (attribute != nullptr && attribute->is_inert) continue;
    if (block != nullptr && is_all_inert(block->schema)) continue;
    fields.push_back({name, block != nullptr ? carried_rows(member, *block) : attribute != nullptr && has_uncarried_values(*attribute) ? carried_value(*attribute, member) : member});
  }
  return Value::object(std::move(fields));
}

Type type_of(const Block& block) { return block.is_set ? Type::set(block.schema.type()) : Type::list(block.schema.type()); }

/// Whether the two say the same to who does not know of what is inert; sets in any order.
bool is_told_same(const Block& block, const Value& a, const Value& b) {
  const auto told = [&](const Value& value) {
    const Value rows = carried_rows(value, block);
    return fit(rows, type_of(block)).value_or(rows);
  };
  return is_alike(told(a), told(b));
}

void collect(const Value& value, const Schema& schema, const std::string& before, std::vector<std::string>& names) {
  if (!value.has_value() || !value.type().has_fields()) return;
  for (const Attribute& attribute : schema.attributes) {
    const Value* found = value.find(attribute.name);
    const std::string name = before + attribute.name;
    const bool names_unmade = !before.empty() && found != nullptr && is_made_up_reference(attribute.name, *found);
    if (found == nullptr || (is_wholly_carried(attribute, *found) && !names_unmade) || (!found->is_known() && attribute.is_computed)) continue;
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  for (const Block& block : schema.blocks) {
    const Value* found = value.find(block.name);
    if (found == nullptr || !found->has_value()) continue;
    for (const Value& element : found->elements()) collect(element, block.schema, before + block.name + ".", names);
  }
}

bool is_made_up(const Record& state) { return is_inert_id(state.text("id")); }

}  // namespace

WithInertArguments::WithInertArguments(std::string name, std::unique_ptr<ResourceType> type, bool takes_refused) : name_(std::move(name)), type_(std::move(type)), schema_(type_->schema()) {
  if (takes_refused) relax(schema_);
}

bool WithInertArguments::is_not_made(const Value& instance) const { return instance.has_value() && decides_against(schema_, instance); }

Record WithInertArguments::carried(const Record& record) const { return Record(carried_part(record.to_value(), schema_)); }

/// What was made cannot turn into what is only recorded, nor the other way.
Result<void> WithInertArguments::adjust(const Cloud& cloud, const Planned& plan) const {
  const bool is_recorded = is_not_made(plan.planned.to_value());
  if (plan.prior != nullptr && is_recorded != is_made_up(*plan.prior)) {
    plan.planned.set("id", Value::unknown(Type::string()));
    plan.replaced_by.push_back("id");
  }
  return is_recorded ? Result<void>() : type_->adjust(cloud, plan);
}

Result<void> WithInertArguments::create(const Cloud& cloud, const Record& planned, Record& state) const {
  if (!is_not_made(planned.to_value())) return type_->create(cloud, carried(planned), state);
  const Instance instance{.type = name_, .id = inert_id(cloud.ids->hex(kIdDigits)), .region = cloud.region, .account = cloud.account};
  state.set("id", instance.id);
  for (const Attribute& attribute : schema_.attributes) {
    const bool is_the_clouds = attribute.is_computed && !attribute.is_optional && attribute.type == Type::string();
    if (is_the_clouds && state.value(attribute.name).is_null()) state.set(attribute.name, plausible(instance, attribute.name, {}));
  }
  return {};
}

Result<bool> WithInertArguments::read(const Cloud& cloud, Record& state) const {
  if (is_made_up(state)) return true;
  const Record before = state;
  if (!TRY(type_->read(cloud, state))) return false;
  for (const Attribute& attribute : schema_.attributes) {
    const Value was = before.value(attribute.name);
    if (was.is_null() || is_wholly_carried(attribute, was)) continue;
    if (attribute.is_inert || (!has_rows(attribute) && !attribute.carried_part)) {
      state.set(attribute.name, was);
      continue;
    }
    const Value now = TRY(fit(state.value(attribute.name), attribute.type)), told = carried_value(attribute, TRY(fit(was, attribute.type)));
    if (now == told || (attribute.is_same && attribute.is_same(now, told))) state.set(attribute.name, was);
  }
  for (const Block& block : schema_.blocks) {
    const Value was = before.value(block.name);
    if (!was.has_value()) continue;
    if (has_no_carried_row(block, was) || is_told_same(block, TRY(fit(state.value(block.name), type_of(block))), TRY(fit(was, type_of(block))))) state.set(block.name, was);
  }
  return true;
}

Result<void> WithInertArguments::update(const Cloud& cloud, const Record& prior, const Record& planned) const {
  return is_made_up(prior) ? Result<void>() : type_->update(cloud, carried(prior), carried(planned));
}

Result<void> WithInertArguments::update_state(const Cloud& cloud, const Record& prior, const Record& planned, Record& state) const {
  return is_made_up(prior) ? Result<void>() : type_->update_state(cloud, carried(prior), carried(planned), state);
}

Result<void> WithInertArguments::destroy(const Cloud& cloud, const Record& state) const { return is_made_up(state) ? Result<void>() : type_->destroy(cloud, state); }

std::vector<std::string> WithInertArguments::recorded(const Value& instance) const {
  std::vector<std::string> names;
  collect(instance, schema_, "", names);
  return names;
}

}  // namespace landfall::terraform::inert
