#include <map>
#include <set>

#include <fmt/format.h>

#include "base/text.h"
#include "model/network.h"
#include "model/settings.h"
#include "services/elbv2/support.h"
#include "store/interfaces.h"

namespace landfall::services::elbv2 {
namespace {

using model::LoadBalancer;
using model::LoadBalancerNode;
using model::Subnet;

/// Hosted zones of load balancer names, per region (Elastic Load Balancing endpoints, general reference).
std::string canonical_zone(const std::string& region) {
  static const std::map<std::string, std::string> zones{{"us-east-1", "Z35SXDOTRQ7X7K"}, {"us-east-2", "Z3AADJGX6KTTL2"}, {"us-west-1", "Z368ELLRRE2KJ0"}, {"us-west-2", "Z1H1FL5HABSF5"},
                                                        {"eu-west-1", "Z32O12XQLNTSW2"}, {"eu-central-1", "Z215JYRZR1TBD5"}, {"ap-southeast-2", "Z1GM3OXH4ZPM65"}, {"ap-northeast-1", "Z14GRHDCWA56QT"}};
  const auto found = zones.find(region);
  return found == zones.end() ? "Z35SXDOTRQ7X7K" : found->second;
}

shapes::LoadBalancer render(const LoadBalancer& balancer) {
  shapes::LoadBalancer out{.availability_zones = std::vector<shapes::AvailabilityZone>{}, .canonical_hosted_zone_id = balancer.canonical_hosted_zone_id, .created_time = balancer.created_at,
                           .dns_name = balancer.dns_name, .ip_address_type = balancer.ip_address_type, .load_balancer_arn = balancer.arn, .load_balancer_name = balancer.name, .scheme = balancer.scheme,
                           .security_groups = balancer.security_group_ids, .state = shapes::LoadBalancerState{.code = balancer.state}, .type = "application", .vpc_id = balancer.vpc_id};
  if (!balancer.state_reason.empty()) out.state->reason = balancer.state_reason;
  for (const LoadBalancerNode& node : balancer.nodes) {
    out.availability_zones->push_back({.load_balancer_addresses = std::vector<shapes::LoadBalancerAddress>{}, .subnet_id = node.subnet_id, .zone_name = node.zone});
  }
  return out;
}

std::vector<std::string> subnet_ids(const std::optional<std::vector<std::string>>& subnets, const std::optional<std::vector<shapes::SubnetMapping>>& mappings) {
  std::vector<std::string> ids = list(subnets);
  for (const auto& mapping : list(mappings)) ids.push_back(text(mapping.subnet_id));
  return ids;
}

/// ALB user guide: at least two zones, one subnet per zone, one VPC.
Result<std::vector<Subnet>> read_subnets(const Transaction& tx, const CallContext& context, const std::vector<std::string>& ids) {
  std::vector<Subnet> subnets;
  std::set<std::string> zones, vpcs;
  for (const std::string& id : ids) {
    const auto subnet = store::find<Subnet>(tx, context.account + "/" + context.region + "/" + id);
    if (!subnet) return fail(id.starts_with("subnet-") ? "SubnetNotFound" : "InvalidSubnet", fmt::format("The subnet ID '{}' does not exist", id));
    if (!zones.insert(subnet->zone).second) return fail("InvalidConfigurationRequest", "A load balancer cannot be attached to multiple subnets in the same Availability Zone");
    vpcs.insert(subnet->vpc_id);
    subnets.push_back(*subnet);
  }
  if (zones.size() < 2) return fail("ValidationError", "At least two subnets in two different Availability Zones must be specified");
  if (vpcs.size() > 1) return fail("InvalidConfigurationRequest", "All subnets must belong to the same VPC");
  return subnets;
}

Result<std::vector<std::string>> read_groups(const Transaction& tx, const CallContext& context, const std::vector<std::string>& ids, const std::string& vpc_id) {
  const std::string scope = context.account + "/" + context.region + "/";
  if (ids.empty()) {
    const auto vpc = store::find<model::Vpc>(tx, scope + vpc_id);
    return std::vector<std::string>{vpc ? vpc->default_security_group_id : ""};
  }
  for (const std::string& id : ids) {
    const auto group = store::find<model::SecurityGroup>(tx, scope + id);
    if (!group) return fail("InvalidSecurityGroup", fmt::format("Security group {} does not exist", id));
    if (group->vpc_id != vpc_id) return fail("InvalidConfigurationRequest", fmt::format("Security group {} belongs to {}, the subnets to {}", id, group->vpc_id, vpc_id));
  }
  return ids;
}

/// A node: an ENI of the balancer in the subnet, with a public address if it faces the internet.
Result<LoadBalancerNode> make_node(const Deps& deps, Transaction& tx, const LoadBalancer& balancer, const Subnet& subnet) {
  const auto settings = store::find<model::Settings>(tx, model::Settings::kKey).value_or(model::Settings{});
  const auto interface = TRY(store::create_interface(tx, {.subnet_key = subnet.key(), .security_group_ids = balancer.security_group_ids,
                                                          .description = "ELB " + balancer.arn.substr(balancer.arn.find("app/")), .type = "load_balancer", .requester_id = "amazon-elb", .owner = balancer.arn,
                                                          .host_namespace = settings.namespace_name("alb", balancer.arn), .device = "eth" + subnet.zone.substr(subnet.zone.size() - 1),
                                                          .assign_public_ip = balancer.scheme == "internet-facing"}, deps.ids));
  LoadBalancerNode node{.zone = subnet.zone, .subnet_id = subnet.id, .network_interface_id = interface.id, .private_ip = interface.private_ip};
  for (const auto& address : store::all<model::Address>(tx, subnet.account + "/" + subnet.region + "/")) {
    if (address.network_interface_id == interface.id) node.public_ip = address.public_ip;
  }
  return node;
}

/// Made again with the same settings it is the same balancer (ELBv2 API, CreateLoadBalancer).
bool is_same(const LoadBalancer& wanted, const std::vector<Subnet>& subnets, const LoadBalancer& other) {
  const auto sorted = [](std::vector<std::string> ids) {
    std::ranges::sort(ids);
    return ids;
  };
  const bool has_subnets = subnets.size() == other.nodes.size() && std::ranges::all_of(subnets, [&](const Subnet& subnet) { return std::ranges::count(other.nodes, subnet.id, &LoadBalancerNode::subnet_id) > 0; });
  return has_subnets && wanted.scheme == other.scheme && sorted(wanted.security_group_ids) == sorted(other.security_group_ids);
}

Result<shapes::CreateLoadBalancerOutput> create(const Deps& deps, const CallContext& context, const shapes::CreateLoadBalancerInput& request) {
  const std::string name = text(request.name);
  TRY(check_name("Load balancer", name));
  if (name.starts_with("internal-")) return fail("ValidationError", fmt::format("Load balancer name '{}' cannot begin with 'internal-'", name));
  if (request.type && *request.type != "application") return fail("ValidationError", fmt::format("Landfall does not support load balancers of type {} yet; wanted application", *request.type));
  if (request.ip_address_type && *request.ip_address_type != "ipv4") return fail("ValidationError", fmt::format("Landfall does not support the IP address type {} yet; wanted ipv4", *request.ip_address_type));
  const model::Tags tags = TRY(tags_of(request.tags));
  return transact<shapes::CreateLoadBalancerOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateLoadBalancerOutput> {
    const auto subnets = TRY(read_subnets(tx, context, subnet_ids(request.subnets, request.subnet_mappings)));
    LoadBalancer balancer{.account = context.account, .region = context.region, .name = name, .vpc_id = subnets[0].vpc_id, .canonical_hosted_zone_id = canonical_zone(context.region),
                          .scheme = request.scheme.value_or("internet-facing"), .created_at = deps.clock.wall(), .tags = tags};
    balancer.security_group_ids = TRY(read_groups(tx, context, list(request.security_groups), balancer.vpc_id));
    for (const auto& other : store::all<LoadBalancer>(tx)) {
      if (other.account != context.account || other.region != context.region || other.name != name) continue;
      if (!is_same(balancer, subnets, other)) return fail("DuplicateLoadBalancerName", fmt::format("A load balancer with the same name '{}' exists, but with different settings", name));
      return shapes::CreateLoadBalancerOutput{.load_balancers = std::vector{render(other)}};
    }
    balancer.arn = fmt::format("arn:aws:elasticloadbalancing:{}:{}:loadbalancer/app/{}/{}", context.region, context.account, name, deps.ids.hex(16));
    balancer.dns_name = fmt::format("{}{}-{}.{}.elb.amazonaws.com", balancer.scheme == "internal" ? "internal-" : "", lower(name), deps.ids.digits(10), context.region);
    for (const Subnet& subnet : subnets) balancer.nodes.push_back(TRY(make_node(deps, tx, balancer, subnet)));
    store::put(tx, balancer);
    return shapes::CreateLoadBalancerOutput{.load_balancers = std::vector{render(balancer)}};
  });
}

/// Listeners and rules go with the balancer, target groups stay; an unknown one is a success (ELBv2 API).
Result<shapes::DeleteLoadBalancerOutput> remove(const Deps& deps, const CallContext& context, const shapes::DeleteLoadBalancerInput& request) {
  return transact<shapes::DeleteLoadBalancerOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteLoadBalancerOutput> {
    const auto balancer = balancer_at(tx, context, request.load_balancer_arn);
    if (!balancer) return shapes::DeleteLoadBalancerOutput{};
    if (model::load_balancer_attribute(*balancer, "deletion_protection.enabled") == "true") {
      return fail("OperationNotPermitted", fmt::format("Load balancer '{}' cannot be deleted because deletion protection is enabled", balancer->arn));
    }
    for (const auto& listener : store::all<model::Listener>(tx)) {
      if (listener.load_balancer_arn != balancer->arn) continue;
      for (const auto& rule : store::all<model::Rule>(tx)) {
        if (rule.listener_arn == listener.arn) store::erase<model::Rule>(tx, rule.arn);
      }
      store::erase<model::Listener>(tx, listener.arn);
    }
    for (const LoadBalancerNode& node : balancer->nodes) store::delete_interface(tx, context.account + "/" + context.region + "/" + node.network_interface_id);
    store::erase<LoadBalancer>(tx, balancer->arn);
    return shapes::DeleteLoadBalancerOutput{};
  });
}

