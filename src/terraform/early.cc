#include "terraform/early.h"

#include <fmt/format.h>

#include "hcl/convert.h"

namespace landfall::terraform {
namespace {

using hcl::Diagnostic;
using hcl::Resolution;
using hcl::Value;

std::unexpected<Diagnostic> unresolved(std::string summary, std::string detail) { return std::unexpected(Diagnostic{.summary = std::move(summary), .detail = std::move(detail)}); }

std::expected<Resolution, Diagnostic> value_of(const hcl::Expression& expression, const hcl::Scope& scope) {
  hcl::Evaluated found = hcl::evaluate(expression, scope);
  for (Diagnostic& one : found.diagnostics) {
    if (one.is_error()) return std::unexpected(std::move(one));
  }
  return Resolution{.value = std::move(found.value), .steps_used = 2};
}

}  // namespace

EarlyScope::EarlyScope(const Module& root, GivenVariables given, std::string workspace) : module_(root), ask_(std::move(given)), workspace_(std::move(workspace)) { functions_.base_dir = root.directory; }

EarlyScope::EarlyScope(const Module& module, const EarlyScope& around, const ModuleCall& call) : module_(module), around_(&around), call_(&call), workspace_(around.workspace_), functions_(around.functions_) {}

std::expected<Resolution, Diagnostic> EarlyScope::resolve_variable(const std::string& name) const {
  const auto variable = module_.variables.find(name);
  if (variable == module_.variables.end()) return unresolved("Reference to undeclared input variable", fmt::format("An input variable with the name \"{0}\" has not been declared. This variable can be declared with a variable \"{0}\" {{}} block.", name));
  const VariableConfig& config = variable->second;
  const hcl::Attribute* argument = call_ == nullptr ? nullptr : call_->block->body.find(name);
  if (!given_) given_ = ask_ ? ask_(module_) : std::map<std::string, Value>();
  const auto given = given_->find(name);
  std::expected<Resolution, Diagnostic> found = unresolved("No value for required variable", fmt::format("The input variable \"{}\" is not set, and has no default value.", name));
  if (argument != nullptr) found = value_of(*argument->value, *around_);
  else if (given != given_->end()) found = Resolution{.value = given->second, .steps_used = 2};
  else if (config.default_value != nullptr) found = value_of(*config.default_value, hcl::MapScope());
  if (!found) return found;
  if (!config.type.is_dynamic()) {
    auto converted = hcl::convert(found->value, config.type);
    if (!converted) return unresolved("Invalid value for input variable", fmt::format("The given value is not suitable for var.{}: {}.", name, converted.error().what));
    found->value = std::move(*converted);
  }
  if (config.is_sensitive) found->value = found->value.sensitive();
  return found;
}

std::expected<Resolution, Diagnostic> EarlyScope::resolve_local(const std::string& name) const {
  const auto local = module_.locals.find(name);
  if (local == module_.locals.end()) return unresolved("Reference to undeclared local value", fmt::format("A local value with the name \"{}\" has not been declared.", name));
  return value_of(*local->second.value, *this);
}

std::expected<Resolution, Diagnostic> EarlyScope::resolve(const hcl::Reference& reference) const {
  const std::string& root = reference.root();
  const std::string name(reference.name(1));
  if (root == "var" || root == "local") {
    auto [at, is_new] = known_.try_emplace(root + "." + name);
    if (!is_new && !at->second) return unresolved("Cycle", fmt::format("{}.{} is made of itself.", root, name));
    if (is_new) {
      auto found = root == "var" ? resolve_variable(name) : resolve_local(name);
      at->second = std::move(found);
    }
    return *at->second;
  }
  if (root == "terraform" && name == "workspace") return Resolution{.value = Value::string(workspace_), .steps_used = 2};
  const auto& folder = module_.top().directory;
  if (root == "path" && name == "cwd") return Resolution{.value = Value::string(folder.string()), .steps_used = 2};
  if (root == "path" && name == "root") return Resolution{.value = Value::string("."), .steps_used = 2};
  if (root == "path" && name == "module") return Resolution{.value = Value::string(module_.directory.lexically_relative(folder).string()), .steps_used = 2};
  return unresolved("Dynamic value in static context", fmt::format("{} is not known before a plan is made: variables, locals made of them, path and terraform.workspace are.", reference.text()));
}

std::optional<std::string> EarlyScope::text(const hcl::Expression& expression, const std::string& what, hcl::Diagnostics& diagnostics) const {
  hcl::Evaluated found = hcl::evaluate(expression, *this);
  const auto refuse = [&](std::string summary, const std::string& detail) {
    diagnostics.error(expression.range, std::move(summary), detail);
    return std::optional<std::string>();
  };
  const bool has_failed = !found.ok();
  for (Diagnostic& one : found.diagnostics) one.detail = fmt::format("{} must be known early. {}", what, one.detail);
  diagnostics.append(std::move(found.diagnostics));
  if (has_failed) return std::nullopt;
  hcl::Marks marks = hcl::Marks::none;
  const auto text = hcl::convert(found.value.unmark_deep(marks), hcl::Type::string());
  if (hcl::any(marks)) return refuse("Sensitive value in static context", fmt::format("{} would be written down where it can be read: it cannot be made of sensitive values.", what));
  if (!text || !text->has_value()) return refuse("Invalid static value", fmt::format("{} must be a text that is known early{}.", what, text ? "" : ": " + text.error().what));
  return text->as_string();
}

}  // namespace landfall::terraform
