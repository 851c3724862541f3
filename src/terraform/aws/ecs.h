#pragma once

#include <string>

#include "aws/shapes/ecs.h"
#include "terraform/provider.h"

/// What the ECS types share.
namespace landfall::terraform::aws_types {

/// TagResource and UntagResource, for what differs in tags_all.
Result<void> update_ecs_tags(const Cloud& cloud, const std::string& arn, const Record& prior, const Record& planned);

/// A capacity provider strategy: rows of capacity_provider, base and weight.
std::vector<aws::ecs::CapacityProviderStrategyItem> strategy_of(const Record& record, std::string_view block);
std::vector<Record> to_records(const std::optional<std::vector<aws::ecs::CapacityProviderStrategyItem>>& strategy);

/// network_configuration: its block, what a record asks for, and what a service or task set tells.
Block network_block();
aws::ecs::NetworkConfiguration network_of(const Record& record);
std::vector<Record> network_records(const std::optional<aws::ecs::NetworkConfiguration>& network);

/// service_connect_configuration: its block, what a record asks for (off, if it has none), and what a service tells.
Block connect_block();
aws::ecs::ServiceConnectConfiguration connect_of(const Record& service);
void keep_connect(const aws::ecs::Service& service, Record& state);

/// The JSON list of container definitions in the form in which two that mean the same are equal: defaults left out,
/// environment in order. Errors: what is malformed.
/// Source  terraform-provider-aws docs, aws_ecs_task_definition (container_definitions); ECS API, ContainerDefinition defaults.
Result<std::string> canonical_containers(const std::string& text);
Result<std::vector<aws::ecs::ContainerDefinition>> parse_containers(const std::string& text);

}  // namespace landfall::terraform::aws_types
