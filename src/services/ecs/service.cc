#include <fmt/format.h>

#include "services/ecs/support.h"

namespace landfall::services::ecs {
namespace {

using model::Because;
using model::Deployment;
using model::Service;
using model::ServiceLoadBalancer;
using model::TaskDefinition;

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

std::string controller_of(const shapes::CreateServiceRequest& request) { return request.deployment_controller ? request.deployment_controller->type.value_or("ECS") : "ECS"; }

/// The same request again gives the existing service; another one under its name does not (ECS API, CreateService).
bool is_same_request(const Service& service, const shapes::CreateServiceRequest& request, const TaskDefinition& definition, const std::vector<ServiceLoadBalancer>& balancers) {
  if (service.controller != controller_of(request)) return false;
  const Deployment& primary = service.deployments[0];
  return primary.task_definition_arn == definition.arn && service.desired_count == request.desired_count.value_or(0) && primary.load_balancers.size() == balancers.size();
}

/// What only services on container instances have. What is not given stays.
template <class Request>
Result<void> take_placement(const Request& request, const std::string& launch_type, Service& service) {
  const auto constraints = list(request.placement_constraints);
  const auto strategy = list(request.placement_strategy);
  if (launch_type == "FARGATE" && !constraints.empty()) return fail("InvalidParameterException", "Placement constraints are not supported with FARGATE launch type.");
  if (launch_type == "FARGATE" && !strategy.empty()) return fail("InvalidParameterException", "Placement strategies are not supported with FARGATE launch type.");
  if (!request.placement_constraints && !request.placement_strategy) return {};
  auto told = service.placement.empty() ? shapes::Service{} : from_json<shapes::Service>(service.placement);
  if (request.placement_constraints) told.placement_constraints = constraints;
  if (request.placement_strategy) told.placement_strategy = strategy;
  const bool has_none = list(told.placement_constraints).empty() && list(told.placement_strategy).empty();
  service.placement = has_none ? "" : to_json(shapes::Service{.placement_constraints = list(told.placement_constraints), .placement_strategy = list(told.placement_strategy)});
  return {};
}

/// What comes with a task set instead (ECS API, CreateService: deploymentController EXTERNAL; the text about load balancers:
/// terraform-provider-aws issue 27291).
Result<void> check_external(const shapes::CreateServiceRequest& request) {
  const auto refuse = [](bool is_given, const char* member) -> Result<void> {
    if (is_given) return fail("InvalidParameterException", fmt::format("{} cannot be specified for a service with an EXTERNAL deployment controller; a task set has it.", member));
    return {};
  };
  TRY(refuse(request.task_definition.has_value(), "taskDefinition"));
  TRY(refuse(request.launch_type.has_value(), "launchType"));
  if (!list(request.load_balancers).empty()) return fail("InvalidParameterException", "LoadBalancers must be empty or null.");
  TRY(refuse(!list(request.service_registries).empty(), "serviceRegistries"));
  TRY(refuse(request.service_connect_configuration.has_value(), "serviceConnectConfiguration"));
  TRY(refuse(request.network_configuration.has_value(), "networkConfiguration"));
  TRY(refuse(request.platform_version.has_value(), "platformVersion"));
  TRY(refuse(!list(request.capacity_provider_strategy).empty(), "capacityProviderStrategy"));
  TRY(refuse(!list(request.placement_constraints).empty() || !list(request.placement_strategy).empty(), "placement"));
  return {};
}

/// A service that waits for its first task set.
Result<Service> external_service(const Transaction& tx, const Service& given, const shapes::CreateServiceRequest& request) {
  TRY(check_external(request));
  if (const auto existing = store::find<Service>(tx, given.arn); existing && existing->status != "INACTIVE") {
    if (existing->status == "DRAINING") return fail("InvalidParameterException", "Unable to Start a service that is still Draining.");
    if (existing->controller != "EXTERNAL" || existing->desired_count != given.desired_count) return fail("InvalidParameterException", "Creation of service was not idempotent.");
    return *existing;
  }
  return given;
}

Result<shapes::CreateServiceResponse> create(const Deps& deps, const CallContext& context, const shapes::CreateServiceRequest& request) {
  const std::string name = text(request.service_name);
  const bool plain = !name.empty() && name.size() <= 255 && std::ranges::all_of(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_'; });
  if (!plain) return fail("InvalidParameterException", fmt::format("Service name '{}' must be 1 to 255 letters, digits, hyphens and underscores.", name));
  const std::string controller = controller_of(request);
  if (request.desired_count.value_or(0) < 0) return fail("InvalidParameterException", fmt::format("desiredCount {} must not be negative.", *request.desired_count));
  TRY(check_platform(request.platform_version));
  const auto balancers = TRY(read_balancers(request.load_balancers));
  const model::Tags tags = TRY(tags_of(request.tags));
  std::optional<Because> because;
  std::string arn;
  auto answer = transact<shapes::CreateServiceResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateServiceResponse> {
    const auto cluster = TRY(active_cluster(tx, context, request.cluster));
    arn = service_arn(context, cluster.arn, name);
    if (controller == "EXTERNAL") {
      Service service{.account = context.account, .region = context.region, .arn = arn, .name = name, .cluster_arn = cluster.arn, .desired_count = request.desired_count.value_or(0), .launch_type = "", .scheduling_strategy = request.scheduling_strategy.value_or("REPLICA"),
                      .platform_version = "", .health_check_grace_period_seconds = request.health_check_grace_period_seconds.value_or(0), .has_grace_period = request.health_check_grace_period_seconds.has_value(), .enable_execute_command = request.enable_execute_command.value_or(false),
                      .enable_ecs_managed_tags = request.enable_ecs_managed_tags.value_or(false), .propagate_tags = text(request.propagate_tags), .availability_zone_rebalancing = "DISABLED", .client_token = text(request.client_token),
                      .created_by = context.principal_arn, .created_at = deps.clock.wall(), .controller = controller, .tags = tags};
      TRY(read_deployment_configuration(request.deployment_configuration, service));
      const Service kept = TRY(external_service(tx, service, request));
      store::put(tx, kept);
      return shapes::CreateServiceResponse{.service = render_service(kept, true)};
    }
    if (!request.task_definition) return fail("InvalidParameterException", "TaskDefinition can not be blank.");
    const TaskDefinition definition = TRY(active_definition(tx, context, *request.task_definition));
    const Launch launch = TRY(choose_launch(cluster, definition, request.launch_type, request.capacity_provider_strategy));
    if (launch.type == "FARGATE" && request.scheduling_strategy.value_or("REPLICA") != "REPLICA") return fail("InvalidParameterException", "The daemon scheduling strategy does not support the Fargate launch type.");
    if (const auto existing = store::find<Service>(tx, arn); existing && existing->status != "INACTIVE") {
      if (existing->status == "DRAINING") return fail("InvalidParameterException", "Unable to Start a service that is still Draining.");
      if (!is_same_request(*existing, request, definition, balancers)) return fail("InvalidParameterException", "Creation of service was not idempotent.");
      return shapes::CreateServiceResponse{.service = render_service(*existing, true)};
    }
    Service service{.account = context.account, .region = context.region, .arn = arn, .name = name, .cluster_arn = cluster.arn, .desired_count = request.desired_count.value_or(0), .launch_type = launch.type, .capacity_providers = launch.shares,
                    .scheduling_strategy = request.scheduling_strategy.value_or("REPLICA"),
                    .platform_version = request.platform_version.value_or("LATEST"), .health_check_grace_period_seconds = request.health_check_grace_period_seconds.value_or(0),
                    .has_grace_period = request.health_check_grace_period_seconds.has_value() || !balancers.empty(), .enable_execute_command = request.enable_execute_command.value_or(false), .enable_ecs_managed_tags = request.enable_ecs_managed_tags.value_or(false),
                    .propagate_tags = text(request.propagate_tags), .availability_zone_rebalancing = request.availability_zone_rebalancing.value_or("ENABLED"), .client_token = text(request.client_token),
                    .created_by = context.principal_arn, .created_at = deps.clock.wall(), .controller = controller, .tags = tags};
    if (service.scheduling_strategy == "DAEMON") {
      service.minimum_healthy_percent = 0;
      service.maximum_percent = 100;
    }
    TRY(take_placement(request, launch.type, service));
    TRY(read_deployment_configuration(request.deployment_configuration, service));
    if (!request.availability_zone_rebalancing && (service.scheduling_strategy == "DAEMON" || service.maximum_percent == 100 || service.has_task_sets())) service.availability_zone_rebalancing = "DISABLED";
    Deployment deployment = service.has_task_sets() ? new_task_set(deps, context, service, definition, launch, 100) : new_deployment(deps, context, service, definition);
    if (definition.network_mode == "awsvpc") deployment.network = TRY(read_network(tx, context, request.network_configuration));
    else if (request.network_configuration) return fail("InvalidParameterException", "Network Configuration is not valid for the given networkMode of this task definition.");
    TRY(check_balancers(tx, definition, balancers, because));
    deployment.load_balancers = balancers;
    deployment.registries = TRY(read_registries(tx, context, definition, request.service_registries));
    deployment.connect = TRY(read_connect(deps, tx, context, arn, cluster, definition, request.service_connect_configuration));
    service.deployments.push_back(deployment);
    if (!service.has_task_sets()) start_rollout(deps, tx, service);
    forget_refusals(tx, arn);
    store::put(tx, service);
    return shapes::CreateServiceResponse{.service = render_service(service, true)};
  });
  if (!answer && because) record(deps, arn, *because);
  return answer;
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

/// What changes without a new deployment, whoever controls it.
void take_settings(const shapes::UpdateServiceRequest& request, Service& service) {
  if (request.desired_count) service.desired_count = *request.desired_count;
  if (request.health_check_grace_period_seconds) {
    service.health_check_grace_period_seconds = *request.health_check_grace_period_seconds;
    service.has_grace_period = true;
  }
  if (request.enable_execute_command) service.enable_execute_command = *request.enable_execute_command;
  if (request.propagate_tags) service.propagate_tags = *request.propagate_tags;
  if (request.enable_ecs_managed_tags) service.enable_ecs_managed_tags = *request.enable_ecs_managed_tags;
}

/// What a task set has cannot be changed on its service (ECS API, UpdateService; the texts: terraform-provider-aws, issues about
/// CODE_DEPLOY).
Result<shapes::UpdateServiceResponse> update_task_sets(Transaction& tx, Service service, const shapes::UpdateServiceRequest& request) {
  const std::string of_service = service.controller == "EXTERNAL" ? " on services with an EXTERNAL deployment controller." : " on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a new deployment.";
  const auto refuse = [&](bool is_given, const char* what) -> Result<void> {
    if (is_given) return fail("InvalidParameterException", what + of_service);
    return {};
  };
  TRY(refuse(request.task_definition.has_value(), "Unable to update task definition"));
  TRY(refuse(request.network_configuration.has_value(), "Unable to update network parameters"));
  TRY(refuse(request.load_balancers.has_value(), "Unable to update load balancers"));
  TRY(refuse(request.service_registries.has_value(), "Unable to update service registries"));
  TRY(refuse(request.service_connect_configuration.has_value(), "Unable to update Service Connect"));
  TRY(refuse(request.platform_version.has_value(), "Unable to update platform version"));
  TRY(refuse(request.force_new_deployment.value_or(false), "Cannot force a new deployment"));
  TRY(refuse(request.capacity_provider_strategy.has_value(), "Unable to update capacity provider strategy"));
  take_settings(request, service);
  TRY(read_deployment_configuration(request.deployment_configuration, service));
  service.is_steady = false;
  store::put(tx, service);
  return shapes::UpdateServiceResponse{.service = render_service(service, true)};
}

/// What starts a new deployment: task definition, network, load balancers, platform version, or force (ECS API, UpdateService).
Result<shapes::UpdateServiceResponse> update(const Deps& deps, const CallContext& context, const shapes::UpdateServiceRequest& request) {
  TRY(check_platform(request.platform_version));
  std::optional<Because> because;
  std::string arn;
  auto answer = transact<shapes::UpdateServiceResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::UpdateServiceResponse> {
    Service service = TRY(service_at(tx, context, request.cluster, request.service));
    arn = service.arn;
    if (service.status != "ACTIVE") return fail("ServiceNotActiveException", "Service was not ACTIVE.");
    if (request.desired_count.value_or(0) < 0) return fail("InvalidParameterException", fmt::format("desiredCount {} must not be negative.", *request.desired_count));
    if (service.has_task_sets()) return update_task_sets(tx, std::move(service), request);
    const Deployment before = service.deployments[0];
    // An INACTIVE definition goes on serving: only a new choice must be ACTIVE.
    const auto kept = request.task_definition ? std::nullopt : find_definition(tx, context, before.task_definition_arn);
    const TaskDefinition definition = kept ? *kept : TRY(active_definition(tx, context, request.task_definition.value_or(before.task_definition_arn)));
    take_settings(request, service);
    if (request.capacity_provider_strategy) {
      const Launch launch = TRY(choose_launch(TRY(active_cluster(tx, context, service.cluster_arn)), definition, std::nullopt, request.capacity_provider_strategy));
      service.launch_type = launch.type;
      service.capacity_providers = launch.shares;
    }
    TRY(take_placement(request, service.launch_type, service));
    if (request.availability_zone_rebalancing) service.availability_zone_rebalancing = *request.availability_zone_rebalancing;
    if (request.platform_version) service.platform_version = *request.platform_version;
    TRY(read_deployment_configuration(request.deployment_configuration, service));
    Deployment after = new_deployment(deps, context, service, definition);
    after.network = request.network_configuration ? TRY(read_network(tx, context, request.network_configuration)) : before.network;
    after.load_balancers = request.load_balancers ? TRY(read_balancers(request.load_balancers)) : before.load_balancers;
    after.registries = request.service_registries ? TRY(read_registries(tx, context, definition, request.service_registries)) : before.registries;
    const auto connect = request.service_connect_configuration ? request.service_connect_configuration : connect_shape(before.connect);
    after.connect = TRY(read_connect(deps, tx, context, arn, TRY(active_cluster(tx, context, service.cluster_arn)), definition, connect));
    const bool is_redeployed = request.task_definition || request.load_balancers || request.network_configuration || request.capacity_provider_strategy || request.force_new_deployment.value_or(false);
    if (is_redeployed) TRY(check_balancers(tx, definition, after.load_balancers, because));
    const auto same_network = [&] { return before.network.subnets == after.network.subnets && before.network.security_groups == after.network.security_groups && before.network.assign_public_ip == after.network.assign_public_ip; };
    const auto same_balancers = [&] {
      return std::ranges::equal(before.load_balancers, after.load_balancers, [](const auto& a, const auto& b) { return a.target_group_arn == b.target_group_arn && a.container_name == b.container_name && a.container_port == b.container_port; });
    };
    const auto same_registries = [&] {
      return std::ranges::equal(before.registries, after.registries, [](const auto& a, const auto& b) { return std::tie(a.registry_arn, a.container_name, a.container_port, a.port) == std::tie(b.registry_arn, b.container_name, b.container_port, b.port); });
    };
    const auto given_of = [](const Deployment& d) { return d.connect ? d.connect->namespace_arn + d.connect->as_told : ""; };
    const bool is_forced = request.force_new_deployment.value_or(false) || request.capacity_provider_strategy;
    if (is_forced || before.task_definition_arn != after.task_definition_arn || !same_network() || !same_balancers() || !same_registries() || given_of(before) != given_of(after)) {
      if (before.task_definition_arn != after.task_definition_arn) tell_owner(tx, service, before, after);
      for (Deployment& old : service.deployments) old.status = "ACTIVE";
      service.deployments.insert(service.deployments.begin(), after);
      start_rollout(deps, tx, service);
    }
    service.deployments[0].desired_count = service.desired_count;
    service.deployments[0].updated_at = deps.clock.wall();
    service.is_steady = false;
    forget_refusals(tx, arn);
    store::put(tx, service);
    return shapes::UpdateServiceResponse{.service = render_service(service, true)};
  });
  if (!answer && because) record(deps, arn, *because);
  return answer;
}

Result<shapes::DeleteServiceResponse> remove(const Deps& deps, const CallContext& context, const shapes::DeleteServiceRequest& request) {
  return transact<shapes::DeleteServiceResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteServiceResponse> {
    Service service = TRY(service_at(tx, context, request.cluster, request.service));
    if (service.status == "INACTIVE") return fail("ServiceNotActiveException", "Service was not ACTIVE.");
    if (service.desired_count > 0 && !request.force.value_or(false)) return fail("InvalidParameterException", "The service cannot be stopped while it is scaled above 0.");
    const bool has_sets = service.controller == "EXTERNAL" && std::ranges::any_of(service.deployments, [](const Deployment& set) { return set.status != "DRAINING"; });
    if (has_sets && !request.force.value_or(false)) return fail("InvalidParameterException", "The service cannot be stopped while deployments are active.");
    if (service.status == "DRAINING") return shapes::DeleteServiceResponse{.service = render_service(service, true)};
    service.status = "DRAINING";
    service.desired_count = 0;
    for (Deployment& deployment : service.deployments) deployment.desired_count = 0;
    store::put(tx, service);
    return shapes::DeleteServiceResponse{.service = render_service(service, true)};
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
      TRY(check_cluster_of(name, cluster));
      const auto service = store::find<Service>(tx, service_arn(context, cluster, name));
      if (service) result.services->push_back(render_service(*service, with_tags));
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
  auto answer = TRY(page(std::move(arns), request.max_results.value_or(10), request.next_token));
  shapes::ListServicesResponse result{.service_arns = answer.items};
  if (!answer.next.empty()) result.next_token = answer.next;
  return result;
}

/// Those that take part in a namespace by Service Connect, over its clusters.
Result<shapes::ListServicesByNamespaceResponse> list_by_namespace(const Deps& deps, const CallContext& context, const shapes::ListServicesByNamespaceRequest& request) {
  const std::string named = text(request.namespace_);
  const auto spaces = store::all<model::Namespace>(deps.store, scope(context));
  const model::Namespace* space = find_namespace(spaces, named);
  if (space == nullptr) return fail("NamespaceNotFoundException", fmt::format("The specified namespace {} was not found.", named));
  std::vector<std::string> arns;
  for (const Service& service : store::all<Service>(deps.store)) {
    if (!service.deployments.empty() && service.deployments[0].connect && service.deployments[0].connect->namespace_arn == space->arn) arns.push_back(service.arn);
  }
  auto answer = TRY(page(std::move(arns), request.max_results.value_or(10), request.next_token));
  shapes::ListServicesByNamespaceResponse result{.service_arns = answer.items};
  if (!answer.next.empty()) result.next_token = answer.next;
  return result;
}

}  // namespace

void register_service(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::CreateServiceRequest, shapes::CreateServiceResponse>(
      "ecs", "CreateService", {"cluster", "serviceName", "taskDefinition", "availabilityZoneRebalancing", "loadBalancers.*", "desiredCount", "clientToken", "launchType", "capacityProviderStrategy.*", "placementConstraints.*", "placementStrategy.*", "platformVersion",
       "deploymentConfiguration.deploymentCircuitBreaker.*", "deploymentConfiguration.maximumPercent", "deploymentConfiguration.minimumHealthyPercent", "deploymentConfiguration.strategy", "networkConfiguration.*",
       "healthCheckGracePeriodSeconds", "schedulingStrategy", "serviceRegistries.*", "serviceConnectConfiguration.enabled", "serviceConnectConfiguration.namespace", "serviceConnectConfiguration.logConfiguration.*", "serviceConnectConfiguration.services.portName", "serviceConnectConfiguration.services.discoveryName", "serviceConnectConfiguration.services.clientAliases.port",
       "serviceConnectConfiguration.services.clientAliases.dnsName", "deploymentController.*", "tags.*", "enableECSManagedTags", "propagateTags", "enableExecuteCommand"}, bind(create));
  registry.add<shapes::UpdateServiceRequest, shapes::UpdateServiceResponse>(
      "ecs", "UpdateService", {"cluster", "service", "desiredCount", "taskDefinition", "capacityProviderStrategy.*", "placementConstraints.*", "placementStrategy.*", "availabilityZoneRebalancing", "deploymentConfiguration.deploymentCircuitBreaker.*", "deploymentConfiguration.maximumPercent",
       "deploymentConfiguration.minimumHealthyPercent", "deploymentConfiguration.strategy", "networkConfiguration.*", "platformVersion", "forceNewDeployment", "healthCheckGracePeriodSeconds", "loadBalancers.*", "serviceRegistries.*", "serviceConnectConfiguration.enabled", "serviceConnectConfiguration.namespace", "serviceConnectConfiguration.logConfiguration.*", "serviceConnectConfiguration.services.portName", "serviceConnectConfiguration.services.discoveryName", "serviceConnectConfiguration.services.clientAliases.port",
       "serviceConnectConfiguration.services.clientAliases.dnsName",
       "enableECSManagedTags", "enableExecuteCommand", "propagateTags"}, bind(update));
  registry.add<shapes::DeleteServiceRequest, shapes::DeleteServiceResponse>("ecs", "DeleteService", {"*"}, bind(remove));
  registry.add<shapes::DescribeServicesRequest, shapes::DescribeServicesResponse>("ecs", "DescribeServices", {"*"}, bind(describe));
  registry.add<shapes::ListServicesByNamespaceRequest, shapes::ListServicesByNamespaceResponse>("ecs", "ListServicesByNamespace", {"*"}, bind(list_by_namespace));
  registry.add<shapes::ListServicesRequest, shapes::ListServicesResponse>("ecs", "ListServices", {"cluster", "nextToken", "maxResults", "launchType", "schedulingStrategy"}, bind(list_services));
}

}  // namespace landfall::services::ecs
