#include "alb/reasons.h"

#include <doctest/doctest.h>

using namespace landfall;
using namespace landfall::alb;

namespace {

/// One load balancer in a public subnet: 443 forwards to prod, a rule for staging; four names lead to it.
struct Site {
  model::LoadBalancer balancer;
  Surroundings around;

  Site() {
    balancer.arn = "lb", balancer.name = "main", balancer.dns_name = "main.elb", balancer.security_group_ids = {"sg"};
    balancer.nodes = {{.zone = "a", .subnet_id = "subnet", .network_interface_id = "eni", .private_ip = "10.0.0.4", .public_ip = "198.18.0.3"}};
    model::RouteTable table{.account = {}, .region = {}, .id = "rtb", .vpc_id = "vpc", .routes = {{.destination = "10.0.0.0/16", .gateway_id = "local"}, {.destination = "0.0.0.0/0", .gateway_id = "igw-1"}}, .associations = {{.id = "a", .subnet_id = "subnet"}}, .tags = {}};
    around.network.route_tables = {table};
    model::SecurityGroup group;
    group.id = "sg";
    group.rules = {{.id = "r", .is_egress = false, .protocol = "tcp", .from_port = 443, .to_port = 443, .cidr = "0.0.0.0/0"}};
    around.network.security_groups = {group};
    model::Listener listener;
    listener.arn = "https", listener.load_balancer_arn = "lb", listener.port = 443, listener.protocol = "HTTPS";
    listener.certificates = {{"cert", true}};
    listener.default_actions = {{.type = "forward", .target_groups = {{"prod", 1}}}};
    around.listeners = {listener};
    model::Rule rule;
    rule.arn = "staging", rule.listener_arn = "https", rule.priority = 10;
    rule.conditions = {{.field = "host-header", .values = {"staging.example.test", "*.staging.example.test"}}};
    rule.actions = {{.type = "forward", .target_groups = {{"staging", 1}}}};
    around.rules = {rule};
    model::Certificate certificate;
    certificate.arn = "cert", certificate.names = {"example.test", "*.example.test", "*.staging.example.test"};
    around.certificates = {certificate};
    for (const char* name : {"example.test.", "www.example.test.", "staging.example.test.", "www.staging.example.test."}) {
      model::RecordSet record;
      record.name = name, record.type = "A";
      record.alias.emplace();
      record.alias->dns_name = "main.elb.";
      around.records.push_back(record);
    }
  }

  std::vector<std::string> told() const {
    std::vector<std::string> all;
    for (const auto& [key, because] : reasons_of(balancer, around, {})) all.push_back(because.code + " " + because.cause + " " + because.attribute + " of " + because.subject);
    return all;
  }
};

using Told = std::vector<std::string>;

}  // namespace

TEST_CASE("a healthy load balancer has no reasons") { CHECK(Site().told().empty()); }

TEST_CASE("a node that cannot use what others find healthy is named, once it is the node and not the target") {
  Site site;
  site.balancer.nodes.push_back({.zone = "b", .subnet_id = "subnet-b", .network_interface_id = "eni-b", .private_ip = "10.0.1.4", .public_ip = "198.18.0.4"});
  site.around.network.route_tables[0].associations.push_back({.id = "b", .subnet_id = "subnet-b"});
  model::TargetGroup group;
  group.arn = "prod", group.name = "prod", group.attributes = {{"target_group_health.dns_failover.minimum_healthy_targets.count", "off"}};
  site.around.groups = {group};
  model::Target target;
  target.target_group_arn = "prod", target.id = "10.0.0.9", target.port = 80, target.state = "healthy";
  site.around.targets = {target};
  site.around.findings[target.key()] = {{"a", "healthy"}, {"b", "timed out"}};
  CHECK(site.told() == Told{"LoadBalancer.NodeMissesTargets subnet-b network_acl of prod"});

  site.around.targets[0].last_check = "timed out";  // from a too: it falls
  CHECK(site.told().empty());
  site.around.targets[0].last_check.clear();
  site.around.findings[target.key()]["b"] = "initial";
  CHECK(site.told().empty());
}

