#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "hcl/evaluate.h"
#include "hcl/value.h"

/// What a function of the language is, for the files of this folder: one family each.
namespace landfall::hcl {

/// What a parameter lets through. Without them null is refused, unknown makes the result unknown, and marks
/// are taken off (everywhere inside) and put on the result.
enum class Allow : uint8_t { nothing = 0, null = 1, unknown = 2, marks = 4 };
constexpr Allow operator|(Allow a, Allow b) {
  return static_cast<Allow>(static_cast<int>(a) | static_cast<int>(b));
}
constexpr bool allows(Allow set, Allow one) { return (static_cast<int>(set) & static_cast<int>(one)) != 0; }

struct Parameter {
  std::string_view name;
  Type type{};  ///< arguments are converted to it
  Allow allow = Allow::nothing;
};

/// The arguments of one call, converted, with what the function may ask of the world.
class Arguments {
 public:
  Arguments(std::span<const Value> values, const FunctionContext& context, Dialect dialect)
      : context(context), dialect(dialect), values_(values) {}

  size_t size() const { return values_.size(); }
  std::span<const Value> all() const { return values_; }
  const Value& operator[](size_t i) const { return values_[i]; }
  const std::string& string(size_t i) const { return values_[i].as_string(); }
  const Number& number(size_t i) const { return values_[i].as_number(); }
  bool is_legacy() const { return dialect == Dialect::v011; }

  /// For `return arguments.bad(1, "must be positive");`: the fault lies in one argument.
  std::unexpected<Error> bad(size_t i, std::string what) const {
    blamed = static_cast<int>(i);
    return fail("Hcl.Argument", std::move(what));
  }
  /// The argument as a whole number that fits; fails blaming it.
  Result<int64_t> whole(size_t i) const;

  const FunctionContext& context;
  const Dialect dialect;
  mutable int blamed = -1;

 private:
  std::span<const Value> values_;
};

/// A failure of the call as a whole.
inline std::unexpected<Error> failed(std::string what) { return fail("Hcl.Function", std::move(what)); }

struct Function {
  std::string_view name;
  std::vector<Parameter> parameters;
  std::optional<Parameter> rest{};  ///< any number more of these
  Type result{};                    ///< of an unknown result
  Result<Value> (*run)(const Arguments&) = nullptr;
};

/// Null if there is none of that name.
const Function* find_function(std::string_view name, Dialect dialect);
std::vector<std::string> function_names(Dialect dialect);

std::span<const Function> string_functions();
std::span<const Function> format_functions();
std::span<const Function> regex_functions();
std::span<const Function> collection_functions();
std::span<const Function> set_functions();
std::span<const Function> number_functions();
std::span<const Function> conversion_functions();
std::span<const Function> encoding_functions();
std::span<const Function> yaml_functions();
std::span<const Function> hash_functions();
std::span<const Function> rsa_functions();
std::span<const Function> filesystem_functions();
std::span<const Function> template_functions();
std::span<const Function> date_functions();
std::span<const Function> cidr_functions();
std::span<const Function> provider_functions();  ///< provider::aws::arn_parse and its kin
std::span<const Function> legacy_functions();  ///< of 0.11 only

}  // namespace landfall::hcl
