#include <algorithm>

#include <fmt/format.h>

#include "terraform/aws/ec2.h"
#include "terraform/aws/sources.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"
#include "terraform/aws/vpc_endpoints.h"

namespace landfall::terraform::aws_types {

namespace ec2 = aws::ec2;
using Ids = std::vector<std::string>;

Schema vpc_endpoint_facts() {
  Schema schema{.attributes = {
      texts("cidr_blocks").read_only(), flag("private_dns_enabled").read_only(), flag("requester_managed").read_only(), text_set("network_interface_ids").read_only(), text_set("route_table_ids").read_only(),
      text_set("security_group_ids").read_only(), text_set("subnet_ids").read_only(), of_type("dns_entry", Type::list(Type::object({{.name = "dns_name", .type = Type::string()}, {.name = "hosted_zone_id", .type = Type::string()}}))).read_only(),
  }};
  for (const char* name : {"id", "arn", "ip_address_type", "owner_id", "policy", "prefix_list_id", "service_name", "state", "vpc_endpoint_type", "vpc_id"}) schema.attributes.push_back(text(name).read_only());
  return schema;
}

std::vector<std::string> vpc_endpoint_groups(const ec2::VpcEndpoint& endpoint) {
  Ids ids;
  for (const auto& group : endpoint.groups.value_or(std::vector<ec2::SecurityGroupIdentifier>{})) ids.push_back(group.group_id.value_or(""));
  return ids;
}

Result<std::optional<ec2::VpcEndpoint>> find_vpc_endpoint(const Cloud& cloud, const std::string& id) {
  ec2::DescribeVpcEndpointsRequest request;
  request.vpc_endpoint_ids = Ids{id};
  auto found = TRY(look_up<ec2::DescribeVpcEndpointsResult>(cloud, "ec2", "DescribeVpcEndpoints", request));
  if (!found || !found->vpc_endpoints || found->vpc_endpoints->empty() || found->vpc_endpoints->front().state == "deleted") return std::optional<ec2::VpcEndpoint>();
  return std::optional<ec2::VpcEndpoint>(std::move(found->vpc_endpoints->front()));
}

Result<void> set_vpc_endpoint(const Cloud& cloud, Record& state, const ec2::VpcEndpoint& endpoint) {
  state.set("arn", arn_of(cloud, "ec2", "vpc-endpoint/" + endpoint.vpc_endpoint_id.value_or("")));
  state.set("ip_address_type", endpoint.ip_address_type.value_or(""));
  state.set("owner_id", endpoint.owner_id.value_or(""));
  state.set("policy", endpoint.policy_document.value_or(""));
  state.set("service_name", endpoint.service_name.value_or(""));
  state.set("service_region", endpoint.service_region.value_or(""));
  state.set("state", endpoint.state.value_or(""));
  state.set("vpc_endpoint_type", endpoint.vpc_endpoint_type.value_or(""));
  state.set("vpc_id", endpoint.vpc_id.value_or(""));
  state.set("private_dns_enabled", endpoint.private_dns_enabled.value_or(false));
  state.set("requester_managed", endpoint.requester_managed.value_or(false));
  state.set("network_interface_ids", endpoint.network_interface_ids.value_or(Ids{}));
  state.set("route_table_ids", endpoint.route_table_ids.value_or(Ids{}));
  state.set("subnet_ids", endpoint.subnet_ids.value_or(Ids{}));
  state.set("security_group_ids", vpc_endpoint_groups(endpoint));
  std::vector<Record> names, options;
  for (const auto& entry : endpoint.dns_entries.value_or(std::vector<ec2::DnsEntry>{})) {
    Record& one = names.emplace_back();
    one.set("dns_name", entry.dns_name.value_or(""));
    one.set("hosted_zone_id", entry.hosted_zone_id.value_or(""));
  }
  state.set("dns_entry", names);
  if (endpoint.dns_options) options.emplace_back().set("dns_record_ip_type", endpoint.dns_options->dns_record_ip_type.value_or(""));
  state.set("dns_options", options);
  state.set("cidr_blocks", Ids{});
  state.set("prefix_list_id", "");
  if (endpoint.vpc_endpoint_type != "Gateway") return {};
  ec2::DescribePrefixListsRequest request;
  request.filters = std::vector{filter("prefix-list-name", endpoint.service_name.value_or(""))};
  const auto found = TRY(cloud.call<ec2::DescribePrefixListsResult>("ec2", "DescribePrefixLists", request));
  if (!found.prefix_lists || found.prefix_lists->empty()) return {};
  state.set("prefix_list_id", found.prefix_lists->front().prefix_list_id.value_or(""));
  state.set("cidr_blocks", found.prefix_lists->front().cidrs.value_or(Ids{}));
  return {};
}

namespace {

Result<void> read_endpoint(const Cloud& cloud, Record& state) {
  ec2::DescribeVpcEndpointsRequest request;
  if (!state.text("id").empty()) request.vpc_endpoint_ids = Ids{state.text("id")};
  set_filters(request, filters_of(state, {{"service_name", "service-name"}, {"state", "vpc-endpoint-state"}, {"vpc_id", "vpc-id"}}));
  const auto found = TRY(cloud.call<ec2::DescribeVpcEndpointsResult>("ec2", "DescribeVpcEndpoints", request)).vpc_endpoints.value_or(std::vector<ec2::VpcEndpoint>{});
  if (found.size() != 1) return fail(found_not_one(found.size(), "EC2 VPC Endpoint"));
  state.set("id", found[0].vpc_endpoint_id.value_or(""));
  TRY(set_vpc_endpoint(cloud, state, found[0]));
  state.set("tags", from_tags(found[0].tags));
  return {};
}

/// The names of services: as they are, the AWS service of this region ("s3"), or found by filters and type.
Result<void> read_service(const Cloud& cloud, Record& state) {
  ec2::DescribeVpcEndpointServicesRequest request;
  if (!state.text("service_name").empty()) request.service_names = Ids{state.text("service_name")};
  else if (!state.text("service").empty()) request.service_names = Ids{fmt::format("com.amazonaws.{}.{}", cloud.region, state.text("service"))};
  set_filters(request, filters_of(state, {{"service_type", "service-type"}}));
  const auto found = TRY(cloud.call<ec2::DescribeVpcEndpointServicesResult>("ec2", "DescribeVpcEndpointServices", request)).service_details.value_or(std::vector<ec2::ServiceDetail>{});
  if (found.size() != 1) return fail(found_not_one(found.size(), "EC2 VPC Endpoint Service"));
  const ec2::ServiceDetail& service = found[0];
  state.set("id", service.service_id.value_or(""));
  state.set("service_id", service.service_id.value_or(""));
  state.set("service_name", service.service_name.value_or(""));
  state.set("arn", arn_of(cloud, "ec2", "vpc-endpoint-service/" + service.service_id.value_or("")));
  state.set("region", service.service_region.value_or(""));
  state.set("service_region", service.service_region.value_or(""));
  state.set("owner", service.owner.value_or(""));
  state.set("private_dns_name", service.private_dns_name.value_or(""));
  state.set("service_type", service.service_type && !service.service_type->empty() ? service.service_type->front().service_type.value_or("") : "");
  state.set("acceptance_required", service.acceptance_required.value_or(false));
  state.set("manages_vpc_endpoints", service.manages_vpc_endpoints.value_or(false));
  state.set("vpc_endpoint_policy_supported", service.vpc_endpoint_policy_supported.value_or(false));
  state.set("availability_zones", service.availability_zones.value_or(Ids{}));
  state.set("base_endpoint_dns_names", service.base_endpoint_dns_names.value_or(Ids{}));
  state.set("supported_ip_address_types", service.supported_ip_address_types.value_or(Ids{}));
  Ids names;
  for (const auto& name : service.private_dns_names.value_or(std::vector<ec2::PrivateDnsDetails>{})) names.push_back(name.private_dns_name.value_or(""));
  state.set("private_dns_names", names);
  state.set("tags", from_tags(service.tags));
  return {};
}

Schema endpoint_schema() {
  Schema schema = vpc_endpoint_facts();
  for (Attribute& attribute : schema.attributes) {
    if (attribute.name == "id" || attribute.name == "service_name" || attribute.name == "state" || attribute.name == "vpc_id") attribute.is_optional = true;
  }
  schema.attributes.push_back(text("service_region").read_only());
  schema.attributes.push_back(of_type("dns_options", Type::list(Type::object({{.name = "dns_record_ip_type", .type = Type::string()}}))).read_only());
  schema.attributes.push_back(text_map("tags").computed());
  schema.blocks.push_back(filter_block());
  return schema;
}

Schema service_schema() {
  Schema schema{.attributes = {text("service"), text("service_name").computed(), text("service_type").computed(), text_map("tags").computed()}, .blocks = {filter_block()}};
  for (const char* name : {"id", "arn", "owner", "private_dns_name", "region", "service_id", "service_region"}) schema.attributes.push_back(text(name).read_only());
  for (const char* name : {"acceptance_required", "manages_vpc_endpoints", "vpc_endpoint_policy_supported"}) schema.attributes.push_back(flag(name).read_only());
  for (const char* name : {"availability_zones", "base_endpoint_dns_names", "private_dns_names", "supported_ip_address_types"}) schema.attributes.push_back(text_set(name).read_only());
  return schema;
}

}  // namespace

void add_vpc_endpoint_sources(Provider& provider) {
  add_source(provider, "aws_vpc_endpoint", endpoint_schema(), read_endpoint);
  add_source(provider, "aws_vpc_endpoint_service", service_schema(), read_service);
}

}  // namespace landfall::terraform::aws_types
