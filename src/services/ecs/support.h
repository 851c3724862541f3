#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/endpoint.h"
#include "aws/shapes/ecs.h"
#include "base/text.h"
#include "model/container_service.h"
#include "model/discovery.h"
#include "model/reason.h"
#include "services/deps.h"
#include "services/support/kept.h"
#include "services/support/pages.h"
#include "services/support/text.h"
#include "services/support/transact.h"
#include "store/table.h"

namespace landfall::services::ecs {

namespace shapes = landfall::aws::ecs;
using aws::CallContext;
using store::Transaction;

template <class T>
std::vector<T> list(const std::optional<std::vector<T>>& value) {
  return value.value_or(std::vector<T>{});
}

inline std::unexpected<Error> invalid(std::string what) { return fail("InvalidParameterException", std::move(what)); }

std::string arn_of(const CallContext& context, std::string_view kind, std::string_view tail);  ///< "arn:aws:ecs:R:A:kind/tail"

/// "name", "ARN" or nothing (the cluster "default") -> the cluster's ARN.
std::string cluster_arn(const CallContext& context, const std::optional<std::string>& cluster);
Result<model::Cluster> active_cluster(const Transaction& tx, const CallContext& context, const std::optional<std::string>& cluster);  ///< ClusterNotFoundException
std::string service_arn(const CallContext& context, const std::string& cluster_arn, const std::string& service);  ///< from name or ARN

/// "family", "family:revision" or ARN; a bare family is its newest ACTIVE revision.
std::optional<model::TaskDefinition> find_definition(const Transaction& tx, const CallContext& context, const std::string& named);

Result<model::TaskDefinition> active_definition(const Transaction& tx, const CallContext& context, const std::string& named);  ///< ClientException
Result<model::Service> service_at(const Transaction& tx, const CallContext& context, const std::optional<std::string>& cluster, const std::optional<std::string>& named);  ///< ServiceNotFoundException

/// Refuses an ARN ("arn:…:KIND/CLUSTER/…") that is of another cluster than the one that is asked. Errors: "InvalidParameterException".
Result<void> check_cluster_of(const std::string& named, const std::string& cluster_arn);
/// LATEST, or the version that there is. Errors: "PlatformUnknownException".
Result<void> check_platform(const std::optional<std::string>& version);

Result<model::Tags> tags_of(const std::optional<std::vector<shapes::Tag>>& tags);
std::optional<std::vector<shapes::Tag>> tag_list(const model::Tags& tags);

template <class T>
Result<Page<T>> page(std::vector<T> all, const std::optional<int32_t>& limit, const std::optional<std::string>& token) {
  if (limit && (*limit < 1 || *limit > 100)) return fail("InvalidParameterException", "maxResults must be between 1 and 100.");
  return page_of(std::move(all), limit.value_or(100), token, Error{.code = "InvalidParameterException", .what = "Invalid token " + token.value_or("")});
}

shapes::Service render_service(const model::Service& service, bool with_tags);
shapes::Task render_task(const model::Task& task, const std::optional<model::TaskDefinition>& definition, bool with_tags = true);
shapes::TaskDefinition render_definition(const model::TaskDefinition& definition);
Result<std::vector<model::ContainerDefinition>> read_containers(const std::vector<shapes::ContainerDefinition>& containers, int task_memory);

/// Checks subnets and groups; DISABLED is the default of assignPublicIp.
Result<model::AwsVpcConfiguration> read_network(const Transaction& tx, const CallContext& context, const std::optional<shapes::NetworkConfiguration>& configuration);

Result<std::vector<model::ServiceLoadBalancer>> read_balancers(const std::optional<std::vector<shapes::LoadBalancer>>& given);
/// Whether they fit target groups and task definition; `because` then says why one does not.
Result<void> check_balancers(const Transaction& tx, const model::TaskDefinition& definition, const std::vector<model::ServiceLoadBalancer>& balancers, std::optional<model::Because>& because);

/// As JSON, to be kept; "" if none is given. Errors: "InvalidParameterException".
Result<std::string> read_cluster_configuration(const std::optional<shapes::ClusterConfiguration>& given);
/// The one with that name or ARN; null: there is none.
const model::Namespace* find_namespace(const std::vector<model::Namespace>& all, std::string_view named);
/// A tag of what ECS makes in Cloud Map.
inline constexpr const char* kManagedTag = "AmazonECSManaged";
/// The ARN of the namespace, made if one is named that is not there; "" if none is named. Errors: "NamespaceNotFoundException".
Result<std::string> connect_namespace(const Deps& deps, Transaction& tx, const CallContext& context, const std::optional<shapes::ClusterServiceConnectDefaultsRequest>& given);
std::string effective_setting(const Transaction& tx, const CallContext& context, const std::string& name);  ///< an account setting as it counts for the caller

/// Of the task definition; at most one. Errors: "InvalidParameterException".
Result<std::vector<model::ServiceRegistry>> read_registries(const Transaction& tx, const CallContext& context, const model::TaskDefinition& definition, const std::optional<std::vector<shapes::ServiceRegistry>>& given);
/// Nothing if it is not given or off. Makes its services in Cloud Map. Errors: "InvalidParameterException", "NamespaceNotFoundException".
Result<std::optional<model::ServiceConnect>> read_connect(const Deps& deps, Transaction& tx, const CallContext& context, const std::string& service_arn, const model::Cluster& cluster, const model::TaskDefinition& definition,
                                                          const std::optional<shapes::ServiceConnectConfiguration>& given);
std::optional<shapes::ServiceConnectConfiguration> connect_shape(const std::optional<model::ServiceConnect>& connect);
std::optional<std::vector<shapes::ServiceConnectServiceResource>> connect_resources(const std::optional<model::ServiceConnect>& connect);

std::vector<shapes::ServiceRegistry> registry_list(const std::vector<model::ServiceRegistry>& registries);

/// "256", "1 vCPU", ".5 vcpu" -> units; "512", "2 GB" -> MiB. -1 if it is neither.
int cpu_units(const std::string& given);
int memory_mib(const std::string& given);
bool is_fargate_size(int cpu, int memory);  ///< a pair that Fargate has
/// Errors: `code`; a definition and RunTask's overrides are refused with different ones.
Result<void> check_container_memory(const model::ContainerDefinition& container, int task_memory, std::string_view code);
Result<void> check_container_cpu(const model::TaskDefinition& definition, std::string_view code);
Result<void> check_ephemeral_storage(int gib, std::string_view code);

/// Errors: "InvalidParameterException".
Result<model::TaskOverride> read_overrides(const std::optional<shapes::TaskOverride>& given, const model::TaskDefinition& definition);
shapes::TaskOverride render_overrides(const model::Task& task);

/// How something is started: by launch type or over capacity providers.
struct Launch {
  std::string type;  ///< FARGATE, EC2 or EXTERNAL
  std::vector<model::CapacityShare> shares;  ///< empty: by launch type
};
/// What a request asks for; else the cluster's default strategy; else what the definition is for.
/// Errors: "InvalidParameterException".
Result<Launch> choose_launch(const model::Cluster& cluster, const model::TaskDefinition& definition, const std::optional<std::string>& launch_type, const std::optional<std::vector<shapes::CapacityProviderStrategyItem>>& strategy);
/// A strategy of the cluster's providers. Errors: "InvalidParameterException".
Result<std::vector<model::CapacityShare>> read_strategy(const std::vector<std::string>& of_cluster, const std::optional<std::vector<shapes::CapacityProviderStrategyItem>>& strategy);
std::vector<shapes::CapacityProviderStrategyItem> strategy_list(const std::vector<model::CapacityShare>& shares);
bool is_fargate_provider(std::string_view name);
/// A deployment of `definition` that is newly chosen; network and load balancers are still to come.
model::Deployment new_deployment(const Deps& deps, const CallContext& context, const model::Service& service, const model::TaskDefinition& definition);
/// A PRIMARY task set with `scale` percent of the service's tasks.
model::Deployment new_task_set(const Deps& deps, const CallContext& context, const model::Service& service, const model::TaskDefinition& definition, const Launch& launch, double scale);
/// Records revision and rollout of the service's primary deployment.
void start_rollout(const Deps& deps, Transaction& tx, model::Service& service);
shapes::TaskSet render_task_set(const model::Service& service, const model::Deployment& set, bool with_tags);
std::vector<shapes::LoadBalancer> balancer_list(const std::vector<model::ServiceLoadBalancer>& balancers);
shapes::NetworkConfiguration network_shape(const model::AwsVpcConfiguration& network);

std::string principal_of(const CallContext& context);  ///< the role or user that settings belong to

shapes::TaskDefinition told_definition(const shapes::RegisterTaskDefinitionRequest& request, const model::TaskDefinition& definition);
Result<void> check_container_name(const std::string& name);  ///< ClientException

/// A definition for container instances.
Result<model::TaskDefinition> read_instance_definition(const shapes::RegisterTaskDefinitionRequest& request, model::TaskDefinition definition);

void register_cluster(aws::Registry&, const Deps&);
void register_account_setting(aws::Registry&, const Deps&);
void register_capacity_provider(aws::Registry&, const Deps&);
void register_container_instance(aws::Registry&, const Deps&);
void register_protection(aws::Registry&, const Deps&);
void register_task_definition(aws::Registry&, const Deps&);
void register_service(aws::Registry&, const Deps&);
void register_rollout(aws::Registry&, const Deps&);
void register_task_set(aws::Registry&, const Deps&);
void register_task(aws::Registry&, const Deps&);
void register_tags(aws::Registry&, const Deps&);

}  // namespace landfall::services::ecs
