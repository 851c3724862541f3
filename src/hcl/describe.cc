#include "hcl/describe.h"

#include <fmt/format.h>

#include <algorithm>

namespace landfall::hcl {

using Kind = Type::Kind;

std::string description(const Value& value) {
  const auto counted = [&](std::string_view of, std::string_view noun) {
    if (value.length() == 0) return fmt::format("is empty {}", of);
    return fmt::format("is {} with {} {}{}", of, value.length(), noun, value.length() == 1 ? "" : "s");
  };
  if (value.has_marks_inside()) return "has a sensitive value";
  if (!value.is_known()) return fmt::format("is a {}, known only after apply", value.type().friendly());
  if (value.is_null()) return "is null";
  if (value.type().is_primitive()) return "is " + to_console(value);
  return counted(value.type().friendly(), value.is(Kind::object) ? "attribute" : "element");
}

std::string difference(const Type& if_true, const Type& if_false) {
  if (if_true.is(Kind::object) && if_false.is(Kind::object)) {
    for (const Type::Attribute& a : if_true.attributes()) {
      const Type::Attribute* other = if_false.attribute(a.name);
      if (other == nullptr) {
        return fmt::format(
            "The 'true' value includes object attribute \"{}\", which is absent in the 'false' value.",
            a.name);
      }
      if (!(other->type == a.type)) {
        return fmt::format(
            "Type mismatch for object attribute \"{}\": The 'true' value is {}, but the 'false' value is "
            "{}.",
            a.name, a.type.friendly(), other->type.friendly());
      }
    }
    for (const Type::Attribute& a : if_false.attributes()) {
      if (if_true.attribute(a.name) == nullptr) {
        return fmt::format(
            "The 'false' value includes object attribute \"{}\", which is absent in the 'true' value.",
            a.name);
      }
    }
  }
  if (if_true.is(Kind::tuple) && if_false.is(Kind::tuple)) {
    for (size_t i = 0; i < std::min(if_true.elements().size(), if_false.elements().size()); ++i) {
      const Type& left = if_true.elements()[i];
      const Type& right = if_false.elements()[i];
      if (left == right) continue;
      return fmt::format(
          "Type mismatch for tuple element {}: The 'true' value is {}, but the 'false' value is {}.", i,
          left.friendly(), right.friendly());
    }
  }
  return fmt::format("The 'true' value is {}, but the 'false' value is {}.", if_true.friendly(),
                     if_false.friendly());
}

}  // namespace landfall::hcl
