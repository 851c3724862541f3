#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "hcl/evaluate.h"
#include "terraform/configuration.h"

namespace landfall::terraform {

/// Values that the root's variables were given, by name.
using GivenVariables = std::function<std::map<std::string, hcl::Value>(const Module& root)>;

/// The names of one module that have values before anything is planned: variables, locals, path and terraform.workspace.
/// For what must be known to load a configuration: a backend's arguments, a module's source and version.
/// Source  OpenTofu docs, "Early evaluation".
class EarlyScope final : public hcl::Scope {
 public:
  /// Of the root, whose variables are asked for when the first one is used. References outlive this.
  EarlyScope(const Module& root, GivenVariables given, std::string workspace);
  /// Of a module that `call` of the module around calls.
  EarlyScope(const Module& module, const EarlyScope& around, const ModuleCall& call);

  std::expected<hcl::Resolution, hcl::Diagnostic> resolve(const hcl::Reference& reference) const override;
  const hcl::FunctionContext& functions() const override { return functions_; }

  /// The text of an expression. Nothing, with a diagnostic that names `what` ("The source of module \"m\""), if it is not
  /// known early, is sensitive or no text.
  std::optional<std::string> text(const hcl::Expression& expression, const std::string& what, hcl::Diagnostics& diagnostics) const;

 private:
  std::expected<hcl::Resolution, hcl::Diagnostic> resolve_variable(const std::string& name) const;
  std::expected<hcl::Resolution, hcl::Diagnostic> resolve_local(const std::string& name) const;

  const Module& module_;
  const EarlyScope* around_ = nullptr;
  const ModuleCall* call_ = nullptr;
  GivenVariables ask_;
  mutable std::optional<std::map<std::string, hcl::Value>> given_;
  std::string workspace_;
  hcl::FunctionContext functions_;
  /// What was resolved already, by "var.x" and "local.x"; without a value: it is being worked out, so who asks is in a cycle.
  mutable std::map<std::string, std::optional<std::expected<hcl::Resolution, hcl::Diagnostic>>> known_;
};

}  // namespace landfall::terraform
