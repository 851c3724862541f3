#include "services/s3/range.h"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace landfall::services::s3 {
namespace {

std::optional<int64_t> number(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

}  // namespace

Result<std::optional<ByteRange>> range_of(const std::optional<std::string>& header, int64_t size) {
  constexpr std::string_view kUnit = "bytes=";
  if (!header || !header->starts_with(kUnit)) return std::nullopt;
  const std::string_view given = std::string_view(*header).substr(kUnit.size());
  const size_t dash = given.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto first = number(given.substr(0, dash)), last = number(given.substr(dash + 1));
  const bool is_suffix = dash == 0, is_open = dash + 1 == given.size();
  if ((!first && !is_suffix) || (!last && !is_open) || (is_suffix && is_open) || (first && last && *first > *last)) return std::nullopt;
  const Error behind{.code = "InvalidRange", .what = "The requested range is not satisfiable"};
  if (is_suffix) {
    if (*last == 0 || size == 0) return fail(behind);
    return ByteRange{std::max<int64_t>(0, size - *last), size - 1};
  }
  if (*first >= size) return fail(behind);
  return ByteRange{*first, is_open ? size - 1 : std::min(*last, size - 1)};
}

}  // namespace landfall::services::s3
