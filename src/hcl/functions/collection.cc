#include <fmt/format.h>

#include <algorithm>

#include "hcl/convert.h"
#include "hcl/functions/function.h"
#include "hcl/unicode.h"

namespace landfall::hcl {
namespace {

using Kind = Type::Kind;

constexpr Allow kParts = Allow::unknown | Allow::marks;
constexpr Allow kAnything = Allow::null | Allow::unknown | Allow::marks;

const Type kAny;

std::vector<Value> copy(std::span<const Value> values) { return {values.begin(), values.end()}; }

/// Beside a null without a type structures stay as they are.
Unified unify_types(std::span<const Value> values) {
  std::vector<Type> types;
  for (const Value& value : values) types.push_back(value.type());
  return unify_branches(types);
}

Value list_like(const Value& model, std::vector<Value> elements) {
  if (model.is(Kind::tuple)) return Value::tuple(std::move(elements));
  return Value::list(model.type().element(), std::move(elements));
}

Result<Value> all_or_any(const Arguments& a, bool decisive) {
  if (!a[0].is_known()) return Value::unknown(Type::boolean());
  bool is_unknown = false;
  for (const Value& element : a[0].elements()) {
    if (!element.is_known()) {
      is_unknown = true;
    } else if ((!element.is_null() && element.as_bool()) == decisive) {
      return Value::boolean(decisive);
    }
  }
  return is_unknown ? Value::unknown(Type::boolean()) : Value::boolean(!decisive);
}

Result<Value> chunklist(const Arguments& a) {
  const Type type = Type::list(a[0].type());
  if (!a[0].is_known()) return Value::unknown(type).with_marks(a[0].marks());
  const int64_t size = TRY(a.whole(1));
  if (size < 0) return failed("the size argument must be positive");
  const std::vector<Value> all = copy(a[0].elements());
  std::vector<Value> chunks;
  const size_t step = size == 0 ? std::max<size_t>(all.size(), 1) : static_cast<size_t>(size);
  for (size_t start = 0; start < all.size(); start += std::min(step, all.size() - start)) {
    const auto first = all.begin() + static_cast<std::ptrdiff_t>(start);
    chunks.push_back(Value::list(a[0].type().element(), {first, first + static_cast<std::ptrdiff_t>(std::min(
                                                                            step, all.size() - start))}));
  }
  return Value::list(a[0].type(), std::move(chunks)).with_marks(a[0].marks());
}

Result<Value> coalesce(const Arguments& a) {
  if (a.size() == 0) return failed("at least one argument is required");
  const Unified unified = unify_types(a.all());
  if (!unified.found) return failed("all arguments must have the same type");
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i].is_null()) continue;
    const Result<Value> value = convert(a[i], unified.type);
    if (!value) return a.bad(i, value.error().what);
    if (!value->is_known()) return Value::unknown(unified.type).with_marks(value->marks());
    if (value->is(Kind::string) && value->as_string().empty()) continue;
    return *value;
  }
  if (a.is_legacy()) return Value::string("");
  return failed("no non-null, non-empty-string arguments");
}

Result<Value> coalescelist(const Arguments& a) {
  if (a.size() == 0) return failed("at least one argument is required");
  for (size_t i = 0; i < a.size(); ++i) {
    if (!a[i].is_known()) return Value::unknown();
    if (!a[i].type().is(Kind::list) && !a[i].type().is(Kind::tuple)) return failed("coalescelist arguments must be lists or tuples");
  }
  const auto all = a.all();
  const auto found = std::ranges::find_if(all, [](const Value& list) { return !list.is_null() && list.length() > 0; });
  if (found == all.end()) return failed("no non-null arguments");
  return *found;
}

Result<Value> compact(const Arguments& a) {
  std::vector<Value> kept;
  for (const Value& element : a[0].elements()) {
    if (!element.is_null() && !element.as_string().empty()) kept.push_back(element);
  }
  return Value::list(Type::string(), std::move(kept));
}

