#include "alb/reasons.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "alb/dns_failover.h"
#include "base/ip.h"
#include "base/text.h"
#include "model/addressing.h"
#include "model/routing.h"
#include "model/unusable_address.h"

namespace landfall::alb {
namespace {

using model::Because;
using model::LoadBalancer;
using model::Rule;

constexpr std::string_view kCodes[] = {"Rule.Shadowed", "Rule.HostMissed", "Rule.OnOtherListener", "Certificate.NameNotCovered", "Listener.NotHttps", "SecurityGroup.ListenerPort", "LoadBalancer.SubnetNotPublic", "LoadBalancer.ZoneNotInDns", "LoadBalancer.ZoneNotEnabled", "LoadBalancer.NodeMissesTargets", "TargetGroup.AddressOfBalancer", "SecurityGroup.ClientsRefused"};

std::set<std::string> groups_of(const std::vector<model::Action>& actions) {
  std::set<std::string> arns;
  for (const auto& action : actions) {
    for (const auto& group : action.target_groups) arns.insert(group.arn);
  }
  return arns;
}

class Judge {
 public:
  Judge(const LoadBalancer& balancer, const Surroundings& around, WallTime now) : balancer_(balancer), around_(around), now_(now), names_(model::names_of(balancer, around.records)) {
    std::ranges::copy_if(around.listeners, std::back_inserter(listeners_), [&](const model::Listener& l) { return l.load_balancer_arn == balancer.arn; });
  }

  std::map<std::string, Because> run() {
    for (const model::Listener& listener : listeners_) {
      find_shadows(listener);
      if (listener.protocol == "HTTPS" || listener.protocol == "TLS") find_uncovered_names(listener);
      if (listener.port == 443 && listener.protocol == "HTTP") find_plain(listener);
      find_missed_hosts(listener);
      find_unadmitted(listener);
    }
    if (balancer_.scheme == "internet-facing") {
      for (const auto& node : balancer_.nodes) find_private(node);
    }
    const auto used = used_groups(balancer_, around_.listeners, around_.rules, around_.groups, around_.targets, around_.findings);
    for (const auto& [zone, shortage] : zones_out_of_dns(balancer_, used)) want(left_out(zone, shortage));
    for (const UsedGroup& group : used) find_idle_zones(group);
    for (const UsedGroup& group : used) find_balancers(group);
    for (const UsedGroup& group : used) find_cut_nodes(group);
    for (const UsedGroup& group : used) find_refused_clients(group);
    return std::move(reasons_);
  }

 private:
  void want(Because because) {
    because.since = now_;
    reasons_[because.key()] = std::move(because);
  }

  std::vector<Rule> rules_of(const model::Listener& listener) const {
    std::vector<Rule> own;
    std::ranges::copy_if(around_.rules, std::back_inserter(own), [&](const Rule& rule) { return rule.listener_arn == listener.arn; });
    return own;
  }

  void find_shadows(const model::Listener& listener) {
    const std::vector<Rule> own = rules_of(listener);
    for (const auto& shadow : model::shadows(own)) {
      want({.subject = shadow.hidden->arn, .code = "Rule.Shadowed",
            .sentence = fmt::format("the rule with priority {} on port {} never takes a request: the rule with priority {} takes all of them before it", shadow.hidden->priority, listener.port, shadow.by->priority),
            .cause = shadow.by->arn, .attribute = "priority", .remedy = fmt::format("give the narrower rule a priority below {}", shadow.by->priority),
            .evidence = {{"shadowed rule", shadow.hidden->arn}, {"first match", shadow.by->arn}}});
    }
  }

