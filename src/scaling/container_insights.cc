#include "scaling/container_insights.h"

#include <algorithm>

namespace landfall::scaling {
namespace {

using Dimensions = std::map<std::string, std::string>;
constexpr double kMiB = 1024 * 1024;

class Insights {
 public:
  Insights(const Reading& before, const Reading& now, const Reserved& reserved, const InsightfulCluster& of, std::vector<Measurement>& made)
      : before_(before), now_(now), reserved_(reserved), of_(of), made_(made) {}

  void measure() {
    const Dimensions cluster{{"ClusterName", of_.cluster.name}};
    add(cluster, "ServiceCount", "Count", static_cast<double>(of_.services.size()));
    add(cluster, "TaskCount", "Count", of_.tasks);
    for (const model::Service& service : of_.services) measure_service(service);
    for (const model::TaskUsage& usage : now_.tasks) measure_task(usage);
  }

 private:
  void add(const Dimensions& dimensions, const char* name, const char* unit, double value) {
    store::MetricPoint point = store::measured(value);
    point.at = before_.at;
    made_.push_back({.metric = {.account = of_.cluster.account, .region = of_.cluster.region, .space = "ECS/ContainerInsights", .name = name, .dimensions = dimensions}, .unit = unit, .point = point});
  }

  void measure_service(const model::Service& service) {
    const Dimensions dimensions{{"ClusterName", of_.cluster.name}, {"ServiceName", service.name}};
    int running = 0, pending = 0;
    for (const model::Deployment& deployment : service.deployments) {
      running += deployment.running_count;
      pending += deployment.pending_count;
    }
    add(dimensions, "DesiredTaskCount", "Count", service.desired_count);
    add(dimensions, "RunningTaskCount", "Count", running);
    add(dimensions, "PendingTaskCount", "Count", pending);
    add(dimensions, "DeploymentCount", "Count", static_cast<double>(service.deployments.size()));
  }

  void measure_task(const model::TaskUsage& usage) {
    const auto task = reserved_.tasks.find(usage.task_arn);
    const auto earlier = std::ranges::find(before_.tasks, usage.task_arn, &model::TaskUsage::task_arn);
    if (task == reserved_.tasks.end() || task->second.cluster_arn != of_.cluster.arn || earlier == before_.tasks.end() || usage.cpu_us < earlier->cpu_us) return;
    const auto definition = reserved_.definitions.find(task->second.task_definition_arn);
    if (definition == reserved_.definitions.end()) return;
    const double elapsed_us = static_cast<double>((now_.at - before_.at).count()) * 1000;
    const double cpu_units = static_cast<double>(usage.cpu_us - earlier->cpu_us) * 1024 / elapsed_us;
    const std::string& service = task->second.service_arn;
    std::vector<Dimensions> all{{{"ClusterName", of_.cluster.name}}, {{"ClusterName", of_.cluster.name}, {"TaskDefinitionFamily", definition->second.family}}};
    if (!service.empty()) all.push_back({{"ClusterName", of_.cluster.name}, {"ServiceName", service.substr(service.rfind('/') + 1)}});
    for (const Dimensions& dimensions : all) {
      add(dimensions, "CpuUtilized", "None", cpu_units);
      add(dimensions, "CpuReserved", "None", definition->second.cpu);
      add(dimensions, "MemoryUtilized", "Megabytes", static_cast<double>(usage.memory_bytes) / kMiB);
      add(dimensions, "MemoryReserved", "Megabytes", definition->second.memory);
    }
  }

  const Reading &before_, &now_;
  const Reserved& reserved_;
  const InsightfulCluster& of_;
  std::vector<Measurement>& made_;
};

}  // namespace

bool has_insights(const model::Cluster& cluster) {
  return std::ranges::any_of(cluster.settings, [](const model::NameValue& setting) { return setting.name == "containerInsights" && (setting.value == "enabled" || setting.value == "enhanced"); });
}

std::vector<Measurement> container_insights(const Reading& before, const Reading& now, const Reserved& reserved, const std::vector<InsightfulCluster>& clusters) {
  std::vector<Measurement> made;
  if (now.at <= before.at) return made;
  for (const InsightfulCluster& cluster : clusters) Insights(before, now, reserved, cluster, made).measure();
  return made;
}

}  // namespace landfall::scaling
