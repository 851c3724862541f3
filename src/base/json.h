#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"

/// Boost.JSON, wrapped where it throws. Include from .cc files only: it is heavy.
namespace landfall {

namespace json = boost::json;

/// Errors "Json.Malformed" name `what` and the byte offset. Depth is bounded (64).
Result<json::value> parse_json(std::string_view text, std::string_view what = "JSON");

/// Member as string / object / array, or empty if absent or of another kind.
std::string_view string_member(const json::object& object, std::string_view name);
const json::object* object_member(const json::object& object, std::string_view name);
const json::array* array_member(const json::object& object, std::string_view name);
int int_member(const json::object& object, std::string_view name);  ///< 0 if absent or no integer
std::optional<double> number_member(const json::object& object, std::string_view name);  ///< an integer or not
std::vector<std::string> strings_member(const json::object& object, std::string_view name);  ///< the strings of an array

/// Indented by two spaces, members in their order: for files that people read.
std::string pretty_json(const json::value& value);

}  // namespace landfall