Result<shapes::DescribeLoadBalancersOutput> describe(const Deps& deps, const CallContext& context, const shapes::DescribeLoadBalancersInput& request) {
  auto all = own<LoadBalancer>(deps.store, context);
  for (const std::string& arn : list(request.load_balancer_arns)) {
    if (std::ranges::count(all, arn, &LoadBalancer::arn) == 0) return fail("LoadBalancerNotFound", fmt::format("Load balancers '[{}]' not found", arn));
  }
  for (const std::string& name : list(request.names)) {
    if (std::ranges::count(all, name, &LoadBalancer::name) == 0) return fail("LoadBalancerNotFound", fmt::format("Load balancers '[{}]' not found", name));
  }
  if (request.load_balancer_arns && !request.load_balancer_arns->empty()) std::erase_if(all, [&](const auto& b) { return std::ranges::count(*request.load_balancer_arns, b.arn) == 0; });
  if (request.names && !request.names->empty()) std::erase_if(all, [&](const auto& b) { return std::ranges::count(*request.names, b.name) == 0; });
  auto answer = TRY(page(std::move(all), request.page_size, request.marker));
  shapes::DescribeLoadBalancersOutput result{.load_balancers = std::vector<shapes::LoadBalancer>{}};
  for (const auto& balancer : answer.items) result.load_balancers->push_back(render(balancer));
  if (!answer.next.empty()) result.next_marker = answer.next;
  return result;
}

