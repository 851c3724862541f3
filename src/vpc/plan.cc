#include "vpc/plan.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/cidr6.h"
#include "base/digest.h"
#include "base/text.h"
#include "model/addressing.h"
#include "model/aws_service.h"
#include "vpc/rules.h"

namespace landfall::vpc {
namespace {

using model::NetworkInterface;
using model::NetworkView;
using model::Settings;

constexpr Cidr kEverything{.base = {0}, .length = 0};
constexpr const char* kEndpointDevice = "eth0";
constexpr std::string_view kCarrierType = "network_load_balancer";
constexpr uint32_t kFirstLocalTable = 2000;
constexpr size_t kMacLength = 17;  // "02:…"
constexpr Ipv4 kLinkLocalResolver{169u << 24 | 254u << 16 | 169u << 8 | 253u};

template <class T>
const T* by_id(const std::vector<T>& records, std::string_view id) {
  const auto found = std::ranges::find(records, id, &T::id);
  return found == records.end() ? nullptr : &*found;
}

/// Where the two ends of every internet gateway's link talk to each other: the same pair on each link.
struct Transit {
  Ipv4 host, router;
};

std::map<std::string, std::string> quiet_sysctls() {
  return {{"net/ipv4/conf/all/rp_filter", "0"},          {"net/ipv4/conf/default/rp_filter", "0"},
          {"net/ipv4/conf/all/send_redirects", "0"},     {"net/ipv4/conf/default/send_redirects", "0"},
          {"net/ipv4/conf/all/accept_redirects", "0"},   {"net/ipv4/conf/default/accept_redirects", "0"},
          {"net/ipv6/conf/all/disable_ipv6", "1"},       {"net/ipv6/conf/default/disable_ipv6", "1"}};
}

std::map<std::string, std::string> router_sysctls() {
  std::map<std::string, std::string> sysctls = quiet_sysctls();
  sysctls["net/ipv4/ip_forward"] = "1";
  sysctls["net/ipv4/conf/default/proxy_arp"] = "1";
  return sysctls;
}

/// Each region has a default VPC, used or not: the kernel sees it once something is in it.
bool has_router(const NetworkView& view, const model::Vpc& vpc) {
  const bool is_idle = vpc.is_default && std::ranges::find(view.interfaces, vpc.id, &NetworkInterface::vpc_id) == view.interfaces.end();
  return !is_idle && !ranges_of(vpc).empty();
}

/// The hardware addresses of the two ends of a link that has no ENI.
std::string link_mac(const std::string& id, bool is_first) {
  const std::string h = to_hex(sha256(id));
  return fmt::format("{}:{}:{}:{}:{}:{}", is_first ? "02" : "06", h.substr(0, 2), h.substr(2, 2), h.substr(4, 2), h.substr(6, 2), h.substr(8, 2));
}

/// Plans one VPC's router.
class RouterPlanner {
 public:
  RouterPlanner(const NetworkView& view, const Settings& settings, const model::Vpc& vpc, Transit transit)
      : view_(view), settings_(settings), vpc_(vpc), ranges_(ranges_of(vpc)), transit_(transit) {
    space_.space = settings.namespace_name("vpc", vpc.id);
    const auto gateway = std::ranges::find(view.internet_gateways, vpc.id, &model::InternetGateway::vpc_id);
    if (gateway != view.internet_gateways.end()) gateway_ = &*gateway;
    number_tables();
  }

