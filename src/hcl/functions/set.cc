#include <fmt/format.h>

#include <algorithm>

#include "hcl/convert.h"
#include "hcl/functions/function.h"

namespace landfall::hcl {
namespace {

using Kind = Type::Kind;

constexpr size_t kLargestProduct = 1'000'000;

/// All sets brought to one element type.
Result<std::vector<Value>> agree(const Arguments& a) {
  std::vector<Type> types;
  for (const Value& set : a.all()) {
    // Empty sets of no kind take the type of the others.
    if (!set.type().element().is_dynamic()) types.push_back(set.type());
  }
  const Unified unified = types.empty() ? Unified{a[0].type(), true} : unify(types);
  if (!unified.found) return failed("given sets must all have compatible element types");
  std::vector<Value> sets;
  for (const Value& set : a.all()) {
    sets.push_back(set.length() == 0 ? Value::set(unified.type.element(), {})
                                     : TRY(convert(set, unified.type)));
  }
  return sets;
}

bool holds(const Value& set, const Value& element) {
  return std::find(set.elements().begin(), set.elements().end(), element) != set.elements().end();
}

template <class Keep>
Result<Value> select(const Arguments& a, Keep keep) {
  const std::vector<Value> sets = TRY(agree(a));
  std::vector<Value> kept;
  for (const Value& element : sets[0].elements()) {
    if (keep(std::span(sets).subspan(1), element)) kept.push_back(element);
  }
  return Value::set(sets[0].type().element(), std::move(kept));
}

Result<Value> intersection(const Arguments& a) {
  return select(a, [](std::span<const Value> others, const Value& element) {
    return std::all_of(others.begin(), others.end(), [&](const Value& set) { return holds(set, element); });
  });
}

Result<Value> subtract(const Arguments& a) {
  return select(
      a, [](std::span<const Value> others, const Value& element) { return !holds(others[0], element); });
}

Result<Value> join_sets(const Arguments& a) {
  const std::vector<Value> sets = TRY(agree(a));
  std::vector<Value> all;
  for (const Value& set : sets) all.insert(all.end(), set.elements().begin(), set.elements().end());
  return Value::set(sets[0].type().element(), std::move(all));
}

Result<Value> product(const Arguments& a) {
  if (a.size() < 2) return failed("at least two arguments are required");
  std::vector<Value> sides;
  std::vector<Type> types;
  Marks marks = Marks::none;
  bool has_set = false;
  bool is_unknown = false;
  size_t total = 1;
  for (size_t i = 0; i < a.size(); ++i) {
    const Type& type = a[i].type();
    marks = marks | a[i].marks();
    if (!type.is_sequence() && !(type.is_dynamic() && !a[i].is_known()))
      return a.bad(i, "a set or a list is required");
    has_set = has_set || type.is(Kind::set);
    if (!a[i].is_known()) {
      is_unknown = true;
      continue;
    }
    const Result<Value> side = convert(a[i], Type::list(Type::dynamic()));
    if (!side) return a.bad(i, "all elements must be of the same type");
    types.push_back(side->type().element());
    total *= side->length();
    if (total > kLargestProduct)
      return failed(fmt::format("the product has more than {} elements", kLargestProduct));
    sides.push_back(side->without_marks());
  }
  if (is_unknown) return Value::unknown().with_marks(marks);
  std::vector<Value> rows;
  rows.reserve(total);
  for (size_t row = 0; row < total; ++row) {
    std::vector<Value> cells(sides.size());
    size_t rest = row;
    for (size_t i = sides.size(); i-- > 0;) {
      const auto elements = sides[i].elements();
      cells[i] = elements[rest % elements.size()];
      rest /= elements.size();
    }
    rows.push_back(Value::tuple(std::move(cells)));
  }
  const Type element = Type::tuple(std::move(types));
  return (has_set ? Value::set(element, std::move(rows)) : Value::list(element, std::move(rows)))
      .with_marks(marks);
}

}  // namespace

std::span<const Function> set_functions() {
  static const Type kSet = Type::set(Type::dynamic());
  static const std::vector<Function> kFunctions{
      {"setintersection", {{"first_set", kSet}}, Parameter{"other_sets", kSet}, {}, intersection},
      {"setproduct", {}, Parameter{"sets", {}, Allow::unknown | Allow::marks}, {}, product},
      {"setsubtract", {{"a", kSet}, {"b", kSet}}, {}, {}, subtract},
      {"setunion", {{"first_set", kSet}}, Parameter{"other_sets", kSet}, {}, join_sets},
  };
  return kFunctions;
}

}  // namespace landfall::hcl