Result<Value> concat(const Arguments& a) {
  if (a.size() == 0) return failed("at least one argument is required");
  Marks marks = Marks::none;
  std::vector<Type> types;
  bool all_lists = true;
  bool is_unknown = false;
  for (size_t i = 0; i < a.size(); ++i) {
    const Type& type = a[i].type();
    marks = marks | a[i].marks();
    if (!a[i].is_known()) is_unknown = true;
    if (type.is_dynamic()) continue;
    if (a.is_legacy() && type.is(Kind::set)) continue;
    if (!type.is(Kind::list) && !type.is(Kind::tuple)) {
      return a.bad(i, fmt::format("all arguments must be lists or tuples; got {}", type.friendly()));
    }
    all_lists = all_lists && type.is(Kind::list);
    types.push_back(type);
  }
  const Unified unified = all_lists ? unify(types) : Unified{};
  if (is_unknown) return Value::unknown(unified.found ? unified.type : Type::dynamic()).with_marks(marks);
  std::vector<Value> all;
  for (const Value& list : a.all()) all.insert(all.end(), list.elements().begin(), list.elements().end());
  if (!unified.found || !unified.type.is(Kind::list)) return Value::tuple(std::move(all)).with_marks(marks);
  for (Value& element : all) element = TRY(convert(element, unified.type.element()));
  return Value::list(unified.type.element(), std::move(all)).with_marks(marks);
}

/// 0.11 compared texts; later versions compare types too.
Value same(const Arguments& a, const Value& left, const Value& right) {
  if (a.is_legacy() && left.type().is_primitive() && right.type().is_primitive() && left.has_value() &&
      right.has_value()) {
    return equals(*convert(left, Type::string()), *convert(right, Type::string()));
  }
  return equals(left, right);
}

Result<Value> contains(const Arguments& a) {
  if (!a[0].type().is_sequence()) return failed("argument must be list, tuple, or set");
  if (!a[0].is_known()) return Value::unknown(Type::boolean());
  bool is_unknown = false;
  for (const Value& element : a[0].elements()) {
    const Value answer = same(a, element, a[1]);
    if (!answer.is_known()) {
      is_unknown = true;
    } else if (answer.as_bool()) {
      return Value::boolean(true);
    }
  }
  return is_unknown ? Value::unknown(Type::boolean()) : Value::boolean(false);
}

Result<Value> distinct(const Arguments& a) {
  std::vector<Value> kept;
  for (const Value& element : a[0].elements()) {
    if (std::find(kept.begin(), kept.end(), element) == kept.end()) kept.push_back(element);
  }
  return Value::list(a[0].type().element(), std::move(kept));
}

Result<Value> element(const Arguments& a) {
  const Type& type = a[0].type();
  const bool may_be_set = a.is_legacy() && type.is(Kind::set);
  if (type.is_dynamic() && !a[0].is_known()) return Value::unknown();
  if (!type.is(Kind::list) && !type.is(Kind::tuple) && !may_be_set) {
    return a.bad(0, fmt::format("cannot read elements from {}", type.friendly()));
  }
  if (!a[1].is_known() || !a[0].is_known()) {
    return Value::unknown(type.is(Kind::list) ? type.element() : Type::dynamic()).with_marks(a[0].marks());
  }
  const int64_t index = TRY(a.whole(1));
  const auto length = static_cast<int64_t>(a[0].length());
  if (length == 0) return failed("cannot use element function with an empty list");
  int64_t place = index % length;
  if (place < 0 && type.is(Kind::tuple)) return failed("cannot use element function with a negative index");  // as Terraform does: of lists it counts from the end
  if (place < 0) place += length;
  return a[0].elements()[static_cast<size_t>(place)].with_marks(a[0].marks());
}