TEST_CASE("targets in a zone where the load balancer has no subnet get no request") {
  Site site;
  model::TargetGroup prod;
  prod.arn = prod.name = "prod";
  site.around.groups = {prod};
  site.around.targets = {{.target_group_arn = "prod", .id = "10.0.0.9", .port = 80, .zone = "a"}, {.target_group_arn = "prod", .id = "10.0.2.9", .port = 80, .zone = "c"}};
  for (auto& target : site.around.targets) target.desired = "registered", target.state = "healthy";
  CHECK(site.told() == Told{"LoadBalancer.ZoneNotEnabled lb subnets of prod"});
  site.around.targets[1].zone = "all";
  CHECK(site.told().empty());
}

TEST_CASE("a target that is a load balancer's node gets no request") {
  Site site;
  model::TargetGroup prod;
  prod.arn = prod.name = "prod", prod.vpc_id = "vpc";
  site.around.groups = {prod};
  site.around.targets = {{.target_group_arn = "prod", .id = "10.0.0.8", .port = 80, .zone = "a"}, {.target_group_arn = "prod", .id = "10.0.0.9", .port = 80, .zone = "a"}};
  CHECK(site.told().empty());
  site.around.balancers = {site.balancer};
  site.around.balancers[0].arn = "other", site.around.balancers[0].vpc_id = "vpc", site.around.balancers[0].nodes[0].private_ip = "10.0.0.8";
  CHECK(site.told() == Told{"TargetGroup.AddressOfBalancer prod targets of prod"});
  site.around.balancers[0].vpc_id = "elsewhere";
  CHECK(site.told().empty());
}

TEST_CASE("what keeps requests away, or leads them elsewhere, is told") {
  Site site;

  SUBCASE("a broader rule comes first") {
    model::Rule all = site.around.rules[0];
    all.arn = "all", all.priority = 5, all.conditions = {{.field = "path-pattern", .values = {"/*"}}}, all.actions = {{.type = "forward", .target_groups = {{"prod", 1}}}};
    site.around.rules.push_back(all);
    CHECK(site.told() == Told{"Rule.Shadowed all priority of staging"});
  }
  SUBCASE("the bare name is not in the rule's patterns") {
    site.around.rules[0].conditions[0].values = {"*.staging.example.test"};
    CHECK(site.told() == Told{"Rule.HostMissed staging condition.host_header of https://staging.example.test"});
  }
  SUBCASE("the names below are not in the rule's patterns") {
    site.around.rules[0].conditions[0].values = {"staging.example.test"};
    CHECK(site.told() == Told{"Rule.HostMissed staging condition.host_header of https://www.staging.example.test"});
  }
  SUBCASE("a zone without a healthy target is not in DNS") {
    site.balancer.nodes.push_back(site.balancer.nodes[0]);
    site.balancer.nodes[1].zone = "b";
    model::TargetGroup prod;
    prod.arn = "prod", prod.name = "prod", prod.attributes["load_balancing.cross_zone.enabled"] = "false";
    model::Target target;
    target.target_group_arn = "prod", target.zone = "a", target.state = "healthy";
    site.around.groups = {prod}, site.around.targets = {target};
    CHECK(site.told() == Told{"LoadBalancer.ZoneNotInDns prod target_group_health.dns_failover.minimum_healthy_targets.count of lb"});
  }
  SUBCASE("the rule is on another listener") {
    model::Listener http = site.around.listeners[0];
    http.arn = "http", http.port = 443 + 1, http.protocol = "HTTP", http.default_actions = {{.type = "redirect"}};
    site.around.network.security_groups[0].rules[0].to_port = 444;
    site.around.listeners.push_back(http);
    site.around.rules[0].listener_arn = "http";
    CHECK(site.told() == Told{"Rule.OnOtherListener staging listener_arn of https://staging.example.test", "Rule.OnOtherListener staging listener_arn of https://www.staging.example.test"});
  }
  SUBCASE("the certificate misses a name") {
    site.around.certificates[0].names.pop_back();
    CHECK(site.told() == Told{"Certificate.NameNotCovered cert subject_alternative_names of https://www.staging.example.test"});
  }
  SUBCASE("port 443 speaks plain HTTP") {
    site.around.listeners[0].protocol = "HTTP";
    CHECK(site.told() == Told{"Listener.NotHttps https protocol of https"});
  }
  SUBCASE("no group admits the port") {
    site.around.network.security_groups[0].rules[0].from_port = site.around.network.security_groups[0].rules[0].to_port = 80;
    CHECK(site.told() == Told{"SecurityGroup.ListenerPort sg ingress 443 of https"});
  }
  SUBCASE("the subnet leads to a NAT gateway") {
    site.around.network.route_tables[0].routes[1] = {.destination = "0.0.0.0/0", .nat_gateway_id = "nat-1"};
    CHECK(site.told() == Told{"LoadBalancer.SubnetNotPublic lb subnets of lb"});
  }
  SUBCASE("the public table has no default route") {
    site.around.network.route_tables[0].routes.pop_back();
    CHECK(site.told() == Told{"LoadBalancer.SubnetNotPublic rtb route of lb"});
  }
}

