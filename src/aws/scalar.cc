#include "aws/scalar.h"

#include <charconv>
#include <cmath>
#include <ctime>

#include <fmt/format.h>

#include "base/text.h"

namespace landfall::aws {
namespace {

std::unexpected<Error> malformed(std::string_view text, std::string_view wanted) {
  return fail("Malformed", fmt::format("'{}' is not {}", text, wanted));
}

template <class T>
Result<void> read_number(std::string_view text, std::string_view wanted, void* into) {
  T value{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) return malformed(text, wanted);
  *static_cast<T*>(into) = value;
  return {};
}

Result<void> read_time(std::string_view text, void* into) {
  double seconds = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, seconds);
  if (error == std::errc() && stop == end) {
    static_cast<WallTime*>(into)->ms = static_cast<int64_t>(std::llround(seconds * 1000));
    return {};
  }
  tm parts{};
  const std::string copy(text);
  if (strptime(copy.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts) != nullptr) {
    static_cast<WallTime*>(into)->ms = static_cast<int64_t>(timegm(&parts)) * 1000;
    return {};
  }
  const auto time = parse_iso8601(text);
  if (!time) return malformed(text, "a timestamp");
  *static_cast<WallTime*>(into) = *time;
  return {};
}

}  // namespace

std::string scalar_text(const Shape& shape, const void* value, TimeFormat times) {
  switch (shape.kind) {
    case Kind::string: return *static_cast<const std::string*>(value);
    case Kind::boolean: return *static_cast<const bool*>(value) ? "true" : "false";
    case Kind::integer: return std::to_string(*static_cast<const int32_t*>(value));
    case Kind::long_integer: return std::to_string(*static_cast<const int64_t*>(value));
    case Kind::floating: return fmt::format("{}", *static_cast<const double*>(value));
    case Kind::blob: return base64_encode(*static_cast<const std::string*>(value));
    case Kind::timestamp: {
      const WallTime time = *static_cast<const WallTime*>(value);
      if (times == TimeFormat::rfc822) return http_date(time);
      if (times == TimeFormat::unix_seconds) return fmt::format("{}", static_cast<double>(time.ms) / 1000);
      return iso8601(time, true);
    }
    case Kind::list:
    case Kind::map:
    case Kind::structure: break;
  }
  return "";
}

Result<void> read_scalar(const Shape& shape, std::string_view text, TimeFormat, void* into) {
  switch (shape.kind) {
    case Kind::string: *static_cast<std::string*>(into) = text; return {};
    case Kind::boolean:
      if (text != "true" && text != "false" && text != "True" && text != "False") return malformed(text, "true or false");
      *static_cast<bool*>(into) = text[0] == 't' || text[0] == 'T';
      return {};
    case Kind::integer: return read_number<int32_t>(text, "an integer", into);
    case Kind::long_integer: return read_number<int64_t>(text, "an integer", into);
    case Kind::floating: return read_number<double>(text, "a number", into);
    case Kind::blob: {
      auto bytes = base64_decode(text);
      if (!bytes) return malformed(text, "base64");
      *static_cast<std::string*>(into) = std::move(*bytes);
      return {};
    }
    case Kind::timestamp: return read_time(text, into);
    case Kind::list:
    case Kind::map:
    case Kind::structure: break;
  }
  return malformed(text, "a structure");
}

}  // namespace landfall::aws
