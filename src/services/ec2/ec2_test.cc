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

TEST_CASE_FIXTURE(Region, "what is set aside of a subnet is given to nobody who does not name it") {
  const auto made = call<shapes::CreateSubnetResult>("CreateSubnet", shapes::CreateSubnetRequest{.cidr_block = "10.0.0.0/28", .vpc_id = make_vpc("10.0.0.0/16")});
  REQUIRE(made);
  const std::string subnet = *made->subnet->subnet_id;
  const auto reserve = [&](const char* cidr, const char* type) { return call<shapes::CreateSubnetCidrReservationResult>("CreateSubnetCidrReservation", shapes::CreateSubnetCidrReservationRequest{.cidr = cidr, .reservation_type = type, .subnet_id = subnet}); };
  const auto interface = [&](std::optional<std::string> address = std::nullopt) {
    const auto answer = call<shapes::CreateNetworkInterfaceResult>("CreateNetworkInterface", shapes::CreateNetworkInterfaceRequest{.private_ip_address = std::move(address), .subnet_id = subnet});
    return answer ? *answer->network_interface->private_ip_address : code_of(answer);
  };
  const auto named = reserve("10.0.0.4/31", "explicit");
  REQUIRE(named);
  REQUIRE(reserve("10.0.0.8/29", "prefix"));
  CHECK(code_of(reserve("10.0.0.8/30", "explicit")) == "InvalidParameterValue");
  CHECK(code_of(reserve("10.0.1.0/30", "explicit")) == "InvalidParameterValue");
  CHECK(code_of(reserve("10.0.0.6/31", "other")) != "");

  CHECK(interface() == "10.0.0.6");
  CHECK(interface("10.0.0.4") == "10.0.0.4");
  CHECK(interface("10.0.0.9") == "InvalidParameterValue");
  CHECK(interface() == "10.0.0.7");
  CHECK(interface() == "InsufficientFreeAddressesInSubnet");

  const shapes::DeleteSubnetCidrReservationRequest remove{.subnet_cidr_reservation_id = named->subnet_cidr_reservation->subnet_cidr_reservation_id};
  REQUIRE(call<shapes::DeleteSubnetCidrReservationResult>("DeleteSubnetCidrReservation", remove));
  CHECK(code_of(call<shapes::DeleteSubnetCidrReservationResult>("DeleteSubnetCidrReservation", remove)) == "InvalidSubnetCidrReservationID.NotFound");
  CHECK(interface() == "10.0.0.5");
  const auto left = call<shapes::GetSubnetCidrReservationsResult>("GetSubnetCidrReservations", shapes::GetSubnetCidrReservationsRequest{.subnet_id = subnet});
  REQUIRE(left);
  CHECK(left->subnet_ipv4_cidr_reservations->size() == 1);
  CHECK(*left->subnet_ipv4_cidr_reservations->at(0).reservation_type == "prefix");
}

TEST_CASE_FIXTURE(Region, "the number of a launch template's version is not given again") {
  const shapes::RequestLaunchTemplateData data{.image_id = "ami-1"};
  REQUIRE(call<shapes::CreateLaunchTemplateResult>("CreateLaunchTemplate", shapes::CreateLaunchTemplateRequest{.launch_template_data = data, .launch_template_name = "web"}));
  const auto add = [&] {
    const auto made = call<shapes::CreateLaunchTemplateVersionResult>("CreateLaunchTemplateVersion", shapes::CreateLaunchTemplateVersionRequest{.launch_template_data = data, .launch_template_name = "web"});
    return made ? *made->launch_template_version->version_number : 0;
  };
  CHECK(add() == 2);
  REQUIRE(call<shapes::DeleteLaunchTemplateVersionsResult>("DeleteLaunchTemplateVersions", shapes::DeleteLaunchTemplateVersionsRequest{.launch_template_name = "web", .versions = std::vector<std::string>{"2"}}));
  CHECK(add() == 3);
}

TEST_CASE_FIXTURE(Region, "an older version of a prefix list comes back as a new one") {
  const auto made = call<shapes::CreateManagedPrefixListResult>("CreateManagedPrefixList", shapes::CreateManagedPrefixListRequest{.address_family = "IPv4", .entries = std::vector<shapes::AddPrefixListEntry>{{.cidr = "10.1.0.0/16"}}, .max_entries = 2, .prefix_list_name = "offices"});
  REQUIRE(made);
  const std::string id = *made->prefix_list->prefix_list_id;
  REQUIRE(call<shapes::ModifyManagedPrefixListResult>("ModifyManagedPrefixList", shapes::ModifyManagedPrefixListRequest{.add_entries = std::vector<shapes::AddPrefixListEntry>{{.cidr = "10.2.0.0/16"}}, .current_version = 1, .prefix_list_id = id}));
  const auto restore = [&](int64_t previous, int64_t current) { return call<shapes::RestoreManagedPrefixListVersionResult>("RestoreManagedPrefixListVersion", shapes::RestoreManagedPrefixListVersionRequest{.current_version = current, .prefix_list_id = id, .previous_version = previous}); };
  CHECK(code_of(restore(1, 1)) == "PrefixListVersionMismatch");
  CHECK(code_of(restore(7, 2)) == "InvalidPrefixListVersion");
  const auto restored = restore(1, 2);
  REQUIRE(restored);
  CHECK(*restored->prefix_list->version == 3);
  CHECK(*restored->prefix_list->state == "restore-complete");
  const auto entries = call<shapes::GetManagedPrefixListEntriesResult>("GetManagedPrefixListEntries", shapes::GetManagedPrefixListEntriesRequest{.prefix_list_id = id});
  REQUIRE(entries);
  CHECK(entries->entries->size() == 1);
}

}  // namespace
}  // namespace landfall::services::ec2