  void add_to(Plan& plan) {
    space_.sysctls = router_sysctls();
    space_.owned_link_prefix = "*";
    add_own_addresses();
    RouterRules rules{.ranges = ranges_, .has_gateway = gateway_ != nullptr, .prefix_lists = view_.prefix_lists};
    for (const NetworkInterface& interface : view_.interfaces) {
      if (interface.vpc_id == vpc_.id) add_interface(interface, rules, plan);
    }
    for (const model::PeeringConnection& connection : view_.peering_connections) add_peering(connection, rules, plan);
    for (const model::VpcEndpoint& endpoint : view_.endpoints) add_endpoint(endpoint, plan);
    add_acls(rules);
    for (const model::SecurityGroup& group : view_.security_groups) {
      if (group.vpc_id == vpc_.id) rules.groups.push_back(group);
    }
    // Nothing behind an address without a device: dropped without a word.
    space_.routes.push_back({.table = kInterfaceTable, .destination = kEverything, .kind = sys::RouteKind::blackhole});
    space_.rules.push_back({.priority = 200, .mark = 0, .from = {}, .table = kInterfaceTable});
    for (const auto& [id, number] : tables_) add_route_table(*by_id(view_.route_tables, id), number);
    if (gateway_ != nullptr) add_gateway(plan);
    space_.ruleset = router_ruleset(rules);
    plan.spaces.push_back(std::move(space_));
  }

 private:
  void add_acls(RouterRules& rules) const {
    for (const model::Subnet& subnet : view_.subnets) {
      if (subnet.vpc_id != vpc_.id) continue;
      const model::NetworkAcl* acl = effective_network_acl(view_, subnet.id);
      const Result<Cidr> range = parse_cidr(subnet.cidr);
      if (acl == nullptr || !range) continue;
      GuardedSubnet guarded{.id = subnet.id, .range = *range, .devices = {}, .entries = acl->entries};
      std::erase_if(guarded.entries, [](const model::NetworkAclEntry& entry) { return is_cidr6(entry.cidr); });  // nothing goes over IPv6
      if (allows_everything(guarded.entries)) continue;
      for (const NetworkInterface& interface : view_.interfaces) {
        if (interface.subnet_id == subnet.id) guarded.devices.push_back(router_device(interface.id));
      }
      rules.subnets.push_back(std::move(guarded));
    }
  }

  void number_tables() {
    std::set<std::string> ids;
    for (const model::RouteTable& table : view_.route_tables) {
      if (table.vpc_id == vpc_.id) ids.insert(table.id);
    }
    uint32_t next = kFirstRouteTable;
    for (const std::string& id : ids) tables_[id] = next++;
  }

  /// The router answers ARP for +1 of each subnet; the resolver's sockets bind to the other two.
  void add_own_addresses() {
    std::set<Ipv4> own{ranges_.front().base + 2, kLinkLocalResolver};
    for (const model::Subnet& subnet : view_.subnets) {
      const Result<Cidr> cidr = parse_cidr(subnet.cidr);
      if (subnet.vpc_id == vpc_.id && cidr) own.insert(cidr->base + 1);
    }
    for (const Ipv4 ip : own) space_.addresses.push_back({.device = "lo", .ip = ip, .prefix_length = 32});
  }

  void add_interface(const NetworkInterface& interface, RouterRules& rules, Plan& plan) {
    for (const std::string& group : interface.security_group_ids) rules.members[group].push_back(interface.private_ip);
    const std::string far = space_of(interface, settings_);
    const Result<Ipv4> ip = parse_ipv4(interface.private_ip);
    if (far.empty() || !ip || interface.mac.size() != kMacLength) return;

    const std::string device = router_device(interface.id);
    plan.veths.push_back({.space = space_.space,
                          .device = device,
                          .peer_space = far,
                          .peer_device = interface.device,
                          .mac = "06" + interface.mac.substr(2),
                          .peer_mac = interface.mac,
                          // Else the router's answers for a neighbour wait up to 0.8 s.
                          .sysctls = {{fmt::format("net/ipv4/neigh/{}/proxy_delay", device), "0"}},
                          .interface_key = interface.key()});
    space_.devices.push_back(device);
    space_.neighbours.push_back({.device = device, .ip = *ip, .mac = interface.mac});
    space_.routes.push_back({.table = kInterfaceTable, .destination = {.base = *ip, .length = 32}, .device = device});

    uint32_t return_mark = 0;  // also the number of a table
    if (interface.type == kCarrierType) {
      return_mark = kFirstReturnMark + static_cast<uint32_t>(std::stoul(to_hex(sha256(interface.id)).substr(0, 6), nullptr, 16));  // its own, whoever comes or goes
      space_.rules.push_back({.priority = 90, .mark = return_mark, .from = {}, .table = return_mark});
      space_.routes.push_back({.table = return_mark, .destination = kEverything, .device = device, .gateway = *ip});
    }
    const model::RouteTable* table = effective_route_table(view_, interface.subnet_id);
    const model::Address* address = public_address_of(view_, interface.id);
    rules.interfaces.push_back({.id = interface.id,
                                .device = device,
                                .mac = interface.mac,
                                .private_ip = interface.private_ip,
                                .public_ip = address == nullptr ? "" : address->public_ip,
                                .mark = table == nullptr ? 0 : tables_[table->id],
                                .is_nat = interface.type == "nat_gateway",
                                .groups = interface.security_group_ids,
                                .return_mark = return_mark});
  }

