#include <fmt/format.h>

#include "services/ec2/support.h"
#include "store/interfaces.h"

namespace landfall::services::ec2 {
namespace {

using model::Address;

constexpr size_t kMaxAddresses = 100;  // AWS's quota is 5 and can be raised; here the public pool is the limit before long

std::optional<std::string> some(const std::string& value) { return value.empty() ? std::nullopt : std::optional(value); }

Error missing(const std::string& id) { return {.code = "InvalidAllocationID.NotFound", .what = fmt::format("The allocation ID '{}' does not exist", id)}; }

std::optional<Address> find_address(const Transaction& tx, const CallContext& context, const std::string& id) {
  auto address = store::find<Address>(tx, key_of(context, id));
  return address && !address->is_managed ? address : std::nullopt;
}

Result<shapes::AllocateAddressResult> allocate(const Deps& deps, const CallContext& context, const shapes::AllocateAddressRequest& request) {
  if (request.network_border_group.value_or(context.region) != context.region) return fail("InvalidParameterValue", fmt::format("Value ({}) for parameter NetworkBorderGroup is invalid. Wanted {}.", *request.network_border_group, context.region));
  if (request.public_ipv4_pool.value_or("amazon") != "amazon") return fail("InvalidPublicIpv4PoolID.NotFound", fmt::format("The pool ID '{}' does not exist.", *request.public_ipv4_pool));
  if (request.domain && *request.domain != "vpc") return fail("InvalidParameterValue", fmt::format("Value ({}) for parameter domain is invalid. Wanted vpc.", *request.domain));
  const model::Tags tags = TRY(tags_for(request.tag_specifications, "elastic-ip"));
  return transact<shapes::AllocateAddressResult>(deps.store, [&](Transaction& tx) -> Result<shapes::AllocateAddressResult> {
    size_t count = 0;
    for (const Address& address : store::all<Address>(tx, scope(context))) count += !address.is_managed;
    if (count >= kMaxAddresses) return fail("AddressLimitExceeded", "The maximum number of addresses has been reached.");
    auto its_public_ip = TRY(store::free_public_address(tx));
    const Address address{.account = context.account, .region = context.region, .id = deps.ids.ec2("eipalloc"), .public_ip = std::move(its_public_ip), .tags = tags};
    store::put(tx, address);
    return shapes::AllocateAddressResult{.allocation_id = address.id, .domain = "vpc", .network_border_group = context.region, .public_ip = address.public_ip, .public_ipv4_pool = "amazon"};
  });
}

Result<shapes::ReleaseAddressOutput> release(const Deps& deps, const CallContext& context, const shapes::ReleaseAddressRequest& request) {
  if (request.network_border_group && *request.network_border_group != context.region) {
    return fail("InvalidParameterValue", fmt::format("Network border group '{}' does not hold the address; wanted {}", *request.network_border_group, context.region));
  }
  if (!request.allocation_id && request.public_ip) return fail("InvalidParameterValue", "You must specify an allocation id when releasing a VPC elastic IP address");
  if (!request.allocation_id) return fail("MissingParameter", "Either public IP or allocation id must be specified");
  return transact<shapes::ReleaseAddressOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::ReleaseAddressOutput> {
    const auto address = find_address(tx, context, text(request.allocation_id));
    if (!address) return fail(missing(text(request.allocation_id)));
    if (!address->association_id.empty()) return fail("InvalidIPAddress.InUse", fmt::format("Address {} is in use.", address->public_ip));
    store::erase<Address>(tx, address->key());
    return shapes::ReleaseAddressOutput{};
  });
}

/// By allocation, or by the address itself.
Result<Address> named_address(const Transaction& tx, const CallContext& context, const shapes::AssociateAddressRequest& request) {
  if (request.allocation_id) {
    auto address = find_address(tx, context, *request.allocation_id);
    if (!address) return fail(missing(*request.allocation_id));
    return std::move(*address);
  }
  if (!request.public_ip) return fail("MissingParameter", "Either public IP or allocation id must be specified");
  for (Address& address : store::all<Address>(tx, scope(context))) {
    if (!address.is_managed && address.public_ip == *request.public_ip) return std::move(address);
  }
  return fail("InvalidAddress.NotFound", fmt::format("Address '{}' not found.", *request.public_ip));
}

Result<shapes::AssociateAddressResult> associate(const Deps& deps, const CallContext& context, const shapes::AssociateAddressRequest& request) {
  return transact<shapes::AssociateAddressResult>(deps.store, [&](Transaction& tx) -> Result<shapes::AssociateAddressResult> {
    auto address = TRY(named_address(tx, context, request));
    if (!request.network_interface_id) return fail("MissingParameter", "Either instance ID or network interface ID must be specified");
    const auto interface = store::find<model::NetworkInterface>(tx, key_of(context, *request.network_interface_id));
    if (!interface) return fail(not_found("InvalidNetworkInterfaceID.NotFound", "networkInterface", text(request.network_interface_id)));
    if (!interface->requester_id.empty()) return fail("AuthFailure", fmt::format("You do not have permission to access the specified resource: {} belongs to {}", interface->id, interface->requester_id));
    const std::string private_ip = request.private_ip_address.value_or(interface->private_ip);
    if (private_ip != interface->private_ip && std::ranges::count(interface->secondary_ips, private_ip) == 0) {
      return fail("InvalidParameterValue", fmt::format("The address {} is not assigned to interface {}", private_ip, interface->id));
    }
    if (address.network_interface_id == interface->id && address.private_ip == private_ip) return shapes::AssociateAddressResult{.association_id = address.association_id};
    if (!address.association_id.empty() && !request.allow_reassociation.value_or(false)) {
      return fail("Resource.AlreadyAssociated", fmt::format("resource {} is already associated with associate-id {}", address.id, address.association_id));
    }
    for (model::Address other : store::all<Address>(tx, scope(context))) {
      if (other.network_interface_id != interface->id || other.private_ip != private_ip) continue;
      if (!request.allow_reassociation.value_or(false)) return fail("Resource.AlreadyAssociated", fmt::format("resource {} is already associated with associate-id {}", interface->id, other.association_id));
      make_free(tx, other);
    }
    address.association_id = deps.ids.ec2("eipassoc");
    address.network_interface_id = interface->id;
    address.private_ip = private_ip;
    store::put(tx, address);
    return shapes::AssociateAddressResult{.association_id = address.association_id};
  });
}

Result<shapes::DisassociateAddressOutput> disassociate(const Deps& deps, const CallContext& context, const shapes::DisassociateAddressRequest& request) {
  if (!request.association_id && request.public_ip) return fail("InvalidParameterValue", "You must specify an association id when unmapping an address from a VPC instance");
  if (!request.association_id) return fail("MissingParameter", "Either public IP or association id must be specified");
  return transact<shapes::DisassociateAddressOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DisassociateAddressOutput> {
    const std::string id = text(request.association_id);
    for (Address address : store::all<Address>(tx, scope(context))) {
      if (address.association_id != id) continue;
      const auto interface = store::find<model::NetworkInterface>(tx, key_of(context, address.network_interface_id));
      const bool is_nat = interface && interface->type == "nat_gateway", is_node = interface && interface->type == "network_load_balancer";
      if (is_nat || is_node) return fail("AuthFailure", fmt::format("You do not have permission to access the specified resource: {} is held by a {}", address.id, is_nat ? "NAT gateway" : "load balancer"));
      make_free(tx, address);
      return shapes::DisassociateAddressOutput{};
    }
    return fail(not_found("InvalidAssociationID.NotFound", "association", id));
  });
}