  void find_uncovered_names(const model::Listener& listener) {
    std::vector<std::string> uncovered;
    const model::Certificate* last = nullptr;
    for (const std::string& name : names_) {
      const model::Certificate* chosen = model::chosen_certificate(listener, around_.certificates, name);
      if (chosen != nullptr && !model::covers(*chosen, name)) uncovered.push_back(name), last = chosen;
    }
    for (const std::string& name : uncovered) {
      const std::string names = join(last->names, ", ");
      const std::string wildcard = fmt::format("*{}", name.substr(std::min(name.find('.'), name.size())));
      want({.subject = "https://" + name, .code = "Certificate.NameNotCovered",
            .sentence = fmt::format("{} leads to load balancer {}, whose certificate covers {} and not this name (a wildcard covers one label only)", name, balancer_.name, names), .cause = last->arn,
            .attribute = "subject_alternative_names", .remedy = fmt::format("add {} or {} to the certificate's subject alternative names", name, wildcard), .evidence = {{"uncovered names", join(uncovered, ", ")}, {"names of the certificate", names}}});
    }
  }

  void find_plain(const model::Listener& listener) {
    want({.subject = listener.arn, .code = "Listener.NotHttps", .sentence = fmt::format("the listener on port 443 of load balancer {} speaks plain HTTP: a browser's TLS greeting is answered with HTTP", balancer_.name),
          .cause = listener.arn, .attribute = "protocol", .remedy = "set protocol = \"HTTPS\" and a certificate_arn", .evidence = {{"protocol", listener.protocol}}});
  }

  /// A name that only the default action takes, though a rule has a pattern for its parent or its children.
  void find_missed_hosts(const model::Listener& listener) {
    const std::vector<Rule> own = rules_of(listener);
    for (const std::string& name : names_) {
      if (model::first_match(listener, own, {.host = name}) != nullptr) continue;
      const std::string scheme = lower(listener.protocol);
      if (listener.default_actions.empty() || listener.default_actions.back().type == "redirect") continue;
      if (const auto near = near_rule(own, name, listener)) {
        want({.subject = fmt::format("{}://{}", scheme, name), .code = "Rule.HostMissed",
              .sentence = fmt::format("{} is taken by the default action of port {}: the host patterns of the rule with priority {} cover {} and not this name", name, listener.port, near->first->priority, near->second),
              .cause = near->first->arn, .attribute = "condition.host_header", .remedy = fmt::format("add \"{}\" to the rule's host_header values", name), .evidence = {{"name", name}, {"nearest pattern", near->second}}});
      } else if (const Rule* other = rule_elsewhere(listener, name)) {
        want({.subject = fmt::format("{}://{}", scheme, name), .code = "Rule.OnOtherListener",
              .sentence = fmt::format("{} is taken by the default action of port {}: the rule for it (priority {}) belongs to the listener on port {}", name, listener.port, other->priority, port_of(other->listener_arn)),
              .cause = other->arn, .attribute = "listener_arn", .remedy = fmt::format("attach the rule to the listener on port {}", listener.port), .evidence = {{"name", name}, {"listener of the rule", other->listener_arn}}});
      }
    }
  }

  /// "*.a.b" for a.b, and "a.b" for www.a.b; only of rules that go elsewhere than the default action does.
  static std::optional<std::pair<const Rule*, std::string>> near_rule(const std::vector<Rule>& rules, const std::string& name, const model::Listener& listener) {
    for (const Rule& rule : rules) {
      if (groups_of(rule.actions) == groups_of(listener.default_actions)) continue;
      for (const auto& condition : rule.conditions) {
        if (condition.field != "host-header" || model::matches(condition, {.host = name})) continue;  // covered: other conditions leave it out
        for (const std::string& pattern : condition.values) {
          const bool is_child = pattern.find_first_of("*?") == std::string::npos && split(pattern, '.').size() > 2 && lower(name).ends_with("." + lower(pattern));
          if (lower(pattern) == "*." + name || is_child) return std::pair(&rule, pattern);
        }
      }
    }
    return std::nullopt;
  }

