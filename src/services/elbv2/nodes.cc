#include "services/elbv2/nodes.h"

#include <set>

#include <fmt/format.h>

#include "model/network.h"
#include "model/settings.h"
#include "store/interfaces.h"

namespace landfall::services::elbv2 {
namespace {

using model::LoadBalancer;
using model::LoadBalancerNode;

constexpr int64_t kFreeAddresses = 8;  // in each subnet, when a node is made there: ALB user guide, Application Load Balancers

Result<void> check_addresses(const Transaction& tx, const CallContext& context, const LoadBalancer& balancer, const Placing& placing) {
  const bool is_network = balancer.type == "network", is_internal = balancer.scheme == "internal";
  if (!placing.allocation_id.empty()) {
    if (!is_network) return fail("InvalidConfigurationRequest", fmt::format("Elastic IPs are not supported for load balancers with type '{}'", balancer.type));
    if (is_internal) return fail("InvalidConfigurationRequest", "Elastic IPs are not supported for load balancers with scheme 'internal'");
    const auto address = store::find<model::Address>(tx, context.account + "/" + context.region + "/" + placing.allocation_id);
    if (!address || address->is_managed) return fail("AllocationIdNotFound", fmt::format("The allocation IDs '{}' do not exist", placing.allocation_id));
  }
  if (!placing.private_ip.empty()) {
    if (!is_network) return fail("InvalidConfigurationRequest", fmt::format("Private IPv4 addresses are not supported for load balancers with type '{}'", balancer.type));
    if (!is_internal) return fail("InvalidConfigurationRequest", "Private IPv4 addresses are not supported for load balancers with scheme 'internet-facing'");
  }
  return {};
}

/// Room for a node, and for those that AWS adds under load. A /28 will do, though the guide recommends a /27.
Result<void> check_room(const Deps& deps, const model::Subnet& subnet) {
  if (store::free_address_count(deps.store, subnet) >= kFreeAddresses) return {};
  return fail("InvalidSubnet", fmt::format("Not enough IP space available in {}. ELB requires at least {} free IP addresses in each subnet.", subnet.id, kFreeAddresses));
}

/// What was asked of each subnet, in the order of the request.
Result<std::vector<Placing>> gather(const Transaction& tx, const CallContext& context, const std::optional<std::vector<std::string>>& subnets, const std::optional<std::vector<shapes::SubnetMapping>>& mappings) {
  std::vector<Placing> placings;
  size_t mapped = 0;  // clients that know a mapping name its subnet in both lists
  const auto add = [&](const std::string& id, std::string allocation_id, std::string private_ip) -> Result<void> {
    if (std::any_of(placings.begin(), placings.begin() + static_cast<std::ptrdiff_t>(mapped), [&](const Placing& other) { return other.subnet.id == id; })) return {};
    const auto subnet = store::find<model::Subnet>(tx, context.account + "/" + context.region + "/" + id);
    if (!id.starts_with("subnet-")) return fail("InvalidSubnet", fmt::format("The subnet ID '{}' is not valid", id));
    if (!subnet) return fail("SubnetNotFound", fmt::format("The subnet ID '{}' does not exist", id));
    placings.push_back({.subnet = *subnet, .allocation_id = std::move(allocation_id), .private_ip = std::move(private_ip)});
    return {};
  };
  for (const auto& mapping : list(mappings)) TRY(add(text(mapping.subnet_id), text(mapping.allocation_id), text(mapping.private_i_pv4_address)));
  mapped = placings.size();
  for (const std::string& id : list(subnets)) TRY(add(id, "", ""));
  return placings;
}

/// Gives the Elastic IP to the interface; one that another interface has is not to be had.
Result<std::string> associate(const Deps& deps, Transaction& tx, const model::NetworkInterface& interface, const std::string& allocation_id) {
  auto address = store::find<model::Address>(tx, interface.account + "/" + interface.region + "/" + allocation_id);
  if (!address) return fail("AllocationIdNotFound", fmt::format("The allocation IDs '{}' do not exist", allocation_id));
  if (!address->association_id.empty()) return fail("ResourceInUse", fmt::format("The allocation IDs are not available for use: {} is associated with {}", allocation_id, address->network_interface_id));
  address->association_id = deps.ids.ec2("eipassoc");
  address->network_interface_id = interface.id;
  address->private_ip = interface.private_ip;
  store::put(tx, *address);
  return address->public_ip;
}

}  // namespace

std::string arn_tail(const std::string& arn) {
  const size_t at = std::min(arn.find("/app/"), arn.find("/net/"));
  return at == std::string::npos ? std::string() : arn.substr(at + 1);
}

Result<std::vector<Placing>> read_placings(const Transaction& tx, const CallContext& context, const LoadBalancer& balancer, const std::optional<std::vector<std::string>>& subnets,
                                           const std::optional<std::vector<shapes::SubnetMapping>>& mappings) {
  auto placings = TRY(gather(tx, context, subnets, mappings));
  std::set<std::string> zones, vpcs;
  for (const Placing& placing : placings) {
    if (!zones.insert(placing.subnet.zone).second) return fail("InvalidConfigurationRequest", "A load balancer cannot be attached to multiple subnets in the same Availability Zone");
    vpcs.insert(placing.subnet.vpc_id);
    TRY(check_addresses(tx, context, balancer, placing));
  }
  if (balancer.type != "network" && zones.size() < 2) return fail("ValidationError", "At least two subnets in two different Availability Zones must be specified");
  if (zones.empty()) return fail("ValidationError", "At least one subnet must be specified");
  if (vpcs.size() > 1) return fail("InvalidConfigurationRequest", "All subnets must belong to the same VPC");
  const auto chosen = std::ranges::count_if(placings, [](const Placing& placing) { return !placing.allocation_id.empty(); });
  if (chosen > 0 && static_cast<size_t>(chosen) < placings.size()) return fail("InvalidConfigurationRequest", fmt::format("Elastic IPs must be specified for all subnets or for none; found {} for {} subnets", chosen, placings.size()));
  return placings;
}

Result<LoadBalancerNode> make_node(const Deps& deps, Transaction& tx, const LoadBalancer& balancer, const Placing& placing) {
  const model::Subnet& subnet = placing.subnet;
  TRY(check_room(deps, subnet));
  const auto settings = store::find<model::Settings>(tx, model::Settings::kKey).value_or(model::Settings{});
  const bool faces_internet = balancer.scheme == "internet-facing";
  const auto interface = TRY(store::create_interface(tx, {.subnet_key = subnet.key(), .security_group_ids = balancer.security_group_ids,
                                                          .description = "ELB " + arn_tail(balancer.arn), .type = balancer.type == "network" ? "network_load_balancer" : "load_balancer", .requester_id = "amazon-elb", .owner = balancer.arn,
                                                          .host_namespace = settings.namespace_name("alb", balancer.arn), .device = "eth" + subnet.zone.substr(subnet.zone.size() - 1),
                                                          .assign_public_ip = faces_internet && placing.allocation_id.empty(), .private_ip = placing.private_ip}, deps.ids));
  LoadBalancerNode node{.zone = subnet.zone, .subnet_id = subnet.id, .network_interface_id = interface.id, .private_ip = interface.private_ip, .allocation_id = placing.allocation_id, .has_chosen_ip = !placing.private_ip.empty()};
  if (!placing.allocation_id.empty()) {
    node.public_ip = TRY(associate(deps, tx, interface, placing.allocation_id));
    return node;
  }
  for (const auto& address : store::all<model::Address>(tx, subnet.account + "/" + subnet.region + "/")) {
    if (address.network_interface_id == interface.id) node.public_ip = address.public_ip;
  }
  return node;
}

bool fits(const Placing& placing, const LoadBalancerNode& node) {
  return placing.subnet.id == node.subnet_id && (placing.allocation_id.empty() || placing.allocation_id == node.allocation_id) && (placing.private_ip.empty() || placing.private_ip == node.private_ip);
}

/// Addresses are told where somebody chose them.
shapes::AvailabilityZone render_node(const LoadBalancerNode& node) {
  shapes::AvailabilityZone out{.load_balancer_addresses = std::vector<shapes::LoadBalancerAddress>{}, .subnet_id = node.subnet_id, .zone_name = node.zone};
  if (!node.allocation_id.empty()) out.load_balancer_addresses->push_back({.allocation_id = node.allocation_id, .ip_address = node.public_ip});
  else if (node.has_chosen_ip) out.load_balancer_addresses->push_back({.private_i_pv4_address = node.private_ip});
  return out;
}

}  // namespace landfall::services::elbv2