TEST_CASE("sources may be limited, and internal load balancers may be private") {
  Site site;
  site.around.network.security_groups[0].rules[0].cidr = "192.0.2.0/24";
  CHECK(site.told().empty());

  site.balancer.scheme = "internal";
  site.around.network.route_tables[0].routes.pop_back();
  CHECK(site.told().empty());
}

TEST_CASE("what stops the connections of a network load balancer is told") {
  Site site;
  site.balancer.type = "network";
  site.around.rules.clear();
  site.around.listeners[0].protocol = "TCP";
  model::TargetGroup prod;
  prod.arn = prod.name = "prod", prod.protocol = "TCP", prod.target_type = "ip";
  site.around.groups = {prod};
  site.around.targets = {{.target_group_arn = "prod", .id = "10.0.0.9", .port = 80, .zone = "a", .state = "healthy"}};
  CHECK(site.told().empty());

  SUBCASE("a zone without a healthy target, and nothing crosses zones") {
    site.balancer.nodes.push_back(site.balancer.nodes[0]);
    site.balancer.nodes[1].zone = "b";
    CHECK(site.told() == Told{"LoadBalancer.ZoneNotInDns prod target_group_health.dns_failover.minimum_healthy_targets.count of lb"});
    site.balancer.attributes["load_balancing.cross_zone.enabled"] = "true";
    CHECK(site.told().empty());
  }
  SUBCASE("targets see the clients, and their group knows the VPC alone") {
    site.around.network.vpcs = {model::Vpc{.id = "vpc", .cidr = "10.0.0.0/16"}};
    site.around.network.interfaces = {model::NetworkInterface{.id = "eni-task", .vpc_id = "vpc", .private_ip = "10.0.0.9", .security_group_ids = {"task"}}};
    model::SecurityGroup task;
    task.id = "task";
    task.rules = {{.id = "r", .is_egress = false, .protocol = "tcp", .from_port = 80, .to_port = 80, .cidr = "10.0.0.0/16"}};
    site.around.network.security_groups.push_back(task);
    CHECK(site.told().empty());  // the node's address is inside
    site.around.groups[0].attributes["preserve_client_ip.enabled"] = "true";
    CHECK(site.told() == Told{"SecurityGroup.ClientsRefused task ingress 80 of prod"});
    auto& admitting = site.around.network.security_groups.back().rules[0];
    SUBCASE("any address outside is enough") { admitting.cidr = "198.51.100.0/24"; }
    SUBCASE("so is the load balancer's own group") { admitting.cidr.clear(), admitting.group_id = "sg"; }
    CHECK(site.told().size() == (admitting.cidr == "10.0.0.0/16" ? 1 : 0));
  }
  SUBCASE("a certificate of a TLS listener misses a name") {
    site.around.listeners[0].protocol = "TLS";
    site.around.certificates[0].names.pop_back();
    CHECK(site.told() == Told{"Certificate.NameNotCovered cert subject_alternative_names of https://www.staging.example.test"});
  }
}
