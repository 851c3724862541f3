#include <algorithm>

#include <fmt/format.h>

#include "services/ec2/support.h"
#include "store/interfaces.h"

/// Network interfaces that a user makes. No device has them: what attaches one, an instance, is not carried.
namespace landfall::services::ec2 {
namespace {

using model::NetworkInterface;

constexpr int kMaxGroups = 5;       // VPC quotas, security groups per network interface
constexpr int kMaxSecondaries = 49;  // EC2 instance types: 50 addresses per interface at most

Result<NetworkInterface> interface_of(const Transaction& tx, const CallContext& context, const std::optional<std::string>& id) {
  auto interface = store::find<NetworkInterface>(tx, key_of(context, text(id)));
  if (!interface) return fail(not_found("InvalidNetworkInterfaceID.NotFound", "networkInterface", text(id)));
  return std::move(*interface);
}

/// One that the caller may change: not a service's.
Result<NetworkInterface> own_interface(const Transaction& tx, const CallContext& context, const std::optional<std::string>& id) {
  NetworkInterface interface = TRY(interface_of(tx, context, id));
  if (!interface.requester_id.empty()) return fail("AuthFailure", fmt::format("You do not have permission to access the specified resource: {} belongs to {}", interface.id, interface.requester_id));
  return interface;
}

/// The groups of an interface in that VPC; its default one if none is named.
Result<std::vector<std::string>> groups_of(const Transaction& tx, const CallContext& context, const std::string& vpc_id, const std::string& subnet_id, const std::vector<std::string>& named) {
  if (named.empty()) {
    const auto vpc = store::find<model::Vpc>(tx, key_of(context, vpc_id));
    return std::vector{vpc ? vpc->default_security_group_id : std::string()};
  }
  if (named.size() > kMaxGroups) return fail("SecurityGroupsPerInterfaceLimitExceeded", "You have exceeded the maximum number of security groups allowed per network interface.");
  for (const std::string& id : named) {
    const auto group = store::find<model::SecurityGroup>(tx, key_of(context, id));
    if (!group) return fail(not_found("InvalidGroup.NotFound", "", id));
    if (group->vpc_id != vpc_id) return fail("InvalidParameter", fmt::format("Security group {} and subnet {} belong to different networks.", id, subnet_id));
  }
  return named;
}

/// Addresses that the call names: the primary one ("" if it names none), then the others.
Result<std::vector<std::string>> named_addresses(const shapes::CreateNetworkInterfaceRequest& request) {
  std::vector<std::string> addresses{text(request.private_ip_address)};
  for (const auto& one : request.private_ip_addresses.value_or(std::vector<shapes::PrivateIpAddressSpecification>{})) {
    if (!one.primary.value_or(false)) {
      addresses.push_back(text(one.private_ip_address));
      continue;
    }
    if (!addresses.front().empty() && addresses.front() != text(one.private_ip_address)) return fail("InvalidParameterCombination", "Only one primary private IP address can be specified.");
    addresses.front() = text(one.private_ip_address);
  }
  return addresses;
}

Result<std::vector<std::string>> add_secondaries(Transaction& tx, const CallContext& context, NetworkInterface& interface, std::vector<std::string> wanted, int count) {
  wanted.resize(wanted.size() + static_cast<size_t>(std::max(count, 0)));
  if (interface.secondary_ips.size() + wanted.size() > kMaxSecondaries) return fail("PrivateIpAddressLimitExceeded", "Number of private addresses will exceed limit.");
  const auto subnet = store::find<model::Subnet>(tx, key_of(context, interface.subnet_id));
  if (!subnet) return fail(not_found("InvalidSubnetID.NotFound", "subnet", interface.subnet_id));
  std::vector<std::string> added;
  for (const std::string& address : wanted) {
    if (!address.empty() && std::ranges::count(interface.secondary_ips, address) > 0) continue;  // it has it already
    added.push_back(TRY(store::free_private_address(tx, *subnet, address)));
    interface.secondary_ips.push_back(added.back());
    store::put(tx, interface);
  }
  return added;
}

Result<shapes::CreateNetworkInterfaceResult> create(const Deps& deps, const CallContext& context, const shapes::CreateNetworkInterfaceRequest& request) {
  const model::Tags tags = TRY(tags_for(request.tag_specifications, "network-interface"));
  if (request.interface_type.value_or("interface") != "interface") return fail("UnsupportedOperation", fmt::format("Landfall does not support the parameter InterfaceType={} of CreateNetworkInterface yet.", *request.interface_type));
  const std::vector<std::string> addresses = TRY(named_addresses(request));
  return transact<shapes::CreateNetworkInterfaceResult>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateNetworkInterfaceResult> {
    const auto subnet = store::find<model::Subnet>(tx, key_of(context, text(request.subnet_id)));
    if (!subnet) return fail(not_found("InvalidSubnetID.NotFound", "subnet", text(request.subnet_id)));
    auto groups = TRY(groups_of(tx, context, subnet->vpc_id, subnet->id, request.groups.value_or(std::vector<std::string>{})));
    NetworkInterface made = TRY(store::create_interface(tx, {.subnet_key = subnet->key(), .security_group_ids = std::move(groups), .description = text(request.description), .private_ip = addresses.front()}, deps.ids));
    made.status = "available";
    made.attachment_id.clear();
    made.tags = tags;
    store::put(tx, made);
    TRY(add_secondaries(tx, context, made, {addresses.begin() + 1, addresses.end()}, request.secondary_private_ip_address_count.value_or(0)));
    return shapes::CreateNetworkInterfaceResult{.client_token = request.client_token, .network_interface = render_interface(deps, made)};
  });
}

Result<shapes::DeleteNetworkInterfaceOutput> remove(const Deps& deps, const CallContext& context, const shapes::DeleteNetworkInterfaceRequest& request) {
  return transact<shapes::DeleteNetworkInterfaceOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteNetworkInterfaceOutput> {
    const NetworkInterface interface = TRY(interface_of(tx, context, request.network_interface_id));
    if (interface.status != "available") return fail("InvalidParameterValue", fmt::format("Network interface '{}' is currently in use.", interface.id));
    mark_blackholes(tx, context, interface.id);
    store::delete_interface(tx, interface.key());
    return shapes::DeleteNetworkInterfaceOutput{};
  });
}

