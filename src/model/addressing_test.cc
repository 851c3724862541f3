#include "model/addressing.h"

#include <doctest/doctest.h>

#include "model/aws_service.h"

using namespace landfall;
using namespace landfall::model;

TEST_CASE("a VPC is all of its blocks") {
  const Vpc vpc{.cidr = "10.0.0.0/16", .blocks = {{.association_id = "a", .cidr = "100.64.0.0/16"}}};
  CHECK(ranges_of(vpc).size() == 2);
  CHECK(is_inside(vpc, parse_ipv4("100.64.9.9").value()));
  CHECK_FALSE(is_inside(vpc, parse_ipv4("100.65.0.1").value()));
}

TEST_CASE("the peer of an active connection is the other side") {
  PeeringConnection connection{.id = "pcx-1", .requester = {.vpc_id = "vpc-1"}, .accepter = {.vpc_id = "vpc-2"}, .status = "active"};
  CHECK(peer_of(connection, "vpc-1")->vpc_id == "vpc-2");
  CHECK(peer_of(connection, "vpc-2")->vpc_id == "vpc-1");
  CHECK(peer_of(connection, "vpc-3") == nullptr);
  connection.status = "pending-acceptance";
  CHECK(peer_of(connection, "vpc-1") == nullptr);
}

TEST_CASE("a host name belongs to a service and a region") {
  struct Case {
    const char *host, *service, *region;
  };
  for (const Case& one : {Case{"s3.us-west-2.amazonaws.com", "s3", "us-west-2"}, Case{"bucket.s3.eu-west-1.amazonaws.com", "s3", "eu-west-1"}, Case{"s3.amazonaws.com", "s3", "us-east-1"}, Case{"bucket.s3.amazonaws.com", "s3", "us-east-1"},
                          Case{"dynamodb.us-west-2.amazonaws.com", "dynamodb", "us-west-2"}, Case{"api.ecr.us-west-2.amazonaws.com", "ecr.api", "us-west-2"}, Case{"000000000000.dkr.ecr.us-west-2.amazonaws.com", "ecr.dkr", "us-west-2"},
                          Case{"a.b.dkr.ecr.us-west-2.amazonaws.com", "", ""}, Case{"nothing.us-west-2.amazonaws.com", "", ""}, Case{"s3.example.com", "", ""}}) {
    INFO(one.host);
    const ServiceHost found = service_of_host(one.host);
    CHECK((found.service == nullptr ? "" : found.service->name) == std::string_view(one.service));
    if (found.service != nullptr) CHECK(found.region == one.region);
  }
}

TEST_CASE("gateway services have addresses of their own, the others share one") {
  const Settings settings{.public_pool = "198.18.7.0/24", .endpoint_address = "198.18.7.1"};
  std::vector<std::string> addresses;
  for (const Ipv4 ip : endpoint_addresses(settings)) addresses.push_back(to_string(ip));
  CHECK(addresses == std::vector<std::string>{"198.18.7.1", "198.18.7.253", "198.18.7.254"});
  CHECK(service_named("com.amazonaws.us-west-2.s3", "us-west-2")->is_gateway);
  CHECK(service_named("com.amazonaws.us-west-2.s3", "us-east-1") == nullptr);
}
