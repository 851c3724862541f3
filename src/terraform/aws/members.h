#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "terraform/record.h"

/// Optional members of API structures, filled from attributes and told as attributes.
namespace landfall::terraform::aws_types {

/// Left out where the attribute is null or empty.
inline void set_text(const Record& from, const char* name, std::optional<std::string>& to) {
  if (!from.text(name).empty()) to = from.text(name);
}

/// Left out where the attribute is null or 0.
inline void set_number(const Record& from, const char* name, std::optional<int32_t>& to) {
  if (from.number(name) != 0) to = static_cast<int32_t>(from.number(name));
}

/// Null where the API tells nothing.
template <class T>
void keep(Record& record, const char* name, const std::optional<T>& value) {
  value ? record.set(name, *value) : record.clear(name);
}

}  // namespace landfall::terraform::aws_types
