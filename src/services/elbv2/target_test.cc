#include "services/elbv2/balancer_for_test.h"

namespace landfall::services::elbv2 {
namespace {

struct Targets : BalancerForTest {
  std::string told(const std::string& ip) {
    const auto all = health();
    REQUIRE_MESSAGE(all, what_of(all));
    for (const auto& target : *all->target_health_descriptions) {
      if (target.target->id == ip) return *target.target_health->state + " " + target.target_health->reason.value_or("") + " " + target.target_health->description.value_or("");
    }
    return "not there";
  }
  std::string node_of(const std::string& arn) { return store::find<model::LoadBalancer>(*store, arn)->nodes.at(0).private_ip; }
};

const std::string kUnusable = "unused Target.IpUnusable The IP address cannot be used as a target, as it is in use by a load balancer";

TEST_CASE_FIXTURE(Targets, "the address of a load balancer is no target for as long as it has it") {
  const auto second = create("second", {"subnet-a", "subnet-b"});
  REQUIRE_MESSAGE(second, what_of(second));
  const std::string arn = *second->load_balancers->at(0).load_balancer_arn, its = node_of(arn), own = node_of(balancer);
  REQUIRE(enter({{.id = its}, {.id = own}, {.id = "10.0.1.99"}}));
  CHECK(told(its) == kUnusable);
  CHECK(told(own) == kUnusable);
  CHECK(told("10.0.1.99") == "initial Elb.RegistrationInProgress Target registration is in progress");
  REQUIRE(call<shapes::DeleteLoadBalancerOutput>("DeleteLoadBalancer", shapes::DeleteLoadBalancerInput{.load_balancer_arn = arn}));
  CHECK(told(its) == "initial Elb.RegistrationInProgress Target registration is in progress");
  const auto third = create("third", {"subnet-a", "subnet-b"});
  REQUIRE_MESSAGE(third, what_of(third));
  CHECK(node_of(*third->load_balancers->at(0).load_balancer_arn) == its);
  CHECK(told(its) == kUnusable);
  REQUIRE(call<shapes::DeregisterTargetsOutput>("DeregisterTargets", shapes::DeregisterTargetsInput{.target_group_arn = group, .targets = {{{.id = its}}}}));
  CHECK(told(its) == "draining Target.DeregistrationInProgress Target deregistration is in progress");
}

TEST_CASE_FIXTURE(Targets, "a network load balancer may have another load balancer's address as a target, and so may another VPC") {
  const auto flows = make_group({.name = "flows", .protocol = "TCP"});
  REQUIRE_MESSAGE(flows, what_of(flows));
  const std::string own = node_of(balancer), http = std::exchange(group, *flows->target_groups->at(0).target_group_arn);
  REQUIRE(enter({{.id = own}}));
  CHECK(told(own) == "unused Target.NotInUse Target group is not configured to receive traffic from the load balancer");
  group = http;
  put_all(std::vector{model::Vpc{.account = "000000000000", .region = "us-west-2", .id = "vpc-2", .cidr = "10.9.0.0/16"}});
  const auto abroad = make_group({.name = "abroad", .vpc_id = "vpc-2"});
  REQUIRE_MESSAGE(abroad, what_of(abroad));
  group = *abroad->target_groups->at(0).target_group_arn;
  REQUIRE(enter({{.availability_zone = "all", .id = own}}));
  CHECK(told(own).starts_with("unused Target.NotInUse"));
}

TEST_CASE_FIXTURE(Targets, "health is told of those who are not registered too, and of zones without a node") {
  const auto asked = call<shapes::DescribeTargetHealthOutput>("DescribeTargetHealth", shapes::DescribeTargetHealthInput{.target_group_arn = group, .targets = {{{.id = "10.0.1.50"}}}});
  REQUIRE_MESSAGE(asked, what_of(asked));
  const auto& health_told = *asked->target_health_descriptions->at(0).target_health;
  CHECK(health_told.state == "unused");
  CHECK(health_told.reason == "Target.NotRegistered");
  CHECK(health_told.description == "Target is not registered to the target group");
  put_all(std::vector{model::Subnet{.account = "000000000000", .region = "us-west-2", .id = "subnet-c", .vpc_id = "vpc-1", .cidr = "10.0.3.0/24", .zone = "us-west-2c"}});
  REQUIRE(enter({{.id = "10.0.3.9"}}));
  CHECK(told("10.0.3.9") == "unused Target.NotInUse Target is in an Availability Zone that is not enabled for the load balancer");
  REQUIRE(call<shapes::DeleteListenerOutput>("DeleteListener", shapes::DeleteListenerInput{.listener_arn = listener}));
  CHECK(told("10.0.3.9") == "unused Target.NotInUse Target group is not configured to receive traffic from the load balancer");
}

TEST_CASE_FIXTURE(Targets, "a target is its address and its port, in the VPC or in private ranges elsewhere") {
  REQUIRE(enter({{.id = "10.0.1.9"}, {.id = "10.0.1.9", .port = 81}}));
  CHECK(health()->target_health_descriptions->size() == 2);
  for (const char* elsewhere : {"10.9.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1"}) {
    CHECK_MESSAGE(what_of(enter({{.id = elsewhere}})) == "You must specify an Availability Zone 'all' for the IP address '" + std::string(elsewhere) + "', which is outside the VPC", elsewhere);
    CHECK_MESSAGE(code_of(enter({{.availability_zone = "all", .id = elsewhere}})) == "", elsewhere);
  }
  CHECK(what_of(enter({{.id = "198.51.100.1"}})) == "The IP address '198.51.100.1' is not within a supported range of IP addresses");
  CHECK(code_of(enter({{.id = "10.0.1.9", .port = 65536}})) == "ValidationError");
}

}  // namespace
}  // namespace landfall::services::elbv2
