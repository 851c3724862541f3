#include <fmt/format.h>

#include "model/load_balancing.h"
#include "model/reason.h"
#include "services/ecs/support.h"

namespace landfall::services::ecs {
namespace {

using model::Because;
using model::Deployment;
using model::Service;
using model::ServiceLoadBalancer;
using model::TaskDefinition;

/// A refusal, with the reason that `why` will repeat.
struct Refusal {
  Error error;
  Because because;
};

std::string names_of(const TaskDefinition& definition) {
  std::string names;
  for (const auto& container : definition.containers) names += (names.empty() ? "" : ", ") + container.name;
  return names;
}

Because reason(std::string code, const std::string& cause, std::string attribute, std::string remedy) {
  return {.subject = {}, .code = std::move(code), .sentence = {}, .cause = cause, .attribute = std::move(attribute), .remedy = std::move(remedy), .evidence = {}, .since = {}};
}

/// Whether the load balancer block fits target group and task definition (ECS guide, Service load balancing).
std::optional<Refusal> check_balancer(const Transaction& tx, const TaskDefinition& definition, const ServiceLoadBalancer& balancer) {
  const auto refuse = [](std::string message, Because because) {
    because.sentence = message;
    because.evidence["message"] = message;
    return Refusal{{.code = "InvalidParameterException", .what = std::move(message)}, std::move(because)};
  };
  const auto group = store::find<model::TargetGroup>(tx, balancer.target_group_arn);
  if (!group) return refuse("The specified target group does not exist.", reason("TargetGroup.NotFound", balancer.target_group_arn, "", "create the target group"));
  if (group->target_type != "ip") {
    Because because = reason("TargetGroup.TargetTypeInstance", group->arn, "target_type", "set target_type = \"ip\" (this replaces the group: its listener must let go of it first)");
    because.evidence = {{"target_type", group->target_type}, {"network mode", definition.network_mode}};
    return refuse(fmt::format("The provided target group {} has target type {}, which is incompatible with the awsvpc network mode specified in the task definition.", group->arn, group->target_type), because);
  }
  const auto container = std::ranges::find(definition.containers, balancer.container_name, &model::ContainerDefinition::name);
  if (container == definition.containers.end()) {
    std::vector<std::string> names;
    for (const auto& c : definition.containers) names.push_back(c.name);
    const std::string near = names.size() == 1 ? names[0] : nearest(balancer.container_name, names);
    Because because = reason("Service.ContainerNotInTaskDefinition", "", "load_balancer.container_name", near.empty() ? "name a container of the task definition" : fmt::format("set container_name = \"{}\"", near));
    because.evidence = {{"container_name", balancer.container_name}, {"containers of " + definition.family, names_of(definition)}};
    return refuse(fmt::format("The container {} does not exist in the task definition.", balancer.container_name), because);
  }
  const bool maps = std::ranges::any_of(container->port_mappings, [&](const auto& p) { return p.container_port == balancer.container_port; });
  if (!maps) {
    std::string ports;
    for (const auto& p : container->port_mappings) ports += (ports.empty() ? "" : ", ") + std::to_string(p.container_port);
    Because because = reason("Service.ContainerPortNotMapped", "", "load_balancer.container_port", ports.empty() ? "map the port in the task definition" : "use a port that the container maps: " + ports);
    because.evidence = {{"container_port", std::to_string(balancer.container_port)}, {"ports of " + container->name, ports}};
    return refuse(fmt::format("The container {} did not have a container port {} defined.", balancer.container_name, balancer.container_port), because);
  }
  if (model::load_balancers_of(*group, store::all<model::Listener>(tx), store::all<model::Rule>(tx)).empty()) {
    return refuse(fmt::format("The target group with targetGroupArn {} does not have an associated load balancer.", group->arn),
                  reason("TargetGroup.NoLoadBalancer", group->arn, "", "forward to the target group from a listener's default action or a rule, and create that before the service"));
  }
  return std::nullopt;
}

Result<std::vector<ServiceLoadBalancer>> read_balancers(const std::optional<std::vector<shapes::LoadBalancer>>& given) {
  std::vector<ServiceLoadBalancer> balancers;
  for (const auto& b : list(given)) {
    if (b.load_balancer_name) return fail("InvalidParameterException", "Classic load balancers are not supported with networkMode awsvpc.");
    balancers.push_back({.target_group_arn = text(b.target_group_arn), .container_name = text(b.container_name), .container_port = b.container_port.value_or(0)});
  }
  if (balancers.size() > 5) return fail("InvalidParameterException", fmt::format("A service has at most 5 load balancers; found {}", balancers.size()));
  return balancers;
}

Result<TaskDefinition> active_definition(const Transaction& tx, const CallContext& context, const std::string& named) {
  auto definition = find_definition(tx, context, named);
  if (!definition) return fail("ClientException", "TaskDefinition not found.");
  if (definition->status != "ACTIVE") return fail("ClientException", "TaskDefinition is inactive");
  return std::move(*definition);
}

Result<void> read_deployment_configuration(const std::optional<shapes::DeploymentConfiguration>& given, Service& service) {
  if (!given) return {};
  if (given->minimum_healthy_percent) service.minimum_healthy_percent = *given->minimum_healthy_percent;
  if (given->maximum_percent) service.maximum_percent = *given->maximum_percent;
  if (given->deployment_circuit_breaker) {
    service.has_circuit_breaker = true;
    service.circuit_breaker = given->deployment_circuit_breaker->enable.value_or(false);
    service.circuit_breaker_rollback = given->deployment_circuit_breaker->rollback.value_or(false);
  }
  if (given->strategy && *given->strategy != "ROLLING") return fail("InvalidParameterException", fmt::format("Landfall does not support the deployment strategy {} yet; wanted ROLLING", *given->strategy));
  if (service.minimum_healthy_percent < 0 || service.maximum_percent < 100 || service.maximum_percent < service.minimum_healthy_percent) {
    return fail("InvalidParameterException", fmt::format("minimumHealthyPercent {} and maximumPercent {} do not fit: maximumPercent must be at least 100 and at least minimumHealthyPercent", service.minimum_healthy_percent, service.maximum_percent));
  }
  return {};
}

/// "arn:aws:iam::000000000000:root with aws-cli": the principal, and the product that its client names first, but for Terraform.
std::string caller_of(const CallContext& context) {
  std::string agent = context.request == nullptr ? "" : std::string(context.request->headers.find("user-agent").value_or(""));
  agent = agent.find("Terraform") != std::string::npos ? "Terraform" : agent.substr(0, agent.find_first_of("/ "));
  return agent.empty() ? context.principal_arn : fmt::format("{} with {}", context.principal_arn, agent);
}

Deployment new_deployment(const Deps& deps, const CallContext& context, const Service& service, const TaskDefinition& definition) {
  const WallTime now = deps.clock.wall();
  Deployment deployment{.id = "ecs-svc/" + deps.ids.digits(19), .task_definition_arn = definition.arn, .desired_count = service.desired_count, .chosen_by = caller_of(context), .created_at = now, .updated_at = now};
  deployment.rollout_state_reason = fmt::format("ECS deployment {} in progress.", deployment.id);
  return deployment;
}

/// Records why a call was refused, for the service that would be; outside the failed transaction.
void record(const Deps& deps, const std::string& service, Because because) {
  because.subject = service;
  if (because.cause.empty()) because.cause = service;
  because.since = deps.clock.wall();
  (void)deps.store.transact([&](Transaction& tx) -> Result<void> {
    store::put(tx, because);
    return {};
  });
}

void forget_refusals(Transaction& tx, const std::string& service) {
  for (const auto& because : store::all<Because>(tx, service + "#")) {
    if (because.evidence.contains("message")) store::erase<Because>(tx, because.key());
  }
}

Result<void> check_balancers(const Transaction& tx, const TaskDefinition& definition, const std::vector<ServiceLoadBalancer>& balancers, std::optional<Because>& because) {
  for (const auto& balancer : balancers) {
    if (auto refusal = check_balancer(tx, definition, balancer)) {
      because = refusal->because;
      return fail(refusal->error);
    }
  }
  return {};
}

/// The same request again gives the existing service; another one under its name does not (ECS API, CreateService).
bool is_same_request(const Service& service, const shapes::CreateServiceRequest& request, const TaskDefinition& definition, const std::vector<ServiceLoadBalancer>& balancers) {
  const Deployment& primary = service.deployments[0];
  return primary.task_definition_arn == definition.arn && service.desired_count == request.desired_count.value_or(0) && primary.load_balancers.size() == balancers.size();
}

/// What only services on container instances have.
Result<void> check_placement(const shapes::CreateServiceRequest& request, const std::string& launch_type) {
  if (launch_type != "FARGATE") return {};
  if (request.scheduling_strategy.value_or("REPLICA") != "REPLICA") return fail("InvalidParameterException", "The daemon scheduling strategy does not support the Fargate launch type.");
  if (!list(request.placement_constraints).empty()) return fail("InvalidParameterException", "Placement constraints are not supported with FARGATE launch type.");
  if (!list(request.placement_strategy).empty()) return fail("InvalidParameterException", "Placement strategies are not supported with FARGATE launch type.");
  return {};
}

Result<shapes::CreateServiceResponse> create(const Deps& deps, const CallContext& context, const shapes::CreateServiceRequest& request) {
  const std::string name = text(request.service_name);
  const bool plain = !name.empty() && name.size() <= 255 && std::ranges::all_of(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_'; });
  if (!plain) return fail("InvalidParameterException", fmt::format("Service name '{}' must be 1 to 255 letters, digits, hyphens and underscores.", name));
  if (request.deployment_controller && request.deployment_controller->type.value_or("ECS") != "ECS") return fail("InvalidParameterException", fmt::format("Landfall does not support the deployment controller {} yet; wanted ECS", *request.deployment_controller->type));
  const auto balancers = TRY(read_balancers(request.load_balancers));
  const model::Tags tags = TRY(tags_of(request.tags));
  std::optional<Because> because;
  std::string arn;
  auto answer = transact<shapes::CreateServiceResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateServiceResponse> {
    const auto cluster = TRY(active_cluster(tx, context, request.cluster));
    const TaskDefinition definition = TRY(active_definition(tx, context, text(request.task_definition)));
    arn = service_arn(context, cluster.arn, name);
    const Launch launch = TRY(choose_launch(cluster, definition, request.launch_type, request.capacity_provider_strategy));
    TRY(check_placement(request, launch.type));
    if (const auto existing = store::find<Service>(tx, arn); existing && existing->status != "INACTIVE") {
      if (existing->status == "DRAINING") return fail("InvalidParameterException", "Unable to Start a service that is still Draining.");
      if (!is_same_request(*existing, request, definition, balancers)) return fail("InvalidParameterException", "Creation of service was not idempotent.");
      return shapes::CreateServiceResponse{.service = render_service(*existing, {}, true)};
    }
    Service service{.account = context.account, .region = context.region, .arn = arn, .name = name, .cluster_arn = cluster.arn, .desired_count = request.desired_count.value_or(0), .launch_type = launch.type, .capacity_providers = launch.shares,
                    .scheduling_strategy = request.scheduling_strategy.value_or("REPLICA"),
                    .platform_version = request.platform_version.value_or("LATEST"), .health_check_grace_period_seconds = request.health_check_grace_period_seconds.value_or(0),
                    .has_grace_period = request.health_check_grace_period_seconds.has_value() || !balancers.empty(), .enable_execute_command = request.enable_execute_command.value_or(false), .enable_ecs_managed_tags = request.enable_ecs_managed_tags.value_or(false),
                    .propagate_tags = text(request.propagate_tags), .availability_zone_rebalancing = request.availability_zone_rebalancing.value_or("ENABLED"), .client_token = text(request.client_token),
                    .created_by = context.principal_arn, .created_at = deps.clock.wall(), .tags = tags};
    if (service.desired_count < 0) return fail("InvalidParameterException", fmt::format("desiredCount {} must not be negative.", service.desired_count));
    if (!list(request.placement_constraints).empty() || !list(request.placement_strategy).empty()) service.placement = to_json(shapes::Service{.placement_constraints = list(request.placement_constraints), .placement_strategy = list(request.placement_strategy)});
    TRY(read_deployment_configuration(request.deployment_configuration, service));
    if (!request.availability_zone_rebalancing && (service.scheduling_strategy == "DAEMON" || service.maximum_percent == 100)) service.availability_zone_rebalancing = "DISABLED";
    Deployment deployment = new_deployment(deps, context, service, definition);
    if (definition.network_mode == "awsvpc") deployment.network = TRY(read_network(tx, context, request.network_configuration));
    else if (request.network_configuration) return fail("InvalidParameterException", "Network Configuration is not valid for the given networkMode of this task definition.");
    TRY(check_balancers(tx, definition, balancers, because));
    deployment.load_balancers = balancers;
    service.deployments.push_back(deployment);
    forget_refusals(tx, arn);
    store::put(tx, service);
    return shapes::CreateServiceResponse{.service = render_service(service, {}, true)};
  });
  if (!answer && because) record(deps, arn, *because);
  return answer;
}

Result<Service> service_at(const Transaction& tx, const CallContext& context, const std::optional<std::string>& cluster, const std::optional<std::string>& named) {
  auto service = store::find<Service>(tx, service_arn(context, cluster_arn(context, cluster), text(named)));
  if (!service) return fail("ServiceNotFoundException", "Service not found.");
  return std::move(*service);
}

int revision_of(const std::string& arn) { return std::atoi(arn.c_str() + arn.rfind(':') + 1); }

/// Two who choose the revision in turn undo each other's work (terraform-provider-aws, aws_ecs_service: task_definition).
void tell_owner(Transaction& tx, const Service& service, const Deployment& before, const Deployment& after) {
  const std::string family = before.task_definition_arn.substr(0, before.task_definition_arn.rfind(':') + 1);
  const bool is_lower = after.task_definition_arn.starts_with(family) && revision_of(after.task_definition_arn) < revision_of(before.task_definition_arn);
  Because because{.subject = service.arn, .code = "Ownership.RevisionLowered", .cause = service.arn, .attribute = "task_definition", .since = after.created_at};
  if (!is_lower || before.chosen_by == after.chosen_by || before.chosen_by.empty()) return store::erase<Because>(tx, because.key());
  const auto named = [](const std::string& arn) { return arn.substr(arn.rfind('/') + 1); };
  because.sentence = fmt::format("service {} went back from {} to {}: {} had chosen the newer revision, and {} chose the older one again", service.name, named(before.task_definition_arn), named(after.task_definition_arn), before.chosen_by, after.chosen_by);
  because.remedy = "let one of the two choose the revision: ignore_changes = [task_definition], or read the newest revision with a data source";
  because.evidence = {{"newer revision chosen by", before.chosen_by}, {"newer revision chosen at", iso8601(before.created_at)}, {"older revision chosen by", after.chosen_by}};
  store::put(tx, because);
}

/// What starts a new deployment: task definition, network, load balancers, platform version, or force (ECS API, UpdateService).
Result<shapes::UpdateServiceResponse> update(const Deps& deps, const CallContext& context, const shapes::UpdateServiceRequest& request) {
  std::optional<Because> because;
  std::string arn;
  auto answer = transact<shapes::UpdateServiceResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::UpdateServiceResponse> {
    Service service = TRY(service_at(tx, context, request.cluster, request.service));
    arn = service.arn;
    if (service.status != "ACTIVE") return fail("ServiceNotActiveException", "Service was not ACTIVE.");
    const Deployment before = service.deployments[0];
    // An INACTIVE definition goes on serving: only a new choice must be ACTIVE.
    const auto kept = request.task_definition ? std::nullopt : find_definition(tx, context, before.task_definition_arn);
    const TaskDefinition definition = kept ? *kept : TRY(active_definition(tx, context, request.task_definition.value_or(before.task_definition_arn)));
    if (request.desired_count) service.desired_count = *request.desired_count;
    if (request.health_check_grace_period_seconds) {
      service.health_check_grace_period_seconds = *request.health_check_grace_period_seconds;
      service.has_grace_period = true;
    }
    if (request.enable_execute_command) service.enable_execute_command = *request.enable_execute_command;
    if (request.propagate_tags) service.propagate_tags = *request.propagate_tags;
    if (request.enable_ecs_managed_tags) service.enable_ecs_managed_tags = *request.enable_ecs_managed_tags;
    if (request.capacity_provider_strategy) {
      const Launch launch = TRY(choose_launch(TRY(active_cluster(tx, context, service.cluster_arn)), definition, std::nullopt, request.capacity_provider_strategy));
      service.launch_type = launch.type;
      service.capacity_providers = launch.shares;
    }
    if (request.availability_zone_rebalancing) service.availability_zone_rebalancing = *request.availability_zone_rebalancing;
    if (request.platform_version) service.platform_version = *request.platform_version;
    TRY(read_deployment_configuration(request.deployment_configuration, service));
    Deployment after = new_deployment(deps, context, service, definition);
    after.network = request.network_configuration ? TRY(read_network(tx, context, request.network_configuration)) : before.network;
    after.load_balancers = request.load_balancers ? TRY(read_balancers(request.load_balancers)) : before.load_balancers;
    const bool is_redeployed = request.task_definition || request.load_balancers || request.network_configuration || request.capacity_provider_strategy || request.force_new_deployment.value_or(false);
    if (is_redeployed) TRY(check_balancers(tx, definition, after.load_balancers, because));
    const auto same_network = [&] { return before.network.subnets == after.network.subnets && before.network.security_groups == after.network.security_groups && before.network.assign_public_ip == after.network.assign_public_ip; };
    const auto same_balancers = [&] {
      return std::ranges::equal(before.load_balancers, after.load_balancers, [](const auto& a, const auto& b) { return a.target_group_arn == b.target_group_arn && a.container_name == b.container_name && a.container_port == b.container_port; });
    };
    const bool is_forced = request.force_new_deployment.value_or(false) || request.capacity_provider_strategy;
    if (is_forced || before.task_definition_arn != after.task_definition_arn || !same_network() || !same_balancers()) {
      if (before.task_definition_arn != after.task_definition_arn) tell_owner(tx, service, before, after);
      for (Deployment& old : service.deployments) old.status = "ACTIVE";
      service.deployments.insert(service.deployments.begin(), after);
    }
    service.deployments[0].desired_count = service.desired_count;
    service.deployments[0].updated_at = deps.clock.wall();
    service.is_steady = false;
    forget_refusals(tx, arn);
    store::put(tx, service);
    return shapes::UpdateServiceResponse{.service = render_service(service, {}, true)};
  });
  if (!answer && because) record(deps, arn, *because);
  return answer;
}

Result<shapes::DeleteServiceResponse> remove(const Deps& deps, const CallContext& context, const shapes::DeleteServiceRequest& request) {
  return transact<shapes::DeleteServiceResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteServiceResponse> {
    Service service = TRY(service_at(tx, context, request.cluster, request.service));
    if (service.status == "INACTIVE") return fail("ServiceNotActiveException", "Service was not ACTIVE.");
    if (service.desired_count > 0 && !request.force.value_or(false)) return fail("InvalidParameterException", "The service cannot be stopped while it is scaled above 0.");
    service.status = "DRAINING";
    service.desired_count = 0;
    for (Deployment& deployment : service.deployments) deployment.desired_count = 0;
    store::put(tx, service);
    return shapes::DeleteServiceResponse{.service = render_service(service, {}, true)};
  });
}

