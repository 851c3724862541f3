#include <doctest/doctest.h>

#include "model/network.h"
#include "services/elbv2/elbv2.h"
#include "services/elbv2/support.h"
#include "services/support/caller_for_test.h"

namespace landfall::services::elbv2 {
namespace {

/// A VPC with two zones and two Elastic IPs; network load balancers in it.
struct Network : CallerForTest {
  Network() : CallerForTest("elbv2") {
    register_elbv2(registry, deps);
    REQUIRE(store->transact([](Transaction& tx) -> Result<void> {
      store::put(tx, model::Vpc{.account = "000000000000", .region = "us-west-2", .id = "vpc-1", .cidr = "10.0.0.0/16", .default_security_group_id = "sg-1"});
      for (const char* id : {"sg-1", "sg-2"}) store::put(tx, model::SecurityGroup{.account = "000000000000", .region = "us-west-2", .id = id, .vpc_id = "vpc-1"});
      for (const char* id : {"eipalloc-a", "eipalloc-b"}) store::put(tx, model::Address{.account = "000000000000", .region = "us-west-2", .id = id, .public_ip = id[9] == 'a' ? "198.19.0.10" : "198.19.0.11"});
      for (const char* zone : {"a", "b"}) {
        store::put(tx, model::Subnet{.account = "000000000000", .region = "us-west-2", .id = std::string("subnet-") + zone, .vpc_id = "vpc-1", .cidr = zone[0] == 'a' ? "10.0.1.0/24" : "10.0.2.0/24", .zone = std::string("us-west-2") + zone});
      }
      return {};
    }));
  }

