#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "terraform/aws/ecs.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"
#include "terraform/change.h"

namespace landfall::terraform::aws_types {
namespace {

namespace ecs = aws::ecs;
constexpr std::chrono::seconds kMaking{1200}, kEnding{1200};  // the official provider's
constexpr const char* kStrategy = "capacity_provider_strategy";
constexpr std::chrono::seconds kNotReady{10};  // the official provider waits 120 for a cloud that learns slowly; here a load balancer is made in under 1 s

/// CreateService fails so while the things that it names are being made at the same time.
bool is_not_ready(const Error& error) {
  return error.code == "ClusterNotFoundException" || error.what.find("does not have an associated load balancer") != std::string::npos || error.what.find("Unable to assume the service linked role") != std::string::npos ||
         error.what.find("verify that the ECS service role being passed has the proper permissions") != std::string::npos;
}

/// Names and ARNs of clusters and task definitions mean the same.
bool ends_alike(const Value& there, const Value& wanted) {
  if (!there.has_value() || !wanted.has_value()) return false;
  const std::string a = there.as_string(), b = wanted.as_string();
  return a == b || a.substr(a.rfind('/') + 1) == b || b.substr(b.rfind('/') + 1) == a;
}

std::vector<ecs::LoadBalancer> balancers_of(const Record& record) {
  std::vector<ecs::LoadBalancer> balancers;
  for (const Record& balancer : record.blocks("load_balancer")) {
    auto& api = balancers.emplace_back();
    if (!balancer.text("target_group_arn").empty()) api.target_group_arn = balancer.text("target_group_arn");
    api.container_name = balancer.text("container_name");
    api.container_port = static_cast<int32_t>(balancer.number("container_port"));
  }
  return balancers;
}

std::vector<ecs::ServiceRegistry> registries_of(const Record& record) {
  std::vector<ecs::ServiceRegistry> registries;
  for (const Record& registry : record.blocks("service_registries")) {
    auto& api = registries.emplace_back();
    api.registry_arn = registry.text("registry_arn");
    if (!registry.text("container_name").empty()) api.container_name = registry.text("container_name");
    if (registry.number("container_port") != 0) api.container_port = static_cast<int32_t>(registry.number("container_port"));
    if (registry.number("port") != 0) api.port = static_cast<int32_t>(registry.number("port"));
  }
  return registries;
}

ecs::NetworkConfiguration network_of(const Record& record) {
  ecs::NetworkConfiguration network;
  const Record block = record.block("network_configuration");
  auto& vpc = network.awsvpc_configuration.emplace();
  vpc.subnets = block.texts("subnets");
  if (!block.texts("security_groups").empty()) vpc.security_groups = block.texts("security_groups");
  vpc.assign_public_ip = block.flag("assign_public_ip") ? "ENABLED" : "DISABLED";
  return network;
}

ecs::DeploymentConfiguration deployment_of(const Record& record) {
  ecs::DeploymentConfiguration deployment;
  deployment.maximum_percent = static_cast<int32_t>(record.number("deployment_maximum_percent"));
  deployment.minimum_healthy_percent = static_cast<int32_t>(record.number("deployment_minimum_healthy_percent"));
  for (const Record& breaker : record.blocks("deployment_circuit_breaker")) {
    auto& api = deployment.deployment_circuit_breaker.emplace();
    api.enable = breaker.flag("enable");
    api.rollback = breaker.flag("rollback");
  }
  return deployment;
}

class Service final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged({.attributes = {
        text("id").read_only(), text("arn").read_only(), text("name").required().forces_new(), text("cluster").computed().forces_new().same_if(ends_alike), text("task_definition").same_if(ends_alike), number("desired_count"),
        text("launch_type").computed().forces_new().checked(one_of({"FARGATE", "EC2", "EXTERNAL"})), text("platform_version").computed(), text("scheduling_strategy").defaults("REPLICA").forces_new().checked(one_of({"REPLICA", "DAEMON"})),
        number("deployment_maximum_percent").defaults(200), number("deployment_minimum_healthy_percent").defaults(100), number("health_check_grace_period_seconds").checked(between(0, 2147483647)),
        flag("enable_execute_command").defaults(false), flag("enable_ecs_managed_tags").defaults(false), text("propagate_tags").checked(one_of({"SERVICE", "TASK_DEFINITION", "NONE", ""})),
        flag("force_new_deployment"), flag("wait_for_steady_state").defaults(false), flag("force_delete"), text_map("triggers").computed(), text("iam_role").computed().forces_new(),
        text("availability_zone_rebalancing").computed().checked(one_of({"ENABLED", "DISABLED"})), refused(flag("sigint_rollback")),
        refused_blocks("alarms"), refused_blocks("deployment_configuration"), refused_blocks("ordered_placement_strategy"), refused_blocks("placement_strategy"), refused_blocks("placement_constraints"),
        refused_blocks("volume_configuration"), refused_blocks("vpc_lattice_configurations"),
    }, .blocks = {
        set_block("load_balancer", {.attributes = {text("target_group_arn"), text("elb_name"), text("container_name").required(), number("container_port").required().checked(between(0, 65535)), refused_blocks("advanced_configuration")}}),
        one_block("service_registries", {.attributes = {text("registry_arn").required(), text("container_name"), number("container_port").checked(between(0, 65536)), number("port").checked(between(0, 65536))}}),
        one_block("network_configuration", {.attributes = {text_set("subnets").required(), text_set("security_groups"), flag("assign_public_ip").defaults(false)}}),
        one_block("deployment_circuit_breaker", {.attributes = {flag("enable").required(), flag("rollback").required()}}),
        one_block("deployment_controller", {.attributes = {text("type").defaults("ECS").forces_new().checked(one_of({"ECS", "CODE_DEPLOY", "EXTERNAL"})).carried_if([](const Value& type) { return type.as_string() != "EXTERNAL"; })}}).computed(),
        connect_block(),
        set_block(kStrategy, {.attributes = {text("capacity_provider").required(), number("base").defaults(0), number("weight").defaults(0)}}).computed(),
    }});
    return schema;
  }
  int schema_version() const override { return 1; }

