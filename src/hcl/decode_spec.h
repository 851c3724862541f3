#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "hcl/evaluate.h"
#include "hcl/syntax.h"

namespace landfall::hcl {

/// What a file of HashiCorp's HCL may hold and which value that makes: an hcldec specification.
/// Source: hashicorp/hcl, cmd/hcldec/spec-format.md. Not carried, and refused by name: `function` blocks.
class DecodeSpec {
 public:
  /// Reads a specification. Null after errors.
  static std::unique_ptr<DecodeSpec> parse(std::string_view name, std::string_view text, Diagnostics& diagnostics);
  ~DecodeSpec();

  /// The value of the bodies together. `variables` come before those of the specification.
  Evaluated decode(std::span<const File> files, std::map<std::string, Value, std::less<>> variables) const;

  /// The references in what the specification reads, in its order.
  std::vector<const Reference*> references(std::span<const File> files) const;

  const std::map<std::string, Value, std::less<>>& variables() const;

 private:
  struct Impl;
  explicit DecodeSpec(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace landfall::hcl
