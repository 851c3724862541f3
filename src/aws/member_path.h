#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/shape.h"

namespace landfall::aws {

/// Texts of what a request sets at a dotted path of model names ("networkConfiguration.awsvpcConfiguration.subnets"). Of lists
/// every member is taken; of maps the keys at "@", every value at "*", else the value at that key.
std::vector<std::string> texts_at(const Shape& shape, const void* value, std::string_view path);
/// The same with the path in steps: keys of maps may hold dots.
std::vector<std::string> texts_at(const Shape& shape, const void* value, std::span<const std::string> steps);

/// The tags that a request brings, wherever its members of that name have them.
std::vector<std::pair<std::string, std::string>> tags_in(const Shape& shape, const void* value);

}  // namespace landfall::aws