  Result<shapes::CreateLoadBalancerOutput> create(shapes::CreateLoadBalancerInput request) {
    request.type = "network";
    return call<shapes::CreateLoadBalancerOutput>("CreateLoadBalancer", request);
  }
  shapes::LoadBalancer internal(std::vector<std::string> groups = {}) {
    shapes::CreateLoadBalancerInput request{.name = groups.empty() ? "nlb" : "guarded", .scheme = "internal", .subnets = std::vector<std::string>{"subnet-a"}};
    if (!groups.empty()) request.security_groups = std::move(groups);
    const auto made = create(request);
    REQUIRE_MESSAGE(made, what_of(made));
    return made->load_balancers->at(0);
  }
  Result<shapes::CreateTargetGroupOutput> make_group(shapes::CreateTargetGroupInput request) {
    if (!request.name) request.name = "g";
    request.port = 80;
    request.target_type = request.target_type.value_or("ip");
    request.vpc_id = "vpc-1";
    return call<shapes::CreateTargetGroupOutput>("CreateTargetGroup", request);
  }
  std::string group(const std::string& protocol) {
    std::string name = protocol;
    const auto made = make_group({.name = name, .protocol = protocol});
    REQUIRE_MESSAGE(made, what_of(made));
    return *made->target_groups->at(0).target_group_arn;
  }
  Result<shapes::CreateListenerOutput> listen(const std::string& balancer, const std::string& protocol, const std::string& group_arn, int port = 80, std::vector<std::string> alpn = {}) {
    shapes::CreateListenerInput request{.default_actions = {{shapes::Action{.target_group_arn = group_arn, .type = "forward"}}}, .load_balancer_arn = balancer, .port = port, .protocol = protocol};
    if (!alpn.empty()) request.alpn_policy = std::move(alpn);
    return call<shapes::CreateListenerOutput>("CreateListener", request);
  }
  Result<shapes::ModifyTargetGroupAttributesOutput> set_of_group(const std::string& arn, std::map<std::string, std::string> values) {
    shapes::ModifyTargetGroupAttributesInput request{.attributes = std::vector<shapes::TargetGroupAttribute>{}, .target_group_arn = arn};
    for (const auto& [key, value] : values) request.attributes->push_back({.key = key, .value = value});
    return call<shapes::ModifyTargetGroupAttributesOutput>("ModifyTargetGroupAttributes", request);
  }
  Result<shapes::ModifyLoadBalancerAttributesOutput> set_of_balancer(const std::string& arn, const std::string& key, const std::string& value) {
    return call<shapes::ModifyLoadBalancerAttributesOutput>("ModifyLoadBalancerAttributes", shapes::ModifyLoadBalancerAttributesInput{.attributes = std::vector{shapes::LoadBalancerAttribute{.key = key, .value = value}}, .load_balancer_arn = arn});
  }
};

TEST_CASE_FIXTURE(Network, "a network load balancer has names of its own kind, one zone is enough, and it needs no security group") {
  const auto made = internal();
  CHECK(made.type == "network");
  CHECK(made.load_balancer_arn->starts_with("arn:aws:elasticloadbalancing:us-west-2:000000000000:loadbalancer/net/nlb/"));
  const std::string id = made.load_balancer_arn->substr(made.load_balancer_arn->rfind('/') + 1);
  CHECK(made.dns_name == "nlb-" + id + ".elb.us-west-2.amazonaws.com");
  CHECK(made.canonical_hosted_zone_id == "Z18D5FSROUN65G");
  CHECK(made.security_groups->empty());
  CHECK_FALSE(made.enforce_security_group_inbound_rules_on_private_link_traffic);
  const auto interfaces = store::all<model::NetworkInterface>(*store);
  REQUIRE(interfaces.size() == 1);
  CHECK(interfaces[0].type == "network_load_balancer");
  CHECK(interfaces[0].description == "ELB net/nlb/" + id);
  CHECK(interfaces[0].security_group_ids.empty());
  CHECK(internal().load_balancer_arn == made.load_balancer_arn);
}

TEST_CASE_FIXTURE(Network, "nodes have the addresses that are chosen for them") {
  const auto mapped = [](std::string subnet, std::optional<std::string> allocation, std::optional<std::string> ip = {}) { return shapes::SubnetMapping{.allocation_id = std::move(allocation), .private_i_pv4_address = std::move(ip), .subnet_id = std::move(subnet)}; };
  const auto elastic = create({.name = "eip", .subnet_mappings = std::vector{mapped("subnet-a", "eipalloc-a"), mapped("subnet-b", "eipalloc-b")}});
  REQUIRE_MESSAGE(elastic, what_of(elastic));
  const auto& zones = *elastic->load_balancers->at(0).availability_zones;
  CHECK(zones[0].load_balancer_addresses->at(0).ip_address == "198.19.0.10");
  CHECK(zones[1].load_balancer_addresses->at(0).allocation_id == "eipalloc-b");
  CHECK(code_of(create({.name = "again", .subnet_mappings = std::vector{mapped("subnet-a", "eipalloc-a")}})) == "ResourceInUse");
  CHECK(code_of(create({.name = "none", .subnet_mappings = std::vector{mapped("subnet-a", "eipalloc-x")}})) == "AllocationIdNotFound");
  CHECK(code_of(create({.name = "inner", .scheme = "internal", .subnet_mappings = std::vector{mapped("subnet-a", "eipalloc-a")}})) == "InvalidConfigurationRequest");
  REQUIRE(call<shapes::DeleteLoadBalancerOutput>("DeleteLoadBalancer", shapes::DeleteLoadBalancerInput{.load_balancer_arn = elastic->load_balancers->at(0).load_balancer_arn}));
  CHECK(store::find<model::Address>(*store, "000000000000/us-west-2/eipalloc-a")->association_id.empty());

  const auto fixed = create({.name = "fixed", .scheme = "internal", .subnet_mappings = std::vector{mapped("subnet-a", {}, "10.0.1.77")}});
  REQUIRE_MESSAGE(fixed, what_of(fixed));
  CHECK(fixed->load_balancers->at(0).availability_zones->at(0).load_balancer_addresses->at(0).private_i_pv4_address == "10.0.1.77");
  CHECK(code_of(create({.name = "taken", .scheme = "internal", .subnet_mappings = std::vector{mapped("subnet-a", {}, "10.0.1.77")}})) == "InvalidIPAddress.InUse");
  const auto plain = call<shapes::CreateLoadBalancerOutput>("CreateLoadBalancer", shapes::CreateLoadBalancerInput{.name = "app", .scheme = "internal", .subnet_mappings = std::vector{mapped("subnet-a", {}, "10.0.1.78"), mapped("subnet-b", {})}});
  CHECK(what_of(plain) == "Private IPv4 addresses are not supported for load balancers with type 'application'");
}

TEST_CASE_FIXTURE(Network, "subnets are only added, and security groups stay if there were some") {
  const auto bare = internal();
  const auto set_subnets = [&](std::vector<std::string> ids) { return call<shapes::SetSubnetsOutput>("SetSubnets", shapes::SetSubnetsInput{.load_balancer_arn = bare.load_balancer_arn, .subnets = std::move(ids)}); };
  const auto set_groups = [&](const shapes::LoadBalancer& balancer, std::vector<std::string> ids, std::optional<std::string> enforced = {}) {
    return call<shapes::SetSecurityGroupsOutput>("SetSecurityGroups", shapes::SetSecurityGroupsInput{.enforce_security_group_inbound_rules_on_private_link_traffic = std::move(enforced), .load_balancer_arn = balancer.load_balancer_arn, .security_groups = std::move(ids)});
  };
  CHECK(set_subnets({"subnet-a", "subnet-b"})->availability_zones->size() == 2);
  CHECK(what_of(set_subnets({"subnet-b"})) == "Subnet removal is not supported for Network Load Balancers. You must specify all existing subnets along with any new ones");
  CHECK(code_of(set_groups(bare, {"sg-1"})) == "InvalidConfigurationRequest");
  const auto guarded = internal({"sg-1"});
  CHECK(guarded.enforce_security_group_inbound_rules_on_private_link_traffic == "on");
  CHECK(set_groups(guarded, {"sg-2"}, "off")->enforce_security_group_inbound_rules_on_private_link_traffic == "off");
  CHECK(code_of(set_groups(guarded, {})) == "InvalidConfigurationRequest");
  CHECK(code_of(set_groups(guarded, {"sg-2"}, "maybe")) == "ValidationError");
}

TEST_CASE_FIXTURE(Network, "listeners forward connections to groups of their kind, and know no rules") {
  const std::string balancer = *internal().load_balancer_arn, tcp = group("TCP"), tls = group("TLS"), http = group("HTTP");
  CHECK(what_of(listen(balancer, "TCP", http)) == "The listener and its associated target group '" + http + "' have incompatible protocols: 'TCP' and 'HTTP'");
  CHECK(code_of(listen(balancer, "TCP", http)) == "IncompatibleProtocols");
  CHECK(code_of(listen(balancer, "TCP", tls)) == "IncompatibleProtocols");
  CHECK(code_of(listen(balancer, "HTTP", tcp)) == "UnsupportedProtocol");
  CHECK(what_of(listen(balancer, "UDP", tcp)) == "Landfall does not support the listener protocol 'UDP' yet; wanted TCP or TLS");
  CHECK(what_of(listen(balancer, "TLS", tcp, 443)) == "A certificate must be specified for TLS listeners");
  CHECK(what_of(listen(balancer, "TCP", tcp, 80, {"HTTP2Only"})) == "You cannot specify an ALPN policy for TCP listeners");
  const auto made = listen(balancer, "TCP", tcp);
  REQUIRE_MESSAGE(made, what_of(made));
  const auto& listener = made->listeners->at(0);
  CHECK(listener.listener_arn->find(":listener/net/nlb/") != std::string::npos);
  CHECK_FALSE(listener.mutual_authentication);
  const auto rule = call<shapes::CreateRuleOutput>("CreateRule", shapes::CreateRuleInput{.actions = {{shapes::Action{.target_group_arn = tcp, .type = "forward"}}}, .conditions = {{shapes::RuleCondition{.field = "path-pattern", .values = {{"/x"}}}}}, .listener_arn = listener.listener_arn, .priority = 1});
  CHECK(code_of(rule) == "OperationNotPermitted");
  const shapes::Action redirect{.redirect_config = shapes::RedirectActionConfig{.port = "443", .status_code = "HTTP_301"}, .type = "redirect"};
  CHECK(code_of(call<shapes::CreateListenerOutput>("CreateListener", shapes::CreateListenerInput{.default_actions = {{redirect}}, .load_balancer_arn = balancer, .port = 81, .protocol = "TCP"})) == "InvalidLoadBalancerAction");

  const auto set_idle = [&](const std::string& seconds) {
    return call<shapes::ModifyListenerAttributesOutput>("ModifyListenerAttributes", shapes::ModifyListenerAttributesInput{.attributes = std::vector{shapes::ListenerAttribute{.key = "tcp.idle_timeout.seconds", .value = seconds}}, .listener_arn = listener.listener_arn});
  };
  const auto told = set_idle("90");
  REQUIRE_MESSAGE(told, what_of(told));
  CHECK(told->attributes->size() == 1);
  CHECK(told->attributes->at(0).value == "90");
  CHECK(code_of(set_idle("59")) == "ValidationError");
}

TEST_CASE_FIXTURE(Network, "a group of connections is checked by connecting unless it says otherwise") {
  const auto made = make_group({.protocol = "TCP"});
  REQUIRE_MESSAGE(made, what_of(made));
  const auto& tcp = made->target_groups->at(0);
  CHECK(tcp.health_check_protocol == "TCP");
  CHECK(tcp.health_check_timeout_seconds == 10);
  CHECK(tcp.health_check_interval_seconds == 30);
  CHECK(tcp.healthy_threshold_count == 5);
  CHECK(tcp.unhealthy_threshold_count == 2);
  CHECK_FALSE(tcp.health_check_path);
  CHECK_FALSE(tcp.matcher);
  CHECK_FALSE(tcp.protocol_version);
  const auto http = make_group({.health_check_protocol = "HTTP", .name = "h", .protocol = "TCP"});
  REQUIRE_MESSAGE(http, what_of(http));
  CHECK(http->target_groups->at(0).health_check_timeout_seconds == 6);
  CHECK(http->target_groups->at(0).health_check_path == "/");
  CHECK(http->target_groups->at(0).matcher->http_code == "200-399");
  CHECK(code_of(make_group({.health_check_path = "/x", .name = "p", .protocol = "TCP"})) == "ValidationError");
  CHECK(code_of(make_group({.name = "v", .protocol = "TCP", .protocol_version = "HTTP1"})) == "ValidationError");
  CHECK(what_of(make_group({.name = "u", .protocol = "UDP"})) == "Landfall does not support target groups of protocol 'UDP' yet; wanted HTTP, HTTPS, TCP or TLS");
  CHECK(what_of(make_group({.health_check_protocol = "TCP", .name = "w", .protocol = "HTTP"})) == "Health check protocol 'TCP' must be one of '[HTTP, HTTPS]'");
  const auto changed = call<shapes::ModifyTargetGroupOutput>("ModifyTargetGroup", shapes::ModifyTargetGroupInput{.health_check_protocol = "TCP", .target_group_arn = http->target_groups->at(0).target_group_arn});
  REQUIRE_MESSAGE(changed, what_of(changed));
  CHECK_FALSE(changed->target_groups->at(0).health_check_path);
}

TEST_CASE_FIXTURE(Network, "attributes are those of the kind, with its defaults") {
  const std::string balancer = *internal().load_balancer_arn, tcp = group("TCP"), tls = group("TLS");
  const auto all = call<shapes::DescribeLoadBalancerAttributesOutput>("DescribeLoadBalancerAttributes", shapes::DescribeLoadBalancerAttributesInput{.load_balancer_arn = balancer});
  std::map<std::string, std::string> told;
  for (const auto& attribute : *all->attributes) told[*attribute.key] = *attribute.value;
  CHECK(told["load_balancing.cross_zone.enabled"] == "false");
  CHECK(told["dns_record.client_routing_policy"] == "any_availability_zone");
  CHECK_FALSE(told.contains("idle_timeout.timeout_seconds"));
  CHECK(set_of_balancer(balancer, "load_balancing.cross_zone.enabled", "true"));
  CHECK(what_of(set_of_balancer(balancer, "idle_timeout.timeout_seconds", "60")) == "Load balancer attribute key 'idle_timeout.timeout_seconds' is not supported on load balancers with type 'network'");
  CHECK(what_of(set_of_balancer(balancer, "dns_record.client_routing_policy", "availability_zone_affinity")).starts_with("Landfall does not support the value 'availability_zone_affinity'"));
  CHECK(what_of(set_of_balancer(balancer, "access_logs.s3.enabled", "true")).starts_with("Landfall does not support the value 'true' of the attribute 'access_logs.s3.enabled'"));

  CHECK(set_of_group(tcp, {{"stickiness.enabled", "true"}, {"stickiness.type", "source_ip"}, {"preserve_client_ip.enabled", "true"}, {"proxy_protocol_v2.enabled", "true"}}));
  CHECK(what_of(set_of_group(tcp, {{"stickiness.type", "lb_cookie"}})) == "Stickiness type 'lb_cookie' is not supported for target groups with the TCP protocol");
  CHECK(what_of(set_of_group(tls, {{"stickiness.enabled", "true"}})) == "You cannot enable stickiness on target groups with the TLS protocol");
  CHECK(what_of(set_of_group(group("HTTP"), {{"stickiness.type", "source_ip"}})) == "Stickiness type 'source_ip' is not supported for target groups with the HTTP protocol");
  CHECK(what_of(set_of_group(tcp, {{"slow_start.duration_seconds", "30"}})) == "Target group attribute key 'slow_start.duration_seconds' is not supported on target groups with the TCP protocol");
  CHECK(what_of(set_of_group(tcp, {{"target_health_state.unhealthy.draining_interval_seconds", "60"}})).starts_with("Landfall does not support the value '60'"));
  const model::TargetGroup to_instances{.protocol = "TCP", .target_type = "instance"}, to_addresses{.protocol = "TCP", .target_type = "ip"};
  CHECK(model::target_group_attribute(to_instances, "preserve_client_ip.enabled") == "true");
  CHECK(model::target_group_attribute(to_addresses, "preserve_client_ip.enabled") == "false");
}

}  // namespace
}  // namespace landfall::services::elbv2
