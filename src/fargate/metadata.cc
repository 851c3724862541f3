#include "fargate/metadata.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/ip.h"
#include "base/json.h"
#include "base/text.h"
#include "store/table.h"

namespace landfall::fargate {
namespace {

json::object network_of(const store::Store& store, const model::Task& task) {
  json::object network{{"NetworkMode", "awsvpc"}, {"IPv4Addresses", json::array{task.private_ip}}, {"AttachmentIndex", 0}, {"MACAddress", task.mac},
                       {"PrivateDNSName", private_dns_name(task.private_ip, task.region)}};
  const auto subnet = store::find<model::Subnet>(store, task.account + "/" + task.region + "/" + task.subnet_id);
  if (!subnet) return network;
  network["IPv4SubnetCIDRBlock"] = subnet->cidr;
  if (const auto cidr = parse_cidr(subnet->cidr)) network["SubnetGatewayIpv4Address"] = fmt::format("{}/{}", to_string(cidr->base + 1), cidr->length);
  const auto vpc = store::find<model::Vpc>(store, task.account + "/" + task.region + "/" + subnet->vpc_id);
  if (!vpc) return network;
  if (const auto cidr = parse_cidr(vpc->cidr)) network["DomainNameServers"] = json::array{to_string(cidr->base + 2)};
  return network;
}

json::object labels_of(const model::Task& task, const model::TaskDefinition& definition, const model::ContainerDefinition& container) {
  json::object labels;
  for (const auto& [name, value] : container.docker_labels) labels[name] = value;
  labels["com.amazonaws.ecs.cluster"] = task.cluster_arn;
  labels["com.amazonaws.ecs.container-name"] = container.name;
  labels["com.amazonaws.ecs.task-arn"] = task.arn;
  labels["com.amazonaws.ecs.task-definition-family"] = definition.family;
  labels["com.amazonaws.ecs.task-definition-version"] = std::to_string(definition.revision);
  return labels;
}

json::object container_of(const store::Store& store, const model::Task& task, const model::TaskDefinition& definition, const model::TaskContainer& container) {
  json::object out{{"DockerId", container.runtime_id}, {"Name", container.name}, {"DockerName", container.name}, {"Image", container.image}, {"ImageID", container.image_digest}};
  const auto defined = std::ranges::find(definition.containers, container.name, &model::ContainerDefinition::name);
  if (defined != definition.containers.end()) {
    out["Labels"] = labels_of(task, definition, *defined);
    out["Limits"] = json::object{{"CPU", std::max(2, defined->cpu)}};
    if (defined->memory != 0) out["Limits"].get_object()["Memory"] = defined->memory;
    if (defined->log_configuration) {
      json::object options;
      for (const auto& [name, value] : defined->log_configuration->options) options[name] = value;
      out["LogDriver"] = defined->log_configuration->driver;
      out["LogOptions"] = options;
    }
    if (defined->restart_policy.is_enabled) out["RestartCount"] = container.restart_count;
    if (defined->health_check) out["Health"] = json::object{{"status", container.health_status}};
  }
  out["DesiredStatus"] = task.desired_status;
  out["KnownStatus"] = container.last_status;
  if (container.exit_code) out["ExitCode"] = *container.exit_code;
  out["CreatedAt"] = iso8601(task.created_at, true);
  if (task.started_at) out["StartedAt"] = iso8601(task.started_at, true);
  out["Type"] = "NORMAL";
  out["ContainerARN"] = container.arn;
  out["Networks"] = json::array{network_of(store, task)};
  out["Snapshotter"] = "overlayfs";
  return out;
}

}  // namespace

std::string private_dns_name(const std::string& ip, const std::string& region) {
  return fmt::format("ip-{}.{}", replace_all(ip, ".", "-"), region == "us-east-1" ? "ec2.internal" : region + ".compute.internal");
}

std::string container_metadata(const store::Store& store, const model::Task& task, const model::TaskDefinition& definition, const model::TaskContainer& container) {
  return json::serialize(container_of(store, task, definition, container));
}

std::string task_metadata(const store::Store& store, const model::Task& task, const model::TaskDefinition& definition) {
  json::array containers;
  for (const model::TaskContainer& container : task.containers) containers.push_back(container_of(store, task, definition, container));
  json::object out{{"Cluster", task.cluster_arn}, {"TaskARN", task.arn}, {"Family", definition.family}, {"Revision", std::to_string(definition.revision)}};
  if (task.group.starts_with("service:")) out["ServiceName"] = task.group.substr(8);
  out["DesiredStatus"] = task.desired_status;
  out["KnownStatus"] = task.last_status;
  out["Limits"] = json::object{{"CPU", definition.cpu / 1024.0}, {"Memory", definition.memory}};
  if (task.pull_started_at) out["PullStartedAt"] = iso8601(task.pull_started_at, true);
  if (task.pull_stopped_at) out["PullStoppedAt"] = iso8601(task.pull_stopped_at, true);
  if (task.execution_stopped_at) out["ExecutionStoppedAt"] = iso8601(task.execution_stopped_at, true);
  out["AvailabilityZone"] = task.zone;
  out["LaunchType"] = task.launch_type;
  if (const auto subnet = store::find<model::Subnet>(store, task.account + "/" + task.region + "/" + task.subnet_id)) out["VPCID"] = subnet->vpc_id;
  out["Containers"] = containers;
  return json::serialize(out);
}

}  // namespace landfall::fargate
