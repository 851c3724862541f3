#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "hcl/diagnostic.h"
#include "terraform/engine.h"

namespace landfall::terraform {

/// Expressions over a root module as it stands: its variables and locals, and what its state holds. Nothing is asked of
/// the cloud and nothing is locked; what is not in the state is unknown.
class Console {
 public:
  /// A folder without .tf files has no names, and is no error. Null after errors.
  static std::unique_ptr<Console> open(const EngineOptions& options, hcl::Diagnostics& diagnostics);
  ~Console();

  struct Answer {
    std::string text;  ///< as `terraform console` prints it, without a line feed
    hcl::Diagnostics diagnostics;
    bool ok() const { return !diagnostics.has_errors(); }
  };
  Answer answer(std::string_view expression) const;

  /// Whether more lines must follow before this can be read: a bracket, a quote or a heredoc is open.
  static bool is_open(std::string_view text);

 private:
  struct Impl;
  Answer answer_in(std::string_view expression, hcl::Dialect dialect) const;
  explicit Console(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace landfall::terraform
