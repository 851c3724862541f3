#include "why/explain.h"

#include <doctest/doctest.h>

#include "model/container_service.h"
#include "model/load_balancing.h"
#include "model/scaling.h"
#include "model/zone.h"
#include "store/store.h"
#include "store/table.h"
#include "why/ownership.h"
#include "why/parts.h"
#include "why/request.h"

using namespace landfall;
using namespace landfall::why;

namespace {

template <class... Records>
void keep(store::Store& store, const Records&... records) {
  REQUIRE(store.transact([&](store::Transaction& tx) -> Result<void> {
    (store::put(tx, records), ...);
    return {};
  }));
}

model::Because because(std::string subject, std::string code, std::string cause, std::string attribute) {
  return {.subject = std::move(subject), .code = std::move(code), .sentence = "so it is", .cause = std::move(cause), .attribute = std::move(attribute), .remedy = {}, .evidence = {}, .since = {}};
}

}  // namespace

TEST_CASE("a reason is followed to what holds its cause up") {
  const auto store = store::open_memory();
  keep(*store, because("arn:service/web", "Task.CannotReachRegistry", "rtb-1", "route"), because("rtb-1", "RouteTable.Blackhole", "nat-1", "subnet_id"),
       model::Origin{.id = "nat-1", .address = "aws_nat_gateway.main", .file = "/r/nat.tf", .line = 7, .root = "/r", .refers = {}, .blocks = {}});

  const auto told = explain(*store, "");

  REQUIRE_FALSE(told.findings.empty());
  CHECK(told.findings[0].address == "aws_nat_gateway.main");
  CHECK(told.findings[0].line == 7);
}

TEST_CASE("a thing that is its own cause is not explained by its other reasons") {
  const auto store = store::open_memory();
  keep(*store, because("svc", "Service.DeploymentBlocked", "svc", "deployment_maximum_percent"), because("svc", "Task.CannotReachRegistry", "rtb-1", "route"));

  const auto told = explain(*store, "");

  REQUIRE(told.findings.size() == 2);
  CHECK(told.findings[0].cause == "rtb-1");
  CHECK(told.findings[1].cause == "svc");
}

TEST_CASE("a refused call is told with the caller's address and once") {
  const auto store = store::open_memory();
  model::Because reason = because("arn:service/web", "Service.ContainerNotInTaskDefinition", "arn:service/web", "load_balancer.container_name");
  reason.evidence["message"] = "The container a does not exist in the task definition.";
  keep(*store, reason, model::ApplyFailure{.address = "aws_ecs_service.web", .file = "/r/ecs.tf", .line = 3, .root = "/r", .operation = "aws_ecs_service", .code = "InvalidParameterException", .message = reason.evidence["message"]});

  const auto told = explain(*store, "apply");

  REQUIRE(told.findings.size() == 1);
  CHECK(told.findings[0].address == "aws_ecs_service.web");
  CHECK(told.findings[0].attribute == "load_balancer.container_name");
  CHECK(told.findings[0].line == 3);
}

TEST_CASE("a rule of its own is what is to be changed, not its group") {
  const auto store = store::open_memory();
  keep(*store, because("group", "Target.SecurityGroupRefuses", "sg-1", "ingress"), model::Origin{.id = "sg-1", .address = "aws_security_group.task", .file = "/r/a.tf", .line = 1, .root = "/r", .refers = {}, .blocks = {"name"}},
       model::Origin{.id = "sgrule-1", .address = "aws_security_group_rule.in", .file = "/r/a.tf", .line = 9, .root = "/r", .refers = {{"security_group_id", "sg-1"}, {"type", "ingress"}}, .blocks = {}});

  const auto told = explain(*store, "");

  REQUIRE(told.findings.size() == 1);
  CHECK(told.findings[0].address == "aws_security_group_rule.in");
  CHECK(told.findings[0].related == std::vector<std::string>{"aws_security_group.task"});
}

TEST_CASE("inline rules and rule resources of one direction own a group twice") {
  std::vector<model::Origin> origins{{.id = "sg-1", .address = "aws_security_group.task", .file = {}, .line = 0, .root = {}, .refers = {}, .blocks = {"ingress"}},
                                     {.id = "r", .address = "module.a.aws_security_group_rule.in[0]", .file = {}, .line = 0, .root = {}, .refers = {{"security_group_id", "sg-1"}, {"type", "egress"}}, .blocks = {}}};
  CHECK(owned_twice(origins).empty());

  origins[1].refers["type"] = "ingress";
  REQUIRE(owned_twice(origins).size() == 1);
  CHECK(owned_twice(origins)[0].attribute == "ingress");

  origins[1].is_gone = true;
  CHECK(owned_twice(origins).empty());
}

