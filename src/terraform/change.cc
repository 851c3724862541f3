#include "terraform/change.h"

#include <algorithm>

#include "terraform/decode.h"
#include "terraform/state_value.h"
#include "terraform/value_mirror.h"

namespace landfall::terraform {
namespace {

using hcl::Type;

bool is_empty(const Value& value) {
  if (!value.is_known()) return false;
  if (value.is_null()) return true;
  switch (value.type().kind()) {
    case Type::Kind::string: return value.as_string().empty();
    case Type::Kind::number: return value.as_number().sign() == 0;
    case Type::Kind::boolean: return !value.as_bool();
    case Type::Kind::list:
    case Type::Kind::set:
    case Type::Kind::map:
    case Type::Kind::tuple: return value.length() == 0;
    case Type::Kind::object: return std::ranges::all_of(value.fields(), [](const Value::Field& f) { return is_empty(f.value); });
    case Type::Kind::dynamic: return false;
  }
  return false;
}

const Value& member(const Value& object, std::string_view name) {
  static const Value none;
  if (!object.has_value() || !object.type().has_fields()) return none;
  const Value* found = object.find(name);
  return found == nullptr ? none : *found;
}

/// `is_new`: nothing is there yet whose attribute this could be. `is_exact`: null and empty are not the same.
Value propose_attribute(const Attribute& attribute, const Value& prior, const Value& config, bool is_new, bool is_exact) {
  if (attribute.is_write_only) return Value::null(attribute.type);
  if (!config.is_null()) {
    if (!prior.is_null() && prior.is_known() && config.is_wholly_known()) {
      if (config == prior) return prior;
      if (attribute.is_same && attribute.is_same(prior, config.without_marks())) return prior.with_marks(config.marks());
    }
    return config;
  }
  // What is not carried may stand in a state of the official provider: nobody here takes it away.
  if (!is_new && (attribute.is_refused || (attribute.is_inert && attribute.takes_blocks))) return prior.is_null() ? Value::null(attribute.type) : prior;
  if (is_exact && attribute.type.is_dynamic() && !attribute.is_computed) return prior.is_null() && !is_new ? prior : config;  // a null may have a type
  if (!attribute.default_value.is_null()) return fit(attribute.default_value, attribute.type).value_or(attribute.default_value);
  if (attribute.is_computed) return is_new ? Value::unknown(attribute.type) : prior.is_null() && !attribute.type.is_dynamic() ? Value::null(attribute.type) : prior;
  // What is not written and not the cloud's is null; an empty value that was read back means the same.
  return !is_exact && !prior.is_null() && is_empty(prior) ? prior : Value::null(attribute.type);
}

/// Whether a block that was read back can be the one that is written: everything written is there.
bool could_be(const Schema& schema, const Value& prior, const Value& config) {
  for (const Attribute& attribute : schema.attributes) {
    const Value &there = member(prior, attribute.name), &wanted = member(config, attribute.name);
    if (wanted.is_null() && attribute.is_computed) continue;
    const Value effective = wanted.is_null() && !attribute.default_value.is_null() ? fit(attribute.default_value, attribute.type).value_or(wanted) : wanted;
    if (is_alike(there, effective)) continue;
    if (attribute.is_same && there.has_value() && effective.has_value() && attribute.is_same(there, effective)) continue;
    return false;
  }
  return true;
}

std::vector<Value> elements_of(const Value& value) {
  if (!value.has_value()) return {};
  return {value.elements().begin(), value.elements().end()};
}

Value propose_blocks(const Block& block, const Value& prior, const Value& config, bool is_new) {
  const Type element = block.schema.type();
  const Type whole = block.is_set ? Type::set(element) : Type::list(element);
  if (!config.is_known()) return config;
  std::vector<Value> written = elements_of(config), there = elements_of(prior), made;
  if (written.empty() && block.is_computed) return is_new ? Value::unknown(whole) : prior.is_null() ? Value::null(whole) : prior;
  for (size_t i = 0; i < written.size(); ++i) {
    Value match;
    if (!block.is_set && i < there.size()) match = there[i];
    if (block.is_set) {
      const auto found = std::ranges::find_if(there, [&](const Value& p) { return could_be(block.schema, p, written[i]); });
      if (found != there.end()) {
        match = *found;
        there.erase(found);
      }
    }
    made.push_back(propose(block.schema, match, written[i]));
  }
  return block.is_set ? Value::set(element, std::move(made)) : Value::list(element, std::move(made));
}

/// The same content in every part, marks apart.
bool is_same(const Value& a, const Value& b) {
  if (!a.has_marks_inside() && !b.has_marks_inside()) return a == b;
  hcl::Marks marks = hcl::Marks::none;
  return a.unmark_deep(marks) == b.unmark_deep(marks);
}

/// Names of what differs; a change inside a block of which something forces a new resource counts with its path.
void find_forced(const Schema& schema, const Value& prior, const Value& planned, const std::string& path, bool inherited, std::vector<std::string>& found) {
  for (const Attribute& attribute : schema.attributes) {
    if (!attribute.is_forced_new && !inherited) continue;
    const Value &before = member(prior, attribute.name), &after = member(planned, attribute.name);
    const bool is_kept = schema.is_exact ? is_same(before, after) : is_alike(before, after);
    if (!is_kept) found.push_back(path + attribute.name);
  }
  for (const Block& block : schema.blocks) {
    const Value &before = member(prior, block.name), &after = member(planned, block.name);
    const bool forced = inherited || block.is_forced_new;
    const std::vector<Value> old = elements_of(before), now = elements_of(after);
    if (forced && (block.is_set || old.size() != now.size() || !after.is_known())) {
      if (!is_alike(before, after)) found.push_back(path + block.name);
      continue;
    }
    for (size_t i = 0; i < std::max(old.size(), now.size()) && !block.is_set; ++i) {
      const Value none;
      find_forced(block.schema, i < old.size() ? old[i] : none, i < now.size() ? now[i] : none, path + block.name + "[" + std::to_string(i) + "].", forced, found);
    }
  }
}

/// tags_all: the provider's default tags under the resource's own.
void set_tags_all(const Schema& schema, const Cloud& cloud, Record& planned) {
  if (schema.attribute("tags_all") == nullptr) return;
  const Value tags = planned.value("tags");
  if (!tags.is_wholly_known()) return planned.set("tags_all", Value::unknown(Type::map(Type::string())));
  std::map<std::string, std::string> all = cloud.default_tags;
  for (const auto& [key, value] : planned.pairs("tags")) all[key] = value;
  std::erase_if(all, [&](const auto& tag) { return cloud.ignored_tags.covers(tag.first); });
  planned.set("tags_all", all);
}

/// What the schema calls sensitive needs no marks to be so: a secret that comes from a secret is no other value.
void drop_own_marks(const Schema& schema, Record& planned) {
  for (const Attribute& attribute : schema.attributes) {
    hcl::Marks dropped = hcl::Marks::none;
    if (attribute.is_sensitive) planned.set(attribute.name, planned.value(attribute.name).unmark_deep(dropped));
  }
}

Result<Value> proposal(const ResourceType& type, const Cloud& cloud, const Value& prior, const Value& config, std::vector<std::string>& replaced_by) {
  Record planned(propose(type.schema(), prior, config));
  set_tags_all(type.schema(), cloud, planned);
  const Record before(prior), written(config);
  TRY(type.adjust(cloud, {.prior = prior.is_null() ? nullptr : &before, .config = written, .planned = planned, .replaced_by = replaced_by}));
  drop_own_marks(type.schema(), planned);
  return fit(planned.to_value(), type.schema().type());
}

}  // namespace

bool is_alike(const Value& a, const Value& b) {
  if (!a.is_known() || !b.is_known()) return !a.is_known() && !b.is_known();
  if (is_empty(a) && is_empty(b)) return true;
  if (a.is_null() || b.is_null()) return false;
  if (a.type().is(Type::Kind::object) && b.type().is(Type::Kind::object)) {
    return a.length() == b.length() && std::ranges::equal(a.fields(), b.fields(), [](const Value::Field& x, const Value::Field& y) { return x.name == y.name && is_alike(x.value, y.value); });
  }
  if (a.type().is(Type::Kind::list) && b.type().is(Type::Kind::list)) {
    return std::ranges::equal(a.elements(), b.elements(), is_alike);
  }
  if (a.type().is(Type::Kind::set) && b.type().is(Type::Kind::set) && a.type().element().is(Type::Kind::object)) {
    if (a.length() != b.length()) return false;
    std::vector<Value> rest = elements_of(b);
    for (const Value& element : a.elements()) {
      const auto found = std::ranges::find_if(rest, [&](const Value& other) { return is_alike(element, other); });
      if (found == rest.end()) return false;
      rest.erase(found);
    }
    return true;
  }
  return a.without_marks() == b.without_marks();
}

Value propose(const Schema& schema, const Value& prior, const Value& config) {
  std::vector<Value::Field> fields;
  for (const Attribute& attribute : schema.attributes) fields.push_back({attribute.name, propose_attribute(attribute, member(prior, attribute.name), member(config, attribute.name), prior.is_null(), schema.is_exact)});
  for (const Block& block : schema.blocks) fields.push_back({block.name, propose_blocks(block, member(prior, block.name), member(config, block.name), prior.is_null())});
  return Value::object(std::move(fields));
}

Result<Change> plan_change(const ResourceType& type, const Cloud& cloud, const Value& prior, const Value& config) {
  Change change;
  change.planned = TRY(proposal(type, cloud, prior, config, change.replaced_by));
  if (prior.is_null()) {
    change.action = Action::create;
    change.replaced_by.clear();
    return change;
  }
  const bool is_kept = type.schema().is_exact ? is_same(prior, change.planned) : is_alike(prior, change.planned);
  if (is_kept) {
    // What became sensitive, or is no more, is written to the state: that is a change.
    if (sensitive_paths(with_schema_marks(prior, type.schema())) != sensitive_paths(with_schema_marks(change.planned, type.schema()))) {
      change.planned = with_marks_of(prior, change.planned);
      change.action = Action::update;
    } else {
      change.planned = prior;
    }
    return change;
  }
  find_forced(type.schema(), prior, change.planned, "", false, change.replaced_by);
  if (change.replaced_by.empty()) {
    change.action = Action::update;
    return change;
  }
  std::vector<std::string> unused;
  change.planned = TRY(proposal(type, cloud, Value(), config, unused));
  change.action = Action::replace;
  return change;
}

}  // namespace landfall::terraform
