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

TEST_CASE("what the nodes have carried is told by zone too, and what they find of their targets in all") {
  const auto at = [](int64_t second, int64_t requests) {
    Reading made = reading(second, requests);
    model::Traffic& all = made.balancers[kBalancer];
    for (const auto& [zone, share, healthy] : {std::tuple{"a", requests / 3, int64_t{2}}, std::tuple{"b", requests - requests / 3, int64_t{1}}}) {
      model::Traffic& node = all.zones.emplace_back();
      node.zone = zone;
      node.counts = {{"RequestCount", share}};
      node.groups = {{.arn = kGroup, .counts = {{"RequestCount", share}, {"HTTPCode_Target_2XX_Count", share}, {"UnhealthyRoutingRequestCount", share}}, .gauges = {{"HealthyHostCount", healthy}, {"UnHealthyHostCount", 2 - healthy}, {"HealthyStateDNS", healthy - 1}}, .answers = share, .response_us = share * 2000}};
    }
    return made;
  };
  const auto made = measure(at(10, 0), at(20, 30), reserved());
  const auto in = [](std::map<std::string, std::string> dimensions, const char* zone) {
    dimensions["AvailabilityZone"] = zone;
    return dimensions;
  };

  CHECK(find(made, "RequestCount", kOfBalancer)->point.sum == 30);
  CHECK(find(made, "RequestCount", in(kOfBalancer, "a"))->point.sum == 10);
  CHECK(find(made, "RequestCount", in(kOfGroup, "b"))->point.sum == 20);
  CHECK(find(made, "HTTPCode_Target_2XX_Count", in(kOfBalancer, "b"))->point.sum == 20);
  CHECK(find(made, "RequestCountPerTarget", in({{"TargetGroup", "targetgroup/prod/3c4d"}}, "a"))->point.sum == 5);
  CHECK(find(made, "TargetResponseTime", in(kOfGroup, "a"))->point.sum == doctest::Approx(0.02));
  CHECK(find(made, "UnhealthyRoutingRequestCount", in(kOfGroup, "a"))->point.sum == 10);
  CHECK(find(made, "UnhealthyRoutingRequestCount", in(kOfBalancer, "a")) == nullptr);  // of groups only

  CHECK(find(made, "HealthyHostCount", in(kOfGroup, "b"))->point.sum == 1);
  const store::MetricPoint& hosts = find(made, "HealthyHostCount", kOfGroup)->point;
  CHECK(hosts.minimum == 1);
  CHECK(hosts.maximum == 2);
  CHECK(hosts.sum / hosts.count == doctest::Approx(1.5));
  CHECK(find(made, "HealthyStateDNS", in(kOfGroup, "a"))->point.sum == 1);
  CHECK(find(made, "HealthyStateDNS", in(kOfGroup, "b"))->point.sum == 0);
  CHECK(find(made, "HealthyStateDNS", kOfGroup)->point.sum == 1);  // the number of zones
}

TEST_CASE("consumed LCUs: the dimension that is used most, in unit hours") {
  const auto consumed = [](std::map<std::string, int64_t> counts, int64_t active, int64_t rules) {
    Reading before = reading(0, 0), now = reading(60, 0);
    now.balancers[kBalancer].counts = std::move(counts);
    now.balancers[kBalancer].gauges = {{"ActiveConnectionCount", active}};
    now.balancers[kBalancer].charged_rules = rules;
    const auto made = measure(before, now, reserved());
    REQUIRE(find(made, "ConsumedLCUs", kOfBalancer));
    return find(made, "ConsumedLCUs", kOfBalancer)->point.sum * 60;  // units, for a minute
  };
  CHECK(consumed({}, 0, 0) == 0);
  CHECK(consumed({{"NewConnectionCount", 3000}}, 0, 0) == doctest::Approx(2));               // 50 each second
  CHECK(consumed({{"NewConnectionCount", 3000}}, 9000, 0) == doctest::Approx(3));            // active ones count for more
  CHECK(consumed({{"ProcessedBytes", 100'000'000}}, 3000, 0) == doctest::Approx(6));         // 6 GB an hour
  CHECK(consumed({{"ProcessedBytes", 1000}}, 0, 60'000 * 4) == doctest::Approx(4));          // 4000 rules each second
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