TEST_CASE("a problem that ended a plan is told with the argument that its line sets") {
  const auto attribute_of = [](std::string summary, std::string line) {
    const auto store = store::open_memory();
    keep(*store, model::ApplyFailure{.address = "aws_eip.more", .file = "/r/a.tf", .line = 3, .root = "/r", .operation = "plan", .code = summary, .message = summary, .expression = std::move(line)});
    const auto told = explain(*store, "apply");
    REQUIRE(told.findings.size() == 1);
    return told.findings[0].attribute;
  };
  CHECK(attribute_of("Unsupported argument", "  subnet = []") == "subnet");
  CHECK(attribute_of("Invalid count argument", "  count = length(x)") == "count");
  CHECK(attribute_of("Instance cannot be destroyed", "resource \"aws_lb\" \"main\" {") == "lifecycle.prevent_destroy");
  CHECK(attribute_of("Something else", "  a == b").empty());
  CHECK(attribute_of("Something else", "").empty());
}

TEST_CASE("types are read from addresses") {
  CHECK(type_of("aws_vpc.x") == "aws_vpc");
  CHECK(type_of("module.a[\"k\"].module.b.aws_vpc.x[0]") == "aws_vpc");
}

TEST_CASE("a URL is read") {
  const auto url = parse_url("HTTPS://Example.test:8443/a/b?c=d");
  REQUIRE(url);
  CHECK(url->scheme == "https");
  CHECK(url->host == "example.test");
  CHECK(url->port == 8443);
  CHECK(url->path == "/a/b");
  CHECK(parse_url("http://example.test")->path == "/");
  CHECK_FALSE(parse_url("service/web"));
}

TEST_CASE("an unknown thing is said to be unknown") {
  const auto store = store::open_memory();
  const auto told = explain(*store, "service/none");
  CHECK_FALSE(told.is_known);
  CHECK(told.findings.empty());
}

TEST_CASE("a service that is not as large as its scaling wants it is told with what keeps it so") {
  const auto store = store::open_memory();
  const model::ScalableTarget target{.account = "1", .region = "r", .service_namespace = "ecs", .resource_id = "service/main/web", .dimension = "ecs:service:DesiredCount", .min_capacity = 1, .max_capacity = 2};
  model::ScalingPolicy policy{.account = "1", .region = "r", .service_namespace = "ecs", .resource_id = "service/main/web", .dimension = "ecs:service:DesiredCount", .name = "p", .arn = "arn:policy/p", .type = "StepScaling", .step_scaling = "{}"};
  model::Service service{.account = "1", .region = "r", .arn = "arn:service/main/web", .name = "web", .cluster_arn = "arn:cluster/main"};
  service.desired_count = 1;
  keep(*store, service, target, policy, model::ScalingActivities{.target_key = target.key(), .all = {{.id = "a", .cause = "alarm high was triggered", .wanted = 2}}});

  auto told = explain(*store, "web");
  REQUIRE(told.findings.size() == 2);
  CHECK(told.findings[0].code == "Service.ScalingUndone");
  CHECK(told.findings[0].sentence.find("to 2 (alarm high was triggered), and a later change, as of an apply, set it to 1") != std::string::npos);
  CHECK(told.findings[1].code == "Scaling.PolicyNotCalled");

  service.desired_count = 2;
  model::Alarm alarm{.account = "1", .region = "r", .name = "high", .configuration = R"({"AlarmActions":["arn:policy/p"]})", .state = "ALARM"};
  keep(*store, service, alarm, model::ScalingActivities{.target_key = target.key(), .all = {{.id = "b", .cause = "alarm high was triggered", .not_scaled = "AlreadyAtMaxCapacity", .wanted = -1}, {.id = "a", .wanted = 2}}});
  told = explain(*store, "");
  REQUIRE(told.findings.size() == 1);
  CHECK(told.findings[0].code == "Scaling.AtMaxCapacity");
  CHECK(told.findings[0].attribute == "max_capacity");

  alarm.state = "OK";
  keep(*store, alarm);
  CHECK(explain(*store, "").findings.empty());
}
