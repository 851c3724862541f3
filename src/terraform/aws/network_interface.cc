#include <algorithm>

#include <fmt/format.h>

#include "terraform/aws/more_types.h"
#include "terraform/aws/ec2.h"
#include "terraform/aws/sources.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace ec2 = aws::ec2;
using Names = std::vector<std::string>;

Result<std::optional<ec2::NetworkInterface>> find_interface(const Cloud& cloud, const std::string& id) {
  ec2::DescribeNetworkInterfacesRequest request;
  request.network_interface_ids = Names{id};
  auto found = TRY(look_up<ec2::DescribeNetworkInterfacesResult>(cloud, "ec2", "DescribeNetworkInterfaces", request));
  if (!found || !found->network_interfaces || found->network_interfaces->empty()) return std::optional<ec2::NetworkInterface>();
  return std::optional<ec2::NetworkInterface>(std::move(found->network_interfaces->front()));
}

/// All private addresses, the primary one first.
Names addresses_of(const ec2::NetworkInterface& interface) {
  Names list;
  for (const auto& address : interface.private_ip_addresses.value_or(std::vector<ec2::NetworkInterfacePrivateIpAddress>{})) {
    list.insert(address.primary.value_or(false) ? list.begin() : list.end(), address.private_ip_address.value_or(""));
  }
  return list;
}

Names groups_of(const ec2::NetworkInterface& interface) {
  Names list;
  for (const auto& group : interface.groups.value_or(std::vector<ec2::GroupIdentifier>{})) list.push_back(group.group_id.value_or(""));
  return list;
}

/// What resource and data source tell alike.
void tell_interface(const Cloud& cloud, const ec2::NetworkInterface& interface, Record& state) {
  const std::string id = interface.network_interface_id.value_or("");
  state.set("id", id);
  state.set("arn", arn_of(cloud, "ec2", "network-interface/" + id));
  state.set("subnet_id", interface.subnet_id.value_or(""));
  state.set("description", interface.description.value_or(""));
  state.set("interface_type", interface.interface_type.value_or(""));
  state.set("mac_address", interface.mac_address.value_or(""));
  state.set("owner_id", interface.owner_id.value_or(""));
  state.set("outpost_arn", interface.outpost_arn.value_or(""));
  state.set("private_dns_name", interface.private_dns_name.value_or(""));
  state.set("security_groups", groups_of(interface));
  state.set("private_ips", addresses_of(interface));
}

