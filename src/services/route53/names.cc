#include "services/route53/names.h"

#include <fmt/format.h>

#include "base/text.h"

namespace landfall::services::route53 {

std::string canonical_name(std::string_view given) {
  std::string name;
  for (size_t i = 0; i < given.size(); ++i) {
    const char c = given[i];
    const bool is_escape = c == '\\' && i + 3 < given.size() && given[i + 1] >= '0' && given[i + 1] <= '3';
    if (is_escape) {
      name += given.substr(i, 4);
      i += 3;
    } else if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.') {
      name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else {
      name += fmt::format("\\{:03o}", static_cast<unsigned char>(c));
    }
  }
  if (!name.ends_with('.')) name += '.';
  return name;
}

bool is_in_zone(std::string_view name, std::string_view zone) {
  return name == zone || (name.size() > zone.size() && name.ends_with(zone) && name[name.size() - zone.size() - 1] == '.');
}

std::string sort_key(std::string_view name) {
  std::string key;
  for (const std::string& label : split(name, '.')) key = label + '\x01' + key;
  return key;
}

}  // namespace landfall::services::route53
