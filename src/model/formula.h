#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.h"

namespace landfall::model {

/// Beginning of a period in ms -> its value; periods without one are left out.
using Series = std::map<int64_t, double>;

/// Metric math: numbers, the ids of other queries, + - * / ^, comparisons, AND and OR, functions. Pure.
/// Source  CloudWatch user guide, Using metric math: metric math syntax and functions
class Formula {
 public:
  /// What a formula looks at.
  struct Input {
    std::map<std::string, Series> series;  ///< by id
    std::map<std::string, int> periods;    ///< seconds, by id
    std::set<std::string> metrics;         ///< the ids that METRICS() stands for
    std::vector<int64_t> times;            ///< of all periods, rising
  };
  /// A number (NaN: there is none), a series, or several.
  using Value = std::variant<double, Series, std::vector<Series>>;

  /// Errors: "Formula.Unsupported" names the function or the character that Landfall does not know.
  static Result<Formula> parse(std::string_view text);

  const std::set<std::string>& ids() const { return ids_; }
  bool asks_for_all() const { return asks_for_all_; }  ///< by METRICS()
  /// Errors: "Formula.Scalar" if it comes to a number, which is no series.
  Result<std::vector<Series>> evaluate(const Input& input) const;

 private:
  class Parser;
  std::function<Value(const Input&)> root_;
  std::set<std::string> ids_;
  bool asks_for_all_ = false;
};

}  // namespace landfall::model