class NetworkInterface final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged({.attributes = {
        text("id").read_only(), text("arn").read_only(), text("subnet_id").required().forces_new(), text("description"), text("interface_type").computed().forces_new(), text("mac_address").read_only(), text("owner_id").read_only(),
        text("outpost_arn").read_only(), text("private_dns_name").read_only(), text("private_ip").computed().forces_new(), text_set("private_ips").computed(), number("private_ips_count").computed(), texts("private_ip_list").computed(),
        refused(flag("private_ip_list_enabled")), text_set("security_groups").computed(), flag("source_dest_check").defaults(true), refused_blocks("attachment"), refused(flag("enable_primary_ipv6")), refused(number("ipv4_prefix_count")),
        refused(text_set("ipv4_prefixes")), refused(number("ipv6_address_count")), refused(texts("ipv6_address_list")), refused(flag("ipv6_address_list_enabled")), refused(text_set("ipv6_addresses")), refused(number("ipv6_prefix_count")),
        refused(text_set("ipv6_prefixes")),
    }});
    return schema;
  }
  int schema_version() const override { return 0; }

  Result<void> adjust(const Cloud&, const Planned& change) const override {
    if (change.prior == nullptr) return {};
    const bool counts = differs(*change.prior, change.planned, "private_ips_count"), names = differs(*change.prior, change.planned, "private_ips");
    if (counts && !names) change.planned.set("private_ips", Value::unknown(Type::set(Type::string())));
    if (names && !counts) change.planned.set("private_ips_count", Value::unknown(Type::number()));
    const Value wanted = change.planned.value("private_ips");
    const std::vector<std::string> there = change.prior->texts("private_ip_list");
    const bool loses_primary = names && wanted.is_wholly_known() && !there.empty() && std::ranges::count(change.planned.texts("private_ips"), there.front()) == 0;
    if (loses_primary) change.replaced_by.emplace_back("private_ips");  // the primary address lasts as long as the interface
    if (counts || names) change.planned.set("private_ip_list", Value::unknown(Type::list(Type::string())));
    return {};
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    ec2::CreateNetworkInterfaceRequest request;
    request.subnet_id = planned.text("subnet_id");
    request.client_token = cloud.ids->uuid();
    if (!planned.text("description").empty()) request.description = planned.text("description");
    if (!planned.text("interface_type").empty()) request.interface_type = planned.text("interface_type");
    if (!planned.text("private_ip").empty()) request.private_ip_address = planned.text("private_ip");
    if (!planned.texts("security_groups").empty()) request.groups = planned.texts("security_groups");
    bool is_first = true;
    for (const std::string& address : planned.texts("private_ips")) {
      if (!request.private_ip_addresses) request.private_ip_addresses.emplace();
      auto& one = request.private_ip_addresses->emplace_back();
      one.private_ip_address = address;
      one.primary = std::exchange(is_first, false);
    }
    if (!request.private_ip_addresses && planned.number("private_ips_count") > 0) request.secondary_private_ip_address_count = static_cast<int32_t>(planned.number("private_ips_count"));
    request.tag_specifications = tag_specifications<ec2::TagSpecification, ec2::Tag>("network-interface", planned);
    const auto made = TRY(cloud.call<ec2::CreateNetworkInterfaceResult>("ec2", "CreateNetworkInterface", request));
    state.set("id", made.network_interface->network_interface_id.value_or(""));
    if (planned.flag("source_dest_check")) return {};
    return set_check(cloud, state.text("id"), false);
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto interface = TRY(find_interface(cloud, state.text("id")));
    if (!interface) return false;
    tell_interface(cloud, *interface, state);
    const Names addresses = addresses_of(*interface);
    state.set("private_ip", interface->private_ip_address.value_or(""));
    state.set("private_ip_list", addresses);
    state.set("private_ips_count", static_cast<int64_t>(addresses.size()) - 1);
    state.set("source_dest_check", interface->source_dest_check.value_or(true));
    set_tags(cloud, state, from_tags(interface->tag_set));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    const std::string id = prior.text("id");
    if (differs(prior, planned, "description")) {
      ec2::ModifyNetworkInterfaceAttributeRequest request;
      request.network_interface_id = id;
      request.description.emplace().value = planned.text("description");
      TRY(cloud.call<ec2::ModifyNetworkInterfaceAttributeOutput>("ec2", "ModifyNetworkInterfaceAttribute", request));
    }
    if (differs(prior, planned, "security_groups")) {
      ec2::ModifyNetworkInterfaceAttributeRequest request;
      request.network_interface_id = id;
      request.groups = planned.texts("security_groups");
      TRY(cloud.call<ec2::ModifyNetworkInterfaceAttributeOutput>("ec2", "ModifyNetworkInterfaceAttribute", request));
    }
    if (differs(prior, planned, "source_dest_check")) TRY(set_check(cloud, id, planned.flag("source_dest_check")));
    if (planned.value("private_ips").is_known() && differs(prior, planned, "private_ips")) TRY(change_addresses(cloud, id, prior.texts("private_ips"), planned.texts("private_ips")));
    else if (planned.value("private_ips_count").is_known() && differs(prior, planned, "private_ips_count")) TRY(change_count(cloud, id, prior, planned.number("private_ips_count")));
    return update_ec2_tags(cloud, id, prior, planned);
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    ec2::DeleteNetworkInterfaceRequest request;
    request.network_interface_id = state.text("id");
    return cloud.retry_while(kEmptying, is_in_use, [&] { return ignore_gone(cloud.call<ec2::DeleteNetworkInterfaceOutput>("ec2", "DeleteNetworkInterface", request)); });
  }

 private:
  static Result<void> set_check(const Cloud& cloud, const std::string& id, bool checks) {
    ec2::ModifyNetworkInterfaceAttributeRequest request;
    request.network_interface_id = id;
    request.source_dest_check.emplace().value = checks;
    TRY(cloud.call<ec2::ModifyNetworkInterfaceAttributeOutput>("ec2", "ModifyNetworkInterfaceAttribute", request));
    return {};
  }

  static Names without(const Names& these, const Names& those) {
    Names rest;
    std::ranges::copy_if(these, std::back_inserter(rest), [&](const std::string& one) { return std::ranges::count(those, one) == 0; });
    return rest;
  }

  static Result<void> unassign(const Cloud& cloud, const std::string& id, const Names& addresses) {
    ec2::UnassignPrivateIpAddressesRequest request;
    request.network_interface_id = id;
    request.private_ip_addresses = addresses;
    TRY(cloud.call<ec2::UnassignPrivateIpAddressesOutput>("ec2", "UnassignPrivateIpAddresses", request));
    return {};
  }

  static Result<void> change_addresses(const Cloud& cloud, const std::string& id, const Names& before, const Names& after) {
    if (const Names gone = without(before, after); !gone.empty()) TRY(unassign(cloud, id, gone));
    const Names added = without(after, before);
    if (added.empty()) return {};
    ec2::AssignPrivateIpAddressesRequest request;
    request.network_interface_id = id;
    request.private_ip_addresses = added;
    TRY(cloud.call<ec2::AssignPrivateIpAddressesResult>("ec2", "AssignPrivateIpAddresses", request));
    return {};
  }

  static Result<void> change_count(const Cloud& cloud, const std::string& id, const Record& prior, int64_t wanted) {
    Names secondary = prior.texts("private_ip_list");
    if (!secondary.empty()) secondary.erase(secondary.begin());
    const int64_t there = static_cast<int64_t>(secondary.size());
    if (wanted < there) return unassign(cloud, id, Names(secondary.begin() + wanted, secondary.end()));
    if (wanted == there) return {};
    ec2::AssignPrivateIpAddressesRequest request;
    request.network_interface_id = id;
    request.secondary_private_ip_address_count = static_cast<int32_t>(wanted - there);
    TRY(cloud.call<ec2::AssignPrivateIpAddressesResult>("ec2", "AssignPrivateIpAddresses", request));
    return {};
  }
};

