#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "aws/shape.h"

/// What the model asks of values, and which values of a request do not comply.
namespace landfall::aws {

enum class Unmet : unsigned char { missing, not_listed, pattern, too_large, too_small, of_members };

/// Names of members and indices of lists on the way to a value.
struct Step {
  std::string_view member{};  ///< as in the model; empty: an element
  std::string key{};          ///< of a map's value
  size_t index = 0;           ///< of a list's element, from 1
};

struct Fault {
  Unmet unmet;
  std::vector<Step> path{};
  std::string shown{};       ///< the value as an error repeats it: "null", "'x'"; empty: it is not repeated
  std::string constraint{};  ///< "Member must have length less than or equal to 64"
  const Shape* shape = nullptr;
};

/// Every value that does not comply, in the model's order, at most `kMaxFaults`.
constexpr size_t kMaxFaults = 10;
std::vector<Fault> faults_of(std::string_view service, const Shape& shape, const void* value);

}  // namespace landfall::aws
