#include "services/elbv2/quotas.h"

#include "model/certificate.h"
#include "services/elbv2/balancer_for_test.h"

namespace landfall::services::elbv2 {
namespace {

struct Quotas : BalancerForTest {
  static constexpr const char *kAccount = "000000000000", *kRegion = "us-west-2";

  std::vector<model::Target> targets(const std::string& group_arn, int count, const std::string& only_id = "") const {
    std::vector<model::Target> all;
    for (int i = 0; i < count; ++i) all.push_back({.target_group_arn = group_arn, .id = only_id.empty() ? "10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250) : only_id, .port = only_id.empty() ? 80 : i + 1, .zone = "all"});
    return all;
  }
  std::string add_second_listener() {
    const auto made = listen(81);
    REQUIRE_MESSAGE(made, what_of(made));
    return *made->listeners->at(0).listener_arn;
  }
};

TEST_CASE_FIXTURE(Quotas, "a region has 50 load balancers of each type and 3000 target groups") {
  std::vector<model::LoadBalancer> balancers;
  for (int i = 1; i < 50; ++i) balancers.push_back({.account = kAccount, .region = kRegion, .arn = "arn:lb" + std::to_string(i), .name = "lb" + std::to_string(i)});
  put_all(balancers);
  CHECK(code_of(create("more", {"subnet-a", "subnet-b"})) == "TooManyLoadBalancers");
  CHECK(what_of(create("more", {"subnet-a", "subnet-b"})) == "The maximum number of load balancers has been reached");
  CHECK(code_of(create("web", {"subnet-a", "subnet-b"})) == "");
  CHECK(code_of(call<shapes::CreateLoadBalancerOutput>("CreateLoadBalancer", shapes::CreateLoadBalancerInput{.name = "flows", .scheme = "internal", .subnets = {{"subnet-a"}}, .type = "network"})) == "");
  balancers[0].region = "eu-west-1";
  put_all(balancers);
  CHECK(code_of(create("more", {"subnet-a", "subnet-b"})) == "");

  std::vector<model::TargetGroup> groups;
  for (int i = 1; i < 3000; ++i) groups.push_back({.account = kAccount, .region = kRegion, .arn = "arn:g" + std::to_string(i), .name = "g" + std::to_string(i)});
  put_all(groups);
  CHECK(code_of(make_group({})) == "TooManyTargetGroups");
  CHECK(what_of(make_group({})) == "The maximum number of target groups has been reached");
}

TEST_CASE_FIXTURE(Quotas, "a load balancer has 50 listeners, and 100 rules over all of them") {
  std::vector<model::Listener> listeners;
  for (int i = 1; i < 50; ++i) listeners.push_back({.account = kAccount, .region = kRegion, .arn = "arn:l" + std::to_string(i), .load_balancer_arn = balancer, .port = 1000 + i, .protocol = "HTTP"});
  put_all(listeners);
  CHECK(code_of(listen(81)) == "TooManyListeners");
  CHECK(what_of(listen(81)) == "The maximum number of listeners on load balancer " + balancer + " has been reached");

  std::vector<model::Rule> rules;
  for (int i = 0; i < 99; ++i) rules.push_back({.account = kAccount, .region = kRegion, .arn = "arn:r" + std::to_string(i), .listener_arn = i % 2 == 0 ? "arn:l1" : "arn:l2", .priority = i + 1});
  put_all(rules);
  CHECK(code_of(rule(100)) == "");
  CHECK(code_of(rule(101)) == "TooManyRules");
  CHECK(what_of(rule(101)) == "The maximum number of rules on load balancer " + balancer + " has been reached");
}

TEST_CASE_FIXTURE(Quotas, "a load balancer has 25 certificates beyond the default ones of its listeners") {
  std::vector<model::Certificate> certificates;
  for (int i = 0; i < 30; ++i) certificates.push_back({.account = kAccount, .region = kRegion, .arn = "arn:c" + std::to_string(i), .status = "ISSUED"});
  put_all(certificates);
  const auto secure = [&](int port) {
    const auto made = call<shapes::CreateListenerOutput>("CreateListener", shapes::CreateListenerInput{.certificates = {{{.certificate_arn = "arn:c0"}}}, .default_actions = forward(), .load_balancer_arn = balancer, .port = port, .protocol = "HTTPS"});
    REQUIRE_MESSAGE(made, what_of(made));
    return *made->listeners->at(0).listener_arn;
  };
  const auto add = [&](const std::string& to, int from, int count) {
    shapes::AddListenerCertificatesInput request{.certificates = std::vector<shapes::Certificate>{}, .listener_arn = to};
    for (int i = from; i < from + count; ++i) request.certificates->push_back({.certificate_arn = "arn:c" + std::to_string(i)});
    return call<shapes::AddListenerCertificatesOutput>("AddListenerCertificates", request);
  };
  const std::string first = secure(443), second = secure(444);
  CHECK(code_of(add(first, 1, 20)) == "");
  CHECK(code_of(add(second, 1, 5)) == "");
  CHECK(code_of(add(second, 6, 1)) == "TooManyCertificates");
  CHECK(what_of(add(second, 6, 1)) == "The maximum number of certificates has been reached");
  CHECK(store::find<model::Listener>(*store, second)->certificates.size() == 6);
  const auto two = call<shapes::ModifyListenerOutput>("ModifyListener", shapes::ModifyListenerInput{.certificates = {{{.certificate_arn = "arn:c0"}, {.certificate_arn = "arn:c1"}}}, .listener_arn = first});
  CHECK(code_of(two) == "TooManyCertificates");
  CHECK(what_of(two) == "Up to '1' certificate ARNs can be specified, but '2' were specified");
}

TEST_CASE_FIXTURE(Quotas, "a load balancer uses 100 target groups") {
  std::vector<model::TargetGroup> groups;
  std::vector<model::Rule> rules;
  for (int i = 0; i < 99; ++i) {
    groups.push_back({.account = kAccount, .region = kRegion, .arn = "arn:g" + std::to_string(i), .name = "g" + std::to_string(i), .vpc_id = "vpc-1"});
    if (i < 98) rules.push_back({.account = kAccount, .region = kRegion, .arn = "arn:r" + std::to_string(i), .listener_arn = listener, .priority = i + 1, .actions = {{.type = "forward", .target_groups = {{"arn:g" + std::to_string(i), 1}}}}});
  }
  put_all(groups);
  put_all(rules);
  const std::string other = other_group();
  const auto forward_to = [&](int priority, const std::string& arn) { return rule_of(priority, {{.field = "path-pattern", .values = {{"/a"}}}}, {shapes::Action{.target_group_arn = arn, .type = "forward"}}); };
  CHECK(code_of(forward_to(200, "arn:g98")) == "");
  CHECK(code_of(forward_to(201, other)) == "TooManyUniqueTargetGroupsPerLoadBalancer");
  CHECK(what_of(forward_to(201, other)) == "You have reached the maximum number of unique target groups that you can associate with a load balancer of type 'application': [100]");
  CHECK(code_of(forward_to(201, group)) == "");
}

TEST_CASE_FIXTURE(Quotas, "a target group and a load balancer have 1000 targets, those that drain aside") {
  put_all(targets(group, 999));
  CHECK(code_of(enter({{.id = "10.0.9.1"}})) == "");
  CHECK(code_of(enter({{.id = "10.0.9.2"}})) == "TooManyTargets");
  CHECK(what_of(enter({{.id = "10.0.9.2"}})) == "The maximum number of targets per target group '1000' has been reached on target group '" + group + "'");
  const std::string other = other_group();
  put_all(targets(other, 1));
  const auto more = rule_of(1, {{.field = "path-pattern", .values = {{"/a"}}}}, {shapes::Action{.target_group_arn = other, .type = "forward"}});
  CHECK(code_of(more) == "TooManyTargets");
  CHECK(what_of(more) == "The maximum number of targets per load balancer '1000' has been reached on load balancer '" + balancer + "'");
  REQUIRE(call<shapes::DeregisterTargetsOutput>("DeregisterTargets", shapes::DeregisterTargetsInput{.target_group_arn = group, .targets = {{{.id = "10.0.9.1"}}}}));
  CHECK(code_of(enter({{.id = "10.0.9.2"}})) == "");
}

TEST_CASE_FIXTURE(Quotas, "one target is registered 1000 times with a load balancer") {
  put_all(targets(group, 500, "10.0.9.1"));
  const std::string other = other_group();
  put_all(targets(other, 501, "10.0.9.1"));
  const auto more = rule_of(1, {{.field = "path-pattern", .values = {{"/a"}}}}, {shapes::Action{.target_group_arn = other, .type = "forward"}});
  CHECK(code_of(more) == "TooManyRegistrationsForTargetId");
}

TEST_CASE_FIXTURE(Quotas, "quotas are told, page by page") {
  const auto told = call<shapes::DescribeAccountLimitsOutput>("DescribeAccountLimits", shapes::DescribeAccountLimitsInput{});
  REQUIRE_MESSAGE(told, what_of(told));
  std::map<std::string, std::string> all;
  for (const auto& limit : *told->limits) all[*limit.name] = *limit.max;
  CHECK(all["application-load-balancers"] == "50");
  CHECK(all["listeners-per-application-load-balancer"] == "50");
  CHECK(all["rules-per-application-load-balancer"] == "100");
  CHECK(all["target-groups"] == "3000");
  CHECK(all["targets-per-application-load-balancer"] == "1000");
  CHECK(all["condition-wildcards-per-alb-rule"] == "5");
  const auto page = call<shapes::DescribeAccountLimitsOutput>("DescribeAccountLimits", shapes::DescribeAccountLimitsInput{.page_size = 2});
  CHECK(page->limits->size() == 2);
  CHECK(page->next_marker.has_value());
}

}  // namespace
}  // namespace landfall::services::elbv2
