#include "fargate/resolver_file.h"

#include <doctest/doctest.h>

using namespace landfall::fargate;

TEST_CASE("a task's resolver file says what the DHCP options of its VPC say") {
  CHECK(resolver_file({{"domain-name", {"us-west-2.compute.internal"}}, {"domain-name-servers", {"AmazonProvidedDNS"}}}, "10.0.0.2") == "search us-west-2.compute.internal\nnameserver 10.0.0.2\n");
  CHECK(resolver_file({{"domain-name", {"corp.example"}}, {"domain-name-servers", {"10.0.9.5", "amazonprovideddns"}}, {"ntp-servers", {"10.0.9.6"}}}, "10.0.0.2") == "search corp.example\nnameserver 10.0.9.5\nnameserver 10.0.0.2\n");
  CHECK(resolver_file({{"ntp-servers", {"10.0.9.6"}}}, "10.0.0.2").empty());
}
