#include "base/cidr6.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace landfall {

Result<std::string> canonical_cidr6(std::string_view text) {
  const size_t slash = std::min(text.find('/'), text.size());
  const std::string_view digits = text.substr(std::min(slash + 1, text.size()));
  int length = -1;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  const bool is_length = error == std::errc() && end == digits.data() + digits.size() && length >= 0 && length <= 128;
  in6_addr address{};
  if (!is_length || inet_pton(AF_INET6, std::string(text.substr(0, slash)).c_str(), &address) != 1) return fail("Cidr.Malformed", fmt::format("'{}' is not an IPv6 block", text));
  for (int bit = length; bit < 128; ++bit) address.s6_addr[bit / 8] = static_cast<uint8_t>(address.s6_addr[bit / 8] & ~(0x80U >> (bit % 8)));
  char written[INET6_ADDRSTRLEN]{};
  inet_ntop(AF_INET6, &address, written, sizeof written);
  return fmt::format("{}/{}", written, length);
}

}  // namespace landfall
