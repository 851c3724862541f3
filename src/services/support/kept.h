#pragma once

#include <string>

#include "aws/json_codec.h"
#include "base/ensure.h"

/// Structures of the wire, kept in records as JSON.
namespace landfall::services {

template <class Shape>
std::string to_json(const Shape& value) {
  return aws::encode_json(Shape::shape(), &value);
}

/// `text` is what to_json wrote; of an empty one the structure is empty.
template <class Shape>
Shape from_json(const std::string& text) {
  Shape value;
  if (text.empty()) return value;
  const auto read = aws::decode_json(Shape::shape(), text, aws::Unknown::refused, &value);
  ENSURE(read.has_value(), "the store holds what to_json wrote");
  return value;
}

}  // namespace landfall::services
