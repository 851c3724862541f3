#include "terraform/utility/written.h"

#include <fmt/format.h>

#include "base/text.h"

namespace landfall::terraform::utility_types {
namespace {

std::vector<std::string> written_of(const Record& config, const std::vector<std::string>& names) {
  std::vector<std::string> found;
  for (const std::string& name : names) {
    if (is_written(config, name)) found.push_back(name);
  }
  return found;
}

}  // namespace

bool is_written(const Record& config, std::string_view name) {
  const Value value = config.value(name);
  if (!value.is_known()) return true;
  const bool is_blocks = value.has_value() && value.type().is_collection() && value.type().element().is(hcl::Type::Kind::object);
  return !value.is_null() && !(is_blocks && value.length() == 0);
}

Result<void> exactly_one(const Record& config, const std::vector<std::string>& names) {
  const std::vector<std::string> found = written_of(config, names);
  if (found.size() > 1) return fail("Argument.Conflict", fmt::format("only one of {} can be written, and {} are", join(names, ", "), join(found, " and ")));
  if (found.empty()) return fail("Argument.Missing", fmt::format("one of {} must be written", join(names, ", ")));
  return {};
}

Result<void> at_least_one(const Record& config, const std::vector<std::string>& names) {
  if (written_of(config, names).empty()) return fail("Argument.Missing", fmt::format("one of {} must be written", join(names, ", ")));
  return {};
}

}  // namespace landfall::terraform::utility_types
