#include <algorithm>

#include <fmt/format.h>

#include "terraform/aws/ec2.h"
#include "terraform/aws/more_types.h"
#include "terraform/aws/sources.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/told.h"
#include "terraform/aws/types.h"

/// Data sources of Elastic IPs, zones and regions; and what binds an Elastic IP or an internet gateway as a resource of its own.
namespace landfall::terraform::aws_types {
namespace {

namespace ec2 = aws::ec2;

Result<std::vector<ec2::Address>> addresses(const Cloud& cloud, const Record& state) {
  ec2::DescribeAddressesRequest request;
  if (!state.text("id").empty()) request.allocation_ids = std::vector<std::string>{state.text("id")};
  if (!state.text("public_ip").empty()) request.public_ips = std::vector<std::string>{state.text("public_ip")};
  set_filters(request, filters_of(state, {}));
  return TRY(cloud.call<ec2::DescribeAddressesResult>("ec2", "DescribeAddresses", request)).addresses.value_or(std::vector<ec2::Address>{});
}

/// The rest is told by the resource's own code.
SimpleSource::Read eip_reader(const ResourceType& eip) {
  return [&eip](const Cloud& cloud, Record& state) -> Result<void> {
    const auto found = TRY(addresses(cloud, state));
    if (found.size() != 1) return fail(found_not_one(found.size(), "EC2 EIP"));
    Record there;
    there.set("id", found[0].allocation_id.value_or(""));
    TRY(tell(eip, cloud, there, {"arn", "association_id", "carrier_ip", "customer_owned_ip", "domain", "private_dns", "private_ip", "ptr_record", "public_dns", "public_ip", "public_ipv4_pool", "tags"}, state));
    state.set("id", there.text("id"));
    state.set("network_interface_id", found[0].network_interface_id.value_or(""));
    state.set("network_interface_owner_id", found[0].network_interface_owner_id.value_or(""));
    state.set("instance_id", "");
    return {};
  };
}

Result<void> read_eips(const Cloud& cloud, Record& state) {
  std::vector<std::string> ids, ips;
  for (const auto& address : TRY(addresses(cloud, state))) {
    ids.push_back(address.allocation_id.value_or(""));
    ips.push_back(address.public_ip.value_or(""));
  }
  state.set("id", cloud.region);
  state.set("allocation_ids", ids);
  state.set("public_ips", ips);
  return {};
}

Result<void> read_zone(const Cloud& cloud, Record& state) {
  ec2::DescribeAvailabilityZonesRequest request;
  if (!state.text("name").empty()) request.zone_names = std::vector<std::string>{state.text("name")};
  if (!state.text("zone_id").empty()) request.zone_ids = std::vector<std::string>{state.text("zone_id")};
  set_filters(request, filters_of(state, {{"state", "state"}}));
  const auto zones = TRY(cloud.call<ec2::DescribeAvailabilityZonesResult>("ec2", "DescribeAvailabilityZones", request)).availability_zones.value_or(std::vector<ec2::AvailabilityZone>{});
  if (zones.size() != 1) return fail(found_not_one(zones.size(), "EC2 Availability Zone"));
  const ec2::AvailabilityZone& zone = zones[0];
  const std::string name = zone.zone_name.value_or(""), region = zone.region_name.value_or(cloud.region);
  state.set("id", name);
  state.set("name", name);
  state.set("name_suffix", name.starts_with(region) ? name.substr(region.size()) : name);
  state.set("zone_id", zone.zone_id.value_or(""));
  state.set("region", region);
  state.set("state", zone.state.value_or(""));
  state.set("group_name", zone.group_name.value_or(region));
  state.set("network_border_group", zone.network_border_group.value_or(region));
  state.set("opt_in_status", zone.opt_in_status.value_or("opt-in-not-required"));
  state.set("zone_type", zone.zone_type.value_or("availability-zone"));
  state.set("parent_zone_id", "");
  state.set("parent_zone_name", "");
  return {};
}

Result<void> read_regions(const Cloud& cloud, Record& state) {
  ec2::DescribeRegionsRequest request;
  if (state.has("all_regions")) request.all_regions = state.flag("all_regions");
  set_filters(request, filters_of(state, {}));
  std::vector<std::string> names;
  for (const auto& region : TRY(cloud.call<ec2::DescribeRegionsResult>("ec2", "DescribeRegions", request)).regions.value_or(std::vector<ec2::Region>{})) names.push_back(region.region_name.value_or(""));
  state.set("id", "aws");
  state.set("names", names);
  return {};
}

/// aws_eip_association. The id is EC2's.
class EipAssociation final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("allocation_id").computed().forces_new(), flag("allow_reassociation").forces_new(), refused(text("instance_id")), text("network_interface_id").computed().forces_new(),
                                              text("private_ip_address").computed().forces_new(), text("public_ip").computed().forces_new()}};
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    ec2::AssociateAddressRequest request;
    if (!planned.text("allocation_id").empty()) request.allocation_id = planned.text("allocation_id");
    else request.public_ip = planned.text("public_ip");
    request.network_interface_id = planned.text("network_interface_id");
    if (!planned.text("private_ip_address").empty()) request.private_ip_address = planned.text("private_ip_address");
    if (planned.has("allow_reassociation")) request.allow_reassociation = planned.flag("allow_reassociation");
    const auto made = TRY(cloud.call<ec2::AssociateAddressResult>("ec2", "AssociateAddress", request));
    state.set("id", made.association_id.value_or(""));
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    ec2::DescribeAddressesRequest request;
    request.filters = std::vector{filter("association-id", state.text("id"))};
    const auto found = TRY(cloud.call<ec2::DescribeAddressesResult>("ec2", "DescribeAddresses", request));
    if (!found.addresses || found.addresses->empty()) return false;
    const ec2::Address& address = found.addresses->front();
    state.set("allocation_id", address.allocation_id.value_or(""));
    state.set("network_interface_id", address.network_interface_id.value_or(""));
    state.set("private_ip_address", address.private_ip_address.value_or(""));
    state.set("public_ip", address.public_ip.value_or(""));
    return true;
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    ec2::DisassociateAddressRequest request;
    request.association_id = state.text("id");
    return ignore_gone(cloud.call<ec2::DisassociateAddressOutput>("ec2", "DisassociateAddress", request));
  }
};