Result<shapes::SetSecurityGroupsOutput> set_groups(const Deps& deps, const CallContext& context, const shapes::SetSecurityGroupsInput& request) {
  return transact<shapes::SetSecurityGroupsOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::SetSecurityGroupsOutput> {
    LoadBalancer balancer = TRY(balancer_at(tx, context, request.load_balancer_arn));
    balancer.security_group_ids = TRY(read_groups(tx, context, list(request.security_groups), balancer.vpc_id));
    for (const LoadBalancerNode& node : balancer.nodes) {
      store::update<model::NetworkInterface>(tx, context.account + "/" + context.region + "/" + node.network_interface_id, [&](auto& interface) { interface.security_group_ids = balancer.security_group_ids; });
    }
    store::put(tx, balancer);
    return shapes::SetSecurityGroupsOutput{.security_group_ids = balancer.security_group_ids};
  });
}

Result<shapes::SetSubnetsOutput> set_subnets(const Deps& deps, const CallContext& context, const shapes::SetSubnetsInput& request) {
  return transact<shapes::SetSubnetsOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::SetSubnetsOutput> {
    LoadBalancer balancer = TRY(balancer_at(tx, context, request.load_balancer_arn));
    const auto subnets = TRY(read_subnets(tx, context, subnet_ids(request.subnets, request.subnet_mappings)));
    std::vector<LoadBalancerNode> kept;
    for (const LoadBalancerNode& node : balancer.nodes) {
      if (std::ranges::count(subnets, node.subnet_id, &Subnet::id) > 0) kept.push_back(node);
      else store::delete_interface(tx, context.account + "/" + context.region + "/" + node.network_interface_id);
    }
    balancer.nodes = kept;
    for (const Subnet& subnet : subnets) {
      if (std::ranges::count(kept, subnet.id, &LoadBalancerNode::subnet_id) == 0) balancer.nodes.push_back(TRY(make_node(deps, tx, balancer, subnet)));
    }
    store::put(tx, balancer);
    return shapes::SetSubnetsOutput{.availability_zones = render(balancer).availability_zones, .ip_address_type = balancer.ip_address_type};
  });
}

