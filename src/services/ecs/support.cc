#include "services/ecs/support.h"

#include <charconv>

#include <fmt/format.h>

#include "model/network.h"
#include "services/ecs/ecs.h"

namespace landfall::services::ecs {

std::string arn_of(const CallContext& context, std::string_view kind, std::string_view tail) {
  return fmt::format("arn:aws:ecs:{}:{}:{}/{}", context.region, context.account, kind, tail);
}

std::string cluster_arn(const CallContext& context, const std::optional<std::string>& cluster) {
  const std::string name = cluster && !cluster->empty() ? *cluster : "default";
  return name.starts_with("arn:") ? name : arn_of(context, "cluster", name);
}

Result<model::Cluster> active_cluster(const Transaction& tx, const CallContext& context, const std::optional<std::string>& cluster) {
  auto found = store::find<model::Cluster>(tx, cluster_arn(context, cluster));
  if (!found || found->status != "ACTIVE") return fail("ClusterNotFoundException", "Cluster not found.");
  return std::move(*found);
}

std::string service_arn(const CallContext& context, const std::string& cluster, const std::string& service) {
  if (service.starts_with("arn:")) return service;
  return arn_of(context, "service", cluster.substr(cluster.rfind('/') + 1) + "/" + service);
}

std::optional<model::TaskDefinition> find_definition(const Transaction& tx, const CallContext& context, const std::string& named) {
  if (named.starts_with("arn:")) return store::find<model::TaskDefinition>(tx, named);
  const size_t colon = named.find(':');
  if (colon != std::string::npos) return store::find<model::TaskDefinition>(tx, arn_of(context, "task-definition", named));
  std::optional<model::TaskDefinition> newest;
  for (auto& definition : store::all<model::TaskDefinition>(tx, arn_of(context, "task-definition", named + ":"))) {
    if (definition.status == "ACTIVE" && (!newest || definition.revision > newest->revision)) newest = std::move(definition);
  }
  return newest;
}

Result<model::TaskDefinition> active_definition(const Transaction& tx, const CallContext& context, const std::string& named) {
  auto definition = find_definition(tx, context, named);
  if (!definition) return fail("ClientException", "TaskDefinition not found.");
  if (definition->status != "ACTIVE") return fail("ClientException", "TaskDefinition is inactive");
  return std::move(*definition);
}

Result<model::Service> service_at(const Transaction& tx, const CallContext& context, const std::optional<std::string>& cluster, const std::optional<std::string>& named) {
  TRY(check_cluster_of(text(named), cluster_arn(context, cluster)));
  auto service = store::find<model::Service>(tx, service_arn(context, cluster_arn(context, cluster), text(named)));
  if (!service) {
    TRY(active_cluster(tx, context, cluster));
    return fail("ServiceNotFoundException", "Service not found.");
  }
  return std::move(*service);
}

Result<void> check_cluster_of(const std::string& named, const std::string& cluster) {
  const std::vector<std::string> parts = split(named, '/');
  const auto last = [](const std::string& arn) { return arn.substr(arn.rfind('/') + 1); };
  if (!named.starts_with("arn:") || parts.size() < 3 || parts[1] == last(cluster)) return {};
  return fail("InvalidParameterException", fmt::format("Identifier is for cluster {}. Your cluster is {}", parts[1], last(cluster)));
}

Result<void> check_platform(const std::optional<std::string>& version) {
  if (!version || version->empty() || *version == "LATEST" || *version == "1.4.0") return {};
  return fail("PlatformUnknownException", "The specified platform version does not exist.");
}

Result<model::Tags> tags_of(const std::optional<std::vector<shapes::Tag>>& tags) {
  model::Tags result;
  for (const auto& tag : list(tags)) {
    if (text(tag.key).starts_with("aws:")) return fail("InvalidParameterException", fmt::format("Tag keys must not begin with 'aws:': {}", text(tag.key)));
    result[text(tag.key)] = text(tag.value);
  }
  if (result.size() > 50) return fail("InvalidParameterException", fmt::format("Tags can not have more than 50 elements; found {}", result.size()));
  return result;
}

std::optional<std::vector<shapes::Tag>> tag_list(const model::Tags& tags) {
  std::vector<shapes::Tag> result;
  for (const auto& [key, value] : tags) result.push_back({.key = key, .value = value});
  return result;
}

Result<model::AwsVpcConfiguration> read_network(const Transaction& tx, const CallContext& context, const std::optional<shapes::NetworkConfiguration>& configuration) {
  if (!configuration || !configuration->awsvpc_configuration) return fail("InvalidParameterException", "Network Configuration must be provided when networkMode 'awsvpc' is specified.");
  const auto& given = *configuration->awsvpc_configuration;
  model::AwsVpcConfiguration network{.subnets = list(given.subnets), .security_groups = list(given.security_groups), .assign_public_ip = text(given.assign_public_ip) == "ENABLED"};
  if (network.subnets.empty()) return fail("InvalidParameterException", "subnets can not be empty.");
  if (network.subnets.size() > 16) return fail("InvalidParameterException", "subnets can have at most 16 items.");
  if (network.security_groups.size() > 5) return fail("InvalidParameterException", "securityGroups can have at most 5 items.");
  const std::string scope = context.account + "/" + context.region + "/";
  std::string vpc_id;
  for (const std::string& id : network.subnets) {
    const auto subnet = store::find<model::Subnet>(tx, scope + id);
    if (!subnet) return fail("InvalidParameterException", fmt::format("Error retrieving subnet information for [{0}]: The subnet ID '{0}' does not exist (ErrorCode: InvalidSubnetID.NotFound)", id));
    if (!vpc_id.empty() && vpc_id != subnet->vpc_id) return fail("InvalidParameterException", fmt::format("The subnets must be of one VPC; found {} and {}", vpc_id, subnet->vpc_id));
    vpc_id = subnet->vpc_id;
  }
  for (const std::string& id : network.security_groups) {
    const auto group = store::find<model::SecurityGroup>(tx, scope + id);
    if (!group) return fail("InvalidParameterException", fmt::format("Error retrieving security group information for [{0}]: The security group '{0}' does not exist (ErrorCode: InvalidGroup.NotFound)", id));
    if (group->vpc_id != vpc_id) return fail("InvalidParameterException", fmt::format("The subnets and security groups must belong to the same VPC; {} belongs to {}", id, group->vpc_id));
  }
  return network;
}

void register_ecs(aws::Registry& registry, const Deps& deps) {
  register_cluster(registry, deps);
  register_account_setting(registry, deps);
  register_capacity_provider(registry, deps);
  register_container_instance(registry, deps);
  register_protection(registry, deps);
  register_task_definition(registry, deps);
  register_service(registry, deps);
  register_rollout(registry, deps);
  register_task_set(registry, deps);
  register_task(registry, deps);
  register_tags(registry, deps);
}

}  // namespace landfall::services::ecs
