#pragma once

#include <string>
#include <string_view>

#include "aws/shape.h"
#include "base/error.h"

/// Bodies of the json protocols. Members are written by their model names, times as seconds.
namespace landfall::aws {

/// Errors: "Malformed" names the path ("containers[0].image"), what was found and what is wanted; "Unknown" names a
/// member that the model does not have.
Result<void> decode_json(const Shape& shape, std::string_view body, bool refuse_unknown, void* into);
std::string encode_json(const Shape& shape, const void* from);

}  // namespace landfall::aws
