#pragma once

#include <expected>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "hcl/syntax.h"
#include "hcl/value.h"

namespace landfall {
class Clock;
class IdSource;
}  // namespace landfall

namespace landfall::hcl {

/// What functions may ask of the world. Everything is handed in; what is null makes its functions fail by
/// name.
struct FunctionContext {
  std::filesystem::path base_dir = ".";  ///< relative paths of file() and its kin start here
  Clock* clock = nullptr;                ///< timestamp()
  IdSource* ids = nullptr;               ///< uuid(), bcrypt() salt
  bool defer_impure = false;             ///< plan: timestamp(), uuid() and bcrypt() are unknown
  std::string plan_timestamp{};          ///< plantimestamp(); "" makes it fail
  int depth = 0;                         ///< templates inside templates; bounded
};

/// What a reference begins with, resolved.
struct Resolution {
  Value value;
  size_t steps_used = 1;  ///< how many of Reference::steps `value` stands for; the evaluator applies the rest
};

/// Where names come from; the engine implements it. Must outlive the evaluation.
class Scope {
 public:
  virtual ~Scope() = default;
  /// The value of the longest beginning of `reference` that is known here. On failure a Diagnostic with
  /// summary and detail ("Reference to undeclared input variable"); its place is filled in by the evaluator
  /// if line is 0.
  virtual std::expected<Resolution, Diagnostic> resolve(const Reference& reference) const = 0;
  virtual const FunctionContext& functions() const = 0;
};

/// No names at all, or those of a map: for .tfvars, constants, tests, templates.
class MapScope final : public Scope {
 public:
  explicit MapScope(std::map<std::string, Value, std::less<>> names = {}, FunctionContext context = {})
      : names_(std::move(names)), context_(std::move(context)) {}
  std::expected<Resolution, Diagnostic> resolve(const Reference& reference) const override;
  const FunctionContext& functions() const override { return context_; }

 private:
  std::map<std::string, Value, std::less<>> names_;
  FunctionContext context_;
};

struct Evaluated {
  Value value;  ///< unknown (dynamic) after errors
  Diagnostics diagnostics;
  bool ok() const { return !diagnostics.has_errors(); }
};

/// The value of an expression. Unknown values propagate; marks are kept. Pure but for what the Scope does, so
/// several threads may evaluate at once. In 0.11 (expression.dialect): `["${list}"]` flattens one level,
/// `5/2` of whole numbers is 2, `"1" == 1`.
Evaluated evaluate(const Expression& expression, const Scope& scope);

/// The same, converted; a failure is "Incorrect value type"-like at the expression's place.
Evaluated evaluate(const Expression& expression, const Scope& scope, const Type& type);

/// One step into a value, as `.name` or `[index]` do it. Errors carry HCL's summary and detail, without a
/// place.
std::expected<Value, Diagnostic> apply_step(const Value& object, const Step& step, Dialect dialect);

}  // namespace landfall::hcl