Result<shapes::DescribeServicesResponse> describe(const Deps& deps, const CallContext& context, const shapes::DescribeServicesRequest& request) {
  const auto names = list(request.services);
  if (names.empty()) return fail("InvalidParameterException", "Services cannot be empty.");
  if (names.size() > 10) return fail("InvalidParameterException", "Invalid number of services. Services can have at most 10 items.");
  return transact<shapes::DescribeServicesResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::DescribeServicesResponse> {
    const std::string cluster = cluster_arn(context, request.cluster);
    if (!store::find<model::Cluster>(tx, cluster)) return fail("ClusterNotFoundException", "Cluster not found.");
    shapes::DescribeServicesResponse result{.failures = std::vector<shapes::Failure>{}, .services = std::vector<shapes::Service>{}};
    const bool with_tags = std::ranges::count(list(request.include), "TAGS") > 0;
    for (const std::string& name : names) {
      const auto service = store::find<Service>(tx, service_arn(context, cluster, name));
      if (service) result.services->push_back(render_service(*service, {}, with_tags));
      else result.failures->push_back({.arn = service_arn(context, cluster, name), .reason = "MISSING"});
    }
    return result;
  });
}

Result<shapes::ListServicesResponse> list_services(const Deps& deps, const CallContext& context, const shapes::ListServicesRequest& request) {
  const std::string cluster = cluster_arn(context, request.cluster);
  if (!store::find<model::Cluster>(deps.store, cluster)) return fail("ClusterNotFoundException", "Cluster not found.");
  std::vector<std::string> arns;
  for (const Service& service : store::all<Service>(deps.store)) {
    const bool type_fits = (!request.launch_type || *request.launch_type == service.launch_type) && (!request.scheduling_strategy || *request.scheduling_strategy == service.scheduling_strategy);
    if (service.cluster_arn == cluster && service.status != "INACTIVE" && type_fits) arns.push_back(service.arn);
  }
  auto answer = TRY(page_of(std::move(arns), request.max_results.value_or(10), request.next_token, Error{.code = "InvalidParameterException", .what = "Invalid token " + text(request.next_token)}));
  shapes::ListServicesResponse result{.service_arns = answer.items};
  if (!answer.next.empty()) result.next_token = answer.next;
  return result;
}

