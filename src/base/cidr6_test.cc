#include "base/cidr6.h"

#include <doctest/doctest.h>

using namespace landfall;

TEST_CASE("an IPv6 block is written in one way, without host bits") {
  CHECK(*canonical_cidr6("::/0") == "::/0");
  CHECK(*canonical_cidr6("2001:DB8:0:0::7/32") == "2001:db8::/32");
  CHECK(*canonical_cidr6("fd00::ff/127") == "fd00::fe/127");
  for (const char* wrong : {"", "::", "::/129", "::/-1", "10.0.0.0/8", "::/0x", "x::/0"}) CHECK_FALSE(canonical_cidr6(wrong));
}
