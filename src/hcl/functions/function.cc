#include "hcl/functions/function.h"

#include <algorithm>
#include <array>
#include <unordered_map>

namespace landfall::hcl {
namespace {

using Table = std::unordered_map<std::string_view, const Function*>;

Table table_of(std::span<const std::span<const Function>> families) {
  Table table;
  for (const auto& family : families) {
    for (const Function& function : family) table.emplace(function.name, &function);
  }
  return table;
}

const Table& modern_table() {
  static const Table kTable = [] {
    const std::array families{string_functions(),     format_functions(),     regex_functions(),
                              collection_functions(), set_functions(),        number_functions(),
                              conversion_functions(), encoding_functions(),   yaml_functions(),
                              hash_functions(),       filesystem_functions(), template_functions(),
                              date_functions(),       cidr_functions(),       rsa_functions(),        provider_functions()};
    return table_of(families);
  }();
  return kTable;
}

const Table& legacy_table() {
  static const Table kTable = [] {
    const std::array families{legacy_functions()};
    return table_of(families);
  }();
  return kTable;
}

}  // namespace

Result<int64_t> Arguments::whole(size_t i) const {
  const std::optional<int64_t> number = values_[i].as_number().as_int64();
  if (!number)
    return bad(i, values_[i].as_number().is_whole() ? "value is out of range" : "must be a whole number");
  return *number;
}

const Function* find_function(std::string_view name, Dialect dialect) {
  if (name.starts_with("core::")) name.remove_prefix(6);
  if (dialect == Dialect::v011) {
    if (const auto found = legacy_table().find(name); found != legacy_table().end()) return found->second;
  }
  const auto found = modern_table().find(name);
  return found == modern_table().end() ? nullptr : found->second;
}

std::vector<std::string> function_names(Dialect dialect) {
  std::vector<std::string> names;
  for (const auto& [name, function] : modern_table()) names.emplace_back(name);
  if (dialect == Dialect::v011) {
    for (const auto& [name, function] : legacy_table()) names.emplace_back(name);
  }
  names.insert(names.end(), {"can", "try"});
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace landfall::hcl