  /// The VPC at the other end of an active connection; null if the kernel has none.
  const model::Vpc* far_vpc(const model::PeeringConnection& connection) const {
    const model::PeeringSide* peer = peer_of(connection, vpc_.id);
    const model::Vpc* far = peer == nullptr ? nullptr : by_id(view_.vpcs, peer->vpc_id);
    return far != nullptr && has_router(view_, *far) ? far : nullptr;
  }

  /// A link between the two routers. What comes over it is for interfaces here only: no mark, so that the table of
  /// interfaces decides. The ends need no addresses: each knows the other's hardware address.
  void add_peering(const model::PeeringConnection& connection, RouterRules& rules, Plan& plan) {
    const model::Vpc* far = far_vpc(connection);
    if (far == nullptr) return;
    const bool is_requester = connection.requester.vpc_id == vpc_.id;
    const std::string device = peering_device(connection.id);
    if (is_requester) {
      plan.veths.push_back({.space = space_.space,
                            .device = device,
                            .peer_space = settings_.namespace_name("vpc", far->id),
                            .peer_device = device,
                            .mac = link_mac(connection.id, true),
                            .peer_mac = link_mac(connection.id, false),
                            .sysctls = {},
                            .interface_key = {}});
    }
    space_.devices.push_back(device);
    space_.neighbours.push_back({.device = device, .ip = transit_.host, .mac = link_mac(connection.id, !is_requester)});
    for (const NetworkInterface& interface : view_.interfaces) {
      if (interface.vpc_id != far->id) continue;
      for (const std::string& group : interface.security_group_ids) rules.members[group].push_back(interface.private_ip);
    }
  }

  /// A namespace that has the service's address, behind a link of its own: the daemon answers there, and sees private addresses.
  void add_endpoint(const model::VpcEndpoint& endpoint, Plan& plan) {
    const auto address = service_address(endpoint);
    if (!address) return;
    const std::string device = endpoint_device(endpoint.id), far = settings_.namespace_name("vpce", endpoint.id), near_mac = link_mac(endpoint.id, true), far_mac = link_mac(endpoint.id, false);
    plan.veths.push_back({.space = space_.space, .device = device, .peer_space = far, .peer_device = kEndpointDevice, .mac = near_mac, .peer_mac = far_mac, .sysctls = {}, .interface_key = {}});
    space_.devices.push_back(device);
    space_.neighbours.push_back({.device = device, .ip = transit_.host, .mac = far_mac});
    NamespacePlan made{.space = far, .sysctls = quiet_sysctls(), .devices = {kEndpointDevice}, .owned_link_prefix = {}};
    made.sysctls["net/ipv4/ip_forward"] = "0";
    made.addresses.push_back({.device = kEndpointDevice, .ip = *address, .prefix_length = 32});
    made.routes.push_back({.table = 254, .destination = kEverything, .device = kEndpointDevice, .gateway = transit_.host});
    made.neighbours.push_back({.device = kEndpointDevice, .ip = transit_.host, .mac = near_mac});
    made.ruleset = endpoint_ruleset();
    plan.spaces.push_back(std::move(made));
  }

  /// Of the VPC's gateway endpoints.
  std::optional<Ipv4> service_address(const model::VpcEndpoint& endpoint) const {
    if (endpoint.vpc_id != vpc_.id || endpoint.type != "Gateway") return std::nullopt;
    const auto& services = model::aws_services();
    const auto service = std::ranges::find(services, std::string_view(endpoint.service), &model::AwsService::name);
    return service == services.end() ? std::nullopt : own_address(settings_, *service);
  }