Result<shapes::DescribeAddressesResult> describe(const Deps& deps, const CallContext& context, const shapes::DescribeAddressesRequest& request) {
  static const std::vector<std::string_view> known{"allocation-id", "association-id", "domain", "network-interface-id", "private-ip-address", "public-ip", "instance-id", "network-border-group", "network-interface-owner-id"};
  auto chosen = store::all<Address>(deps.store, scope(context));
  std::erase_if(chosen, [](const Address& a) { return a.is_managed; });
  for (const std::string& id : request.allocation_ids.value_or(std::vector<std::string>{})) {
    if (std::ranges::count(chosen, id, &Address::id) == 0) return fail(missing(id));
  }
  for (const std::string& ip : request.public_ips.value_or(std::vector<std::string>{})) {
    if (std::ranges::count(chosen, ip, &Address::public_ip) == 0) return fail("InvalidAddress.NotFound", fmt::format("Address '{}' not found.", ip));
  }
  shapes::DescribeAddressesResult result{.addresses = std::vector<shapes::Address>{}};
  for (const Address& a : chosen) {
    const bool wanted = (!request.allocation_ids || std::ranges::count(*request.allocation_ids, a.id) > 0) && (!request.public_ips || std::ranges::count(*request.public_ips, a.public_ip) > 0);
    const Facts facts{{"allocation-id", a.id}, {"association-id", a.association_id}, {"domain", "vpc"}, {"network-interface-id", a.network_interface_id}, {"private-ip-address", a.private_ip}, {"public-ip", a.public_ip}, {"network-border-group", a.region}, {"network-interface-owner-id", a.network_interface_id.empty() ? "" : a.account}};
    if (!wanted || !TRY(passes(request.filters, facts, a.tags, known))) continue;
    result.addresses->push_back({.allocation_id = a.id, .association_id = some(a.association_id), .domain = "vpc", .network_border_group = a.region, .network_interface_id = some(a.network_interface_id),
                                 .network_interface_owner_id = a.network_interface_id.empty() ? std::nullopt : std::optional(a.account), .private_ip_address = some(a.private_ip),
                                 .public_ip = a.public_ip, .public_ipv4_pool = "amazon", .tags = tag_list(a.tags)});
  }
  return result;
}

