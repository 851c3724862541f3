#include "terraform/record.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"

namespace landfall::terraform {

using hcl::Number;
using hcl::Type;

Record::Record(Value object) {
  if (!object.has_value()) return;
  for (const auto& [name, value] : object.fields()) fields_.emplace(name, value);
}

Value Record::value(std::string_view name) const {
  const auto found = fields_.find(name);
  return found == fields_.end() ? Value() : found->second;
}

bool Record::has(std::string_view name) const { return value(name).has_value(); }

std::string Record::text(std::string_view name) const {
  const Value found = value(name);
  return found.has_value() && found.is(Type::Kind::string) ? found.as_string() : std::string();
}

bool Record::flag(std::string_view name) const {
  const Value found = value(name);
  return found.has_value() && found.is(Type::Kind::boolean) && found.as_bool();
}

int64_t Record::number(std::string_view name) const {
  const Value found = value(name);
  return found.has_value() && found.is(Type::Kind::number) ? found.as_number().as_int64().value_or(0) : 0;
}

double Record::fraction(std::string_view name) const {
  const Value found = value(name);
  return found.has_value() && found.is(Type::Kind::number) ? found.as_number().as_double() : 0;
}

std::vector<std::string> Record::texts(std::string_view name) const {
  std::vector<std::string> list;
  const Value found = value(name);
  if (!found.has_value() || !found.type().is_sequence()) return list;
  for (const Value& element : found.elements()) {
    if (element.has_value() && element.is(Type::Kind::string)) list.push_back(element.as_string());
  }
  return list;
}

std::map<std::string, std::string> Record::pairs(std::string_view name) const {
  std::map<std::string, std::string> pairs;
  const Value found = value(name);
  if (!found.has_value() || !found.type().has_fields()) return pairs;
  for (const auto& [key, element] : found.fields()) {
    if (element.has_value() && element.is(Type::Kind::string)) pairs[key] = element.as_string();
  }
  return pairs;
}

std::vector<Record> Record::blocks(std::string_view name) const {
  std::vector<Record> list;
  const Value found = value(name);
  if (!found.has_value() || !found.type().is_sequence()) return list;
  for (const Value& element : found.elements()) list.emplace_back(element);
  return list;
}

Record Record::block(std::string_view name) const {
  std::vector<Record> all = blocks(name);
  return all.empty() ? Record() : std::move(all[0]);
}

void Record::set(std::string_view name, const Value& value) { fields_.insert_or_assign(std::string(name), value); }
void Record::set(std::string_view name, std::string_view text) { set(name, Value::string(text)); }
void Record::set(std::string_view name, bool truth) { set(name, Value::boolean(truth)); }
void Record::set(std::string_view name, int64_t number) { set(name, Value::number(number)); }
void Record::set(std::string_view name, double number) { set(name, Value::number(Number::parse(fmt::format("{}", number)).value_or(Number::from_double(number)))); }
void Record::clear(std::string_view name) { set(name, Value()); }

void Record::set(std::string_view name, const std::vector<std::string>& texts) {
  std::vector<Value> elements;
  for (const std::string& text : texts) elements.push_back(Value::string(text));
  set(name, Value::list(Type::string(), std::move(elements)));
}

void Record::set(std::string_view name, const std::map<std::string, std::string>& pairs) {
  std::vector<Value::Field> fields;
  for (const auto& [key, text] : pairs) fields.push_back({key, Value::string(text)});
  set(name, Value::map(Type::string(), std::move(fields)));
}

void Record::set(std::string_view name, const std::vector<Record>& blocks) {
  std::vector<Value> elements;
  for (const Record& block : blocks) elements.push_back(block.to_value());
  set(name, Value::tuple(std::move(elements)));
}

Value Record::to_value() const {
  std::vector<Value::Field> fields;
  for (const auto& [name, value] : fields_) fields.push_back({name, value});
  return Value::object(std::move(fields));
}

bool differs(const Record& a, const Record& b, std::string_view name) {
  hcl::Marks marks = hcl::Marks::none;
  return !(a.value(name).unmark_deep(marks) == b.value(name).unmark_deep(marks));
}

bool differs(const Record& a, const Record& b, std::initializer_list<std::string_view> names) {
  return std::ranges::any_of(names, [&](std::string_view name) { return differs(a, b, name); });
}

}  // namespace landfall::terraform
