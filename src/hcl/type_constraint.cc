#include "hcl/type_constraint.h"

#include <fmt/format.h>

#include "hcl/convert.h"
#include "hcl/evaluate.h"

/// Source: hashicorp/hcl, ext/typeexpr.
namespace landfall::hcl {
namespace {

class Reader {
 public:
  explicit Reader(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  /// Quotes are for a whole type only.
  Type read_whole(const Expression& expression) {
    const std::string* word = expression.as_constant_string();
    return word == nullptr ? read(expression) : read_quoted_word(*word, expression);
  }

 private:
  Type read(const Expression& expression) {
    if (const std::string_view word = expression.as_keyword(); !word.empty())
      return read_word(word, expression.range);
    if (const auto* call = expression.as<Call>()) return read_call(*call, expression.range);
    return refuse(
        expression.range, "Invalid type specification",
        "A type specification is either a primitive type keyword (bool, number, string) or a complex type "
        "constructor call, like list(string).");
  }

  Type refuse(const Range& at, std::string summary, std::string detail) {
    diagnostics_.error(at, std::move(summary), std::move(detail));
    return Type::dynamic();
  }

  /// The form of 0.11, which versions before 0.15 took with a warning.
  Type read_quoted_word(std::string_view word, const Expression& expression) {
    if (word != "string" && word != "list" && word != "map") {
      return refuse(expression.range, "Invalid type specification",
                    fmt::format("\"{}\" in quotes is no variable type: \"string\", \"list\" and \"map\" are. "
                                "Other types are written without quotes.",
                                word));
    }
    if (expression.dialect == Dialect::modern) {
      diagnostics_.warning(
          expression.range, "Quoted type constraints are deprecated",
          "Terraform 0.11 and earlier required type constraints to be given in quotes, but that "
          "form is now deprecated and Terraform refuses it since 0.15. Remove the quotes.");
    }
    return read_word(word, expression.range);
  }

  Type read_word(std::string_view word, const Range& at) {
    if (word == "string") return Type::string();
    if (word == "number") return Type::number();
    if (word == "bool") return Type::boolean();
    if (word == "any") return Type::dynamic();
    if (word == "list") return Type::list(Type::dynamic());
    if (word == "map") return Type::map(Type::dynamic());
    if (word == "set" || word == "object" || word == "tuple") {
      return refuse(at, "Invalid type specification",
                    fmt::format("The {0} type constructor requires one argument specifying {1}.", word,
                                word == "set"      ? "the element type"
                                : word == "object" ? "the attribute types and values as a map"
                                                   : "the element types as a list"));
    }
    return refuse(at, "Invalid type specification",
                  fmt::format("The keyword \"{}\" is not a valid type specification.", word));
  }

  Type read_call(const Call& call, const Range& at) {
    if (call.name == "optional") {
      return refuse(at, "Invalid type specification",
                    "Keyword \"optional\" is valid only as a modifier for object type attributes.");
    }
    if (call.arguments.size() != 1 || call.expands_last) {
      return refuse(at, "Invalid type specification",
                    fmt::format("The {} type constructor requires one argument.", call.name));
    }
    const Expression& argument = *call.arguments[0];
    if (call.name == "list") return Type::list(read(argument));
    if (call.name == "set") return Type::set(read(argument));
    if (call.name == "map") return Type::map(read(argument));
    if (call.name == "tuple") return read_tuple(argument);
    if (call.name == "object") return read_object(argument);
    return refuse(at, "Invalid type specification",
                  fmt::format("Keyword \"{}\" is not a valid type constructor.", call.name));
  }

  Type read_tuple(const Expression& argument) {
    const auto* tuple = argument.as<TupleNode>();
    if (tuple == nullptr) {
      return refuse(argument.range, "Invalid type specification",
                    "Tuple type constructor requires a list of element types.");
    }
    std::vector<Type> types;
    for (const ExpressionPtr& element : tuple->elements) types.push_back(read(*element));
    return Type::tuple(std::move(types));
  }

  Type read_object(const Expression& argument) {
    const auto* object = argument.as<ObjectNode>();
    if (object == nullptr) {
      return refuse(
          argument.range, "Invalid type specification",
          "Object type constructor requires a map whose keys are attribute names and whose values are the "
          "corresponding attribute types.");
    }
    std::vector<Type::Attribute> attributes;
    for (const ObjectItem& item : object->items) {
      const std::string* name = item.key->as_constant_string();
      if (name == nullptr) {
        return refuse(item.key->range, "Invalid type specification",
                      "Object constructor map keys must be attribute names.");
      }
      attributes.push_back(read_attribute(*name, *item.value));
    }
    return Type::object(std::move(attributes));
  }

  Type::Attribute read_attribute(const std::string& name, const Expression& value) {
    const auto* call = value.as<Call>();
    if (call == nullptr || call->name != "optional") return {name, read(value)};
    if (call->arguments.empty() || call->arguments.size() > 2) {
      refuse(value.range, "Invalid type specification",
             "Optional attribute modifier expects a type and at most one default value.");
      return {name, Type::dynamic(), true};
    }
    Type::Attribute attribute{name, read(*call->arguments[0]), true};
    if (call->arguments.size() == 2) {
      Evaluated found = evaluate(*call->arguments[1], MapScope());
      if (!found.ok()) {
        diagnostics_.append(std::move(found.diagnostics));
        return attribute;
      }
      const Result<Value> converted = convert(found.value, attribute.type);
      if (!converted) {
        refuse(call->arguments[1]->range, "Invalid default value for optional attribute",
               fmt::format("This default value is not compatible with the attribute's type constraint: {}.",
                           converted.error().what));
        return attribute;
      }
      attribute.default_value = std::make_shared<const Value>(*converted);
    }
    return attribute;
  }

  Diagnostics& diagnostics_;
};

}  // namespace

ParsedType type_of_constraint(const Expression& expression) {
  ParsedType parsed;
  parsed.type = Reader(parsed.diagnostics).read_whole(expression);
  return parsed;
}

}  // namespace landfall::hcl