  /// A rule that would take the name on another port, and forwards: the redirect of port 80 is none.
  const Rule* rule_elsewhere(const model::Listener& listener, const std::string& name) const {
    for (const model::Listener& other : listeners_) {
      if (other.arn == listener.arn) continue;
      const Rule* rule = model::first_match(other, around_.rules, {.host = name});
      if (rule == nullptr || groups_of(rule->actions).empty() || groups_of(rule->actions) == groups_of(listener.default_actions)) continue;
      const bool names_hosts = std::ranges::any_of(rule->conditions, [](const auto& c) { return c.field == "host-header"; });
      if (names_hosts) return rule;
    }
    return nullptr;
  }

  int port_of(const std::string& listener_arn) const {
    const auto found = std::ranges::find(listeners_, listener_arn, &model::Listener::arn);
    return found == listeners_.end() ? 0 : found->port;
  }

  /// No rule of any group admits the port, from whatever source. A rule for some sources only may be meant.
  void find_unadmitted(const model::Listener& listener) {
    std::string known;
    const model::SecurityGroup* first = nullptr;
    for (const model::SecurityGroup& group : around_.network.security_groups) {
      if (std::ranges::find(balancer_.security_group_ids, group.id) == balancer_.security_group_ids.end()) continue;
      first = first == nullptr ? &group : first;
      for (const auto& rule : group.rules) {
        if (rule.is_egress) continue;
        const bool is_tcp = rule.protocol == "tcp" || rule.protocol == "6";
        if (rule.protocol == "-1" || (is_tcp && rule.from_port <= listener.port && listener.port <= rule.to_port)) return;
        known += fmt::format("{}{} {}-{}", known.empty() ? "" : ", ", rule.protocol, rule.from_port, rule.to_port);
      }
    }
    if (first == nullptr) return;
    want({.subject = listener.arn, .code = "SecurityGroup.ListenerPort",
          .sentence = fmt::format("load balancer {} listens on port {}, and no ingress rule of its security groups ({}) admits that port: clients wait until they give up", balancer_.name, listener.port, join(balancer_.security_group_ids, ", ")),
          .cause = first->id, .attribute = fmt::format("ingress {}", listener.port), .remedy = fmt::format("add an ingress rule for tcp port {}", listener.port), .evidence = {{"ingress rules", known.empty() ? "none" : known}}});
  }

  void find_private(const model::LoadBalancerNode& node) {
    const model::RouteTable* table = model::effective_route_table(around_.network, node.subnet_id);
    const auto anywhere = parse_ipv4("192.0.2.1");  // RFC 5737: stands for any client
    const model::Route* route = table == nullptr || !anywhere ? nullptr : model::best_route(around_.network, *table, *anywhere);
    const bool leads_out = route != nullptr && route->gateway_id.starts_with("igw-") && route->state == "active";
    if (table == nullptr || leads_out) return;
    const bool is_implicit = model::is_implicit(*table, node.subnet_id);
    const std::string found = route == nullptr ? "no default route" : !route->nat_gateway_id.empty() ? fmt::format("its default route leads to {}", route->nat_gateway_id) : "its default route leads nowhere";
    Because because{.subject = balancer_.arn, .code = "LoadBalancer.SubnetNotPublic",
                    .sentence = fmt::format("load balancer {} faces the internet, but its subnet {} ({}) has no route to an internet gateway: {} serves it ({}); connections to {} get no answer", balancer_.name, node.subnet_id, node.zone, table->id, found,
                                            node.public_ip),
                    .cause = balancer_.arn, .attribute = "subnets", .remedy = "use subnets whose route table leads to the internet gateway", .evidence = {{"subnet", node.subnet_id}, {"route table", table->id}, {"address", node.public_ip}}};
    if (is_implicit) {
      because.cause = node.subnet_id;
      because.attribute = "route_table_association";
      because.remedy = "associate the subnet with the route table that leads to the internet gateway";
    } else if (route == nullptr || route->nat_gateway_id.empty()) {
      because.cause = table->id;
      because.attribute = "route";
      because.remedy = "add a default route to the internet gateway to the route table";
    }
    want(std::move(because));
  }

