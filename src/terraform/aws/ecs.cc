#include "terraform/aws/ecs.h"

#include <algorithm>

#include "aws/json_codec.h"
#include "base/json.h"
#include "terraform/aws/tags.h"

namespace landfall::terraform::aws_types {
namespace {

namespace ecs = aws::ecs;

template <class T>
void drop_empty(std::optional<std::vector<T>>& list) {
  if (list && list->empty()) list.reset();
}

template <class T>
void drop_default(std::optional<T>& member, const T& by_default) {
  if (member && *member == by_default) member.reset();
}

void drop_defaults(ecs::LinuxParameters& parameters) {
  drop_default(parameters.init_process_enabled, false);
  drop_empty(parameters.devices);
  drop_empty(parameters.tmpfs);
  if (!parameters.capabilities) return;
  drop_empty(parameters.capabilities->add);
  drop_empty(parameters.capabilities->drop);
  if (!parameters.capabilities->add && !parameters.capabilities->drop) parameters.capabilities.reset();
}

void normalise(ecs::ContainerDefinition& container) {
  drop_default(container.cpu, 0);
  drop_default(container.essential, true);
  for (auto* is_on : {&container.interactive, &container.pseudo_terminal, &container.privileged, &container.readonly_root_filesystem, &container.disable_networking}) drop_default(*is_on, false);
  drop_default(container.version_consistency, std::string("enabled"));
  if (container.linux_parameters) drop_defaults(*container.linux_parameters);
  const bool says_nothing = container.linux_parameters && aws::encode_json(ecs::LinuxParameters::shape(), &*container.linux_parameters) == "{}";
  if (says_nothing) container.linux_parameters.reset();
  drop_empty(container.mount_points);
  drop_empty(container.volumes_from);
  drop_empty(container.system_controls);
  drop_empty(container.links);
  drop_empty(container.dns_servers);
  drop_empty(container.dns_search_domains);
  drop_empty(container.extra_hosts);
  drop_empty(container.docker_security_options);
  drop_empty(container.secrets);
  drop_empty(container.environment_files);
  drop_empty(container.ulimits);
  drop_empty(container.depends_on);
  drop_empty(container.entry_point);
  drop_empty(container.command);
  drop_empty(container.resource_requirements);
  drop_empty(container.environment);
  if (container.environment) {
    std::erase_if(*container.environment, [](const ecs::KeyValuePair& pair) { return pair.value.value_or("").empty(); });
    std::ranges::stable_sort(*container.environment, {}, [](const ecs::KeyValuePair& pair) { return pair.name.value_or(""); });
  }
  if (container.docker_labels && container.docker_labels->empty()) container.docker_labels.reset();
  if (container.mount_points) {
    for (ecs::MountPoint& mount : *container.mount_points) drop_default(mount.read_only, false);
  }
  drop_empty(container.port_mappings);
  if (container.port_mappings) {
    for (ecs::PortMapping& mapping : *container.port_mappings) {
      drop_default(mapping.protocol, std::string("tcp"));
      if (mapping.host_port.value_or(0) == 0 || mapping.host_port == mapping.container_port) mapping.host_port.reset();
    }
    std::ranges::stable_sort(*container.port_mappings, {}, [](const ecs::PortMapping& m) { return m.container_port.value_or(0); });
  }
  if (container.log_configuration && container.log_configuration->options && container.log_configuration->options->empty()) container.log_configuration->options.reset();
  if (container.log_configuration) drop_empty(container.log_configuration->secret_options);
  if (container.health_check) {
    drop_default(container.health_check->interval, 30);
    drop_default(container.health_check->timeout, 5);
    drop_default(container.health_check->retries, 3);
    drop_default(container.health_check->start_period, 0);
  }
}

}  // namespace

Result<std::vector<ecs::ContainerDefinition>> parse_containers(const std::string& text) {
  const json::value document = TRY(parse_json(text, "container_definitions"));
  if (!document.is_array()) return fail("ECS.ContainerDefinitions", "container_definitions is not a JSON list of containers");
  ecs::RegisterTaskDefinitionRequest request;
  const json::object wrapped{{"containerDefinitions", document}};
  TRY(aws::decode_json(ecs::RegisterTaskDefinitionRequest::shape(), json::serialize(wrapped), aws::Unknown::skipped_in_any_case, &request));
  return request.container_definitions.value_or(std::vector<ecs::ContainerDefinition>{});
}

Result<std::string> canonical_containers(const std::string& text) {
  ecs::RegisterTaskDefinitionRequest request;
  request.container_definitions = TRY(parse_containers(text));
  for (ecs::ContainerDefinition& container : *request.container_definitions) normalise(container);
  std::ranges::stable_sort(*request.container_definitions, {}, [](const ecs::ContainerDefinition& c) { return c.name.value_or(""); });
  return aws::encode_json(ecs::RegisterTaskDefinitionRequest::shape(), &request);
}

std::vector<ecs::CapacityProviderStrategyItem> strategy_of(const Record& record, std::string_view block) {
  std::vector<ecs::CapacityProviderStrategyItem> strategy;
  for (const Record& row : record.blocks(block)) {
    auto& item = strategy.emplace_back();
    item.capacity_provider = row.text("capacity_provider");
    item.base = static_cast<int32_t>(row.number("base"));
    item.weight = static_cast<int32_t>(row.number("weight"));
  }
  return strategy;
}

std::vector<Record> to_records(const std::optional<std::vector<ecs::CapacityProviderStrategyItem>>& strategy) {
  std::vector<Record> rows;
  for (const auto& item : strategy.value_or(std::vector<ecs::CapacityProviderStrategyItem>{})) {
    Record& row = rows.emplace_back();
    row.set("capacity_provider", item.capacity_provider.value_or(""));
    row.set("base", item.base.value_or(0));
    row.set("weight", item.weight.value_or(0));
  }
  return rows;
}

Block network_block() { return one_block("network_configuration", {.attributes = {text_set("subnets").required(), text_set("security_groups"), flag("assign_public_ip").defaults(false)}}); }

ecs::NetworkConfiguration network_of(const Record& record) {
  ecs::NetworkConfiguration network;
  const Record block = record.block("network_configuration");
  auto& vpc = network.awsvpc_configuration.emplace();
  vpc.subnets = block.texts("subnets");
  if (!block.texts("security_groups").empty()) vpc.security_groups = block.texts("security_groups");
  vpc.assign_public_ip = block.flag("assign_public_ip") ? "ENABLED" : "DISABLED";
  return network;
}

std::vector<Record> network_records(const std::optional<ecs::NetworkConfiguration>& network) {
  std::vector<Record> rows;
  if (!network || !network->awsvpc_configuration) return rows;
  Record& row = rows.emplace_back();
  row.set("subnets", network->awsvpc_configuration->subnets.value_or(std::vector<std::string>{}));
  row.set("security_groups", network->awsvpc_configuration->security_groups.value_or(std::vector<std::string>{}));
  row.set("assign_public_ip", network->awsvpc_configuration->assign_public_ip == "ENABLED");
  return rows;
}

Result<void> update_ecs_tags(const Cloud& cloud, const std::string& arn, const Record& prior, const Record& planned) {
  const TagChange change = tag_change(prior, planned);
  if (!change.removed.empty()) {
    ecs::UntagResourceRequest request;
    request.resource_arn = arn;
    request.tag_keys = change.removed;
    TRY(cloud.call<ecs::UntagResourceResponse>("ecs", "UntagResource", request));
  }
  if (!change.put.empty()) {
    ecs::TagResourceRequest request;
    request.resource_arn = arn;
    request.tags = to_tags<ecs::Tag>(change.put);
    TRY(cloud.call<ecs::TagResourceResponse>("ecs", "TagResource", request));
  }
  return {};
}

}  // namespace landfall::terraform::aws_types