Result<shapes::SetIpAddressTypeOutput> set_address_type(const Deps& deps, const CallContext& context, const shapes::SetIpAddressTypeInput& request) {
  return transact<shapes::SetIpAddressTypeOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::SetIpAddressTypeOutput> {
    TRY(balancer_at(tx, context, request.load_balancer_arn));
    if (text(request.ip_address_type) != "ipv4") return fail("ValidationError", fmt::format("Landfall does not support the IP address type {} yet; wanted ipv4", text(request.ip_address_type)));
    return shapes::SetIpAddressTypeOutput{.ip_address_type = "ipv4"};
  });
}

}  // namespace

void register_load_balancer(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::CreateLoadBalancerInput, shapes::CreateLoadBalancerOutput>("elbv2", "CreateLoadBalancer", {"Name", "Subnets.*", "SubnetMappings.SubnetId", "SecurityGroups.*", "Scheme", "Type", "IpAddressType", "Tags.*"}, bind(create));
  registry.add<shapes::DeleteLoadBalancerInput, shapes::DeleteLoadBalancerOutput>("elbv2", "DeleteLoadBalancer", {"LoadBalancerArn"}, bind(remove));
  registry.add<shapes::DescribeLoadBalancersInput, shapes::DescribeLoadBalancersOutput>("elbv2", "DescribeLoadBalancers", {"*"}, bind(describe));
  registry.add<shapes::SetSecurityGroupsInput, shapes::SetSecurityGroupsOutput>("elbv2", "SetSecurityGroups", {"LoadBalancerArn", "SecurityGroups.*"}, bind(set_groups));
  registry.add<shapes::SetSubnetsInput, shapes::SetSubnetsOutput>("elbv2", "SetSubnets", {"LoadBalancerArn", "Subnets.*", "SubnetMappings.SubnetId"}, bind(set_subnets));
  registry.add<shapes::SetIpAddressTypeInput, shapes::SetIpAddressTypeOutput>("elbv2", "SetIpAddressType", {"*"}, bind(set_address_type));
}

}  // namespace landfall::services::elbv2
