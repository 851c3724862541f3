#pragma once

#include <string>
#include <string_view>

#include "aws/shape.h"
#include "base/error.h"

namespace landfall::aws {

/// Text of a scalar (not a list, map or structure) as XML, forms, headers and query strings write it.
std::string scalar_text(const Shape& shape, const void* value, TimeFormat times);

/// Errors: "Malformed" with a sentence that names the text and the kind wanted.
Result<void> read_scalar(const Shape& shape, std::string_view text, TimeFormat times, void* into);

inline const void* member_of(const Member& member, const void* structure) {
  return static_cast<const char*>(structure) + member.offset;
}
inline void* member_of(const Member& member, void* structure) { return static_cast<char*>(structure) + member.offset; }
inline bool is_number(const Shape& shape) { return shape.kind == Kind::integer || shape.kind == Kind::long_integer || shape.kind == Kind::floating; }
inline bool is_scalar(const Shape& shape) { return shape.kind < Kind::list; }

}  // namespace landfall::aws