/// aws_network_interface_sg_attachment: one more group of an interface. The id is "GROUP_INTERFACE".
class GroupAttachment final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("network_interface_id").required().forces_new(), text("security_group_id").required().forces_new()}};
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    const std::string group = planned.text("security_group_id"), id = planned.text("network_interface_id");
    const auto interface = TRY(find_interface(cloud, id));
    if (!interface) return fail("NotFound", "the network interface " + id + " is gone");
    Names groups = groups_of(*interface);
    if (std::ranges::count(groups, group) == 0) {
      groups.push_back(group);
      TRY(put(cloud, id, groups));
    }
    state.set("id", group + "_" + id);
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto interface = TRY(find_interface(cloud, state.text("network_interface_id")));
    return interface && std::ranges::count(groups_of(*interface), state.text("security_group_id")) > 0;
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    const auto interface = TRY(find_interface(cloud, state.text("network_interface_id")));
    if (!interface) return {};
    Names groups = groups_of(*interface);
    std::erase(groups, state.text("security_group_id"));
    return put(cloud, state.text("network_interface_id"), groups);
  }

  Result<Record> import(const Cloud&, const std::string& id) const override {
    const size_t line = id.find('_');
    if (line == std::string::npos) return fail("Import.Id", fmt::format("unexpected format for ID ({}), expected security-group-id_network-interface-id", id));
    Record record;
    record.set("id", id);
    record.set("security_group_id", id.substr(0, line));
    record.set("network_interface_id", id.substr(line + 1));
    return record;
  }

 private:
  static Result<void> put(const Cloud& cloud, const std::string& id, const Names& groups) {
    ec2::ModifyNetworkInterfaceAttributeRequest request;
    request.network_interface_id = id;
    request.groups = groups;
    TRY(cloud.call<ec2::ModifyNetworkInterfaceAttributeOutput>("ec2", "ModifyNetworkInterfaceAttribute", request));
    return {};
  }
};

Attribute association_rows() {
  std::vector<Type::Attribute> members;
  for (const char* name : {"allocation_id", "association_id", "carrier_ip", "customer_owned_ip", "ip_owner_id", "public_dns_name", "public_ip"}) members.push_back({.name = name, .type = Type::string()});
  return of_type("association", Type::list(Type::object(std::move(members)))).read_only();
}

