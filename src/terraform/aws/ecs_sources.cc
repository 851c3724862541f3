#include <algorithm>

#include <fmt/format.h>

#include "terraform/aws/ecs.h"
#include "terraform/aws/sources.h"
#include "terraform/aws/told.h"
#include "terraform/aws/types.h"

/// Data sources of ECS.
namespace landfall::terraform::aws_types {
namespace {

namespace ecs = aws::ecs;

const Names kCluster{"setting", "service_connect_defaults"};
const Names kService{"desired_count", "launch_type", "scheduling_strategy", "task_definition", "availability_zone_rebalancing"};
const Names kDefinition{"arn_without_revision", "container_definitions", "cpu", "ephemeral_storage", "execution_role_arn", "family", "ipc_mode", "memory", "network_mode", "pid_mode", "requires_compatibilities", "revision", "runtime_platform",
                        "task_role_arn", "volume", "enable_fault_injection"};

Names with_tags(Names names) {
  names.emplace_back("tags");
  return names;
}

Result<void> read_cluster(const ResourceType& type, const Cloud& cloud, Record& state) {
  ecs::DescribeClustersRequest request;
  request.clusters = std::vector<std::string>{state.text("cluster_name")};
  request.include = std::vector<std::string>{"TAGS", "SETTINGS", "CONFIGURATIONS"};
  const auto found = TRY(cloud.call<ecs::DescribeClustersResponse>("ecs", "DescribeClusters", request));
  if (!found.clusters || found.clusters->empty() || found.clusters->front().status == "INACTIVE") return fail(found_not_one(0, "ECS Cluster"));
  const ecs::Cluster& cluster = found.clusters->front();
  const std::string arn = cluster.cluster_arn.value_or("");
  Record there;
  there.set("id", arn);
  if (!TRY(tell(type, cloud, std::move(there), with_tags(kCluster), state))) return fail(found_not_one(0, "ECS Cluster"));
  state.set("id", arn);
  state.set("arn", arn);
  state.set("status", cluster.status.value_or(""));
  state.set("pending_tasks_count", cluster.pending_tasks_count.value_or(0));
  state.set("running_tasks_count", cluster.running_tasks_count.value_or(0));
  state.set("registered_container_instances_count", cluster.registered_container_instances_count.value_or(0));
  return {};
}

Result<void> read_clusters(const Cloud& cloud, Record& state) {
  ecs::ListClustersRequest request;
  std::vector<std::string> arns;
  do {
    const auto page = TRY(cloud.call<ecs::ListClustersResponse>("ecs", "ListClusters", request));
    for (const std::string& arn : page.cluster_arns.value_or(std::vector<std::string>{})) arns.push_back(arn);
    request.next_token = page.next_token;
  } while (request.next_token);
  state.set("id", cloud.region);
  state.set("cluster_arns", arns);
  return {};
}

Result<void> read_service(const ResourceType& type, const Cloud& cloud, Record& state) {
  ecs::DescribeServicesRequest request;
  request.cluster = state.text("cluster_arn");
  request.services = std::vector<std::string>{state.text("service_name")};
  const auto found = TRY(look_up<ecs::DescribeServicesResponse>(cloud, "ecs", "DescribeServices", request));
  const bool is_there = found && found->services && !found->services->empty() && found->services->front().status != "INACTIVE";
  const std::string missing = fmt::format("ECS Service {} in cluster {}", state.text("service_name"), state.text("cluster_arn"));
  if (!is_there) return fail(found_not_one(0, missing));
  const std::string arn = found->services->front().service_arn.value_or("");
  Record there;
  there.set("id", arn);
  there.set("cluster", state.text("cluster_arn"));
  if (!TRY(tell(type, cloud, std::move(there), with_tags(kService), state))) return fail(found_not_one(0, missing));
  state.set("id", arn);
  state.set("arn", arn);
  return {};
}

Result<void> read_task_definition(const ResourceType& type, const Cloud& cloud, Record& state) {
  ecs::DescribeTaskDefinitionRequest request;
  request.task_definition = state.text("task_definition");
  const auto found = TRY(cloud.call<ecs::DescribeTaskDefinitionResponse>("ecs", "DescribeTaskDefinition", request));
  const std::string arn = found.task_definition->task_definition_arn.value_or("");
  Record there;
  there.set("arn", arn);
  if (!TRY(tell(type, cloud, std::move(there), kDefinition, state))) return fail("NotFound", fmt::format("the ECS task definition {} is not active any more", arn));
  state.set("id", arn);
  state.set("arn", arn);
  state.set("status", found.task_definition->status.value_or(""));
  if (!state.has("enable_fault_injection")) state.set("enable_fault_injection", false);
  for (const char* none : {"inference_accelerator", "placement_constraints", "proxy_configuration"}) state.set(none, std::vector<Record>{});
  return {};
}

/// What task definitions of Landfall have none of.
std::vector<Attribute> never_defined() {
  const auto rows = [](std::initializer_list<const char*> names) {
    std::vector<Type::Attribute> members;
    for (const char* name : names) members.push_back({.name = name, .type = Type::string()});
    return members;
  };
  std::vector<Type::Attribute> proxy = rows({"container_name", "type"});
  proxy.push_back({.name = "properties", .type = Type::map(Type::string())});
  return {of_type("inference_accelerator", Type::list(Type::object(rows({"device_name", "device_type"})))).read_only(), of_type("placement_constraints", Type::set(Type::object(rows({"expression", "type"})))).read_only(),
          of_type("proxy_configuration", Type::list(Type::object(std::move(proxy)))).read_only()};
}

Result<void> read_container(const Cloud& cloud, Record& state) {
  ecs::DescribeTaskDefinitionRequest request;
  request.task_definition = state.text("task_definition");
  const auto found = TRY(cloud.call<ecs::DescribeTaskDefinitionResponse>("ecs", "DescribeTaskDefinition", request));
  const auto containers = found.task_definition->container_definitions.value_or(std::vector<ecs::ContainerDefinition>{});
  const auto container = std::ranges::find_if(containers, [&](const auto& c) { return c.name == state.text("container_name"); });
  if (container == containers.end()) return fail("NotFound", fmt::format("container with name \"{}\" not found in task definition \"{}\"", state.text("container_name"), found.task_definition->task_definition_arn.value_or("")));
  const std::string image = container->image.value_or("");
  state.set("id", fmt::format("{}/{}", found.task_definition->task_definition_arn.value_or(""), state.text("container_name")));
  state.set("image", image);
  state.set("image_digest", image.substr(image.rfind(':') + 1));
  state.set("cpu", container->cpu.value_or(0));
  state.set("memory", container->memory.value_or(0));
  state.set("memory_reservation", container->memory_reservation.value_or(0));
  state.set("disable_networking", container->disable_networking.value_or(false));
  state.set("docker_labels", container->docker_labels.value_or(std::map<std::string, std::string>{}));
  std::map<std::string, std::string> environment;
  for (const auto& pair : container->environment.value_or(std::vector<ecs::KeyValuePair>{})) environment[pair.name.value_or("")] = pair.value.value_or("");
  state.set("environment", environment);
  return {};
}

}  // namespace

void add_ecs_sources(Provider& provider) {
  const auto tags = [] { return text_map("tags").computed(); };
  const ResourceType &cluster = *provider.resource("aws_ecs_cluster"), &service = *provider.resource("aws_ecs_service"), &definition = *provider.resource("aws_ecs_task_definition");
  add_source(provider, "aws_ecs_cluster",
             telling(cluster, kCluster, {text("id").read_only(), text("arn").read_only(), text("cluster_name").required(), text("status").read_only(), number("pending_tasks_count").read_only(), number("running_tasks_count").read_only(),
                                         number("registered_container_instances_count").read_only(), tags()}),
             [&cluster](const Cloud& cloud, Record& state) { return read_cluster(cluster, cloud, state); });
  add_source(provider, "aws_ecs_clusters", {.attributes = {text("id").read_only(), texts("cluster_arns").read_only()}}, read_clusters);
  add_source(provider, "aws_ecs_service", telling(service, kService, {text("id").read_only(), text("arn").read_only(), text("service_name").required(), text("cluster_arn").required(), tags()}),
             [&service](const Cloud& cloud, Record& state) { return read_service(service, cloud, state); });
  Schema of_definition = telling(definition, kDefinition, {text("id").read_only(), text("arn").read_only(), text("task_definition").required(), text("status").read_only()});
  std::ranges::move(never_defined(), std::back_inserter(of_definition.attributes));
  add_source(provider, "aws_ecs_task_definition", std::move(of_definition),
             [&definition](const Cloud& cloud, Record& state) { return read_task_definition(definition, cloud, state); });
  add_source(provider, "aws_ecs_container_definition", {.attributes = {text("id").read_only(), text("task_definition").required(), text("container_name").required(), text("image").read_only(), text("image_digest").read_only(), number("cpu").read_only(),
                                                                       number("memory").read_only(), number("memory_reservation").read_only(), flag("disable_networking").read_only(), text_map("docker_labels").read_only(), text_map("environment").read_only()}}, read_container);
}

}  // namespace landfall::terraform::aws_types