  Result<void> adjust(const Cloud&, const Planned& planned) const override {
    if (planned.prior == nullptr) return {};
    keep_what_means_nothing(*planned.prior, planned.planned);
    if (needs_new_for_strategy(*planned.prior, planned.planned)) planned.replaced_by.emplace_back(kStrategy);
    return {};
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    ecs::CreateServiceRequest request;
    request.service_name = planned.text("name");
    if (!planned.text("cluster").empty()) request.cluster = planned.text("cluster");
    request.task_definition = planned.text("task_definition");
    request.client_token = cloud.ids->uuid();
    request.scheduling_strategy = planned.text("scheduling_strategy");
    if (request.scheduling_strategy != "DAEMON") request.desired_count = static_cast<int32_t>(planned.number("desired_count"));
    if (!planned.text("launch_type").empty()) request.launch_type = planned.text("launch_type");
    if (!planned.blocks(kStrategy).empty()) request.capacity_provider_strategy = strategy_of(planned, kStrategy);
    if (!planned.text("platform_version").empty()) request.platform_version = planned.text("platform_version");
    if (!planned.blocks("load_balancer").empty()) request.load_balancers = balancers_of(planned);
    if (!planned.blocks("service_registries").empty()) request.service_registries = registries_of(planned);
    if (!planned.blocks("network_configuration").empty()) request.network_configuration = network_of(planned);
    if (!planned.blocks("service_connect_configuration").empty()) request.service_connect_configuration = connect_of(planned);
    request.deployment_configuration = deployment_of(planned);
    for (const Record& controller : planned.blocks("deployment_controller")) request.deployment_controller.emplace().type = controller.text("type");
    if (planned.has("health_check_grace_period_seconds")) request.health_check_grace_period_seconds = static_cast<int32_t>(planned.number("health_check_grace_period_seconds"));
    if (planned.flag("enable_execute_command")) request.enable_execute_command = true;
    if (planned.flag("enable_ecs_managed_tags")) request.enable_ecs_managed_tags = true;
    if (!planned.text("propagate_tags").empty()) request.propagate_tags = planned.text("propagate_tags");
    if (!planned.text("availability_zone_rebalancing").empty()) request.availability_zone_rebalancing = planned.text("availability_zone_rebalancing");
    const Pairs tags = planned.pairs("tags_all");
    if (!tags.empty()) request.tags = to_tags<ecs::Tag>(tags);
    TRY(cloud.retry_while(kNotReady, is_not_ready, [&]() -> Result<void> {
      const auto made = TRY(cloud.call<ecs::CreateServiceResponse>("ecs", "CreateService", request));
      state.set("id", made.service->service_arn.value_or(""));
      return {};
    }));
    state.set("arn", state.text("id"));
    return planned.flag("wait_for_steady_state") ? wait_until_steady(cloud, planned, state.text("id")) : Result<void>();
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto service = TRY(find(cloud, state.text("cluster"), state.text("id")));
    if (!service || service->status == "INACTIVE" || service->status == "DRAINING") return false;
    state.set("id", service->service_arn.value_or(""));
    state.set("arn", service->service_arn.value_or(""));
    state.set("name", service->service_name.value_or(""));
    if (!ends_alike(Value::string(service->cluster_arn.value_or("")), state.value("cluster"))) state.set("cluster", service->cluster_arn.value_or(""));
    if (!ends_alike(Value::string(service->task_definition.value_or("")), state.value("task_definition"))) state.set("task_definition", service->task_definition.value_or(""));
    state.set("desired_count", service->desired_count.value_or(0));
    state.set("launch_type", service->launch_type.value_or(""));
    state.set("platform_version", service->platform_version.value_or(""));
    state.set("scheduling_strategy", service->scheduling_strategy.value_or("REPLICA"));
    state.set("availability_zone_rebalancing", service->availability_zone_rebalancing.value_or(""));
    state.set("enable_execute_command", service->enable_execute_command.value_or(false));
    state.set("enable_ecs_managed_tags", service->enable_ecs_managed_tags.value_or(false));
    state.set("propagate_tags", service->propagate_tags == "NONE" && state.text("propagate_tags").empty() ? "" : service->propagate_tags.value_or(""));
    state.set("iam_role", service->role_arn.value_or(""));
    if (!state.has("triggers")) state.set("triggers", Pairs{});
    if (service->health_check_grace_period_seconds) state.set("health_check_grace_period_seconds", *service->health_check_grace_period_seconds);
    fill_blocks(*service, state);
    set_tags(cloud, state, from_tags(service->tags));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    ecs::UpdateServiceRequest request;
    request.service = prior.text("id");
    request.cluster = prior.text("cluster");
    bool changed = false;
    const auto on = [&](const char* name) {
      const bool now = differs(prior, planned, name) && planned.value(name).is_known();
      changed = changed || now;
      return now;
    };
    if (on("desired_count")) request.desired_count = static_cast<int32_t>(planned.number("desired_count"));
    if (on("task_definition")) request.task_definition = planned.text("task_definition");
    if (on("platform_version")) request.platform_version = planned.text("platform_version");
    if (on(kStrategy)) {
      request.capacity_provider_strategy = strategy_of(planned, kStrategy);
      request.force_new_deployment = true;  // the API wants it with a new strategy
    }
    if (on("network_configuration")) request.network_configuration = network_of(planned);
    if (on("service_registries")) request.service_registries = registries_of(planned);
    if (on("service_connect_configuration")) request.service_connect_configuration = connect_of(planned);
    if (on("load_balancer")) request.load_balancers = balancers_of(planned);
    if (on("health_check_grace_period_seconds")) request.health_check_grace_period_seconds = static_cast<int32_t>(planned.number("health_check_grace_period_seconds"));
    if (on("enable_ecs_managed_tags")) request.enable_ecs_managed_tags = planned.flag("enable_ecs_managed_tags");
    if (on("enable_execute_command")) request.enable_execute_command = planned.flag("enable_execute_command");
    if (on("propagate_tags")) request.propagate_tags = planned.text("propagate_tags");
    if (on("availability_zone_rebalancing")) request.availability_zone_rebalancing = planned.text("availability_zone_rebalancing");
    const bool new_percents = on("deployment_maximum_percent"), new_minimum = on("deployment_minimum_healthy_percent"), new_breaker = on("deployment_circuit_breaker");
    if (new_percents || new_minimum || new_breaker) request.deployment_configuration = deployment_of(planned);
    if (planned.flag("force_new_deployment") && (changed || on("triggers"))) request.force_new_deployment = true;
    if (changed) {
      TRY(cloud.retry_while(kNotReady, is_not_ready, [&]() -> Result<void> {
        TRY(cloud.call<ecs::UpdateServiceResponse>("ecs", "UpdateService", request));
        return {};
      }));
    }
    TRY(update_ecs_tags(cloud, prior.text("id"), prior, planned));
    return planned.flag("wait_for_steady_state") ? wait_until_steady(cloud, planned, prior.text("id")) : Result<void>();
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    const std::string id = state.text("id"), cluster = state.text("cluster");
    const auto service = TRY(find(cloud, cluster, id));
    if (!service || service->status == "INACTIVE") return {};
    if (service->status == "ACTIVE" && service->scheduling_strategy != "DAEMON" && !state.flag("force_delete")) {
      ecs::UpdateServiceRequest drain;
      drain.service = id;
      drain.cluster = cluster;
      drain.desired_count = 0;
      TRY(ignore_gone(cloud.call<ecs::UpdateServiceResponse>("ecs", "UpdateService", drain)));
    }
    ecs::DeleteServiceRequest request;
    request.service = id;
    request.cluster = cluster;
    request.force = true;
    TRY(ignore_gone(cloud.call<ecs::DeleteServiceResponse>("ecs", "DeleteService", request)));
    return cloud.wait_until("service " + state.text("name") + " to become inactive", kEnding, [&]() -> Result<bool> {
      const auto now = TRY(find(cloud, cluster, id));
      return !now || now->status == "INACTIVE";
    });
  }

