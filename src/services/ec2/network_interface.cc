#include <fmt/format.h>

#include "base/text.h"
#include "services/ec2/support.h"

namespace landfall::services::ec2 {
namespace {

using model::NetworkInterface;

std::string private_name(const NetworkInterface& interface, const std::string& ip) {
  const std::string domain = interface.region == "us-east-1" ? "ec2.internal" : interface.region + ".compute.internal";
  return "ip-" + replace_all(ip, ".", "-") + "." + domain;
}

}  // namespace

shapes::NetworkInterface render_interface(const Deps& deps, const NetworkInterface& i) {
  shapes::NetworkInterface out{.availability_zone = i.zone, .description = i.description, .groups = std::vector<shapes::GroupIdentifier>{}, .interface_type = i.type == "load_balancer" ? "interface" : i.type, .ipv6_addresses = std::vector<shapes::NetworkInterfaceIpv6Address>{},
                               .mac_address = i.mac, .network_interface_id = i.id, .owner_id = i.account, .private_dns_name = private_name(i, i.private_ip), .private_ip_address = i.private_ip,
                               .requester_id = i.requester_id.empty() ? std::nullopt : std::optional(i.requester_id), .requester_managed = !i.requester_id.empty(),
                               .source_dest_check = i.type != "nat_gateway" && i.source_dest_check, .status = i.status, .subnet_id = i.subnet_id, .tag_set = tag_list(i.tags), .vpc_id = i.vpc_id};
  for (const std::string& id : i.security_group_ids) {
    const auto group = store::find<model::SecurityGroup>(deps.store, i.account + "/" + i.region + "/" + id);
    out.groups->push_back({.group_id = id, .group_name = group ? group->name : ""});
  }
  if (!i.attachment_id.empty()) {
    out.attachment = shapes::NetworkInterfaceAttachment{.attachment_id = i.attachment_id, .delete_on_termination = false, .device_index = 1, .instance_owner_id = i.requester_id, .status = "attached"};
  }
  shapes::NetworkInterfacePrivateIpAddress address{.primary = true, .private_dns_name = private_name(i, i.private_ip), .private_ip_address = i.private_ip};
  std::vector<shapes::NetworkInterfacePrivateIpAddress> others;
  for (const std::string& ip : i.secondary_ips) others.push_back({.primary = false, .private_dns_name = private_name(i, ip), .private_ip_address = ip});
  for (const auto& a : store::all<model::Address>(deps.store, i.account + "/" + i.region + "/")) {
    if (a.network_interface_id != i.id) continue;
    shapes::NetworkInterfaceAssociation association{.association_id = a.association_id, .ip_owner_id = a.is_managed ? "amazon" : a.account, .public_dns_name = "", .public_ip = a.public_ip};
    if (!a.is_managed) association.allocation_id = a.id;
    const auto other = std::ranges::find(others, a.private_ip, [](const auto& one) { return *one.private_ip_address; });
    if (other != others.end()) {
      other->association = association;
      continue;
    }
    out.association = association;
    address.association = association;
  }
  out.private_ip_addresses = std::vector{address};
  out.private_ip_addresses->insert(out.private_ip_addresses->end(), others.begin(), others.end());
  return out;
}

namespace {

Result<shapes::DescribeNetworkInterfacesResult> describe(const Deps& deps, const CallContext& context, const shapes::DescribeNetworkInterfacesRequest& request) {
  static const std::vector<std::string_view> known{"network-interface-id", "subnet-id", "vpc-id", "group-id", "private-ip-address", "addresses.private-ip-address", "description", "requester-id", "requester-managed",
                                                   "status", "availability-zone", "availability-zone-id", "interface-type", "owner-id", "mac-address", "attachment.attachment-id", "attachment.status", "attachment.instance-owner-id",
                                                   "source-dest-check", "addresses.primary", "addresses.association.public-ip", "association.public-ip", "association.allocation-id", "association.association-id", "private-dns-name", "group-name", "attachment.instance-id", "attachment.device-index",
                                                   "addresses.association.owner-id", "association.ip-owner-id", "association.public-dns-name", "attachment.attach-time", "attachment.delete-on-termination", "attachment.nat-gateway-id", "ipv6-addresses.ipv6-address", "operator.managed", "operator.principal"};
  auto chosen = TRY(select<NetworkInterface>(deps, context, request.network_interface_ids, request.filters, known, "InvalidNetworkInterfaceID.NotFound", "networkInterface", [&](const NetworkInterface& i) {
    Facts facts{{"network-interface-id", i.id}, {"subnet-id", i.subnet_id}, {"vpc-id", i.vpc_id}, {"private-ip-address", i.private_ip}, {"addresses.private-ip-address", i.private_ip},
                {"description", i.description}, {"requester-id", i.requester_id}, {"requester-managed", flag(!i.requester_id.empty())}, {"status", i.status}, {"availability-zone", i.zone}, {"availability-zone-id", zone_id(context.region, i.zone.back())},
                {"interface-type", i.type == "load_balancer" ? "interface" : i.type}, {"owner-id", i.account}, {"mac-address", i.mac}, {"attachment.attachment-id", i.attachment_id},
                {"operator.managed", "false"}, {"source-dest-check", flag(i.type != "nat_gateway" && i.source_dest_check)}, {"addresses.primary", "true"}, {"private-dns-name", private_name(i, i.private_ip)}};
    if (!i.attachment_id.empty()) facts.insert({{"attachment.status", "attached"}, {"attachment.instance-owner-id", i.requester_id}, {"attachment.device-index", "1"}});
    for (const std::string& ip : i.secondary_ips) facts.insert({{"addresses.private-ip-address", ip}, {"addresses.primary", "false"}});
    for (const std::string& id : i.security_group_ids) {
      facts.insert({"group-id", id});
      if (const auto group = store::find<model::SecurityGroup>(deps.store, key_of(context, id))) facts.insert({"group-name", group->name});
    }
    for (const auto& a : store::all<model::Address>(deps.store, scope(context))) {
      if (a.network_interface_id != i.id) continue;
      facts.insert({{"addresses.association.public-ip", a.public_ip}, {"association.public-ip", a.public_ip}, {"association.association-id", a.association_id}, {"addresses.association.owner-id", a.account}, {"association.ip-owner-id", a.account}});
      if (!a.is_managed) facts.insert({"association.allocation-id", a.id});
    }
    return facts;
  }));
  auto answer = TRY(page(std::move(chosen), request.max_results, request.next_token));
  shapes::DescribeNetworkInterfacesResult result{.network_interfaces = std::vector<shapes::NetworkInterface>{}, .next_token = token_of(answer.next)};
  for (const auto& interface : answer.items) result.network_interfaces->push_back(render_interface(deps, interface));
  return result;
}

}  // namespace

void register_network_interface(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::DescribeNetworkInterfacesRequest, shapes::DescribeNetworkInterfacesResult>("ec2", "DescribeNetworkInterfaces", {"NetworkInterfaceIds.*", "Filters.*", "MaxResults", "NextToken"}, bind(describe));
}

}  // namespace landfall::services::ec2
