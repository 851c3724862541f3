#include "base/ip.h"

#include <charconv>

#include <fmt/format.h>

namespace landfall {

Result<Ipv4> parse_ipv4(std::string_view text) {
  uint32_t bits = 0;
  std::string_view rest = text;
  for (int part = 0; part < 4; ++part) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
    const size_t used = static_cast<size_t>(end - rest.data());
    const bool padded = used > 1 && rest[0] == '0';
    const bool separated = part == 3 ? used == rest.size() : used < rest.size() && rest[used] == '.';
    if (error != std::errc() || value > 255 || padded || !separated) {
      return fail("Ip.Malformed", fmt::format("'{}' is not an IPv4 address", text));
    }
    bits = bits << 8 | value;
    rest.remove_prefix(part == 3 ? used : used + 1);
  }
  return Ipv4{bits};
}

Result<Cidr> parse_cidr(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) {
    return fail("Cidr.Malformed", fmt::format("'{}' is not a CIDR block; wanted address/length", text));
  }
  const Ipv4 address = TRY(parse_ipv4(text.substr(0, slash)));
  const std::string_view tail = text.substr(slash + 1);
  int length = -1;
  const auto [end, error] = std::from_chars(tail.data(), tail.data() + tail.size(), length);
  if (error != std::errc() || end != tail.data() + tail.size() || length < 0 || length > 32) {
    return fail("Cidr.Malformed", fmt::format("'{}' has a prefix length that is not 0 to 32", text));
  }
  Cidr cidr{.base = address, .length = length};
  cidr.base.bits &= cidr.mask();
  return cidr;
}

std::string to_string(Ipv4 address) {
  return fmt::format("{}.{}.{}.{}", address.bits >> 24, address.bits >> 16 & 255, address.bits >> 8 & 255,
                     address.bits & 255);
}

std::string to_string(const Cidr& cidr) { return fmt::format("{}/{}", to_string(cidr.base), cidr.length); }

}  // namespace landfall
