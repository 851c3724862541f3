#include "store/interfaces.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/ip.h"
#include "model/aws_service.h"
#include "model/load_balancing.h"
#include "model/settings.h"
#include "model/subnet_reservation.h"
#include "store/table.h"

namespace landfall::store {
namespace {

using model::Address;
using model::NetworkInterface;
using model::Settings;
using model::Subnet;
using model::SubnetReservation;
using model::Target;

/// Network, router, DNS, future use at the start and broadcast at the end.
constexpr uint32_t kReservedAtStart = 4;

template <class From>
std::set<std::string> taken_in(const From& from, const Subnet& subnet) {
  std::set<std::string> taken;
  for (const auto& interface : all<NetworkInterface>(from, subnet.account + "/" + subnet.region + "/")) {
    if (interface.subnet_id != subnet.id) continue;
    taken.insert(interface.private_ip);
    taken.insert(interface.secondary_ips.begin(), interface.secondary_ips.end());
  }
  return taken;
}

/// Parts of the subnet that were set aside; with a type, those of that type.
Result<std::vector<Cidr>> set_aside(const Transaction& tx, const Subnet& subnet, std::string_view type = {}) {
  std::vector<Cidr> parts;
  for (const auto& one : all<SubnetReservation>(tx, subnet.account + "/" + subnet.region + "/")) {
    if (one.subnet_id == subnet.id && (type.empty() || one.type == type)) parts.push_back(TRY(parse_cidr(one.cidr)));
  }
  return parts;
}

bool is_in(const std::vector<Cidr>& parts, Ipv4 ip) {
  return std::ranges::any_of(parts, [&](const Cidr& part) { return part.contains(ip); });
}

Result<std::string> checked_address(const Transaction& tx, const Cidr& cidr, const std::set<std::string>& taken, const Subnet& subnet, const std::string& wanted) {
  const auto ip = parse_ipv4(wanted);
  if (!ip) return fail("InvalidParameterValue", fmt::format("invalid value for parameter address: {}", wanted));
  const bool is_reserved = ip->bits - cidr.base.bits < kReservedAtStart || ip->bits - cidr.base.bits + 1 == cidr.size();
  if (!cidr.contains(*ip)) return fail("InvalidParameterValue", "Address does not fall within the subnet's address range");
  if (is_reserved) return fail("InvalidParameterValue", fmt::format("Address {} is in subnet's reserved address range", wanted));
  if (is_in(TRY(set_aside(tx, subnet, "prefix")), *ip)) return fail("InvalidParameterValue", fmt::format("Address {} is in a subnet CIDR reservation of the type prefix", wanted));
  if (taken.contains(wanted)) return fail("InvalidIPAddress.InUse", fmt::format("Address {} of subnet {} is in use.", wanted, subnet.id));
  return wanted;
}

/// Locally administered, from the address, so that the same ENI has the same MAC after a restart.
std::string mac_of(const std::string& id) {
  const std::string h = id.substr(id.size() - 10);
  return fmt::format("02:{}:{}:{}:{}:{}", h.substr(0, 2), h.substr(2, 2), h.substr(4, 2), h.substr(6, 2), h.substr(8, 2));
}

}  // namespace

Result<std::string> free_private_address(const Transaction& tx, const Subnet& subnet, const std::string& wanted) {
  const Cidr cidr = TRY(parse_cidr(subnet.cidr));
  const std::set<std::string> taken = taken_in(tx, subnet);
  if (!wanted.empty()) return checked_address(tx, cidr, taken, subnet, wanted);
  // A target that still drains under its address is not to be taken for the next task, as long as others are free.
  std::set<std::string> draining;
  for (const auto& target : all<Target>(tx)) {
    if (target.desired == "draining") draining.insert(target.id);
  }
  const std::vector<Cidr> kept = TRY(set_aside(tx, subnet));
  std::string spare;
  for (uint32_t offset = kReservedAtStart; offset + 1 < cidr.size(); ++offset) {
    std::string candidate = to_string(cidr.base + offset);
    if (taken.contains(candidate) || is_in(kept, cidr.base + offset)) continue;
    if (!draining.contains(candidate)) return candidate;
    if (spare.empty()) spare = candidate;
  }
  if (!spare.empty()) return spare;
  return fail("InsufficientFreeAddressesInSubnet",
              fmt::format("The specified subnet '{}' ({}) does not have enough free addresses: all {} are in use{}.",
                          subnet.id, subnet.cidr, taken.size(), kept.empty() ? "" : " or set aside by subnet CIDR reservations"));
}

Result<std::string> free_public_address(const Transaction& tx) {
  const std::optional<Settings> settings = find<Settings>(tx, Settings::kKey);
  if (!settings) return fail("InsufficientAddressCapacity", "the daemon has no pool of public addresses", Blame::host);
  const Cidr pool = TRY(parse_cidr(settings->public_pool));
  std::set<std::string> taken;
  for (const Ipv4 ip : endpoint_addresses(*settings)) taken.insert(to_string(ip));
  for (const auto& address : all<Address>(tx)) taken.insert(address.public_ip);
  for (uint32_t offset = 2; offset + 1 < pool.size(); ++offset) {
    std::string candidate = to_string(pool.base + offset);
    if (!taken.contains(candidate)) return candidate;
  }
  return fail("InsufficientAddressCapacity", fmt::format("all addresses of the public pool {} are in use", to_string(pool)));
}

Result<NetworkInterface> create_interface(Transaction& tx, const InterfaceSpec& spec, IdSource& ids) {
  const std::optional<Subnet> subnet = find<Subnet>(tx, spec.subnet_key);
  if (!subnet) {
    const std::string id = spec.subnet_key.substr(spec.subnet_key.rfind('/') + 1);
    return fail("InvalidSubnetID.NotFound", fmt::format("The subnet ID '{}' does not exist", id));
  }
  auto its_private_ip = TRY(free_private_address(tx, *subnet, spec.private_ip));
  // Without groups an interface gets its VPC's default one (EC2 API, CreateNetworkInterface; ECS API, AwsVpcConfiguration).
  std::vector<std::string> groups = spec.security_group_ids;
  const auto vpc = find<model::Vpc>(tx, subnet->account + "/" + subnet->region + "/" + subnet->vpc_id);
  if (groups.empty() && spec.type == "interface" && vpc && !vpc->default_security_group_id.empty()) groups = {vpc->default_security_group_id};
  NetworkInterface made{.account = subnet->account,
                        .region = subnet->region,
                        .id = ids.ec2("eni"),
                        .vpc_id = subnet->vpc_id,
                        .subnet_id = subnet->id,
                        .zone = subnet->zone,
                        .private_ip = std::move(its_private_ip),
                        .mac = {},
                        .security_group_ids = std::move(groups),
                        .description = spec.description,
                        .type = spec.type,
                        .requester_id = spec.requester_id,
                        .owner = spec.owner,
                        .status = "in-use",
                        .attachment_id = ids.ec2("eni-attach"),
                        .host_namespace = spec.host_namespace,
                        .device = spec.device};
  made.mac = mac_of(made.id);
  put(tx, made);
  if (spec.assign_public_ip) {
    auto its_public_ip = TRY(free_public_address(tx));
    Address address{.account = subnet->account,
                    .region = subnet->region,
                    .id = ids.ec2("eipalloc"),
                    .public_ip = std::move(its_public_ip),
                    .association_id = ids.ec2("eipassoc"),
                    .network_interface_id = made.id,
                    .private_ip = made.private_ip,
                    .is_managed = true};
    put(tx, address);
  }
  return made;
}

void delete_interface(Transaction& tx, const std::string& interface_key) {
  const std::optional<NetworkInterface> interface = find<NetworkInterface>(tx, interface_key);
  if (!interface) return;
  for (Address address : all<Address>(tx, interface->account + "/" + interface->region + "/")) {
    if (address.network_interface_id != interface->id) continue;
    if (address.is_managed) {
      erase<Address>(tx, address.key());
      continue;
    }
    address.association_id.clear();
    address.network_interface_id.clear();
    address.private_ip.clear();
    put(tx, address);
  }
  erase<NetworkInterface>(tx, interface_key);
}

int64_t free_address_count(const Store& store, const Subnet& subnet) {
  const Result<Cidr> cidr = parse_cidr(subnet.cidr);
  if (!cidr) return 0;
  return static_cast<int64_t>(cidr->size()) - 5 - static_cast<int64_t>(taken_in(store, subnet).size());
}

}  // namespace landfall::store