  void add_route_table(const model::RouteTable& table, uint32_t number) {
    space_.rules.push_back({.priority = 100, .mark = number, .from = {}, .table = number});
    std::set<Cidr> seen;
    for (const bool is_list : {false, true}) {  // a block goes before a prefix list
      for (const model::Route& route : table.routes) {
        if (route.destination.starts_with("pl-") != is_list) continue;
        for (const Cidr& destination : destinations_of(view_, route)) {
          if (seen.insert(destination).second) space_.routes.push_back(entry_for(route, number, destination));
        }
      }
    }
  }

  /// A target that is gone or not attached makes a blackhole, whatever the record still says.
  sys::RouteEntry entry_for(const model::Route& route, uint32_t table, Cidr destination) const {
    sys::RouteEntry entry{.table = table, .destination = destination, .kind = sys::RouteKind::blackhole};
    if (route.gateway_id == "local") {
      entry.kind = sys::RouteKind::skip;  // on to the table of interfaces
    } else if (gateway_ != nullptr && route.gateway_id == gateway_->id) {
      entry.kind = sys::RouteKind::unicast;
      entry.device = kGatewayDevice;
      entry.gateway = transit_.host;
    } else if (const NetworkInterface* nat = nat_interface(route.nat_gateway_id); nat != nullptr) {
      const Result<Ipv4> ip = parse_ipv4(nat->private_ip);
      if (!ip) return entry;
      entry.kind = sys::RouteKind::unicast;
      entry.device = router_device(nat->id);
      entry.gateway = *ip;
    } else if (const model::PeeringConnection* connection = peering_of(route); connection != nullptr) {
      entry.kind = sys::RouteKind::unicast;
      entry.device = peering_device(connection->id);
      entry.gateway = transit_.host;
    } else if (const auto* endpoint = by_id(view_.endpoints, route.gateway_id); endpoint != nullptr && service_address(*endpoint)) {
      entry.kind = sys::RouteKind::unicast;
      entry.device = endpoint_device(endpoint->id);
      entry.gateway = transit_.host;
    }
    return entry;
  }

  const NetworkInterface* nat_interface(std::string_view nat_id) const {
    const model::NatGateway* nat = nat_id.empty() ? nullptr : by_id(view_.nat_gateways, nat_id);
    if (nat == nullptr || (nat->state != "pending" && nat->state != "available")) return nullptr;
    const NetworkInterface* interface = by_id(view_.interfaces, nat->network_interface_id);
    return interface != nullptr && interface->vpc_id == vpc_.id ? interface : nullptr;
  }

  const model::PeeringConnection* peering_of(const model::Route& route) const {
    const model::PeeringConnection* connection = route.vpc_peering_connection_id.empty() ? nullptr : by_id(view_.peering_connections, route.vpc_peering_connection_id);
    return connection != nullptr && far_vpc(*connection) != nullptr ? connection : nullptr;
  }

  void add_gateway(Plan& plan) {
    plan.veths.push_back({.space = space_.space,
                          .device = kGatewayDevice,
                          .peer_space = "",
                          .peer_device = host_device(settings_, vpc_.id),
                          .mac = {},
                          .peer_mac = {},
                          .sysctls = {},
                          .interface_key = {}});
    space_.devices.push_back(kGatewayDevice);
    space_.addresses.push_back({.device = kGatewayDevice, .ip = transit_.router, .prefix_length = 32});
  }