/// aws_internet_gateway_attachment. The id is "GATEWAY:VPC".
class GatewayAttachment final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("internet_gateway_id").required().forces_new(), text("vpc_id").required().forces_new()}};
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    ec2::AttachInternetGatewayRequest request;
    request.internet_gateway_id = planned.text("internet_gateway_id");
    request.vpc_id = planned.text("vpc_id");
    TRY(cloud.call<ec2::AttachInternetGatewayOutput>("ec2", "AttachInternetGateway", request));
    state.set("id", *request.internet_gateway_id + ":" + *request.vpc_id);
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const std::string id = state.text("id"), gateway = id.substr(0, id.find(':')), vpc = id.substr(id.find(':') + 1);
    ec2::DescribeInternetGatewaysRequest request;
    request.internet_gateway_ids = std::vector<std::string>{gateway};
    const auto found = TRY(look_up<ec2::DescribeInternetGatewaysResult>(cloud, "ec2", "DescribeInternetGateways", request));
    if (!found || !found->internet_gateways || found->internet_gateways->empty()) return false;
    const auto attachments = found->internet_gateways->front().attachments.value_or(std::vector<ec2::InternetGatewayAttachment>{});
    if (std::ranges::none_of(attachments, [&](const auto& attachment) { return attachment.vpc_id == vpc; })) return false;
    state.set("internet_gateway_id", gateway);
    state.set("vpc_id", vpc);
    return true;
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    ec2::DetachInternetGatewayRequest request;
    request.internet_gateway_id = state.text("internet_gateway_id");
    request.vpc_id = state.text("vpc_id");
    return cloud.retry_while(kEmptying, is_in_use, [&]() -> Result<void> {
      const auto done = cloud.call<ec2::DetachInternetGatewayOutput>("ec2", "DetachInternetGateway", request);
      if (!done && done.error().code == "Gateway.NotAttached") return {};
      return ignore_gone(done);
    });
  }
};

}  // namespace

void add_address_sources(Provider& provider) {
  const auto tags = [] { return text_map("tags").computed(); };
  provider.resources["aws_eip_association"] = std::make_unique<EipAssociation>();
  provider.resources["aws_internet_gateway_attachment"] = std::make_unique<GatewayAttachment>();
  add_source(provider, "aws_eip", {.attributes = {text("id").computed(), text("arn").read_only(), text("association_id").read_only(), text("carrier_ip").read_only(), text("customer_owned_ip").read_only(), text("customer_owned_ipv4_pool").read_only(),
                                                  text("domain").read_only(), text("instance_id").read_only(), text("ipam_pool_id").read_only(), text("network_interface_id").read_only(), text("network_interface_owner_id").read_only(),
                                                  text("private_dns").read_only(), text("private_ip").read_only(), text("ptr_record").read_only(), text("public_dns").read_only(), text("public_ip").computed(), text("public_ipv4_pool").read_only(), tags()},
                                   .blocks = {filter_block()}}, eip_reader(*provider.resource("aws_eip")));
  add_source(provider, "aws_eips", {.attributes = {text("id").read_only(), texts("allocation_ids").read_only(), texts("public_ips").read_only(), text_map("tags")}, .blocks = {filter_block()}}, read_eips);
  add_source(provider, "aws_availability_zone", {.attributes = {text("id").read_only(), text("name").computed(), text("zone_id").computed(), text("state").computed(), refused(flag("all_availability_zones")), text("group_name").read_only(),
                                                                text("name_suffix").read_only(), text("network_border_group").read_only(), text("opt_in_status").read_only(), text("parent_zone_id").read_only(), text("parent_zone_name").read_only(),
                                                                text("region").read_only(), text("zone_type").read_only()}, .blocks = {filter_block()}}, read_zone);
  add_source(provider, "aws_regions", {.attributes = {text("id").read_only(), flag("all_regions"), text_set("names").read_only()}, .blocks = {filter_block()}}, read_regions);
}

}  // namespace landfall::terraform::aws_types
