#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/dynamodb/attribute.h"

/// Statements of PartiQL, read into the expressions that the item calls know.
/// Source: DynamoDB developer guide, PartiQL - a SQL-compatible query language for Amazon DynamoDB.
namespace landfall::services::dynamodb {

/// One part of a WHERE that must hold with all others.
struct WhereTerm {
  std::string text;                  ///< a condition expression
  std::string attribute{};           ///< of "attribute = value" and "attribute IN [values]", a name on the item's top
  std::optional<Value> equals{};     ///< of the former
};

struct Statement {
  enum class Kind { select, insert, update, remove, exists };
  Kind kind = Kind::select;
  std::string table, index;             ///< index empty: none
  std::vector<std::string> projection;  ///< of a select; empty: everything
  std::vector<WhereTerm> where;
  std::string update;                   ///< an update expression
  Item item;                            ///< of an insert
  std::string order_by;                 ///< an attribute; empty: none
  bool is_descending = false;
  std::string returning;                ///< "ALL OLD", "MODIFIED NEW" …; empty: nothing
  std::map<std::string, std::string> names;  ///< placeholders of the expressions
  std::map<std::string, Value> values;
};

/// `parameters` stand for the question marks. Errors: "ValidationException".
Result<Statement> read_statement(std::string_view text, const std::vector<Value>& parameters);

}  // namespace landfall::services::dynamodb
