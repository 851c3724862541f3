#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace landfall::model {

/// Metric math, as far as it is arithmetic: numbers, the ids of other queries, + - * / and parentheses. Pure.
/// Source  CloudWatch user guide, Using metric math: metric math syntax
class Formula {
 public:
  /// Errors: "Formula.Unsupported" names the function or the character that Landfall does not know.
  static Result<Formula> parse(std::string_view text);

  const std::set<std::string>& ids() const { return ids_; }
  /// The result of one period; none if a value is missing, or is divided by zero.
  std::optional<double> evaluate(const std::map<std::string, double>& values) const;

 private:
  struct Step {  ///< of a stack machine
    char what = '#';  ///< '#' a number, 'v' a value, or the operator
    double number = 0;
    std::string id;
  };
  class Parser;
  std::vector<Step> steps_;
  std::set<std::string> ids_;
};

}  // namespace landfall::model
