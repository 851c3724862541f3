#include "hcl/call.h"

#include <fmt/format.h>

#include "base/text.h"
#include "hcl/convert.h"
#include "hcl/functions/function.h"

namespace landfall::hcl {
namespace {

using Outcome = std::expected<Value, Diagnostic>;

std::unexpected<Diagnostic> refuse(const Range& at, std::string summary, std::string detail) {
  return std::unexpected(diagnose(at, std::move(summary), std::move(detail)));
}

std::unexpected<Diagnostic> unknown_function(const Call& call, Dialect dialect) {
  const std::string_view name = call.name;
  if (name == "list" || name == "map") {
    return refuse(
        call.name_range, "Error in function call",
        fmt::format(
            "Call to function \"{0}\" failed: the \"{0}\" function was deprecated in Terraform v0.12 and "
            "is no longer available; use to{0}({1}) syntax to write a literal {0}.",
            name, name == "list" ? "[ ... ]" : "{ ... }"));
  }
  if (name.find("::") != std::string_view::npos && !name.starts_with("core::")) {
    return refuse(
        call.name_range, "Unknown provider function",
        fmt::format("There is no function named \"{}\" among those of providers that Landfall has.", name));
  }
  const std::string suggestion = nearest(name, function_names(dialect));
  return refuse(call.name_range, "Call to unknown function",
                fmt::format("There is no function named \"{}\".{}", name,
                            suggestion.empty() ? "" : fmt::format(" Did you mean \"{}\"?", suggestion)));
}

const Range& place_of(const Call& call, const Range& range, size_t argument) {
  if (call.arguments.empty()) return range;
  return call.arguments[std::min(argument, call.arguments.size() - 1)]->range;
}

std::unexpected<Diagnostic> bad_argument(const Call& call, const Range& range, size_t argument,
                                         std::string_view parameter, std::string_view what) {
  return refuse(place_of(call, range, argument), "Invalid function argument",
                fmt::format("Invalid value for \"{}\" parameter: {}.", parameter, what));
}

/// What an error message must not repeat.
void note_secret(const Value& value, std::vector<std::string>& secrets) {
  if (!value.is_sensitive() || !value.has_value() || !value.type().is_primitive()) return;
  std::string text = convert(value.without_marks(), Type::string())->as_string();
  if (!text.empty()) secrets.push_back(std::move(text));
}

std::string without_secrets(std::string text, const std::vector<std::string>& secrets) {
  for (const std::string& secret : secrets) text = replace_all(text, secret, "(sensitive value)");
  return text;
}

/// list() and map() went with 0.15: files may be older than that, what is typed is of today.
bool is_old_call(const Call& call, const Range& range) { return (call.name == "list" || call.name == "map") && range.source != nullptr && range.source->name.ends_with(".tf"); }

bool is_unknown_for(const Value& value, Allow allow) {
  return !allows(allow, Allow::unknown) && !value.is_wholly_known();
}

}  // namespace

Outcome call_function(const Call& call, const Range& range, std::span<const Value> values,
                      const FunctionContext& context, Dialect dialect) {
  const Function* function = find_function(call.name, is_old_call(call, range) ? Dialect::v011 : dialect);
  if (function == nullptr) return unknown_function(call, dialect);
  const size_t least = function->parameters.size();
  if (values.size() < least) {
    return refuse(
        range, "Not enough function arguments",
        fmt::format("Function \"{}\" expects {}{} argument(s). Missing value for \"{}\".", call.name,
                    function->rest ? "at least " : "", least, function->parameters[values.size()].name));
  }
  if (values.size() > least && !function->rest) {
    return refuse(place_of(call, range, least), "Too many function arguments",
                  fmt::format("Function \"{}\" expects only {} argument(s).", call.name, least));
  }
  const auto parameter = [&](size_t i) -> const Parameter& {
    return i < least ? function->parameters[i] : *function->rest;
  };
  std::vector<Value> ready;
  ready.reserve(values.size());
  Marks marks = Marks::none;
  bool is_unknown = false;
  std::vector<std::string> secrets;
  for (size_t i = 0; i < values.size(); ++i) {
    const Parameter& wanted = parameter(i);
    Result<Value> converted = convert(values[i], wanted.type);
    if (!converted) {
      const std::string& what = converted.error().what;
      return bad_argument(call, range, i, wanted.name, what);
    }
    if (converted->is_null() && !allows(wanted.allow, Allow::null)) {
      return bad_argument(call, range, i, wanted.name, "argument must not be null");
    }
    is_unknown = is_unknown || is_unknown_for(*converted, wanted.allow);
    note_secret(*converted, secrets);
    ready.push_back(allows(wanted.allow, Allow::marks) ? std::move(*converted)
                                                       : converted->unmark_deep(marks));
  }
  if (is_unknown) return Value::unknown(function->result).with_marks(marks);
  const Arguments arguments(ready, context, dialect);
  Result<Value> result = function->run(arguments);
  if (result) return result->with_marks(marks);
  const std::string what = without_secrets(result.error().what, secrets);
  if (arguments.blamed >= 0) {
    const auto blamed = static_cast<size_t>(arguments.blamed);
    return bad_argument(call, range, blamed, parameter(blamed).name, what);
  }
  return refuse(range, "Error in function call",
                fmt::format("Call to function \"{}\" failed: {}.", call.name, what));
}

}  // namespace landfall::hcl
