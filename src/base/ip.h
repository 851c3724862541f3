#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace landfall {

/// An IPv4 address in host byte order.
struct Ipv4 {
  uint32_t bits = 0;
  auto operator<=>(const Ipv4&) const = default;
  Ipv4 operator+(uint32_t offset) const { return {bits + offset}; }
};

/// An IPv4 block. `parse_cidr` clears host bits, as EC2 does (VPC user guide, VPC CIDR blocks).
struct Cidr {
  Ipv4 base;
  int length = 32;
  auto operator<=>(const Cidr&) const = default;

  uint32_t mask() const { return length == 0 ? 0 : ~uint32_t{0} << (32 - length); }
  uint64_t size() const { return uint64_t{1} << (32 - length); }
  Ipv4 last() const { return {base.bits | ~mask()}; }
  bool contains(Ipv4 address) const { return (address.bits & mask()) == base.bits; }
  bool contains(const Cidr& inner) const { return inner.length >= length && contains(inner.base); }
  bool overlaps(const Cidr& other) const { return contains(other) || other.contains(*this); }
};

Result<Ipv4> parse_ipv4(std::string_view text);   ///< dotted quad, four decimal parts, no leading zeros
Result<Cidr> parse_cidr(std::string_view text);   ///< "10.0.0.7/16" -> 10.0.0.0/16
std::string to_string(Ipv4 address);
std::string to_string(const Cidr& cidr);

}  // namespace landfall
