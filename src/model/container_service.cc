#include "model/container_service.h"

#include <algorithm>
#include <cmath>

namespace landfall::model {

std::string next_provider(const std::vector<CapacityShare>& shares, const std::map<std::string, int>& counts) {
  const auto count = [&](const CapacityShare& share) {
    const auto found = counts.find(share.provider);
    return found == counts.end() ? 0 : found->second;
  };
  const CapacityShare* best = nullptr;
  for (const CapacityShare& share : shares) {
    if (count(share) < share.base) return share.provider;
    if (share.weight == 0 && shares.size() > 1) continue;
    const auto load = [&](const CapacityShare& s) { return static_cast<double>(count(s) - s.base) / (s.weight == 0 ? 1 : s.weight); };
    if (best == nullptr || load(share) < load(*best)) best = &share;
  }
  return best == nullptr ? "" : best->provider;
}

int Service::share_of(const Deployment& task_set) const {
  if (status != "ACTIVE" || task_set.status == "DRAINING") return 0;
  return static_cast<int>(std::ceil(desired_count * task_set.scale / 100));
}

TaskDefinition overridden(TaskDefinition definition, const TaskOverride& by) {
  if (by.cpu != 0) definition.cpu = by.cpu;
  if (by.memory != 0) definition.memory = by.memory;
  if (by.ephemeral_storage_gib != 0) definition.ephemeral_storage_gib = by.ephemeral_storage_gib;
  if (!by.execution_role_arn.empty()) definition.execution_role_arn = by.execution_role_arn;
  if (!by.task_role_arn.empty()) definition.task_role_arn = by.task_role_arn;
  for (ContainerDefinition& container : definition.containers) {
    const auto change = std::ranges::find(by.containers, container.name, &ContainerOverride::name);
    if (change == by.containers.end()) continue;
    if (change->command) container.command = change->command;
    if (change->cpu) container.cpu = *change->cpu;
    if (change->memory) container.memory = *change->memory;
    if (change->memory_reservation) container.memory_reservation = *change->memory_reservation;
    for (const NameValue& variable : change->environment) {
      const auto is_same = [&](const NameValue& other) { return other.name == variable.name; };
      std::erase_if(container.environment, is_same);
      std::erase_if(container.secrets, is_same);
      container.environment.push_back(variable);
    }
  }
  return definition;
}

std::string revision_arn(std::string_view service_arn, std::string_view deployment_id) {
  constexpr std::string_view kKind = ":service/";
  const size_t kind = service_arn.find(kKind);
  if (kind == std::string_view::npos) return "";
  return std::string(service_arn.substr(0, kind)) + ":service-revision/" + std::string(service_arn.substr(kind + kKind.size())) + "/" + std::string(deployment_id.substr(deployment_id.rfind('/') + 1));
}

std::string Service::stem(std::string_view kind) const {
  const std::string cluster = cluster_arn.substr(cluster_arn.rfind('/') + 1);
  return "arn:aws:ecs:" + region + ":" + account + ":" + std::string(kind) + "/" + cluster + "/" + name + "/";
}

}  // namespace landfall::model