Result<shapes::ModifyNetworkInterfaceAttributeOutput> modify(const Deps& deps, const CallContext& context, const shapes::ModifyNetworkInterfaceAttributeRequest& request) {
  const int given = request.description.has_value() + request.groups.has_value() + request.source_dest_check.has_value();
  if (given == 0) return fail("MissingParameter", "The request must contain one of the parameters Description, SecurityGroupId, SourceDestCheck");
  if (given > 1) return fail("InvalidParameterCombination", "Fields for multiple attribute types specified: one attribute can be changed at a time");
  return transact<shapes::ModifyNetworkInterfaceAttributeOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::ModifyNetworkInterfaceAttributeOutput> {
    NetworkInterface interface = TRY(own_interface(tx, context, request.network_interface_id));
    if (request.description) interface.description = text(request.description->value);
    if (request.groups) interface.security_group_ids = TRY(groups_of(tx, context, interface.vpc_id, interface.subnet_id, *request.groups));
    if (request.source_dest_check) interface.source_dest_check = request.source_dest_check->value.value_or(true);
    store::put(tx, interface);
    return shapes::ModifyNetworkInterfaceAttributeOutput{};
  });
}

Result<shapes::ResetNetworkInterfaceAttributeOutput> reset(const Deps& deps, const CallContext& context, const shapes::ResetNetworkInterfaceAttributeRequest& request) {
  if (request.source_dest_check && *request.source_dest_check != "true") return fail("InvalidParameterValue", fmt::format("Value ({}) for parameter sourceDestCheck is invalid. Only sourceDestCheck can be reset, to true.", *request.source_dest_check));
  return transact<shapes::ResetNetworkInterfaceAttributeOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::ResetNetworkInterfaceAttributeOutput> {
    NetworkInterface interface = TRY(own_interface(tx, context, request.network_interface_id));
    interface.source_dest_check = true;
    store::put(tx, interface);
    return shapes::ResetNetworkInterfaceAttributeOutput{};
  });
}

Result<shapes::DescribeNetworkInterfaceAttributeResult> attribute(const Deps& deps, const CallContext& context, const shapes::DescribeNetworkInterfaceAttributeRequest& request) {
  const auto interface = store::find<NetworkInterface>(deps.store, key_of(context, text(request.network_interface_id)));
  if (!interface) return fail(not_found("InvalidNetworkInterfaceID.NotFound", "networkInterface", text(request.network_interface_id)));
  const shapes::NetworkInterface whole = render_interface(deps, *interface);
  shapes::DescribeNetworkInterfaceAttributeResult result{.network_interface_id = interface->id};
  const std::string name = text(request.attribute);
  if (name == "description") result.description = shapes::AttributeValue{.value = interface->description};
  else if (name == "groupSet") result.groups = whole.groups;
  else if (name == "sourceDestCheck") result.source_dest_check = shapes::AttributeBooleanValue{.value = whole.source_dest_check};
  else if (name == "attachment") result.attachment = whole.attachment;
  else return fail("InvalidParameterValue", fmt::format("Value ({}) for parameter attribute is invalid. Unknown attribute.", name));
  return result;
}

