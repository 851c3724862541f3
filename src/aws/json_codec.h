#pragma once

#include <string>
#include <string_view>

#include "aws/shape.h"
#include "base/error.h"

/// Bodies of the json protocols. Members are written by their model names, times as seconds.
namespace landfall::aws {

/// What becomes of members that the model does not have.
enum class Unknown {
  refused,
  skipped,
  skipped_in_any_case,  ///< and a name is the model's in whatever case it is written: how Go's encoding/json reads into a struct
};

/// Errors: "Malformed" names the path ("containers[0].image"), what was found and what is wanted; "Unknown" names a
/// member that the model does not have.
Result<void> decode_json(const Shape& shape, std::string_view body, Unknown unknown, void* into);
std::string encode_json(const Shape& shape, const void* from);

}  // namespace landfall::aws