/// Service Connect is not carried: no service is in a namespace by it.
Result<shapes::ListServicesByNamespaceResponse> list_by_namespace(const Deps&, const CallContext&, const shapes::ListServicesByNamespaceRequest&) {
  return shapes::ListServicesByNamespaceResponse{.service_arns = std::vector<std::string>{}};
}

}  // namespace

void register_service(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::CreateServiceRequest, shapes::CreateServiceResponse>(
      "ecs", "CreateService", {"cluster", "serviceName", "taskDefinition", "availabilityZoneRebalancing", "loadBalancers.*", "desiredCount", "clientToken", "launchType", "capacityProviderStrategy.*", "placementConstraints.*", "placementStrategy.*", "platformVersion",
       "deploymentConfiguration.deploymentCircuitBreaker.*", "deploymentConfiguration.maximumPercent", "deploymentConfiguration.minimumHealthyPercent", "deploymentConfiguration.strategy", "networkConfiguration.*",
       "healthCheckGracePeriodSeconds", "schedulingStrategy", "deploymentController.*", "tags.*", "enableECSManagedTags", "propagateTags", "enableExecuteCommand"}, bind(create));
  registry.add<shapes::UpdateServiceRequest, shapes::UpdateServiceResponse>(
      "ecs", "UpdateService", {"cluster", "service", "desiredCount", "taskDefinition", "capacityProviderStrategy.*", "availabilityZoneRebalancing", "deploymentConfiguration.deploymentCircuitBreaker.*", "deploymentConfiguration.maximumPercent",
       "deploymentConfiguration.minimumHealthyPercent", "deploymentConfiguration.strategy", "networkConfiguration.*", "platformVersion", "forceNewDeployment", "healthCheckGracePeriodSeconds", "loadBalancers.*",
       "enableECSManagedTags", "enableExecuteCommand", "propagateTags"}, bind(update));
  registry.add<shapes::DeleteServiceRequest, shapes::DeleteServiceResponse>("ecs", "DeleteService", {"*"}, bind(remove));
  registry.add<shapes::DescribeServicesRequest, shapes::DescribeServicesResponse>("ecs", "DescribeServices", {"*"}, bind(describe));
  registry.add<shapes::ListServicesByNamespaceRequest, shapes::ListServicesByNamespaceResponse>("ecs", "ListServicesByNamespace", {"*"}, bind(list_by_namespace));
  registry.add<shapes::ListServicesRequest, shapes::ListServicesResponse>("ecs", "ListServices", {"cluster", "nextToken", "maxResults", "launchType", "schedulingStrategy"}, bind(list_services));
}

}  // namespace landfall::services::ecs