 private:
  static Result<std::optional<ecs::Service>> find(const Cloud& cloud, const std::string& cluster, const std::string& id) {
    ecs::DescribeServicesRequest request;
    request.services = std::vector<std::string>{id};
    if (!cluster.empty()) request.cluster = cluster;
    request.include = std::vector<std::string>{"TAGS"};
    auto found = cloud.call<ecs::DescribeServicesResponse>("ecs", "DescribeServices", request);
    if (!found && (is_gone(found.error()) || found.error().code == "ClusterNotFoundException")) return std::optional<ecs::Service>();
    if (!found) return std::unexpected(found.error());
    if (!found->services || found->services->empty()) return std::optional<ecs::Service>();
    return std::optional<ecs::Service>(std::move(found->services->front()));
  }

  /// A strategy can be another one where a deployment is forced, which is how AWS takes one; none at all is another service.
  static bool needs_new_for_strategy(const Record& prior, const Record& planned) {
    if (!planned.value(kStrategy).is_wholly_known() || is_alike(prior.value(kStrategy), planned.value(kStrategy))) return false;
    return !planned.flag("force_new_deployment") || prior.blocks(kStrategy).empty() || planned.blocks(kStrategy).empty();
  }

  /// Terraform's state tells tags that are not spread, and a circuit breaker that is off, where nothing is written.
  static void keep_what_means_nothing(const Record& prior, Record& planned) {
    if (prior.text("propagate_tags") == "NONE" && planned.value("propagate_tags").is_null()) planned.set("propagate_tags", "NONE");
    const auto breakers = prior.blocks("deployment_circuit_breaker");
    const bool is_off = !breakers.empty() && !breakers[0].flag("enable") && !breakers[0].flag("rollback");
    const Value written = planned.value("deployment_circuit_breaker");
    if (is_off && written.is_known() && planned.blocks("deployment_circuit_breaker").empty()) planned.set("deployment_circuit_breaker", prior.value("deployment_circuit_breaker"));
  }