/// False if some part is not known yet.
bool flatten_into(const Value& value, std::vector<Value>& out, Marks& marks) {
  marks = marks | value.marks();
  if (!value.is_known()) return false;
  bool is_known = true;
  for (const Value& element : value.elements()) {
    const bool may_be_sequence =
        element.type().is_sequence() || (element.type().is_dynamic() && !element.is_known());
    if (may_be_sequence && !element.is_null()) {
      is_known = flatten_into(element, out, marks) && is_known;
    } else {
      out.push_back(element);
    }
  }
  return is_known;
}

Result<Value> flatten(const Arguments& a) {
  if (!a[0].type().is_sequence()) {
    if (!a[0].is_known() && a[0].type().is_dynamic()) return Value::unknown().with_marks(a[0].marks());
    return a.bad(0, "can only flatten lists, sets and tuples");
  }
  std::vector<Value> out;
  Marks marks = Marks::none;
  const bool is_known = flatten_into(a[0], out, marks);
  return (is_known ? Value::tuple(std::move(out)) : Value::unknown()).with_marks(marks);
}

Result<Value> index(const Arguments& a) {
  if (!a[0].is(Kind::list) && !a[0].is(Kind::tuple)) return a.bad(0, "argument must be a list or tuple");
  if (a[0].length() == 0) return failed("cannot search an empty list");
  int64_t at = 0;
  for (const Value& one : a[0].elements()) {
    if (same(a, one, a[1]).as_bool()) return Value::count(at);
    ++at;
  }
  return failed("item not found");
}

Result<Value> keys(const Arguments& a) {
  const Type& type = a[0].type();
  const Marks marks = a[0].marks();
  if (type.is_dynamic()) return Value::unknown().with_marks(marks);
  if (!type.has_fields()) return a.bad(0, "must have map or object type");
  std::vector<Value> names;
  if (type.is(Kind::object)) {
    for (const Type::Attribute& attribute : type.attributes()) names.push_back(Value::string(attribute.name));
    return Value::tuple(std::move(names)).with_marks(marks);
  }
  if (!a[0].is_known()) return Value::unknown(Type::list(Type::string())).with_marks(marks);
  for (const Value::Field& field : a[0].fields()) names.push_back(Value::string(field.name));
  return Value::list(Type::string(), std::move(names)).with_marks(marks);
}

Result<Value> length(const Arguments& a) {
  const Type& type = a[0].type();
  const auto count = [&](size_t n) {
    return Value::count(static_cast<int64_t>(n)).with_marks(a[0].marks());
  };
  if (type.is(Kind::tuple)) return count(type.elements().size());
  if (type.is(Kind::object)) return count(type.attributes().size());
  const bool is_fit = type.is_collection() || type.is(Kind::string) ||
                      (type.is_dynamic() && !a[0].is_known()) || (a.is_legacy() && type.is_primitive());
  if (!is_fit) return failed("argument must be a string, a collection type, or a structural type");
  if (!a[0].is_known()) return Value::unknown(Type::number()).with_marks(a[0].marks());
  if (type.is(Kind::set) && !a[0].is_wholly_known())
    return Value::unknown(Type::number()).with_marks(a[0].marks());
  if (type.is_collection()) return count(a[0].length());
  const Value text = TRY(convert(a[0], Type::string()));
  return count(grapheme_count(text.as_string()));
}

