#include <doctest/doctest.h>

#include <algorithm>

#include "scaling/measure.h"

namespace landfall::scaling {
namespace {

const std::string kBalancer = "arn:aws:elasticloadbalancing:us-west-2:000000000000:loadbalancer/app/web/1a2b";
const std::string kGroup = "arn:aws:elasticloadbalancing:us-west-2:000000000000:targetgroup/prod/3c4d";

const Measurement* find(const std::vector<Measurement>& all, const std::string& name, const std::map<std::string, std::string>& dimensions) {
  const auto found = std::ranges::find_if(all, [&](const auto& m) { return m.metric.name == name && m.metric.dimensions == dimensions; });
  return found == all.end() ? nullptr : &*found;
}

Reading reading(int64_t second, int64_t requests) {
  Reading made{.at = {second * 1000}, .tasks = {{.task_arn = "task", .cpu_us = second * 250'000, .memory_bytes = 128 << 20}}, .balancers = {}};
  made.balancers[kBalancer] = {.worker = 7, .counts = {{"RequestCount", requests}}, .gauges = {}, .groups = {{.arn = kGroup, .counts = {{"RequestCount", requests}, {"HTTPCode_Target_2XX_Count", requests}}, .gauges = {{"HealthyHostCount", 2}, {"UnHealthyHostCount", 0}}, .answers = requests, .response_us = requests * 2000}}};
  return made;
}

Reserved reserved() {
  Reserved made;
  made.tasks["task"] = {.account = "000000000000", .region = "us-west-2", .arn = "task", .cluster_arn = "arn:aws:ecs:us-west-2:000000000000:cluster/c", .task_definition_arn = "d", .service_arn = "arn:aws:ecs:us-west-2:000000000000:service/c/web"};
  made.definitions["d"] = {.arn = "d", .cpu = 512, .memory = 1024};
  return made;
}

const std::map<std::string, std::string> kService{{"ClusterName", "c"}, {"ServiceName", "web"}}, kOfBalancer{{"LoadBalancer", "app/web/1a2b"}}, kOfGroup{{"LoadBalancer", "app/web/1a2b"}, {"TargetGroup", "targetgroup/prod/3c4d"}};

}  // namespace

TEST_CASE("utilization is of what the task reserves") {
  const auto made = measure(reading(10, 0), reading(20, 0), reserved());

  REQUIRE(find(made, "CPUUtilization", kService));
  CHECK(find(made, "CPUUtilization", kService)->point.sum == doctest::Approx(50));  // a quarter of a CPU, of half a CPU
  CHECK(find(made, "CPUUtilization", kService)->point.at == WallTime{10'000});
  CHECK(find(made, "MemoryUtilization", kService)->point.sum == doctest::Approx(12.5));
}

TEST_CASE("requests are counted between two readings, per target and in all") {
  const auto made = measure(reading(10, 100), reading(20, 160), reserved());

  CHECK(find(made, "RequestCount", kOfBalancer)->point.sum == 60);
  CHECK(find(made, "RequestCount", kOfGroup)->point.count == 60);
  CHECK(find(made, "RequestCountPerTarget", kOfGroup)->point.sum == 30);
  CHECK(find(made, "RequestCountPerTarget", {{"TargetGroup", "targetgroup/prod/3c4d"}})->point.sum == 30);
  CHECK(find(made, "HTTPCode_Target_2XX_Count", kOfBalancer)->point.sum == 60);
  CHECK(find(made, "TargetResponseTime", kOfGroup)->point.sum == doctest::Approx(0.12));
  CHECK(find(made, "HealthyHostCount", kOfGroup)->point.sum == 2);
}

TEST_CASE("of another worker all counts are new; without requests they are 0, and codes are left out") {
  Reading before = reading(10, 100);
  before.balancers[kBalancer].worker = 6;
  CHECK(find(measure(before, reading(20, 60), reserved()), "RequestCount", kOfBalancer)->point.sum == 60);

  const auto idle = measure(reading(10, 100), reading(20, 100), reserved());
  REQUIRE(find(idle, "RequestCountPerTarget", kOfGroup));
  CHECK(find(idle, "RequestCountPerTarget", kOfGroup)->point.sum == 0);
  CHECK(find(idle, "HTTPCode_Target_2XX_Count", kOfGroup) == nullptr);
}

TEST_CASE("a network load balancer's traffic has a namespace of its own, and no requests") {
  const std::string arn = "arn:aws:elasticloadbalancing:us-west-2:000000000000:loadbalancer/net/web/1a2b";
  const auto at = [&](int64_t second, int64_t flows) {
    Reading made{.at = {second * 1000}, .tasks = {}, .balancers = {}};
    made.balancers[arn] = {.worker = 7, .counts = {{"NewFlowCount", flows}}, .gauges = {{"ActiveFlowCount", 3}}, .groups = {{.arn = kGroup, .counts = {}, .gauges = {{"HealthyHostCount", 1}}}}};
    return made;
  };
  const auto made = measure(at(10, 5), at(20, 9), reserved());
  const std::map<std::string, std::string> of_balancer{{"LoadBalancer", "net/web/1a2b"}};
  REQUIRE(find(made, "NewFlowCount", of_balancer));
  CHECK(find(made, "NewFlowCount", of_balancer)->metric.space == "AWS/NetworkELB");
  CHECK(find(made, "NewFlowCount", of_balancer)->point.sum == 4);
  CHECK(find(made, "ActiveFlowCount", of_balancer)->point.sum == 3);
  CHECK(std::ranges::none_of(made, [](const auto& m) { return m.metric.name == "RequestCountPerTarget"; }));
}

}  // namespace landfall::scaling