Result<shapes::AssignPrivateIpAddressesResult> assign(const Deps& deps, const CallContext& context, const shapes::AssignPrivateIpAddressesRequest& request) {
  if (request.private_ip_addresses && request.secondary_private_ip_address_count) return fail("InvalidParameterCombination", "The parameters privateIpAddress and secondaryPrivateIpAddressCount cannot be used together");
  if (!request.private_ip_addresses && !request.secondary_private_ip_address_count) return fail("MissingParameter", "Either the privateIpAddress or the secondaryPrivateIpAddressCount should be specified.");
  if (request.allow_reassignment.value_or(false)) return fail("UnsupportedOperation", "Landfall does not support the parameter AllowReassignment=true of AssignPrivateIpAddresses yet.");
  return transact<shapes::AssignPrivateIpAddressesResult>(deps.store, [&](Transaction& tx) -> Result<shapes::AssignPrivateIpAddressesResult> {
    NetworkInterface interface = TRY(own_interface(tx, context, request.network_interface_id));
    shapes::AssignPrivateIpAddressesResult result{.assigned_private_ip_addresses = std::vector<shapes::AssignedPrivateIpAddress>{}, .network_interface_id = interface.id};
    for (const std::string& ip : TRY(add_secondaries(tx, context, interface, request.private_ip_addresses.value_or(std::vector<std::string>{}), request.secondary_private_ip_address_count.value_or(0)))) {
      result.assigned_private_ip_addresses->push_back({.private_ip_address = ip});
    }
    return result;
  });
}

Result<shapes::UnassignPrivateIpAddressesOutput> unassign(const Deps& deps, const CallContext& context, const shapes::UnassignPrivateIpAddressesRequest& request) {
  return transact<shapes::UnassignPrivateIpAddressesOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::UnassignPrivateIpAddressesOutput> {
    NetworkInterface interface = TRY(own_interface(tx, context, request.network_interface_id));
    for (const std::string& ip : request.private_ip_addresses.value_or(std::vector<std::string>{})) {
      if (std::erase(interface.secondary_ips, ip) == 0) return fail("InvalidParameterValue", fmt::format("Some of [{}] addresses are not assigned to interface {}", ip, interface.id));
      for (model::Address address : store::all<model::Address>(tx, scope(context))) {
        if (address.network_interface_id == interface.id && address.private_ip == ip) make_free(tx, address);
      }
    }
    store::put(tx, interface);
    return shapes::UnassignPrivateIpAddressesOutput{};
  });
}

}  // namespace

void register_interface_life(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::CreateNetworkInterfaceRequest, shapes::CreateNetworkInterfaceResult>(
      "ec2", "CreateNetworkInterface", {"SubnetId", "Description", "Groups.*", "PrivateIpAddress", "PrivateIpAddresses.*", "SecondaryPrivateIpAddressCount", "InterfaceType", "ClientToken", "TagSpecifications.*"}, bind(create));
  registry.add<shapes::DeleteNetworkInterfaceRequest, shapes::DeleteNetworkInterfaceOutput>("ec2", "DeleteNetworkInterface", {"NetworkInterfaceId"}, bind(remove));
  registry.add<shapes::ModifyNetworkInterfaceAttributeRequest, shapes::ModifyNetworkInterfaceAttributeOutput>("ec2", "ModifyNetworkInterfaceAttribute", {"NetworkInterfaceId", "Description.*", "Groups.*", "SourceDestCheck.*"}, bind(modify));
  registry.add<shapes::ResetNetworkInterfaceAttributeRequest, shapes::ResetNetworkInterfaceAttributeOutput>("ec2", "ResetNetworkInterfaceAttribute", {"NetworkInterfaceId", "SourceDestCheck"}, bind(reset));
  registry.add<shapes::DescribeNetworkInterfaceAttributeRequest, shapes::DescribeNetworkInterfaceAttributeResult>("ec2", "DescribeNetworkInterfaceAttribute", {"NetworkInterfaceId", "Attribute"}, bind(attribute));
  registry.add<shapes::AssignPrivateIpAddressesRequest, shapes::AssignPrivateIpAddressesResult>("ec2", "AssignPrivateIpAddresses", {"NetworkInterfaceId", "PrivateIpAddresses.*", "SecondaryPrivateIpAddressCount", "AllowReassignment"}, bind(assign));
  registry.add<shapes::UnassignPrivateIpAddressesRequest, shapes::UnassignPrivateIpAddressesOutput>("ec2", "UnassignPrivateIpAddresses", {"NetworkInterfaceId", "PrivateIpAddresses.*"}, bind(unassign));
}

}  // namespace landfall::services::ec2
