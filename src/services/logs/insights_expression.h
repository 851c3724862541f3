#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"

/// Expressions of Logs Insights queries. Source: CloudWatch Logs user guide, Logs Insights QL: supported operations and functions.
namespace landfall::services::logs::insights {

/// A text; numbers are texts that read as numbers. A moment is told as "2026-11-26 10:00:00.000", and counts as milliseconds.
struct Value {
  std::string text;
  bool is_moment = false;

  std::optional<double> number() const;
  std::string shown() const;
  bool operator==(const Value&) const = default;
};
Value of_number(double number);
Value of_moment(WallTime at);
Value of_bool(bool is_true);

/// One event, or one group of them, on its way through a query. What it does not have is missing.
using Row = std::map<std::string, Value>;

/// What an expression looks at: one row, and in `stats` the rows of a group.
struct Scope {
  const Row& row;
  std::span<const Row* const> group{};
  WallTime now{};
};

/// `text` is how it was written, the name of its column unless it has another.
struct Expression {
  std::string text;
  std::function<std::optional<Value>(const Scope&)> of;
  bool is_field = false;  ///< a field's name, nothing else
};

/// Reads a query from left to right. Errors: "MalformedQueryException" with the place; what is known but not carried is named.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  void blanks();  ///< and comments
  bool at_end();
  bool take(std::string_view symbol);
  bool take_word(std::string_view word);  ///< a whole word, in any case
  Result<std::string> name();             ///< a field's name, also in backticks
  Result<std::string> quoted();           ///< "…" or '…'
  bool sees_quote();
  bool sees_regex();
  Result<std::string> regex();            ///< /…/, as RE2 reads it
  Result<Expression> expression();
  std::unexpected<Error> malformed() const;
  std::unexpected<Error> unsupported(std::string_view what) const;

 private:
  using Test = std::function<std::optional<Value>(const Scope&)>;
  using Level = Result<Test> (Reader::*)();

  Result<Test> either();
  Result<Test> both();
  Result<Test> negated();
  Result<Test> comparison();
  Result<Test> sum();
  Result<Test> product();
  Result<Test> power();
  Result<Test> primary();
  Result<Test> call(const std::string& name);
  Result<Test> aggregate(const std::string& name);
  Result<Test> like();
  Result<Test> list_test(Test left);
  Result<std::vector<Test>> arguments();
  Result<double> duration_ms();

  std::string text_;
  size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace landfall::services::logs::insights