  /// Targets where the load balancer has no node: they are checked by nobody and get no request.
  void find_idle_zones(const UsedGroup& used) {
    std::set<std::string> zones, own;
    for (const model::Target& target : used.targets) {
      if (target.desired == "registered" && !model::is_zone_enabled(balancer_, target.zone)) zones.insert(target.zone);
    }
    if (zones.empty()) return;
    for (const auto& node : balancer_.nodes) own.insert(node.zone);
    const std::string idle = join(std::vector(zones.begin(), zones.end()), ", "), enabled = join(std::vector(own.begin(), own.end()), ", ");
    want({.subject = used.group.arn, .code = "LoadBalancer.ZoneNotEnabled",
          .sentence = fmt::format("targets of target group {} in {} get no request: load balancer {} has subnets in {} only", used.group.name, idle, balancer_.name, enabled), .cause = balancer_.arn, .attribute = "subnets",
          .remedy = fmt::format("give the load balancer a subnet in {} too, or run the tasks in {}", idle, enabled), .evidence = {{"zones of the targets", idle}, {"zones of the load balancer", enabled}}});
  }

  /// Targets that are nodes of load balancers: requests do not go from one to another.
  void find_balancers(const UsedGroup& used) {
    for (const model::Target& target : used.targets) {
      if (target.desired != "registered" || !model::is_address_of_balancer(around_.balancers, used.group, target.id)) continue;
      want({.subject = used.group.arn, .code = "TargetGroup.AddressOfBalancer",
            .sentence = fmt::format("target {} of target group {} gets no request: the address is that of a load balancer's node", target.id, used.group.name), .cause = used.group.arn, .attribute = "targets",
            .remedy = "register the addresses of what the load balancer forwards to", .evidence = {{"target", fmt::format("{}:{}", target.id, target.port)}}});
    }
  }

  /// Nodes that cannot use targets which other nodes find healthy: something stands between them.
  void find_cut_nodes(const UsedGroup& used) {
    for (const auto& node : balancer_.nodes) {
      std::vector<std::string> lost;
      std::string met;
      for (const model::Target& target : used.targets) {
        const auto found = around_.findings.find(target.key());
        // While a target falls, its checks from all nodes fail: then it is the target.
        const bool is_used = model::crosses_zones(used.group, balancer_) || target.zone == node.zone || target.zone.empty() || target.zone == "all";
        const bool is_well = is_used && target.desired == "registered" && target.state == "healthy" && target.last_check.empty();
        if (!is_well || found == around_.findings.end()) continue;
        const auto here = found->second.find(node.zone);
        if (here == found->second.end() || here->second == "healthy" || here->second == "initial" || here->second == "unhealthy") continue;
        lost.push_back(fmt::format("{}:{}", target.id, target.port));
        met = here->second;
      }
      if (lost.empty()) continue;
      const std::string targets = join(lost, ", ");
      want({.subject = used.group.arn, .code = "LoadBalancer.NodeMissesTargets",
            .sentence = fmt::format("the node of load balancer {} in {} ({}) cannot use {} of target group {}: its checks fail ({}), those of other nodes pass", balancer_.name, node.zone, node.private_ip, targets, used.group.name, met),
            .cause = node.subnet_id, .attribute = "network_acl", .remedy = fmt::format("let the subnet {} and those of the targets exchange packets: network ACLs and routes are of a subnet, security groups are the same for all nodes", node.subnet_id),
            .evidence = {{"zone", node.zone}, {"targets", targets}, {"last check", met}}});
    }
  }

