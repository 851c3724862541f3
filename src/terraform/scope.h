#pragma once

#include "terraform/evaluation.h"

namespace landfall::terraform {

/// The names that an expression of one module instance may use.
class ModuleScope final : public hcl::Scope {
 public:
  ModuleScope(const Evaluation& evaluation, const ModuleInstance& in, const Repetition& repetition, std::map<std::string, Value, std::less<>> locals);
  std::expected<hcl::Resolution, hcl::Diagnostic> resolve(const hcl::Reference& reference) const override;
  const hcl::FunctionContext& functions() const override { return functions_; }

 private:
  std::expected<hcl::Resolution, hcl::Diagnostic> resolve_block(const hcl::Reference& reference) const;
  std::expected<hcl::Resolution, hcl::Diagnostic> resolve_path(std::string_view name) const;
  std::expected<hcl::Resolution, hcl::Diagnostic> resolve_module(const hcl::Reference& reference) const;

  const Evaluation& evaluation_;
  const ModuleInstance& in_;
  const Repetition& repetition_;
  std::map<std::string, Value, std::less<>> locals_;
  hcl::FunctionContext functions_;
};

}  // namespace landfall::terraform
