#include "services/ec2/ec2.h"

#include <doctest/doctest.h>

#include "services/ec2/support.h"
#include "services/support/caller_for_test.h"

namespace landfall::services::ec2 {
namespace {

struct Region : CallerForTest {
  Region() : CallerForTest("ec2") { register_ec2(registry, deps); }

  std::string make_vpc(const char* cidr, model::Tags tags = {}) {
    shapes::CreateVpcRequest request{.cidr_block = cidr};
    if (!tags.empty()) request.tag_specifications = std::vector{shapes::TagSpecification{.resource_type = "vpc", .tags = tag_list(tags)}};
    const auto made = call<shapes::CreateVpcResult>("CreateVpc", request);
    REQUIRE(made);
    return *made->vpc->vpc_id;
  }
  Result<shapes::DescribeVpcsResult> vpcs(shapes::DescribeVpcsRequest request) { return call<shapes::DescribeVpcsResult>("DescribeVpcs", request); }
  std::vector<std::string> ids_where(const char* filter, const char* value) {
    std::vector<std::string> ids;
    const auto told = vpcs({.filters = std::vector{shapes::Filter{.name = filter, .values = std::vector<std::string>{value}}}});
    REQUIRE(told);
    for (const auto& vpc : *told->vpcs) ids.push_back(*vpc.vpc_id);
    return ids;
  }
};

TEST_CASE("an id of another form than its kind's is malformed, one of its form is not found") {
  struct Case {
    const char *code, *id, *told, *message;
  };
  const Case cases[] = {
      {"InvalidVpcID.NotFound", "vpc-12345678", "InvalidVpcID.NotFound", "The vpc ID 'vpc-12345678' does not exist"},
      {"InvalidVpcID.NotFound", "foo", "InvalidVpcID.NotFound", "The vpc ID 'foo' does not exist"},
      {"InvalidRouteTableID.NotFound", "rtb-A1", "InvalidRouteTableId.Malformed", "Invalid id: \"rtb-A1\" (expecting \"rtb-...; the Id may only contain lowercase alphanumeric characters and a single dash\")"},
      {"InvalidGroup.NotFound", "web", "InvalidGroupId.Malformed", "Invalid id: \"web\" (expecting \"sg-...\")"},
      {"NatGatewayNotFound", "x", "NatGatewayMalformed", "Invalid id: \"x\" (expecting \"nat-...\")"},
      {"InvalidAllocationID.NotFound", "x", "InvalidAllocationID.NotFound", "The allocation ID 'x' does not exist"},
  };
  for (const Case& c : cases) {
    const Error error = not_found(c.code, std::string_view(c.code).starts_with("InvalidVpc") ? "vpc" : "allocation", c.id);
    CHECK(error.code == c.told);
    CHECK(error.what == c.message);
  }
}

TEST_CASE_FIXTURE(Region, "wildcards in filters, unless a backslash is before them") {
  const std::string star = make_vpc("10.1.0.0/16", {{"Name", "a*b"}}), plain = make_vpc("10.2.0.0/16", {{"Name", "axb"}});
  CHECK(ids_where("tag:Name", "a*b").size() == 2);
  CHECK(ids_where("tag:Name", "a?b").size() == 2);
  CHECK(ids_where("tag:Name", "a\\*b") == std::vector{star});
  CHECK(ids_where("tag:Name", "a\\*?") == std::vector{star});
  CHECK(ids_where("tag-value", "ax*") == std::vector{plain});
  CHECK(ids_where("tag-key", "Name").size() == 2);
  CHECK(ids_where("cidr", "10.2.*") == std::vector{plain});
  CHECK(what_of(vpcs({.filters = std::vector{shapes::Filter{.name = "none", .values = std::vector<std::string>{"x"}}}})) == "The filter 'none' is invalid");
}

TEST_CASE_FIXTURE(Region, "a page has between 5 and 1000 items") {
  CHECK(code_of(vpcs({.max_results = 4})) == "InvalidParameterValue");
  CHECK(what_of(vpcs({.max_results = 4})) == "Value ( 4 ) for parameter maxResults is invalid. Expecting a value greater than 5.");
  CHECK(code_of(vpcs({.max_results = 1001})) == "InvalidParameterValue");
  CHECK(code_of(vpcs({.max_results = 5})) == "");
}

TEST_CASE_FIXTURE(Region, "tags are for what is made") {
  const auto made = call<shapes::CreateVpcResult>("CreateVpc", shapes::CreateVpcRequest{.cidr_block = "10.0.0.0/16", .tag_specifications = std::vector{shapes::TagSpecification{.resource_type = "subnet"}}});
  CHECK(what_of(made) == "'subnet' is not a valid taggable resource type for this operation.");
}

}  // namespace
}  // namespace landfall::services::ec2
