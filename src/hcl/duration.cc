#include "hcl/duration.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <string>

namespace landfall::hcl {

Result<std::chrono::nanoseconds> parse_duration(std::string_view text) {
  const auto bad = [&] { return fail("Duration.Malformed", fmt::format("invalid duration \"{}\"", text)); };
  std::string_view rest = text;
  const bool is_negative = rest.starts_with('-');
  if (rest.starts_with('-') || rest.starts_with('+')) rest.remove_prefix(1);
  if (rest == "0") return std::chrono::nanoseconds(0);
  if (rest.empty()) return bad();
  long double total = 0;
  while (!rest.empty()) {
    const size_t length = std::min(rest.find_first_not_of("0123456789."), rest.size());
    const std::string_view digits = rest.substr(0, length);
    if (digits.find_first_of("0123456789") == std::string_view::npos ||
        std::count(digits.begin(), digits.end(), '.') > 1 || length > 30) {
      return bad();
    }
    const long double amount = std::strtold(std::string(digits).c_str(), nullptr);
    rest.remove_prefix(length);
    const std::string_view unit = rest.substr(0, std::min(rest.find_first_of("0123456789."), rest.size()));
    const long double scale = unit == "ns"                                   ? 1
                              : unit == "us" || unit == "µs" || unit == "μs" ? 1e3L
                              : unit == "ms"                                 ? 1e6L
                              : unit == "s"                                  ? 1e9L
                              : unit == "m"                                  ? 60e9L
                              : unit == "h"                                  ? 3600e9L
                                                                             : 0;
    if (scale == 0) return bad();
    total += amount * scale;
    if (total > 9.0e18L) return bad();
    rest.remove_prefix(unit.size());
  }
  return std::chrono::nanoseconds(static_cast<int64_t>(is_negative ? -total : total));
}

}  // namespace landfall::hcl
