#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "services/dynamodb/path.h"
#include "services/dynamodb/placeholders.h"

namespace landfall::services::dynamodb {

/// An update expression: SET, REMOVE, ADD and DELETE. Pure.
/// Source: DynamoDB Developer Guide, Using update expressions.
class Update {
 public:
  /// Errors: "ValidationException", "Invalid UpdateExpression: …".
  static Result<Update> parse(std::string_view text, Placeholders& placeholders);

  /// The item after the update: operands are read from `item` as it was. Errors: "ValidationException".
  Result<Item> apply(const Item& item) const;
  const std::vector<Path>& paths() const { return paths_; }  ///< of the actions, in their order

  struct Operand;
  struct Action;

 private:
  std::vector<std::shared_ptr<const Action>> actions_;
  std::vector<Path> paths_;
};

}  // namespace landfall::services::dynamodb
