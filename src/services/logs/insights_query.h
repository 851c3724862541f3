#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "services/logs/insights_expression.h"
#include "store/log_store.h"

namespace landfall::services::logs::insights {

/// Columns of one row of a result, in their order.
using Told = std::vector<std::pair<std::string, std::string>>;

struct Answer {
  std::vector<Told> rows;
  int64_t matched = 0;  ///< rows that the filters let through
};

/// A query of Logs Insights: commands in the order in which they work on rows. Pure.
/// Source  CloudWatch Logs user guide, Logs Insights QL: query syntax
class Query {
 public:
  /// Errors: "MalformedQueryException"; commands and functions that Landfall does not carry are named.
  static Result<Query> parse(std::string_view text);

  /// `rows` newest first, as row_of makes them; at most `limit` rows come out, unless a `limit` command says less.
  Answer run(std::vector<Row> rows, size_t limit, WallTime now) const;

  struct Command;

 private:
  friend class QueryParser;
  std::vector<std::shared_ptr<const Command>> commands_;
};

/// The fields of an event: @timestamp, @message … and those of a message in JSON ("a.b", "list.0"), at most kMostFields.
constexpr size_t kMostFields = 200;
Row row_of(const store::LogEvent& event, const std::string& log, const std::string& pointer);

}  // namespace landfall::services::logs::insights
