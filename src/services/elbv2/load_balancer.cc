#include <map>

#include <fmt/format.h>

#include "base/text.h"
#include "model/network.h"
#include "services/elbv2/nodes.h"
#include "services/elbv2/quotas.h"
#include "store/interfaces.h"

namespace landfall::services::elbv2 {
namespace {

using model::LoadBalancer;
using model::LoadBalancerNode;

/// Hosted zones of load balancer names, per region (Elastic Load Balancing endpoints, general reference).
std::string canonical_zone(const std::string& region, const std::string& type) {
  static const std::map<std::string, std::string> of_network{{"us-east-1", "Z26RNL4JYFTOTI"}, {"us-east-2", "ZLMOA37VPKANP"}, {"us-west-1", "Z24FKFUX50B4VW"}, {"us-west-2", "Z18D5FSROUN65G"},
                                                             {"eu-west-1", "Z2IFOLAFXWLO4F"}, {"eu-central-1", "Z3F0SRJ5LGBH90"}, {"ap-southeast-2", "ZCT6FZBF4DROD"}, {"ap-northeast-1", "Z31USIVHYNEOWT"}};
  if (type == "network") {
    const auto found = of_network.find(region);
    return found == of_network.end() ? of_network.at("us-east-1") : found->second;
  }
  static const std::map<std::string, std::string> zones{{"us-east-1", "Z35SXDOTRQ7X7K"}, {"us-east-2", "Z3AADJGX6KTTL2"}, {"us-west-1", "Z368ELLRRE2KJ0"}, {"us-west-2", "Z1H1FL5HABSF5"},
                                                        {"eu-west-1", "Z32O12XQLNTSW2"}, {"eu-central-1", "Z215JYRZR1TBD5"}, {"ap-southeast-2", "Z1GM3OXH4ZPM65"}, {"ap-northeast-1", "Z14GRHDCWA56QT"}};
  const auto found = zones.find(region);
  return found == zones.end() ? "Z35SXDOTRQ7X7K" : found->second;
}

shapes::LoadBalancer render(const LoadBalancer& balancer) {
  shapes::LoadBalancer out{.availability_zones = std::vector<shapes::AvailabilityZone>{}, .canonical_hosted_zone_id = balancer.canonical_hosted_zone_id, .created_time = balancer.created_at,
                           .dns_name = balancer.dns_name, .ip_address_type = balancer.ip_address_type, .load_balancer_arn = balancer.arn, .load_balancer_name = balancer.name, .scheme = balancer.scheme,
                           .security_groups = balancer.security_group_ids, .state = shapes::LoadBalancerState{.code = balancer.state}, .type = balancer.type, .vpc_id = balancer.vpc_id};
  if (!balancer.state_reason.empty()) out.state->reason = balancer.state_reason;
  if (!balancer.private_link_rules.empty()) out.enforce_security_group_inbound_rules_on_private_link_traffic = balancer.private_link_rules;
  for (const LoadBalancerNode& node : balancer.nodes) out.availability_zones->push_back(render_node(node));
  return out;
}

/// Without any an application load balancer gets its VPC's default group, a network one none.
Result<std::vector<std::string>> read_groups(const Transaction& tx, const CallContext& context, const std::vector<std::string>& ids, const LoadBalancer& balancer) {
  const std::string &vpc_id = balancer.vpc_id, scope = context.account + "/" + context.region + "/";
  if (ids.empty() && balancer.type == "network") return ids;
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

/// Made again with the same settings it is the same balancer (ELBv2 API, CreateLoadBalancer).
bool is_same(const LoadBalancer& wanted, const std::vector<Placing>& placings, const LoadBalancer& other) {
  const auto sorted = [](std::vector<std::string> ids) {
    std::ranges::sort(ids);
    return ids;
  };
  const bool has_nodes = placings.size() == other.nodes.size() && std::ranges::all_of(placings, [&](const Placing& placing) { return std::ranges::any_of(other.nodes, [&](const auto& node) { return fits(placing, node); }); });
  return has_nodes && wanted.type == other.type && wanted.scheme == other.scheme && sorted(wanted.security_group_ids) == sorted(other.security_group_ids);
}

/// Its ARN, and the DNS name in the form of its type (ALB and NLB user guides, DNS name).
void name_it(const Deps& deps, const CallContext& context, LoadBalancer& balancer) {
  const std::string id = deps.ids.hex(16);
  balancer.arn = fmt::format("arn:aws:elasticloadbalancing:{}:{}:loadbalancer/{}/{}/{}", context.region, context.account, balancer.type == "network" ? "net" : "app", balancer.name, id);
  balancer.dns_name = balancer.type == "network" ? fmt::format("{}-{}.elb.{}.amazonaws.com", lower(balancer.name), id, context.region)
                                                 : fmt::format("{}{}-{}.{}.elb.amazonaws.com", balancer.scheme == "internal" ? "internal-" : "", lower(balancer.name), deps.ids.digits(10), context.region);
}

Result<shapes::CreateLoadBalancerOutput> create(const Deps& deps, const CallContext& context, const shapes::CreateLoadBalancerInput& request) {
  const std::string name = text(request.name);
  TRY(check_name("Load balancer", name));
  if (name.starts_with("internal-")) return fail("ValidationError", fmt::format("Load balancer name '{}' cannot begin with 'internal-'", name));
  const std::string type = request.type.value_or("application");
  if (type != "application" && type != "network") return fail("ValidationError", fmt::format("Landfall does not support load balancers of type {} yet; wanted application or network", type));
  if (request.ip_address_type && *request.ip_address_type != "ipv4") return fail("ValidationError", fmt::format("Landfall does not support the IP address type {} yet; wanted ipv4", *request.ip_address_type));
  const model::Tags tags = TRY(tags_of(request.tags));
  return transact<shapes::CreateLoadBalancerOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateLoadBalancerOutput> {
    LoadBalancer balancer{.account = context.account, .region = context.region, .name = name, .canonical_hosted_zone_id = canonical_zone(context.region, type),
                          .scheme = request.scheme.value_or("internet-facing"), .created_at = deps.clock.wall(), .tags = tags, .type = type};
    const auto placings = TRY(read_placings(tx, context, balancer, request.subnets, request.subnet_mappings));
    balancer.vpc_id = placings[0].subnet.vpc_id;
    balancer.security_group_ids = TRY(read_groups(tx, context, list(request.security_groups), balancer));
    if (type == "network" && !balancer.security_group_ids.empty()) balancer.private_link_rules = "on";
    for (const auto& other : store::all<LoadBalancer>(tx)) {
      if (other.account != context.account || other.region != context.region || other.name != name) continue;
      if (!is_same(balancer, placings, other)) return fail("DuplicateLoadBalancerName", fmt::format("A load balancer with the same name '{}' exists, but with different settings", name));
      return shapes::CreateLoadBalancerOutput{.load_balancers = std::vector{render(other)}};
    }
    TRY(quotas::check_load_balancers(tx, context, type));
    name_it(deps, context, balancer);
    for (const Placing& placing : placings) balancer.nodes.push_back(TRY(make_node(deps, tx, balancer, placing)));
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
    if (std::ranges::count(all, arn, &LoadBalancer::arn) == 0) return fail("LoadBalancerNotFound", "One or more load balancers not found");
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

/// Whether a network load balancer has groups is decided when it is made (NLB user guide, Security groups).
Result<void> read_network_groups(const shapes::SetSecurityGroupsInput& request, LoadBalancer& balancer) {
  const bool is_enforcing = request.enforce_security_group_inbound_rules_on_private_link_traffic.has_value();
  if (balancer.type != "network") return is_enforcing ? fail("InvalidConfigurationRequest", fmt::format("EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic is not supported for load balancers with type '{}'", balancer.type)) : Result<void>{};
  if (balancer.security_group_ids.empty()) return fail("InvalidConfigurationRequest", "The load balancer was created without security groups; security groups cannot be associated with it");
  if (list(request.security_groups).empty()) return fail("InvalidConfigurationRequest", "At least one security group must be specified: the load balancer was created with security groups");
  if (is_enforcing) balancer.private_link_rules = *request.enforce_security_group_inbound_rules_on_private_link_traffic;
  if (balancer.private_link_rules != "on" && balancer.private_link_rules != "off") return fail("ValidationError", fmt::format("EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic '{}' must be one of 'on, off'", balancer.private_link_rules));
  return {};
}

Result<shapes::SetSecurityGroupsOutput> set_groups(const Deps& deps, const CallContext& context, const shapes::SetSecurityGroupsInput& request) {
  return transact<shapes::SetSecurityGroupsOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::SetSecurityGroupsOutput> {
    LoadBalancer balancer = TRY(balancer_at(tx, context, request.load_balancer_arn));
    TRY(read_network_groups(request, balancer));
    balancer.security_group_ids = TRY(read_groups(tx, context, list(request.security_groups), balancer));
    for (const LoadBalancerNode& node : balancer.nodes) {
      store::update<model::NetworkInterface>(tx, context.account + "/" + context.region + "/" + node.network_interface_id, [&](auto& interface) { interface.security_group_ids = balancer.security_group_ids; });
    }
    store::put(tx, balancer);
    shapes::SetSecurityGroupsOutput answer{.security_group_ids = balancer.security_group_ids};
    if (!balancer.private_link_rules.empty()) answer.enforce_security_group_inbound_rules_on_private_link_traffic = balancer.private_link_rules;
    return answer;
  });
}

/// A network load balancer keeps the subnets that it has, with their addresses (ELBv2 API, SetSubnets).
Result<shapes::SetSubnetsOutput> set_subnets(const Deps& deps, const CallContext& context, const shapes::SetSubnetsInput& request) {
  return transact<shapes::SetSubnetsOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::SetSubnetsOutput> {
    LoadBalancer balancer = TRY(balancer_at(tx, context, request.load_balancer_arn));
    const auto placings = TRY(read_placings(tx, context, balancer, request.subnets, request.subnet_mappings));
    std::vector<LoadBalancerNode> kept;
    for (const LoadBalancerNode& node : balancer.nodes) {
      if (std::ranges::any_of(placings, [&](const Placing& placing) { return fits(placing, node); })) kept.push_back(node);
      else if (balancer.type == "network") return fail("InvalidConfigurationRequest", "Subnet removal is not supported for Network Load Balancers. You must specify all existing subnets along with any new ones");
      else store::delete_interface(tx, context.account + "/" + context.region + "/" + node.network_interface_id);
    }
    balancer.nodes = kept;
    for (const Placing& placing : placings) {
      if (std::ranges::count(kept, placing.subnet.id, &LoadBalancerNode::subnet_id) == 0) balancer.nodes.push_back(TRY(make_node(deps, tx, balancer, placing)));
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
  registry.add<shapes::CreateLoadBalancerInput, shapes::CreateLoadBalancerOutput>("elbv2", "CreateLoadBalancer", {"Name", "Subnets.*", "SubnetMappings.SubnetId", "SubnetMappings.AllocationId", "SubnetMappings.PrivateIPv4Address", "SecurityGroups.*", "Scheme", "Type", "IpAddressType", "Tags.*"}, bind(create));
  registry.add<shapes::DeleteLoadBalancerInput, shapes::DeleteLoadBalancerOutput>("elbv2", "DeleteLoadBalancer", {"LoadBalancerArn"}, bind(remove));
  registry.add<shapes::DescribeLoadBalancersInput, shapes::DescribeLoadBalancersOutput>("elbv2", "DescribeLoadBalancers", {"*"}, bind(describe));
  registry.add<shapes::SetSecurityGroupsInput, shapes::SetSecurityGroupsOutput>("elbv2", "SetSecurityGroups", {"LoadBalancerArn", "SecurityGroups.*", "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"}, bind(set_groups));
  registry.add<shapes::SetSubnetsInput, shapes::SetSubnetsOutput>("elbv2", "SetSubnets", {"LoadBalancerArn", "Subnets.*", "SubnetMappings.SubnetId", "SubnetMappings.AllocationId", "SubnetMappings.PrivateIPv4Address"}, bind(set_subnets));
  registry.add<shapes::SetIpAddressTypeInput, shapes::SetIpAddressTypeOutput>("elbv2", "SetIpAddressType", {"*"}, bind(set_address_type));
}

}  // namespace landfall::services::elbv2
