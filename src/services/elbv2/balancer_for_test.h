#pragma once

#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "model/network.h"
#include "model/settings.h"
#include "services/elbv2/elbv2.h"
#include "services/elbv2/support.h"
#include "services/support/caller_for_test.h"

namespace landfall::services::elbv2 {

/// A VPC with two zones, a balancer `web` over both, a target group and an HTTP listener on port 80 that forwards to it.
struct BalancerForTest : CallerForTest {
  BalancerForTest() : CallerForTest("elbv2") {
    register_elbv2(registry, deps);
    REQUIRE(store->transact([](Transaction& tx) -> Result<void> {
      store::put(tx, model::Vpc{.account = "000000000000", .region = "us-west-2", .id = "vpc-1", .cidr = "10.0.0.0/16", .default_security_group_id = "sg-1"});
      for (const char* zone : {"a", "b"}) {
        store::put(tx, model::Subnet{.account = "000000000000", .region = "us-west-2", .id = std::string("subnet-") + zone, .vpc_id = "vpc-1", .cidr = zone[0] == 'a' ? "10.0.1.0/24" : "10.0.2.0/24", .zone = std::string("us-west-2") + zone});
      }
      return {};
    }));
    const auto made = create("web", {"subnet-a", "subnet-b"});
    REQUIRE_MESSAGE(made, what_of(made));
    balancer = *made->load_balancers->at(0).load_balancer_arn;
    const auto grouped = call<shapes::CreateTargetGroupOutput>("CreateTargetGroup", shapes::CreateTargetGroupInput{.name = "web", .port = 80, .protocol = "HTTP", .target_type = "ip", .vpc_id = "vpc-1"});
    REQUIRE_MESSAGE(grouped, what_of(grouped));
    group = *grouped->target_groups->at(0).target_group_arn;
    const auto listens = listen(80);
    REQUIRE_MESSAGE(listens, what_of(listens));
    listener = *listens->listeners->at(0).listener_arn;
  }

  Result<shapes::CreateLoadBalancerOutput> create(std::string name, std::vector<std::string> subnets) {
    return call<shapes::CreateLoadBalancerOutput>("CreateLoadBalancer", shapes::CreateLoadBalancerInput{.name = std::move(name), .scheme = "internal", .subnets = std::move(subnets)});
  }
  Result<shapes::CreateListenerOutput> listen(int port, std::string protocol = "HTTP") {
    return call<shapes::CreateListenerOutput>("CreateListener", shapes::CreateListenerInput{.default_actions = forward(), .load_balancer_arn = balancer, .port = port, .protocol = std::move(protocol)});
  }
  std::vector<shapes::Action> forward() const { return {shapes::Action{.target_group_arn = group, .type = "forward"}}; }

  Result<shapes::CreateRuleOutput> rule(int priority, std::string field = "path-pattern", std::string value = "/api/*") {
    shapes::RuleCondition condition{.field = std::move(field), .values = std::vector<std::string>{std::move(value)}};
    return call<shapes::CreateRuleOutput>("CreateRule", shapes::CreateRuleInput{.actions = forward(), .conditions = std::vector{condition}, .listener_arn = listener, .priority = priority});
  }

  Result<shapes::DescribeTargetHealthOutput> health() {
    return call<shapes::DescribeTargetHealthOutput>("DescribeTargetHealth", shapes::DescribeTargetHealthInput{.target_group_arn = group});
  }

  /// A listener's actions without its record.
  Result<std::vector<model::Action>> read_alone(const std::vector<shapes::Action>& actions, const model::Listener& of, const std::vector<model::Action>& before = {}) {
    Result<std::vector<model::Action>> result = fail("none", "");
    (void)store->transact([&](Transaction& tx) -> Result<void> {
      result = read_actions(tx, context, actions, of, before);
      return {};
    });
    return result;
  }

  Result<shapes::CreateRuleOutput> rule_of(int priority, std::vector<shapes::RuleCondition> conditions, std::vector<shapes::Action> actions) {
    return call<shapes::CreateRuleOutput>("CreateRule", shapes::CreateRuleInput{.actions = std::move(actions), .conditions = std::move(conditions), .listener_arn = listener, .priority = priority});
  }
  Result<shapes::CreateTargetGroupOutput> make_group(shapes::CreateTargetGroupInput request) {
    if (!request.name) request.name = "other";
    if (!request.port) request.port = 80;
    if (!request.protocol) request.protocol = "HTTP";
    if (!request.target_type) request.target_type = "ip";
    if (!request.vpc_id) request.vpc_id = "vpc-1";
    return call<shapes::CreateTargetGroupOutput>("CreateTargetGroup", request);
  }
  std::string other_group(std::string name = "other") {
    const auto made = make_group({.name = std::move(name)});
    REQUIRE_MESSAGE(made, what_of(made));
    return *made->target_groups->at(0).target_group_arn;
  }
  Result<shapes::RegisterTargetsOutput> enter(std::vector<shapes::TargetDescription> targets) {
    return call<shapes::RegisterTargetsOutput>("RegisterTargets", shapes::RegisterTargetsInput{.target_group_arn = group, .targets = std::move(targets)});
  }
  Result<shapes::ModifyTargetGroupAttributesOutput> set_attribute(const std::string& key, const std::string& value) {
    return call<shapes::ModifyTargetGroupAttributesOutput>("ModifyTargetGroupAttributes", shapes::ModifyTargetGroupAttributesInput{.attributes = std::vector{shapes::TargetGroupAttribute{.key = key, .value = value}}, .target_group_arn = group});
  }
  /// What nobody would make through calls, a thousand times.
  template <class Record>
  void put_all(const std::vector<Record>& records) {
    REQUIRE(store->transact([&](Transaction& tx) -> Result<void> {
      for (const Record& record : records) store::put(tx, record);
      return {};
    }));
  }

  std::string balancer, group, listener;
};

}  // namespace landfall::services::elbv2