Result<Value> lookup(const Arguments& a) {
  if (a.size() > 3) return failed("lookup() takes two or three arguments");
  const Type& type = a[0].type();
  if (type.is_dynamic() || !a[1].is_known()) return Value::unknown();
  if (!type.has_fields()) return a.bad(0, "lookup() requires a map as the first argument");
  const std::string& key = a.string(1);
  const Marks marks = a[0].marks() | a[1].marks();
  const bool has_default = a.size() == 3;
  const bool is_typed = type.is(Kind::map) && !type.element().is_dynamic();
  Value fallback = has_default ? a[2] : Value();
  if (has_default && is_typed) {
    Result<Value> fitted = convert(a[2], type.element());
    if (!fitted) return a.bad(2, "the default value must have the same type as the map elements");
    fallback = std::move(*fitted);
  }
  if (!a[0].is_known())
    return Value::unknown(type.is(Kind::map) ? type.element() : Type::dynamic()).with_marks(marks);
  const Value* found = a[0].find(key);
  if (found != nullptr) return found->with_marks(marks);
  if (!has_default) {
    if (type.is(Kind::object)) return a.bad(0, fmt::format("the given object has no attribute \"{}\"", key));
    return failed(fmt::format("lookup failed to find key \"{}\"", key));
  }
  return fallback.with_marks(marks);
}

Result<Value> matchkeys(const Arguments& a) {
  if (a[0].length() != a[1].length()) return failed("length of keys and values should be equal");
  const std::vector<Type> types{a[1].type(), a[2].type()};
  const Unified unified = unify_branches(types);
  if (!unified.found) return failed("keys and searchset must be of the same type");
  std::vector<Value> kept;
  const Value keys = TRY(convert(a[1], unified.type));
  const Value wanted = TRY(convert(a[2], unified.type));
  for (size_t i = 0; i < keys.length(); ++i) {
    const auto set = wanted.elements();
    if (std::find(set.begin(), set.end(), keys.elements()[i]) != set.end())
      kept.push_back(a[0].elements()[i]);
  }
  return Value::list(a[0].type().element(), std::move(kept));
}

Result<Value> merge(const Arguments& a) {
  std::vector<Value::Field> fields;
  std::vector<Type> types;
  Marks marks = Marks::none;
  bool all_maps = a.size() > 0, has_bare_null = false;
  bool is_unknown = false;
  for (size_t i = 0; i < a.size(); ++i) {
    const Type& type = a[i].type();
    marks = marks | a[i].marks();
    all_maps = all_maps && type.is(Kind::map);
    types.push_back(type);
    // Behind a null without a type Terraform does not look at types: what has no members adds none.
    const bool is_ignored = has_bare_null && type.is_sequence() && a[i].is_known() && (a[i].is_null() || a[i].length() == 0);
    has_bare_null = has_bare_null || (type.is_dynamic() && a[i].is_null());
    if (is_ignored) continue;
    if (!type.has_fields() && !type.is_dynamic()) return a.bad(i, fmt::format("arguments must be maps or objects, got \"{}\"", type.friendly()));
    if (a[i].is_null()) continue;
    if (!a[i].is_known()) {
      is_unknown = true;
      continue;
    }
    fields.insert(fields.end(), a[i].fields().begin(), a[i].fields().end());
  }
  const bool is_map =
      all_maps && std::all_of(types.begin(), types.end(), [&](const Type& t) { return t == types[0]; });
  if (is_unknown) return Value::unknown(is_map ? types[0] : Type::dynamic()).with_marks(marks);
  if (!is_map) return Value::object(std::move(fields)).with_marks(marks);
  return Value::map(types[0].element(), std::move(fields)).with_marks(marks);
}

Result<Value> one(const Arguments& a) {
  const Type& type = a[0].type();
  constexpr std::string_view kWrong = "must be a list, set, or tuple value with either zero or one elements";
  if (type.is_dynamic() && !a[0].is_known()) return Value::unknown().with_marks(a[0].marks());
  if (!type.is_sequence()) return a.bad(0, std::string(kWrong));
  if (!a[0].is_known())
    return Value::unknown(type.is(Kind::tuple) ? Type::dynamic() : type.element()).with_marks(a[0].marks());
  if (a[0].length() > 1) return a.bad(0, std::string(kWrong));
  const Type element = type.is(Kind::tuple) ? Type::dynamic() : type.element();
  return (a[0].length() == 0 ? Value::null(element) : a[0].elements()[0]).with_marks(a[0].marks());
}

