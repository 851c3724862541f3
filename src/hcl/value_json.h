#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>

#include "hcl/type.h"
#include "hcl/value.h"

/// Values as JSON, as in state files and jsonencode. Numbers go through text, so none loses digits.
namespace landfall::hcl {

/// Compact, names sorted, `< > &` and U+2028/9 escaped: byte for byte what jsonencode gives.
/// Marks are not written. Unknown parts are written as null: callers that must not lose them check
/// is_wholly_known.
std::string to_json(const Value& value);

/// Reads JSON as a value of `type`; where the type is dynamic, as the type that the JSON implies (tuple,
/// object). Errors "Hcl.Json" name the path.
Result<Value> from_json(std::string_view text, const Type& type = Type::dynamic());

/// The same through Boost.JSON trees, for documents that embed values. A number that neither int64, uint64
/// nor double holds exactly is written as the nearest double.
boost::json::value to_json_value(const Value& value);
Result<Value> from_json_value(const boost::json::value& json, const Type& type = Type::dynamic());

/// A type as state files hold it: "string", ["list","string"], ["object",{"a":"number"}].
boost::json::value type_to_json(const Type& type);
Result<Type> type_from_json(const boost::json::value& json);

}  // namespace landfall::hcl
