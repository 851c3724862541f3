#include <fmt/format.h>

#include "hcl/convert.h"
#include "hcl/functions/function.h"

namespace landfall::hcl {
namespace {

std::string refusal(const Value& value, const Type& wanted) {
  if (value.is(Type::Kind::string) && value.has_value() && !value.is_marked()) {
    if (wanted.is(Type::Kind::number)) {
      return fmt::format(
          "cannot convert \"{}\" to number; given string must be a decimal representation of a number",
          value.as_string());
    }
    if (wanted.is(Type::Kind::boolean)) {
      return fmt::format("cannot convert \"{}\" to bool; only the strings \"true\" or \"false\" are allowed",
                         value.as_string());
    }
  }
  const std::string name = wanted.is_collection()
                               ? fmt::format("{} of any single type", wanted.is(Type::Kind::list)  ? "list"
                                                                      : wanted.is(Type::Kind::set) ? "set"
                                                                                                   : "map")
                               : wanted.friendly();
  return fmt::format("cannot convert {} to {}", value.type().friendly(), name);
}

Result<Value> to(const Arguments& a, const Type& wanted) {
  Result<Value> converted = convert(a[0], wanted);
  if (!converted) return a.bad(0, refusal(a[0], wanted));
  return converted;
}

constexpr Allow kAnything = Allow::null | Allow::unknown | Allow::marks;

Result<Value> without_sensitive(const Arguments& a) {
  return a[0].without_marks().with_marks(a[0].marks() & Marks::ephemeral);
}

}  // namespace

std::span<const Function> conversion_functions() {
  static const std::vector<Function> kFunctions{
      {"tobool",
       {{"v", Type::dynamic(), kAnything}},
       {},
       Type::boolean(),
       [](const Arguments& a) { return to(a, Type::boolean()); }},
      {"tolist",
       {{"v", Type::dynamic(), kAnything}},
       {},
       Type::dynamic(),
       [](const Arguments& a) { return to(a, Type::list(Type::dynamic())); }},
      {"tomap",
       {{"v", Type::dynamic(), kAnything}},
       {},
       Type::dynamic(),
       [](const Arguments& a) { return to(a, Type::map(Type::dynamic())); }},
      {"tonumber",
       {{"v", Type::dynamic(), kAnything}},
       {},
       Type::number(),
       [](const Arguments& a) { return to(a, Type::number()); }},
      {"toset",
       {{"v", Type::dynamic(), kAnything}},
       {},
       Type::dynamic(),
       [](const Arguments& a) { return to(a, Type::set(Type::dynamic())); }},
      {"tostring",
       {{"v", Type::dynamic(), kAnything}},
       {},
       Type::string(),
       [](const Arguments& a) { return to(a, Type::string()); }},
      {"sensitive",
       {{"value", Type::dynamic(), kAnything}},
       {},
       Type::dynamic(),
       [](const Arguments& a) -> Result<Value> { return a[0].sensitive(); }},
      {"nonsensitive", {{"value", Type::dynamic(), kAnything}}, {}, Type::dynamic(), without_sensitive},
      {"issensitive",
       {{"value", Type::dynamic(), kAnything}},
       {},
       Type::boolean(),
       [](const Arguments& a) -> Result<Value> { return Value::boolean(a[0].is_sensitive()); }},
      {"ephemeralasnull",
       {{"value", Type::dynamic(), kAnything}},
       {},
       Type::dynamic(),
       [](const Arguments& a) -> Result<Value> {
         return any(a[0].marks() & Marks::ephemeral) ? Value::null(a[0].type()) : a[0];
       }},
  };
  return kFunctions;
}

}  // namespace landfall::hcl
