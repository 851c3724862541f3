#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/error.h"

/// JSON as text, cut where it must be: state files are large, and most of what they hold is only passed on. Numbers keep
/// all their digits.
namespace landfall::terraform {

/// Calls `visit` with each member of an object and the text of its value. Errors: "Json.Malformed" with the offset; visit's
/// own. Only the outer structure is checked; depth is bounded (512).
Result<void> for_each_member(std::string_view object, const std::function<Result<void>(std::string name, std::string_view value)>& visit);
Result<void> for_each_element(std::string_view array, const std::function<Result<void>(std::string_view value)>& visit);

/// The text that a JSON string stands for; "" if it is not a string.
std::string text_of_json(std::string_view value);

/// `"…"`, escaped as Go does it.
std::string json_quoted(std::string_view text);

/// Adds compact or indented JSON, indented by two spaces from `depth` levels on, without blanks at its begin.
void indent_json(std::string_view json, int depth, std::string& out);

/// Without blanks outside of strings.
std::string compact_json(std::string_view json);

}  // namespace landfall::terraform