  static void fill_blocks(const ecs::Service& service, Record& state) {
    std::vector<Record> balancers, registries, networks, breakers, controllers;
    for (const auto& api : service.service_registries.value_or(std::vector<ecs::ServiceRegistry>{})) {
      Record& registry = registries.emplace_back();
      registry.set("registry_arn", api.registry_arn.value_or(""));
      registry.set("container_name", api.container_name.value_or(""));
      registry.set("container_port", api.container_port.value_or(0));
      registry.set("port", api.port.value_or(0));
    }
    state.set("service_registries", registries);
    for (const auto& api : service.load_balancers.value_or(std::vector<ecs::LoadBalancer>{})) {
      Record& balancer = balancers.emplace_back();
      balancer.set("target_group_arn", api.target_group_arn.value_or(""));
      balancer.set("elb_name", "");
      balancer.set("container_name", api.container_name.value_or(""));
      balancer.set("container_port", api.container_port.value_or(0));
    }
    state.set("load_balancer", balancers);
    if (service.network_configuration && service.network_configuration->awsvpc_configuration) {
      const auto& vpc = *service.network_configuration->awsvpc_configuration;
      Record& network = networks.emplace_back();
      network.set("subnets", vpc.subnets.value_or(std::vector<std::string>{}));
      network.set("security_groups", vpc.security_groups.value_or(std::vector<std::string>{}));
      network.set("assign_public_ip", vpc.assign_public_ip == "ENABLED");
    }
    state.set("network_configuration", networks);
    if (service.deployment_configuration) {
      const auto& deployment = *service.deployment_configuration;
      state.set("deployment_maximum_percent", deployment.maximum_percent.value_or(200));
      state.set("deployment_minimum_healthy_percent", deployment.minimum_healthy_percent.value_or(100));
      const bool is_written = !state.blocks("deployment_circuit_breaker").empty();
      if (deployment.deployment_circuit_breaker && (is_written || deployment.deployment_circuit_breaker->enable.value_or(false))) {
        Record& breaker = breakers.emplace_back();
        breaker.set("enable", deployment.deployment_circuit_breaker->enable.value_or(false));
        breaker.set("rollback", deployment.deployment_circuit_breaker->rollback.value_or(false));
      }
    }
    state.set("deployment_circuit_breaker", breakers);
    state.set(kStrategy, to_records(service.capacity_provider_strategy));
    keep_connect(service, state);
    const std::string controller = service.deployment_controller ? service.deployment_controller->type.value_or("ECS") : "ECS";
    if (controller != "ECS" || !state.blocks("deployment_controller").empty()) controllers.emplace_back().set("type", controller);
    state.set("deployment_controller", controllers);
  }

  static Result<void> wait_until_steady(const Cloud& cloud, const Record& planned, const std::string& id) {
    return cloud.wait_until("service " + planned.text("name") + " to reach a steady state", kMaking, [&]() -> Result<bool> {
      const auto service = TRY(find(cloud, planned.text("cluster"), id));
      if (!service) return fail("ServiceNotFoundException", "the service " + id + " is gone");
      if (service->task_sets) return std::ranges::all_of(*service->task_sets, [](const ecs::TaskSet& set) { return set.stability_status == "STEADY_STATE"; });
      const size_t deployments = service->deployments ? service->deployments->size() : 0;
      return deployments == 1 && service->running_count == service->desired_count && service->deployments->front().rollout_state == "COMPLETED";
    });
  }
};

}  // namespace

void add_ecs_service(Provider& provider) { provider.resources["aws_ecs_service"] = std::make_unique<Service>(); }

}  // namespace landfall::terraform::aws_types