Attribute attachment_rows() {
  return of_type("attachment", Type::list(Type::object({{.name = "attachment_id", .type = Type::string()}, {.name = "device_index", .type = Type::number()}, {.name = "instance_id", .type = Type::string()},
                                                        {.name = "instance_owner_id", .type = Type::string()}, {.name = "network_card_index", .type = Type::number()}}))).read_only();
}

Result<void> read_interface(const Cloud& cloud, Record& state) {
  ec2::DescribeNetworkInterfacesRequest request;
  if (!state.text("id").empty()) request.network_interface_ids = Names{state.text("id")};
  set_filters(request, filters_of(state, {}));
  const auto found = TRY(cloud.call<ec2::DescribeNetworkInterfacesResult>("ec2", "DescribeNetworkInterfaces", request));
  const auto interfaces = found.network_interfaces.value_or(std::vector<ec2::NetworkInterface>{});
  if (interfaces.size() != 1) return fail(found_not_one(interfaces.size(), "EC2 Network Interface"));
  const ec2::NetworkInterface& interface = interfaces[0];
  tell_interface(cloud, interface, state);
  state.set("availability_zone", interface.availability_zone.value_or(""));
  state.set("private_ip", interface.private_ip_address.value_or(""));
  state.set("requester_id", interface.requester_id.value_or(""));
  state.set("vpc_id", interface.vpc_id.value_or(""));
  state.set("ipv6_addresses", Names{});
  std::vector<Record> associations, attachments;
  if (interface.association) {
    Record& one = associations.emplace_back();
    one.set("allocation_id", interface.association->allocation_id.value_or(""));
    one.set("association_id", interface.association->association_id.value_or(""));
    one.set("ip_owner_id", interface.association->ip_owner_id.value_or(""));
    one.set("public_dns_name", interface.association->public_dns_name.value_or(""));
    one.set("public_ip", interface.association->public_ip.value_or(""));
  }
  if (interface.attachment) {
    Record& one = attachments.emplace_back();
    one.set("attachment_id", interface.attachment->attachment_id.value_or(""));
    one.set("device_index", interface.attachment->device_index.value_or(0));
    one.set("instance_id", interface.attachment->instance_id.value_or(""));
    one.set("instance_owner_id", interface.attachment->instance_owner_id.value_or(""));
    one.set("network_card_index", interface.attachment->network_card_index.value_or(0));
  }
  state.set("association", associations);
  state.set("attachment", attachments);
  state.set("tags", from_tags(interface.tag_set));
  return {};
}

Result<void> read_interfaces(const Cloud& cloud, Record& state) {
  ec2::DescribeNetworkInterfacesRequest request;
  set_filters(request, filters_of(state, {}));
  Names ids;
  do {
    const auto found = TRY(cloud.call<ec2::DescribeNetworkInterfacesResult>("ec2", "DescribeNetworkInterfaces", request));
    for (const auto& interface : found.network_interfaces.value_or(std::vector<ec2::NetworkInterface>{})) ids.push_back(interface.network_interface_id.value_or(""));
    request.next_token = found.next_token;
  } while (request.next_token && !request.next_token->empty());
  state.set("id", cloud.region);
  state.set("ids", ids);
  return {};
}

}  // namespace

void add_network_interface(Provider& provider) {
  provider.resources["aws_network_interface"] = std::make_unique<NetworkInterface>();
  provider.resources["aws_network_interface_sg_attachment"] = std::make_unique<GroupAttachment>();
  add_source(provider, "aws_network_interface", {.attributes = {text("id").computed(), text("arn").read_only(), association_rows(), attachment_rows(), text("availability_zone").read_only(), text("description").read_only(), text("interface_type").read_only(),
                                                                text_set("ipv6_addresses").read_only(), text("mac_address").read_only(), text("outpost_arn").read_only(), text("owner_id").read_only(), text("private_dns_name").read_only(),
                                                                text("private_ip").read_only(), text_set("private_ips").read_only(), text("requester_id").read_only(), text_set("security_groups").read_only(), text("subnet_id").read_only(),
                                                                text("vpc_id").read_only(), text_map("tags").computed()}, .blocks = {filter_block()}}, read_interface);
  add_source(provider, "aws_network_interfaces", {.attributes = {text("id").read_only(), texts("ids").read_only(), text_map("tags").computed()}, .blocks = {filter_block()}}, read_interfaces);
}

}  // namespace landfall::terraform::aws_types