Result<shapes::DescribeAddressesAttributeResult> describe_attribute(const Deps& deps, const CallContext& context, const shapes::DescribeAddressesAttributeRequest& request) {
  shapes::DescribeAddressesAttributeResult result{.addresses = std::vector<shapes::AddressAttribute>{}};
  for (const std::string& id : request.allocation_ids.value_or(std::vector<std::string>{})) {
    const auto address = store::find<Address>(deps.store, key_of(context, id));
    if (!address || address->is_managed) return fail(missing(id));
    result.addresses->push_back({.allocation_id = id, .public_ip = address->public_ip});
  }
  return result;
}

}  // namespace

void make_free(Transaction& tx, Address& address) {
  address.association_id.clear();
  address.network_interface_id.clear();
  address.private_ip.clear();
  store::put(tx, address);
}

void register_address(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::AllocateAddressRequest, shapes::AllocateAddressResult>("ec2", "AllocateAddress", {"Domain", "NetworkBorderGroup", "PublicIpv4Pool", "TagSpecifications.*"}, bind(allocate));
  registry.add<shapes::ReleaseAddressRequest, shapes::ReleaseAddressOutput>("ec2", "ReleaseAddress", {"AllocationId", "PublicIp", "NetworkBorderGroup"}, bind(release));
  registry.add<shapes::AssociateAddressRequest, shapes::AssociateAddressResult>("ec2", "AssociateAddress", {"AllocationId", "PublicIp", "NetworkInterfaceId", "PrivateIpAddress", "AllowReassociation"}, bind(associate));
  registry.add<shapes::DisassociateAddressRequest, shapes::DisassociateAddressOutput>("ec2", "DisassociateAddress", {"AssociationId", "PublicIp"}, bind(disassociate));
  registry.add<shapes::DescribeAddressesRequest, shapes::DescribeAddressesResult>("ec2", "DescribeAddresses", {"AllocationIds.*", "PublicIps.*", "Filters.*"}, bind(describe));
  registry.add<shapes::DescribeAddressesAttributeRequest, shapes::DescribeAddressesAttributeResult>("ec2", "DescribeAddressesAttribute", {"AllocationIds.*", "Attribute"}, bind(describe_attribute));
}

}  // namespace landfall::services::ec2