  /// Targets that see their clients' addresses must let them in: checks, which come from the nodes, do not show it.
  void find_refused_clients(const UsedGroup& used) {
    if (balancer_.scheme != "internet-facing" || model::target_group_attribute(used.group, "preserve_client_ip.enabled") != "true") return;
    for (const model::Target& target : used.targets) {
      const auto interface = std::ranges::find(around_.network.interfaces, target.id, &model::NetworkInterface::private_ip);
      if (target.desired != "registered" || interface == around_.network.interfaces.end() || interface->security_group_ids.empty() || lets_outsiders_in(*interface, target.port)) continue;
      const std::string groups = join(interface->security_group_ids, ", ");
      want({.subject = used.group.arn, .code = "SecurityGroup.ClientsRefused",
            .sentence = fmt::format("targets of target group {} see the addresses of their clients (preserve_client_ip), and the security groups of {} ({}) let nobody outside the VPC reach port {}: clients wait until they give up, though checks pass", used.group.name, target.id, groups, target.port),
            .cause = interface->security_group_ids.front(), .attribute = fmt::format("ingress {}", target.port),
            .remedy = balancer_.security_group_ids.empty() ? fmt::format("admit the clients' addresses on tcp port {}, or set preserve_client_ip = false", target.port) : fmt::format("admit the load balancer's security group on tcp port {}", target.port),
            .evidence = {{"target", fmt::format("{}:{}", target.id, target.port)}, {"security groups", groups}}});
    }
  }

  /// Any address that is none of the VPC's will do: a rule for some clients only may be meant.
  bool lets_outsiders_in(const model::NetworkInterface& interface, int port) const {
    const auto vpc = std::ranges::find(around_.network.vpcs, interface.vpc_id, &model::Vpc::id);
    for (const model::SecurityGroup& group : around_.network.security_groups) {
      if (std::ranges::count(interface.security_group_ids, group.id) == 0) continue;
      for (const auto& rule : group.rules) {
        const bool is_tcp = rule.protocol == "-1" || ((rule.protocol == "tcp" || rule.protocol == "6") && rule.from_port <= port && port <= rule.to_port);
        if (rule.is_egress || !is_tcp) continue;
        if (!rule.prefix_list_id.empty() || std::ranges::count(balancer_.security_group_ids, rule.group_id) > 0) return true;
        const auto block = parse_cidr(rule.cidr);
        if (block && (vpc == around_.network.vpcs.end() || !model::is_inside(*vpc, block->base) || block->length == 0)) return true;
      }
    }
    return false;
  }

  Because left_out(const std::string& zone, const Shortage& shortage) const {
    const bool is_share = shortage.attribute.ends_with("percentage");
    return {.subject = balancer_.arn, .code = "LoadBalancer.ZoneNotInDns",
            .sentence = fmt::format("the name of load balancer {} does not lead to its node in {}: target group {} has {} of {} targets healthy there, wanted {}{}", balancer_.name, zone, shortage.group_name, shortage.healthy, shortage.registered, shortage.threshold, is_share ? "%" : " at least"),
            .cause = shortage.group_arn, .attribute = shortage.attribute, .remedy = fmt::format("register healthy targets in {}, {}, or lower the threshold", zone, balancer_.type == "network" ? "set enable_cross_zone_load_balancing = true on the load balancer" : "let the group serve across zones"), .evidence = {{"zone", zone}, {"healthy", std::to_string(shortage.healthy)}, {"registered", std::to_string(shortage.registered)}}};
  }

  const LoadBalancer& balancer_;
  const Surroundings& around_;
  WallTime now_;
  std::vector<std::string> names_;
  std::vector<model::Listener> listeners_;
  std::map<std::string, Because> reasons_;
};

}  // namespace

std::map<std::string, Because> reasons_of(const LoadBalancer& balancer, const Surroundings& around, WallTime now) { return Judge(balancer, around, now).run(); }

bool is_of_configuration(const Because& because) { return std::ranges::find(kCodes, because.code) != std::end(kCodes); }

}  // namespace landfall::alb
