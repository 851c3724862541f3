#include <doctest/doctest.h>

#include <algorithm>

#include "scaling/container_insights.h"

namespace landfall::scaling {
namespace {

double sum_of(const std::vector<Measurement>& all, const std::string& name, const std::map<std::string, std::string>& dimensions) {
  const auto found = std::ranges::find_if(all, [&](const auto& m) { return m.metric.space == "ECS/ContainerInsights" && m.metric.name == name && m.metric.dimensions == dimensions; });
  return found == all.end() ? -1 : found->point.sum;
}

Reading reading(int64_t second) {
  return {.at = {second * 1000}, .tasks = {{.task_arn = "task", .cpu_us = second * 250'000, .memory_bytes = 128 << 20}, {.task_arn = "elsewhere", .cpu_us = second, .memory_bytes = 1}}, .balancers = {}};
}

InsightfulCluster cluster() {
  InsightfulCluster made{.cluster = {.account = "0", .region = "r", .arn = "arn:c", .name = "c", .settings = {{.name = "containerInsights", .value = "enabled"}}}, .services = {{.name = "web", .desired_count = 3}}, .tasks = 2};
  made.services[0].deployments = {{.pending_count = 1, .running_count = 2}, {.running_count = 1}};
  return made;
}

Reserved reserved() {
  Reserved made;
  made.tasks["task"] = {.arn = "task", .cluster_arn = "arn:c", .task_definition_arn = "d", .service_arn = "arn:s/c/web"};
  made.tasks["elsewhere"] = {.arn = "elsewhere", .cluster_arn = "arn:other", .task_definition_arn = "d"};
  made.definitions["d"] = {.arn = "d", .family = "f", .cpu = 512, .memory = 1024};
  return made;
}

}  // namespace

TEST_CASE("a cluster with Container Insights tells its services and what its tasks use and reserve") {
  const auto made = container_insights(reading(10), reading(20), reserved(), {cluster()});

  const std::map<std::string, std::string> of_cluster{{"ClusterName", "c"}}, of_service{{"ClusterName", "c"}, {"ServiceName", "web"}}, of_family{{"ClusterName", "c"}, {"TaskDefinitionFamily", "f"}};
  CHECK(sum_of(made, "ServiceCount", of_cluster) == 1);
  CHECK(sum_of(made, "TaskCount", of_cluster) == 2);
  CHECK(sum_of(made, "RunningTaskCount", of_service) == 3);
  CHECK(sum_of(made, "PendingTaskCount", of_service) == 1);
  CHECK(sum_of(made, "DesiredTaskCount", of_service) == 3);
  CHECK(sum_of(made, "DeploymentCount", of_service) == 2);
  for (const auto& dimensions : {of_cluster, of_service, of_family}) {
    CHECK(sum_of(made, "CpuUtilized", dimensions) == doctest::Approx(256));  // a quarter of a CPU
    CHECK(sum_of(made, "CpuReserved", dimensions) == 512);
    CHECK(sum_of(made, "MemoryUtilized", dimensions) == doctest::Approx(128));
    CHECK(sum_of(made, "MemoryReserved", dimensions) == 1024);
  }
  CHECK(std::ranges::count_if(made, [](const auto& m) { return m.metric.name == "CpuUtilized"; }) == 3);
}

TEST_CASE("only clusters that ask for Container Insights have them") {
  InsightfulCluster of = cluster();
  CHECK(has_insights(of.cluster));

  of.cluster.settings[0].value = "disabled";
  CHECK_FALSE(has_insights(of.cluster));
  of.cluster.settings.clear();
  CHECK_FALSE(has_insights(of.cluster));
}

}  // namespace landfall::scaling
