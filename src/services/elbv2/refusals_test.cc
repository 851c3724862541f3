#include <regex>

#include "services/elbv2/balancer_for_test.h"

namespace landfall::services::elbv2 {
namespace {

struct Refusals : BalancerForTest {
  Result<shapes::CreateLoadBalancerOutput> named(const std::string& name) { return create(name, {"subnet-a", "subnet-b"}); }
  Result<shapes::ModifyLoadBalancerAttributesOutput> protect(const std::string& value) {
    return call<shapes::ModifyLoadBalancerAttributesOutput>("ModifyLoadBalancerAttributes", shapes::ModifyLoadBalancerAttributesInput{.attributes = {{{.key = "deletion_protection.enabled", .value = value}}}, .load_balancer_arn = balancer});
  }
  Result<shapes::ModifyTargetGroupOutput> modify(shapes::ModifyTargetGroupInput request) {
    request.target_group_arn = group;
    return call<shapes::ModifyTargetGroupOutput>("ModifyTargetGroup", request);
  }
  template <class T>
  static std::string told(const Result<T>& result) {
    return result ? "" : result.error().code + ": " + result.error().what;
  }
};

bool matches(const std::string& text, const std::string& pattern) { return std::regex_match(text, std::regex(pattern)); }

TEST_CASE_FIXTURE(Refusals, "names have up to 32 letters, digits and hyphens, which stand inside") {
  CHECK(code_of(named(std::string(32, 'a'))) == "");
  CHECK(told(named(std::string(33, 'a'))) == "ValidationError: Load balancer name '" + std::string(33, 'a') + "' cannot be longer than '32' characters");
  CHECK(told(named("a_b")) == "ValidationError: Load balancer name 'a_b' can only contain characters that are alphanumeric characters or hyphens(-)");
  CHECK(told(named("-a")) == "ValidationError: Load balancer name '-a' cannot begin or end with '-'");
  CHECK(told(named("a-")) == "ValidationError: Load balancer name 'a-' cannot begin or end with '-'");
  CHECK(told(named("internal-a")) == "ValidationError: Load balancer name 'internal-a' cannot begin with 'internal-'");
  CHECK(told(make_group({.name = std::string(33, 'a')})) == "ValidationError: Target group name '" + std::string(33, 'a') + "' cannot be longer than '32' characters");
  CHECK(told(make_group({.name = "a_b"})) == "ValidationError: Target group name 'a_b' can only contain characters that are alphanumeric characters or hyphens(-)");
  for (const char* name : {"-a", "a-"}) CHECK_MESSAGE(code_of(make_group({.name = name})) == "ValidationError", name);
}

TEST_CASE_FIXTURE(Refusals, "DNS names and ARNs have AWS's forms") {
  const std::string id = balancer.substr(balancer.rfind('/') + 1), prefix = "arn:aws:elasticloadbalancing:us-west-2:000000000000:", hex = "[0-9a-f]{16}";
  CHECK(matches(balancer, prefix + "loadbalancer/app/web/" + hex));
  CHECK(matches(listener, prefix + "listener/app/web/" + id + "/" + hex));
  CHECK(matches(group, prefix + "targetgroup/web/" + hex));
  const auto made = rule(1);
  REQUIRE_MESSAGE(made, what_of(made));
  CHECK(matches(*made->rules->at(0).rule_arn, prefix + "listener-rule/app/web/" + id + "/" + listener.substr(listener.rfind('/') + 1) + "/" + hex));
  CHECK(store::all<model::NetworkInterface>(*store).at(0).description == "ELB app/web/" + id);
  CHECK(matches(store::find<model::LoadBalancer>(*store, balancer)->dns_name, "internal-web-[0-9]{6,10}\\.us-west-2\\.elb\\.amazonaws\\.com"));
  REQUIRE(store->transact([](Transaction& tx) -> Result<void> {
    model::Settings settings;
    settings.public_pool = "198.18.0.0/24";
    store::put(tx, settings);
    return {};
  }));
  const auto facing = call<shapes::CreateLoadBalancerOutput>("CreateLoadBalancer", shapes::CreateLoadBalancerInput{.name = "Out", .subnets = {{"subnet-a", "subnet-b"}}});
  REQUIRE_MESSAGE(facing, what_of(facing));
  CHECK(matches(*facing->load_balancers->at(0).dns_name, "out-[0-9]{6,10}\\.us-west-2\\.elb\\.amazonaws\\.com"));
}

TEST_CASE_FIXTURE(Refusals, "a load balancer made again is the same one, unless it differs") {
  const auto again = create("web", {"subnet-b", "subnet-a"});
  REQUIRE_MESSAGE(again, what_of(again));
  CHECK(again->load_balancers->at(0).load_balancer_arn == balancer);
  put_all(std::vector{model::Subnet{.account = "000000000000", .region = "us-west-2", .id = "subnet-c", .vpc_id = "vpc-1", .cidr = "10.0.3.0/24", .zone = "us-west-2c"}});
  CHECK(code_of(create("web", {"subnet-a", "subnet-c"})) == "DuplicateLoadBalancerName");
  CHECK(code_of(create("web", {"subnet-a", "subnet-b", "subnet-c"})) == "DuplicateLoadBalancerName");
  put_all(std::vector{model::SecurityGroup{.account = "000000000000", .region = "us-west-2", .id = "sg-2", .vpc_id = "vpc-1"}});
  const auto guarded = call<shapes::CreateLoadBalancerOutput>("CreateLoadBalancer", shapes::CreateLoadBalancerInput{.name = "web", .scheme = "internal", .security_groups = {{"sg-2"}}, .subnets = {{"subnet-a", "subnet-b"}}});
  CHECK(told(guarded) == "DuplicateLoadBalancerName: A load balancer with the same name 'web' exists, but with different settings");
}

TEST_CASE_FIXTURE(Refusals, "subnets are there, in zones of their own, and have room") {
  CHECK(told(create("x", {"subnet-a", "subnet-none"})) == "SubnetNotFound: The subnet ID 'subnet-none' does not exist");
  CHECK(told(create("x", {"subnet-a", "vpc-1"})) == "InvalidSubnet: The subnet ID 'vpc-1' is not valid");
  CHECK(told(create("x", {"subnet-a"})) == "ValidationError: At least two subnets in two different Availability Zones must be specified");
  CHECK(told(create("x", {"subnet-a", "subnet-a"})) == "InvalidConfigurationRequest: A load balancer cannot be attached to multiple subnets in the same Availability Zone");
  const auto guarded = call<shapes::CreateLoadBalancerOutput>("CreateLoadBalancer", shapes::CreateLoadBalancerInput{.name = "x", .security_groups = {{"sg-none"}}, .subnets = {{"subnet-a", "subnet-b"}}});
  CHECK(told(guarded) == "InvalidSecurityGroup: Security group sg-none does not exist");

  put_all(std::vector{model::Subnet{.account = "000000000000", .region = "us-west-2", .id = "subnet-small", .vpc_id = "vpc-1", .cidr = "10.0.3.0/28", .zone = "us-west-2c"}});
  for (int i = 0; i < 4; ++i) CHECK(code_of(create("small" + std::to_string(i), {"subnet-a", "subnet-small"})) == "");  // 11 addresses are free, then 10, 9, 8
  const std::string full = "InvalidSubnet: Not enough IP space available in subnet-small. ELB requires at least 8 free IP addresses in each subnet.";
  CHECK(told(create("more", {"subnet-a", "subnet-small"})) == full);
  const auto set_subnets = [&](const std::string& arn) { return call<shapes::SetSubnetsOutput>("SetSubnets", shapes::SetSubnetsInput{.load_balancer_arn = arn, .subnets = {{"subnet-a", "subnet-small"}}}); };
  CHECK(told(set_subnets(balancer)) == full);
  const auto small = create("small0", {"subnet-a", "subnet-small"});
  REQUIRE_MESSAGE(small, what_of(small));
  CHECK(told(set_subnets(*small->load_balancers->at(0).load_balancer_arn)) == "");
}

TEST_CASE_FIXTURE(Refusals, "a protected load balancer stays, and so does a default rule") {
  const auto remove = [&] { return told(call<shapes::DeleteLoadBalancerOutput>("DeleteLoadBalancer", shapes::DeleteLoadBalancerInput{.load_balancer_arn = balancer})); };
  REQUIRE(protect("true"));
  CHECK(remove() == "OperationNotPermitted: Load balancer '" + balancer + "' cannot be deleted because deletion protection is enabled");
  const std::string fallback = store::find<model::Listener>(*store, listener)->default_rule_arn;
  CHECK(told(call<shapes::DeleteRuleOutput>("DeleteRule", shapes::DeleteRuleInput{.rule_arn = fallback})) == "OperationNotPermitted: Default rule '" + fallback + "' cannot be deleted");
  CHECK(told(call<shapes::ModifyRuleOutput>("ModifyRule", shapes::ModifyRuleInput{.actions = forward(), .rule_arn = fallback})) == "OperationNotPermitted: Default rule '" + fallback + "' cannot be modified");
  CHECK(code_of(call<shapes::SetRulePrioritiesOutput>("SetRulePriorities", shapes::SetRulePrioritiesInput{.rule_priorities = {{{.priority = 7, .rule_arn = fallback}}}})) == "OperationNotPermitted");
  REQUIRE(protect("false"));
  CHECK(remove() == "");
  CHECK(remove() == "");  // it is gone already
}

TEST_CASE_FIXTURE(Refusals, "what is not there is not found, in the words of its kind") {
  using Arns = std::vector<std::string>;
  const auto balancers = [&](shapes::DescribeLoadBalancersInput request) { return told(call<shapes::DescribeLoadBalancersOutput>("DescribeLoadBalancers", request)); };
  CHECK(balancers({.load_balancer_arns = Arns{"arn:none"}}) == "LoadBalancerNotFound: One or more load balancers not found");
  CHECK(balancers({.names = Arns{"none"}}) == "LoadBalancerNotFound: Load balancers '[none]' not found");
  CHECK(told(call<shapes::DescribeListenersOutput>("DescribeListeners", shapes::DescribeListenersInput{.listener_arns = Arns{"arn:none"}})) == "ListenerNotFound: One or more listeners not found");
  CHECK(told(call<shapes::DescribeTargetGroupsOutput>("DescribeTargetGroups", shapes::DescribeTargetGroupsInput{.names = Arns{"none"}})) == "TargetGroupNotFound: One or more target groups not found");
  CHECK(told(call<shapes::DescribeRulesOutput>("DescribeRules", shapes::DescribeRulesInput{.rule_arns = Arns{"arn:none"}})) == "RuleNotFound: One or more rules not found");
  CHECK(told(call<shapes::DeleteRuleOutput>("DeleteRule", shapes::DeleteRuleInput{.rule_arn = "arn:none"})) == "RuleNotFound: One or more rules not found");
  CHECK(told(call<shapes::DeleteListenerOutput>("DeleteListener", shapes::DeleteListenerInput{.listener_arn = "arn:none"})) == "ListenerNotFound: One or more listeners not found");
  balancer = "arn:none";
  CHECK(told(listen(81)) == "LoadBalancerNotFound: One or more load balancers not found");
  listener = "arn:none";
  CHECK(told(rule(1)) == "ListenerNotFound: One or more listeners not found");
  group = "arn:none";
  CHECK(told(health()) == "TargetGroupNotFound: One or more target groups not found");
}

TEST_CASE_FIXTURE(Refusals, "a listener has a protocol, a port, a policy and a certificate that there are") {
  const auto secure = [&](std::string policy, std::string certificate) {
    return told(call<shapes::CreateListenerOutput>("CreateListener", shapes::CreateListenerInput{.certificates = {{{.certificate_arn = std::move(certificate)}}}, .default_actions = forward(), .load_balancer_arn = balancer, .port = 443, .protocol = "HTTPS", .ssl_policy = std::move(policy)}));
  };
  CHECK(secure("ELBSecurityPolicy-1999-01", "arn:none") == "SSLPolicyNotFound: SSL policy 'ELBSecurityPolicy-1999-01' not found");
  CHECK(secure("ELBSecurityPolicy-2016-08", "arn:none") == "CertificateNotFound: Certificate 'arn:none' not found");
  CHECK(told(listen(443, "HTTPS")) == "ValidationError: A certificate must be specified for HTTPS listeners");
  for (const int port : {0, 65536}) CHECK_MESSAGE(code_of(listen(port)) == "ValidationError", port);
  CHECK(code_of(listen(65535)) == "");
  CHECK(code_of(listen(82, "TCP")) == "UnsupportedProtocol");
}

TEST_CASE_FIXTURE(Refusals, "a matcher has codes from 200 to 499, alone, listed or as a range") {
  for (const char* good : {"200", "499", "200,202", "200-299", "200-299,301,400-404"}) CHECK_MESSAGE(told(modify({.matcher = shapes::Matcher{.http_code = good}})) == "", good);
  for (const char* bad : {"199", "500", "200-500", "2xx", "200,", "200-299-300", "200 201", ""}) CHECK_MESSAGE(told(modify({.matcher = shapes::Matcher{.http_code = bad}})) == "ValidationError: HttpCode must be like 200 | 200-399 | 200,201 ...", bad);
}

TEST_CASE_FIXTURE(Refusals, "checks have their ranges, and cannot be switched off") {
  for (const int seconds : {4, 301}) CHECK_MESSAGE(code_of(modify({.health_check_interval_seconds = seconds})) == "ValidationError", seconds);
  for (const int seconds : {1, 121}) CHECK_MESSAGE(code_of(modify({.health_check_interval_seconds = 300, .health_check_timeout_seconds = seconds})) == "ValidationError", seconds);
  for (const int count : {1, 11}) {
    CHECK_MESSAGE(code_of(modify({.healthy_threshold_count = count})) == "ValidationError", count);
    CHECK_MESSAGE(code_of(modify({.unhealthy_threshold_count = count})) == "ValidationError", count);
  }
  CHECK(told(modify({.health_check_interval_seconds = 300, .health_check_timeout_seconds = 120, .healthy_threshold_count = 10, .unhealthy_threshold_count = 2})) == "");
  CHECK(told(modify({.health_check_path = "/" + std::string(1023, 'a')})) == "");
  CHECK(code_of(modify({.health_check_path = "/" + std::string(1024, 'a')})) == "ValidationError");
  CHECK(code_of(modify({.health_check_path = "a"})) == "ValidationError");
  for (const char* port : {"0", "65536", "http"}) CHECK_MESSAGE(code_of(modify({.health_check_port = port})) == "ValidationError", port);
  CHECK(told(modify({.health_check_enabled = false})) == "InvalidConfigurationRequest: Health check enabled must be true with groups with target type \"ip\"");
  CHECK(told(make_group({.health_check_enabled = false})) == "InvalidConfigurationRequest: Health check enabled must be true with groups with target type \"ip\"");
  CHECK(told(modify({.health_check_enabled = true})) == "");
}

TEST_CASE_FIXTURE(Refusals, "a changed group keeps what it was made with, and one made again must be the same") {
  const auto changed = modify({.health_check_path = "/up"});
  REQUIRE_MESSAGE(changed, what_of(changed));
  const auto& told_group = changed->target_groups->at(0);
  CHECK(told_group.target_group_name == "web");
  CHECK(told_group.protocol == "HTTP");
  CHECK(told_group.protocol_version == "HTTP1");
  CHECK(told_group.port == 80);
  CHECK(told_group.target_type == "ip");
  CHECK(told_group.vpc_id == "vpc-1");
  const std::string differs = "DuplicateTargetGroupName: A target group with the same name 'web' exists, but with different settings";
  CHECK(told(make_group({.health_check_path = "/up", .name = "web"})) == "");
  CHECK(told(make_group({.name = "web"})) == differs);
  CHECK(told(make_group({.health_check_path = "/up", .name = "web", .port = 81})) == differs);
  CHECK(told(make_group({.health_check_path = "/up", .name = "web", .protocol = "HTTPS"})) == differs);
  CHECK(told(make_group({.health_check_path = "/up", .name = "web", .protocol_version = "HTTP2"})) == differs);
  CHECK(told(make_group({.health_check_path = "/up", .name = "web", .target_type = "instance"})) == differs);
}

TEST_CASE_FIXTURE(Refusals, "a group goes with its targets, but not while something forwards to it") {
  REQUIRE(enter({{.id = "10.0.1.9"}}));
  const auto remove = [&] { return told(call<shapes::DeleteTargetGroupOutput>("DeleteTargetGroup", shapes::DeleteTargetGroupInput{.target_group_arn = group})); };
  CHECK(remove() == "ResourceInUse: Target group '" + group + "' is currently in use by a listener or a rule");
  REQUIRE(call<shapes::DeleteListenerOutput>("DeleteListener", shapes::DeleteListenerInput{.listener_arn = listener}));
  CHECK(remove() == "");
  CHECK(store::all<model::Target>(*store).empty());
}

TEST_CASE_FIXTURE(Refusals, "attributes of groups have their ranges") {
  struct Case {
    const char* key;
    std::vector<std::string> good, bad;
  };
  const std::vector<Case> cases{{"deregistration_delay.timeout_seconds", {"0", "3600"}, {"-1", "3601", "x", ""}},
                                {"slow_start.duration_seconds", {"30", "900", "0"}, {"29", "901", "-1"}},
                                {"stickiness.lb_cookie.duration_seconds", {"1", "604800"}, {"0", "604801"}},
                                {"stickiness.app_cookie.duration_seconds", {"1", "604800"}, {"0", "604801"}},
                                {"stickiness.app_cookie.cookie_name", {"session"}, {"AWSALB", "AWSALBAPP", "AWSALBTG-x"}},
                                {"stickiness.type", {"lb_cookie", "app_cookie"}, {"cookie"}},
                                {"load_balancing.algorithm.type", {"least_outstanding_requests", "weighted_random", "round_robin"}, {"random"}},
                                {"load_balancing.cross_zone.enabled", {"true", "false", "use_load_balancer_configuration"}, {"on"}},
                                {"target_group_health.dns_failover.minimum_healthy_targets.count", {"off", "1"}, {"0", "-1"}},
                                {"target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage", {"off"}, {"0", "101"}}};
  for (const Case& one : cases) {
    for (const std::string& value : one.good) CHECK_MESSAGE(told(set_attribute(one.key, value)) == "", one.key << "=" << value);
    for (const std::string& value : one.bad) CHECK_MESSAGE(code_of(set_attribute(one.key, value)) == "ValidationError", one.key << "=" << value);
  }
  CHECK(code_of(set_attribute("no.such.attribute", "1")) == "InvalidConfigurationRequest");
}

TEST_CASE_FIXTURE(Refusals, "attributes that exclude each other are refused together") {
  REQUIRE(set_attribute("load_balancing.algorithm.type", "weighted_random"));
  CHECK(code_of(set_attribute("slow_start.duration_seconds", "30")) == "InvalidConfigurationRequest");
  REQUIRE(set_attribute("load_balancing.algorithm.anomaly_mitigation", "on"));
  CHECK(code_of(set_attribute("load_balancing.algorithm.type", "round_robin")) == "InvalidConfigurationRequest");
  REQUIRE(set_attribute("load_balancing.algorithm.anomaly_mitigation", "off"));
  REQUIRE(set_attribute("load_balancing.algorithm.type", "round_robin"));
  REQUIRE(set_attribute("load_balancing.cross_zone.enabled", "false"));
  CHECK(code_of(set_attribute("stickiness.enabled", "true")) == "InvalidConfigurationRequest");
  REQUIRE(set_attribute("load_balancing.cross_zone.enabled", "true"));
  REQUIRE(set_attribute("stickiness.enabled", "true"));
  CHECK(code_of(set_attribute("stickiness.type", "app_cookie")) == "InvalidConfigurationRequest");
  REQUIRE(set_attribute("stickiness.app_cookie.cookie_name", "session"));
  CHECK(code_of(set_attribute("stickiness.type", "app_cookie")) == "");
}

}  // namespace
}  // namespace landfall::services::elbv2
