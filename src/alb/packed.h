#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace landfall::alb {

/// Several texts in one, for sealing: each after its size (four bytes, least first).
std::string pack(std::initializer_list<std::string_view> texts);
/// Null: it does not hold exactly `count` texts.
std::optional<std::vector<std::string>> unpack(std::string_view packed, size_t count);

}  // namespace landfall::alb
