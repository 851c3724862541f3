#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "hcl/source.h"

/// What is wrong with a person's document, and where. Positions are 1-based; columns count characters
/// (grapheme clusters), as Terraform's do.
namespace landfall::hcl {

enum class Severity { error, warning };

/// One problem. `file` is empty and `line` 0 where there is no place to point at.
struct Diagnostic {
  Severity severity = Severity::error;
  std::string summary;  ///< a short title: "Unsupported argument"
  std::string detail;   ///< sentences: what was found, what was wanted, what to do
  std::string file{};
  int line = 0, column = 0;
  int end_line = 0, end_column = 0;
  uint32_t byte = 0, end_byte = 0;  ///< 0-based, of the same places
  std::string context{};              ///< the block around it: `resource "aws_vpc" "x"`
  std::string source_line{};          ///< text of `line`, without its end
  std::vector<std::string> values{};  ///< `var.x is "foo"`: what the expression referred to

  bool is_error() const { return severity == Severity::error; }
};

/// A problem at a place; fills file, positions, context and source line.
Diagnostic diagnose(const Range& at, std::string summary, std::string detail,
                    Severity severity = Severity::error);

/// Several problems, in the order found.
class Diagnostics : public std::vector<Diagnostic> {
 public:
  using std::vector<Diagnostic>::vector;
  bool has_errors() const;
  void error(const Range& at, std::string summary, std::string detail) {
    push_back(diagnose(at, std::move(summary), std::move(detail)));
  }
  void warning(const Range& at, std::string summary, std::string detail) {
    push_back(diagnose(at, std::move(summary), std::move(detail), Severity::warning));
  }
  void append(Diagnostics more);
};

/// Terraform's look, plain (no box, no colour), ends with a newline:
///
///   Error: Unsupported argument
///
///     on main.tf line 3, in resource "aws_vpc" "x":
///      3:   cidr = foo
///
///   An argument named "cidr" is not expected here.
std::string render(const Diagnostic& diagnostic);
std::string render(const Diagnostics& diagnostics);  ///< each, with an empty line between

}  // namespace landfall::hcl