Result<Value> reverse(const Arguments& a) {
  const Type& type = a[0].type();
  if (type.is_dynamic() && !a[0].is_known()) return Value::unknown().with_marks(a[0].marks());
  if (!type.is_sequence())
    return a.bad(0, fmt::format("can only reverse list or tuple values, not {}", type.friendly()));
  if (!a[0].is_known()) return Value::unknown().with_marks(a[0].marks());
  std::vector<Value> all = copy(a[0].elements());
  std::reverse(all.begin(), all.end());
  return list_like(a[0], std::move(all)).with_marks(a[0].marks());
}

Result<Value> slice(const Arguments& a) {
  const Type& type = a[0].type();
  if (type.is_dynamic() && !a[0].is_known()) return Value::unknown().with_marks(a[0].marks());
  if (!type.is(Kind::list) && !type.is(Kind::tuple)) return a.bad(0, "must be a list or tuple value");
  if (!a[0].is_known()) return Value::unknown().with_marks(a[0].marks());
  const int64_t start = TRY(a.whole(1));
  const int64_t end = TRY(a.whole(2));
  const auto count = static_cast<int64_t>(a[0].length());
  if (start < 0) return a.bad(1, "start index must not be less than zero");
  if (start > count) return a.bad(1, "start index must not be greater than the length of the list");
  if (end > count) return a.bad(2, "end index must not be greater than the length of the list");
  if (start > end) return a.bad(1, "start index must not be greater than end index");
  const auto all = a[0].elements().subspan(static_cast<size_t>(start), static_cast<size_t>(end - start));
  return list_like(a[0], copy(all)).with_marks(a[0].marks());
}

Result<Value> sort(const Arguments& a) {
  std::vector<Value> all = copy(a[0].elements());
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i].is_null())
      return failed(fmt::format("given list element {} is null; a null string cannot be sorted", i));
  }
  std::stable_sort(all.begin(), all.end(), set_less);
  return Value::list(Type::string(), std::move(all));
}

Result<Value> transpose(const Arguments& a) {
  std::vector<Value::Field> fields;
  for (const Value::Field& field : a[0].fields()) {
    if (field.value.is_null()) return failed("input map must not contain null list");
    for (const Value& name : field.value.elements()) {
      if (name.is_null()) return failed("input list must not contain null string");
      const auto found = std::find_if(fields.begin(), fields.end(),
                                      [&](const Value::Field& f) { return f.name == name.as_string(); });
      std::vector<Value> names;
      if (found != fields.end()) names = copy(found->value.elements());
      names.push_back(Value::string(field.name));
      Value list = Value::list(Type::string(), std::move(names));
      if (found != fields.end()) {
        found->value = std::move(list);
      } else {
        fields.push_back({name.as_string(), std::move(list)});
      }
    }
  }
  return Value::map(Type::list(Type::string()), std::move(fields));
}

Result<Value> values(const Arguments& a) {
  const Type& type = a[0].type();
  if (type.is_dynamic()) return Value::unknown().with_marks(a[0].marks());
  if (!type.has_fields()) return a.bad(0, "values() requires a map as the first argument");
  if (!a[0].is_known())
    return Value::unknown(type.is(Kind::map) ? Type::list(type.element()) : kAny).with_marks(a[0].marks());
  std::vector<Value> all;
  for (const Value::Field& field : a[0].fields()) all.push_back(field.value);
  if (type.is(Kind::map)) return Value::list(type.element(), std::move(all)).with_marks(a[0].marks());
  return Value::tuple(std::move(all)).with_marks(a[0].marks());
}

