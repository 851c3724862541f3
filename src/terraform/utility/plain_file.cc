#include "terraform/utility/plain_file.h"

#include <cstdlib>

#include <fmt/format.h>

namespace landfall::terraform::utility_types {

std::filesystem::path full_path(const Cloud& cloud, const std::string& path) { return (cloud.directory / path).lexically_normal(); }

std::string check_mode(const Value& value) {
  const std::string& text = value.as_string();
  const bool is_octal = text.size() >= 3 && text.size() <= 4 && text.find_first_not_of("01234567") == std::string::npos;
  return is_octal ? "" : fmt::format("to be permissions of three or four octal digits, like 0644, got {}", text);
}

int mode_of(const std::string& octal) { return static_cast<int>(std::strtol(octal.c_str(), nullptr, 8)); }

}  // namespace landfall::terraform::utility_types
