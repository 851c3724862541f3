#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/error.h"
#include "services/dynamodb/attribute.h"

/// Document paths: "a.b[2]". Pure.
/// Source: DynamoDB Developer Guide, Referring to item attributes when using expressions.
namespace landfall::services::dynamodb {

struct Step {
  std::string name;  ///< empty for an index
  size_t index = 0;
  bool operator==(const Step&) const = default;
};
using Path = std::vector<Step>;  ///< never empty; begins with a name

std::string to_text(const Path& path);  ///< "[a, b, [2]]", as DynamoDB's errors show paths

const Value* follow(const Item& item, const Path& path);  ///< null: there is no such thing

/// Only what the paths name, in the item's own structure; elements of lists close up.
Item project(const Item& item, const std::vector<Path>& paths);

/// Writes at a path whose parent exists; past the end of a list it appends. Errors: "ValidationException".
Result<void> set_at(Item& item, const Path& path, Value value);
/// Takes away what is there; nothing there is no error, a parent that is not there is one.
Result<void> remove_at(Item& item, const Path& path);

/// Errors: "ValidationException" (without "Invalid …: ") if one of the paths lies in another, or takes a thing for list and map at once.
Result<void> check_disjoint(const std::vector<Path>& paths);

}  // namespace landfall::services::dynamodb
