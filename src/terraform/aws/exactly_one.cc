#include "terraform/aws/exactly_one.h"

#include <vector>

#include <fmt/format.h>

#include "base/text.h"

namespace landfall::terraform::aws_types {
namespace {

std::vector<std::string> written(const Record& config, std::span<const char* const> names) {
  std::vector<std::string> found;
  for (const char* name : names) {
    const Value value = config.value(name);
    const bool is_empty = value.is_null() || (value.is_known() && value.type().kind() == hcl::Type::Kind::string && value.as_string().empty());
    if (!is_empty) found.emplace_back(name);
  }
  return found;
}

}  // namespace

Result<void> exactly_one(const Record& config, std::span<const char* const> names) {
  if (!written(config, names).empty()) return at_most_one(config, names);
  const std::vector<std::string> all(names.begin(), names.end());
  return fail("Config.Missing", fmt::format("one of `{}` must be specified", join(all, ",")));
}

Result<void> at_most_one(const Record& config, std::span<const char* const> names) {
  const std::vector<std::string> found = written(config, names), all(names.begin(), names.end());
  if (found.size() < 2) return {};
  return fail("Config.Conflict", fmt::format("only one of `{}` can be specified, but `{}` were specified", join(all, ","), join(found, ",")));
}

}  // namespace landfall::terraform::aws_types