Result<Value> zipmap(const Arguments& a) {
  const Type& type = a[1].type();
  Marks marks = a[1].marks();
  const Value names = a[0].unmark_deep(marks);
  if (type.is_dynamic() && !a[1].is_known()) return Value::unknown().with_marks(marks);
  if (!type.is(Kind::list) && !type.is(Kind::tuple)) return a.bad(1, "values must be a list or tuple");
  if (!names.is_wholly_known() || !a[1].is_known()) return Value::unknown().with_marks(marks);
  if (names.length() != a[1].length()) {
    return failed(fmt::format("number of keys ({}) does not match number of values ({})", names.length(),
                              a[1].length()));
  }
  std::vector<Value::Field> fields;
  for (size_t i = 0; i < names.length(); ++i) {
    if (names.elements()[i].is_null()) return a.bad(0, "keys must not be null");
    fields.push_back({names.elements()[i].as_string(), a[1].elements()[i]});
  }
  if (type.is(Kind::list)) return Value::map(type.element(), std::move(fields)).with_marks(marks);
  return Value::object(std::move(fields)).with_marks(marks);
}

}  // namespace

std::span<const Function> collection_functions() {
  static const Type kList = Type::list(Type::dynamic());
  static const Type kBools = Type::list(Type::boolean());
  static const Type kStrings = Type::list(Type::string());
  static const std::vector<Function> kFunctions{
      {"alltrue",
       {{"list", kBools, Allow::unknown}},
       {},
       Type::boolean(),
       [](const Arguments& a) { return all_or_any(a, false); }},
      {"anytrue",
       {{"list", kBools, Allow::unknown}},
       {},
       Type::boolean(),
       [](const Arguments& a) { return all_or_any(a, true); }},
      {"chunklist", {{"list", kList, kParts}, {"size", Type::number()}}, {}, kAny, chunklist},
      {"coalesce", {}, Parameter{"vals", kAny, Allow::null | Allow::unknown}, kAny, coalesce},
      {"coalescelist", {}, Parameter{"vals", kAny, Allow::null | Allow::unknown}, kAny, coalescelist},
      {"compact", {{"list", kStrings}}, {}, kStrings, compact},
      {"concat", {}, Parameter{"seqs", kAny, kParts}, kAny, concat},
      {"contains",
       {{"list", kAny, Allow::unknown}, {"value", kAny, Allow::unknown}},
       {},
       Type::boolean(),
       contains},
      {"distinct", {{"list", kList}}, {}, kAny, distinct},
      {"element", {{"list", kAny, kParts}, {"index", Type::number(), Allow::unknown}}, {}, kAny, element},
      {"flatten", {{"list", kAny, kParts}}, {}, kAny, flatten},
      {"index", {{"list"}, {"value"}}, {}, Type::number(), index},
      {"keys", {{"inputMap", kAny, kParts}}, {}, kAny, keys},
      {"length", {{"value", kAny, kParts}}, {}, Type::number(), length},
      {"lookup",
       {{"inputMap", kAny, kParts}, {"key", Type::string(), kParts}},
       Parameter{"default", kAny, kAnything},
       kAny,
       lookup},
      {"matchkeys", {{"values", kList}, {"keys", kList}, {"searchset", kList}}, {}, kAny, matchkeys},
      {"merge", {}, Parameter{"maps", kAny, kAnything}, kAny, merge},
      {"one", {{"list", kAny, kParts}}, {}, kAny, one},
      {"reverse", {{"list", kAny, kParts}}, {}, kAny, reverse},
      {"slice",
       {{"list", kAny, kParts}, {"start_index", Type::number()}, {"end_index", Type::number()}},
       {},
       kAny,
       slice},
      {"sort", {{"list", kStrings}}, {}, kStrings, sort},
      {"transpose", {{"values", Type::map(kStrings)}}, {}, Type::map(kStrings), transpose},
      {"values", {{"mapping", kAny, kParts}}, {}, kAny, values},
      {"zipmap", {{"keys", kStrings, kParts}, {"values", kAny, kParts}}, {}, kAny, zipmap},
  };
  return kFunctions;
}

}  // namespace landfall::hcl