  const NetworkView& view_;
  const Settings& settings_;
  const model::Vpc& vpc_;
  std::vector<Cidr> ranges_;
  Transit transit_;
  const model::InternetGateway* gateway_ = nullptr;
  std::map<std::string, uint32_t> tables_;  ///< route table id -> kernel table and mark
  NamespacePlan space_;
};

/// One namespace that holds the far ends of ENIs: a task, a NAT gateway, the nodes of a load balancer.
NamespacePlan plan_far_space(const std::string& space, std::vector<const NetworkInterface*> interfaces, const NetworkView& view) {
  std::ranges::sort(interfaces, {}, [](const NetworkInterface* interface) { return std::pair(interface->device, interface->id); });
  NamespacePlan made{.space = space, .sysctls = quiet_sysctls()};
  uint32_t table = kInterfaceTable;
  for (const NetworkInterface* interface : interfaces) {
    const model::Subnet* subnet = by_id(view.subnets, interface->subnet_id);
    const Result<Cidr> range = parse_cidr(subnet == nullptr ? "" : subnet->cidr);
    const Result<Ipv4> ip = parse_ipv4(interface->private_ip);
    if (!range || !ip) continue;
    made.devices.push_back(interface->device);
    made.addresses.push_back({.device = interface->device, .ip = *ip, .prefix_length = range->length});
    const sys::RouteEntry way_out{.table = 254, .destination = kEverything, .device = interface->device, .gateway = range->base + 1};
    if (made.devices.size() == 1) made.routes.push_back(way_out);
    if (interface->type == kCarrierType) {  // what comes in is for the worker here, also under a client's address
      const auto number = kFirstLocalTable + static_cast<uint32_t>(made.devices.size());
      made.routes.push_back({.table = number, .destination = kEverything, .kind = sys::RouteKind::local, .device = interface->device});
      made.rules.push_back({.priority = 50, .mark = 0, .from = {}, .table = number, .device = interface->device});
    }
    if (interfaces.size() < 2) continue;
    // Several ENIs in one place: what has an ENI's address leaves by that ENI.
    sys::RouteEntry own = way_out;
    own.table = ++table;
    made.routes.push_back(own);
    made.rules.push_back({.priority = table, .mark = 0, .from = Cidr{.base = *ip, .length = 32}, .table = table});
  }
  return made;
}

void make_translator(NamespacePlan& space, const NetworkInterface& interface, const std::vector<Cidr>& vpc_ranges) {
  space.sysctls["net/ipv4/ip_forward"] = "1";
  space.sysctls["net/netfilter/nf_conntrack_tcp_timeout_established"] = "350";  // aws-behaviour 3.4
  space.ruleset = nat_ruleset(interface.device, interface.private_ip, vpc_ranges);
}

/// A task's endpoints are addresses of its loopback range, which packets from outside may answer.
void connect(NamespacePlan& space, const model::ConnectTable& table, const std::string& device) {
  space.sysctls["net/ipv4/conf/all/route_localnet"] = "1";
  space.ruleset = connect_ruleset(table.endpoints, device);
}

void add_far_spaces(const NetworkView& view, const Settings& settings, Plan& plan) {
  std::map<std::string, std::vector<const NetworkInterface*>> spaces;
  for (const NetworkInterface& interface : view.interfaces) {
    const std::string space = space_of(interface, settings);
    const bool is_planned = std::ranges::any_of(plan.veths, [&](const VethPlan& v) { return v.interface_key == interface.key(); });
    if (is_planned) spaces[space].push_back(&interface);
  }
  for (const auto& [space, interfaces] : spaces) {
    NamespacePlan made = plan_far_space(space, interfaces, view);
    const NetworkInterface& first = *interfaces.front();
    if (first.type == "nat_gateway") {
      const model::Vpc* vpc = by_id(view.vpcs, first.vpc_id);
      if (vpc != nullptr) make_translator(made, first, ranges_of(*vpc));
    } else {
      made.sysctls["net/ipv4/ip_forward"] = "0";
      const auto table = std::ranges::find(view.connect_tables, first.owner, &model::ConnectTable::task_arn);
      if (table != view.connect_tables.end()) connect(made, *table, first.device);
    }
    plan.spaces.push_back(std::move(made));
  }
}

NamespacePlan plan_host(const NetworkView& view, const Settings& settings, const Plan& plan, Transit transit, const Cidr& pool,
                        Ipv4 endpoint) {
  NamespacePlan host{.space = "", .sysctls = {}, .devices = {}, .owned_link_prefix = host_device_prefix(settings)};
  std::vector<std::string> own;
  for (const Ipv4 ip : endpoint_addresses(settings)) {
    host.addresses.push_back({.device = "lo", .ip = ip, .prefix_length = 32});
    own.push_back(to_string(ip));
  }
  // An address of the pool that nobody has must not be looked for outside this machine.
  host.routes.push_back({.table = 254, .destination = pool, .kind = sys::RouteKind::unreachable});
  for (const VethPlan& veth : plan.veths) {
    if (!veth.peer_space.empty()) continue;
    host.devices.push_back(veth.peer_device);
    host.addresses.push_back({.device = veth.peer_device, .ip = transit.host, .prefix_length = 32});
    host.sysctls["net/ipv4/ip_forward"] = "1";
  }
  for (const model::Address& address : view.addresses) {
    const NetworkInterface* interface = address.network_interface_id.empty() ? nullptr : by_id(view.interfaces, address.network_interface_id);
    const Result<Ipv4> ip = parse_ipv4(address.public_ip);
    if (interface == nullptr || !ip) continue;
    const std::string device = host_device(settings, interface->vpc_id);
    if (std::ranges::find(host.devices, device) == host.devices.end()) continue;  // no internet gateway attached
    host.routes.push_back({.table = 254, .destination = {.base = *ip, .length = 32}, .device = device, .gateway = transit.router, .source = endpoint});
  }
  std::set<std::string> ranges;
  for (const model::Vpc& vpc : view.vpcs) {
    if (!has_router(view, vpc)) continue;
    for (const Cidr& range : ranges_of(vpc)) ranges.insert(to_string(range));
  }
  host.ruleset = host_ruleset({.table = "inet lf" + settings.instance,
                               .device_prefix = host_device_prefix(settings),
                               .public_pool = pool,
                               .endpoint_addresses = own,
                               .port = settings.port,
                               .vpc_ranges = std::move(ranges)});
  return host;
}

}  // namespace

std::string space_of(const NetworkInterface& interface, const Settings& settings) {
  if (!interface.host_namespace.empty() || interface.type != "nat_gateway") return interface.host_namespace;
  return settings.namespace_name("nat", interface.owner.empty() ? interface.id : interface.owner);
}

std::string router_device(std::string_view interface_id) {
  return "e" + to_hex(sha256(interface_id)).substr(0, 12);
}

std::string peering_device(std::string_view connection_id) {
  return "p" + to_hex(sha256(connection_id)).substr(0, 12);
}

std::string endpoint_device(std::string_view endpoint_id) {
  return "v" + to_hex(sha256(endpoint_id)).substr(0, 12);
}

std::string host_device_prefix(const Settings& settings) { return "lf" + settings.instance + "g"; }

std::string host_device(const Settings& settings, std::string_view vpc_id) {
  return host_device_prefix(settings) + to_hex(sha256(vpc_id)).substr(0, 8);
}

Plan plan(const NetworkView& view, const Settings& settings) {
  Plan made;
  const Result<Cidr> pool = parse_cidr(settings.public_pool);
  const Result<Cidr> transit_pool = parse_cidr(settings.transit_pool);
  const Result<Ipv4> endpoint = parse_ipv4(settings.endpoint_address);
  if (!pool || !transit_pool || !endpoint) return made;
  const Transit transit{.host = transit_pool->base + 1, .router = transit_pool->base + 2};

  for (const model::Vpc& vpc : view.vpcs) {
    if (has_router(view, vpc)) RouterPlanner(view, settings, vpc, transit).add_to(made);
  }
  add_far_spaces(view, settings, made);
  made.spaces.insert(made.spaces.begin(), plan_host(view, settings, made, transit, *pool, *endpoint));
  for (NamespacePlan& space : made.spaces) {
    // In one order, so that equal networks compare equal.
    std::ranges::sort(space.devices);
    std::ranges::sort(space.addresses);
    std::ranges::sort(space.routes);
    std::ranges::sort(space.rules);
    std::ranges::sort(space.neighbours);
  }
  return made;
}

}  // namespace landfall::vpc
