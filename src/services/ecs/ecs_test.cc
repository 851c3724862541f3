#include "services/ecs/ecs.h"

#include <doctest/doctest.h>

#include "model/discovery.h"
#include "model/load_balancing.h"
#include "model/network.h"
#include "model/reason.h"
#include "services/ecs/support.h"
#include "services/support/caller_for_test.h"

namespace landfall::services::ecs {
namespace {

constexpr const char* kGroup = "arn:aws:elasticloadbalancing:us-west-2:000000000000:targetgroup/web/0123456789abcdef";

/// A cluster, a task definition that maps web:80, and a target group of type ip behind a listener.
struct Cluster : CallerForTest {
  Cluster() : CallerForTest("ecs") {
    register_ecs(registry, deps);
    REQUIRE(store->transact([](Transaction& tx) -> Result<void> {
      store::put(tx, model::Subnet{.account = "000000000000", .region = "us-west-2", .id = "subnet-1", .vpc_id = "vpc-1", .cidr = "10.0.1.0/24", .zone = "us-west-2a"});
      return {};
    }));
    put_group("ip");
    put_listener(kGroup);
    REQUIRE(call<shapes::CreateClusterResponse>("CreateCluster", shapes::CreateClusterRequest{.cluster_name = "main"}));
    REQUIRE(define("256", "512"));
  }

  void put_group(const std::string& type) {
    REQUIRE(store->transact([&](Transaction& tx) -> Result<void> {
      store::put(tx, model::TargetGroup{.account = "000000000000", .region = "us-west-2", .arn = kGroup, .name = "web", .target_type = type});
      return {};
    }));
  }

  void put_listener(const std::string& group) {
    REQUIRE(store->transact([&](Transaction& tx) -> Result<void> {
      model::Listener listener{.account = "000000000000", .region = "us-west-2", .arn = "listener", .load_balancer_arn = "balancer", .port = 80, .protocol = "HTTP"};
      model::Action action{.type = "forward"};
      action.target_groups.push_back({.arn = group, .weight = 1});
      listener.default_actions.push_back(action);
      store::put(tx, listener);
      return {};
    }));
  }

  Result<shapes::RegisterTaskDefinitionResponse> define(std::string cpu, std::string memory) {
    shapes::ContainerDefinition web{.image = "web:1", .name = "web", .port_mappings = std::vector{shapes::PortMapping{.container_port = 80}}};
    return call<shapes::RegisterTaskDefinitionResponse>("RegisterTaskDefinition", shapes::RegisterTaskDefinitionRequest{.container_definitions = std::vector{web}, .cpu = cpu, .family = "web", .memory = memory, .network_mode = "awsvpc",
                                                                                                                        .requires_compatibilities = std::vector<std::string>{"FARGATE"}});
  }

  Result<shapes::CreateServiceResponse> create(std::string container = "web", int port = 80) {
    return call<shapes::CreateServiceResponse>("CreateService", shapes::CreateServiceRequest{.cluster = "main", .desired_count = 2, .launch_type = "FARGATE",
                                                                                              .load_balancers = std::vector{shapes::LoadBalancer{.container_name = container, .container_port = port, .target_group_arn = kGroup}},
                                                                                              .network_configuration = network(), .service_name = "web", .task_definition = "web"});
  }

  static shapes::NetworkConfiguration network() {
    return {.awsvpc_configuration = shapes::AwsVpcConfiguration{.subnets = std::vector<std::string>{"subnet-1"}}};
  }

  std::vector<std::string> reasons() const {
    std::vector<std::string> codes;
    for (const auto& because : store::all<model::Because>(*store)) codes.push_back(because.code + " " + because.attribute);
    return codes;
  }
};

using Reasons = std::vector<std::string>;

TEST_CASE_FIXTURE(Cluster, "sizes that Fargate does not have are refused") {
  CHECK(what_of(define("256", "4096")) == "No Fargate configuration exists for given values.");
  CHECK(code_of(define("300", "512")) == "ClientException");
  CHECK(code_of(define("x", "512")) == "ClientException");
  CHECK(code_of(define("1 vCPU", "2 GB")) == "");
}

TEST_CASE_FIXTURE(Cluster, "revisions of a family rise, also past deregistered ones") {
  REQUIRE(call<shapes::DeregisterTaskDefinitionResponse>("DeregisterTaskDefinition", shapes::DeregisterTaskDefinitionRequest{.task_definition = "web:1"}));
  const auto second = define("256", "512");
  REQUIRE(second);
  CHECK(second->task_definition->revision == 2);
}

TEST_CASE_FIXTURE(Cluster, "a container that the task definition lacks is refused, and the reason goes when the service is made") {
  CHECK(what_of(create("wbe")) == "The container wbe does not exist in the task definition.");
  CHECK(reasons() == Reasons{"Service.ContainerNotInTaskDefinition load_balancer.container_name"});
  REQUIRE(create());
  CHECK(reasons().empty());
}

TEST_CASE_FIXTURE(Cluster, "a port that the container does not map is refused") {
  CHECK(what_of(create("web", 8080)) == "The container web did not have a container port 8080 defined.");
  CHECK(reasons() == Reasons{"Service.ContainerPortNotMapped load_balancer.container_port"});
}

TEST_CASE_FIXTURE(Cluster, "a target group of type instance is refused") {
  put_group("instance");
  CHECK(code_of(create()) == "InvalidParameterException");
  CHECK(reasons() == Reasons{"TargetGroup.TargetTypeInstance target_type"});
}

TEST_CASE_FIXTURE(Cluster, "a target group that no listener forwards to is refused") {
  put_listener("another");
  CHECK(what_of(create()) == std::string("The target group with targetGroupArn ") + kGroup + " does not have an associated load balancer.");
  CHECK(reasons() == Reasons{"TargetGroup.NoLoadBalancer "});
}

TEST_CASE_FIXTURE(Cluster, "a forced deployment becomes the primary one, the older one drains") {
  REQUIRE(create());
  const auto changed = call<shapes::UpdateServiceResponse>("UpdateService", shapes::UpdateServiceRequest{.cluster = "main", .force_new_deployment = true, .service = "web"});
  REQUIRE(changed);
  REQUIRE(changed->service->deployments->size() == 2);
  CHECK(changed->service->deployments->at(0).status == "PRIMARY");
  CHECK(changed->service->deployments->at(1).status == "ACTIVE");
}

TEST_CASE_FIXTURE(Cluster, "a service above zero is deleted by force only, and its name is taken while it drains") {
  REQUIRE(create());
  CHECK(what_of(call<shapes::DeleteServiceResponse>("DeleteService", shapes::DeleteServiceRequest{.cluster = "main", .service = "web"})) == "The service cannot be stopped while it is scaled above 0.");
  const auto deleted = call<shapes::DeleteServiceResponse>("DeleteService", shapes::DeleteServiceRequest{.cluster = "main", .force = true, .service = "web"});
  REQUIRE(deleted);
  CHECK(deleted->service->status == "DRAINING");
  CHECK(what_of(create()) == "Unable to Start a service that is still Draining.");
}

TEST_CASE_FIXTURE(Cluster, "unknown services are told as failures, an unknown cluster as an error") {
  const auto told = call<shapes::DescribeServicesResponse>("DescribeServices", shapes::DescribeServicesRequest{.cluster = "main", .services = std::vector<std::string>{"none"}});
  REQUIRE(told);
  REQUIRE(told->failures->size() == 1);
  CHECK(told->failures->at(0).reason == "MISSING");
  CHECK(code_of(call<shapes::DescribeServicesResponse>("DescribeServices", shapes::DescribeServicesRequest{.cluster = "none", .services = std::vector<std::string>{"web"}})) == "ClusterNotFoundException");
}

TEST_CASE_FIXTURE(Cluster, "a definition is deleted after it was deregistered, and its revision is not given again") {
  const auto remove = [&](const char* name = "web:1") { return call<shapes::DeleteTaskDefinitionsResponse>("DeleteTaskDefinitions", shapes::DeleteTaskDefinitionsRequest{.task_definitions = std::vector<std::string>{name}}); };
  CHECK(remove("web")->failures->at(0).reason == "The specified task definition identifier is invalid. Specify a valid name or ARN and try again.");
  CHECK(remove()->failures->at(0).reason == "The specified task definition is still in ACTIVE status. Please deregister the target and try again.");
  REQUIRE(call<shapes::DeregisterTaskDefinitionResponse>("DeregisterTaskDefinition", shapes::DeregisterTaskDefinitionRequest{.task_definition = "web:1"}));
  CHECK(remove()->task_definitions->at(0).status == "DELETE_IN_PROGRESS");
  CHECK(define("256", "512")->task_definition->revision == 2);
}

TEST_CASE("the base is filled first, then weights share") {
  const std::vector<model::CapacityShare> shares{{.provider = "FARGATE", .weight = 1, .base = 1}, {.provider = "FARGATE_SPOT", .weight = 2}};
  std::map<std::string, int> counts;
  for (int i = 0; i < 7; ++i) ++counts[model::next_provider(shares, counts)];
  CHECK(counts == std::map<std::string, int>{{"FARGATE", 3}, {"FARGATE_SPOT", 4}});
  CHECK(model::next_provider({}, {}) == "");
}

/// A request to register `container` alone.
shapes::RegisterTaskDefinitionRequest definition_of(shapes::ContainerDefinition container) {
  return {.container_definitions = std::vector{std::move(container)}, .cpu = "1 vCPU", .family = "told", .memory = "2 GB", .network_mode = "awsvpc", .requires_compatibilities = std::vector<std::string>{"FARGATE"}};
}

TEST_CASE_FIXTURE(Cluster, "a definition is told as it was registered, with ECS's defaults") {
  shapes::ContainerDefinition given{.environment_files = std::vector<shapes::EnvironmentFile>{}, .health_check = shapes::HealthCheck{.command = std::vector<std::string>{"CMD", "true"}}, .image = "web", .interactive = false,
                                    .linux_parameters = shapes::LinuxParameters{.init_process_enabled = false}, .mount_points = std::vector{shapes::MountPoint{.container_path = "/d", .source_volume = "data"}}, .name = "web",
                                    .port_mappings = std::vector{shapes::PortMapping{.app_protocol = "http", .container_port = 80}, shapes::PortMapping{.container_port_range = "100-200"}}, .readonly_root_filesystem = false,
                                    .ulimits = std::vector<shapes::Ulimit>{}, .version_consistency = "disabled"};
  auto request = definition_of(given);
  request.volumes = std::vector{shapes::Volume{.name = "data"}};
  REQUIRE(call<shapes::RegisterTaskDefinitionResponse>("RegisterTaskDefinition", request));

  const auto told = call<shapes::DescribeTaskDefinitionResponse>("DescribeTaskDefinition", shapes::DescribeTaskDefinitionRequest{.task_definition = "told"});
  REQUIRE(told);

  CHECK(told->task_definition->cpu == "1024");
  CHECK(told->task_definition->memory == "2048");
  given.cpu = 0;
  given.essential = true;
  given.environment.emplace();
  given.volumes_from.emplace();
  given.system_controls.emplace();
  given.health_check->interval = 30;
  given.health_check->timeout = 5;
  given.health_check->retries = 3;
  given.port_mappings = std::vector{shapes::PortMapping{.app_protocol = "http", .container_port = 80, .host_port = 80, .protocol = "tcp"}, shapes::PortMapping{.container_port_range = "100-200", .protocol = "tcp"}};
  CHECK(to_json(told->task_definition->container_definitions->at(0)) == to_json(given));
  CHECK(told->task_definition->volumes->at(0).host.has_value());
}

TEST_CASE_FIXTURE(Cluster, "volumesFrom mounts what other containers mount, at the same paths") {
  const auto mount = [](const char* volume, const char* path, bool read_only) { return shapes::MountPoint{.container_path = path, .read_only = read_only, .source_volume = volume}; };
  const auto from = [](const char* container, bool read_only) { return shapes::VolumeFrom{.read_only = read_only, .source_container = container}; };
  auto request = definition_of({.image = "web", .mount_points = std::vector{mount("own", "/own", false)}, .name = "web", .volumes_from = std::vector{from("side", true)}});
  request.container_definitions->push_back({.image = "side", .mount_points = std::vector{mount("data", "/data", false), mount("own", "/own", false)}, .name = "side", .volumes_from = std::vector{from("deep", false)}});
  request.container_definitions->push_back({.image = "deep", .mount_points = std::vector{mount("deep", "/deep", true)}, .name = "deep", .volumes_from = std::vector{from("web", false)}});
  request.volumes = std::vector{shapes::Volume{.name = "data"}, shapes::Volume{.name = "own"}, shapes::Volume{.name = "deep"}};

  const auto made = call<shapes::RegisterTaskDefinitionResponse>("RegisterTaskDefinition", request);

  REQUIRE(made);
  CHECK(made->task_definition->container_definitions->at(0).mount_points->size() == 1);
  const auto kept = store::find<model::TaskDefinition>(*store, *made->task_definition->task_definition_arn);
  REQUIRE(kept);
  std::vector<std::string> web;
  for (const auto& each : kept->containers[0].mount_points) web.push_back(each.source_volume + each.container_path + (each.read_only ? " ro" : ""));
  CHECK(web == std::vector<std::string>{"own/own", "data/data ro", "deep/deep ro"});
  CHECK(kept->containers[2].mount_points.size() == 3);
  request.container_definitions->at(1).volumes_from = std::vector{from("none", false)};
  CHECK(what_of(call<shapes::RegisterTaskDefinitionResponse>("RegisterTaskDefinition", request)) == "Invalid 'volumesFrom' setting of container 'side'. Unknown container: 'none'");
}

TEST_CASE_FIXTURE(Cluster, "restart policies and environment files are checked") {
  const auto with = [&](shapes::ContainerDefinition container) {
    container.name.emplace("web");
    container.image.emplace("web");
    return what_of(call<shapes::RegisterTaskDefinitionResponse>("RegisterTaskDefinition", definition_of(std::move(container))));
  };
  CHECK(with({.restart_policy = shapes::ContainerRestartPolicy{.enabled = true, .restart_attempt_period = 59}}) == "The restartAttemptPeriod of container 'web' must be between 60 and 1800 seconds; found 59");
  CHECK(with({.restart_policy = shapes::ContainerRestartPolicy{.enabled = true}}) == "");
  CHECK(with({.environment_files = std::vector{shapes::EnvironmentFile{.type = "s3", .value = "arn:aws:s3:::b/x.txt"}}}).starts_with("Invalid environment file for container 'web'"));
  CHECK(with({.environment_files = std::vector{shapes::EnvironmentFile{.type = "s3", .value = "arn:aws:s3:::b/x.env"}}}) == "");
  CHECK(with({.credential_specs = std::vector<std::string>{"x"}}).find("credentialSpecs") != std::string::npos);
}

TEST_CASE_FIXTURE(Cluster, "overrides fit the definition, and are told") {
  const auto run = [&](shapes::TaskOverride overrides) {
    return call<shapes::RunTaskResponse>("RunTask", shapes::RunTaskRequest{.cluster = "main", .network_configuration = network(), .overrides = std::move(overrides), .task_definition = "web"});
  };
  const auto container = [](shapes::ContainerOverride override_) {
    override_.name.emplace("web");
    return shapes::TaskOverride{.container_overrides = std::vector{std::move(override_)}};
  };
  CHECK(what_of(run({.cpu = "256", .memory = "4096"})) == "No Fargate configuration exists for given values.");
  CHECK(what_of(run({.container_overrides = std::vector{shapes::ContainerOverride{.name = "db"}}})) == "Override for container named db is not a container in the TaskDefinition.");
  CHECK(what_of(run(container({.memory = 600}))) == "The 'memory' setting for container 'web' (600 MiB) is greater than for the task (512 MiB).");
  auto both = container({.command = std::vector<std::string>{"sleep"}, .memory = 600});
  both.memory.emplace("1024");
  both.task_role_arn.emplace("arn:aws:iam::000000000000:role/other");

  const auto made = run(both);

  REQUIRE(made);
  const auto& task = made->tasks->at(0);
  CHECK(task.memory == "1024");
  CHECK(task.containers->at(0).memory == "600");
  both.inference_accelerator_overrides.emplace();
  CHECK(to_json(*task.overrides) == to_json(both));
}

TEST_CASE("a task runs its definition as its overrides change it") {
  const model::TaskDefinition definition{.cpu = 256, .memory = 512, .task_role_arn = "a", .containers = {{.name = "web", .command = std::vector<std::string>{"x"}, .environment = {{"A", "1"}, {"B", "2"}}, .secrets = {{"S", "arn"}}}, {.name = "log"}}};
  const auto run = model::overridden(definition, {.memory = 1024, .task_role_arn = "b", .containers = {{.name = "web", .command = std::vector<std::string>{"y"}, .environment = {{"B", "3"}, {"S", "4"}}, .cpu = 7}}});
  CHECK(run.cpu == 256);
  CHECK(run.memory == 1024);
  CHECK(run.task_role_arn == "b");
  CHECK(*run.containers[0].command == std::vector<std::string>{"y"});
  CHECK(run.containers[0].cpu == 7);
  CHECK(run.containers[0].secrets.empty());
  std::map<std::string, std::string> variables;
  for (const auto& pair : run.containers[0].environment) variables[pair.name] = pair.value;
  CHECK(variables == std::map<std::string, std::string>{{"A", "1"}, {"B", "3"}, {"S", "4"}});
}

TEST_CASE_FIXTURE(Cluster, "the same token runs tasks once, and another request with it is a conflict") {
  const auto run = [&](int count) {
    return call<shapes::RunTaskResponse>("RunTask", shapes::RunTaskRequest{.client_token = "t", .cluster = "main", .count = count, .network_configuration = network(), .task_definition = "web"});
  };
  const auto first = run(2), again = run(2);
  REQUIRE((first && again));
  CHECK(again->tasks->size() == 2);
  CHECK(store->list(store::path_of<model::Task>("")).size() == 2);
  CHECK(code_of(run(1)) == "ConflictException");
}

TEST_CASE_FIXTURE(Cluster, "a registry is a service of Cloud Map, and a new one is a new deployment") {
  const auto put = [&](const char* id, const char* type) {
    const std::string arn = std::string("arn:aws:servicediscovery:us-west-2:000000000000:service/") + id;
    REQUIRE(store->transact([&](Transaction& tx) -> Result<void> {
      store::put(tx, model::DiscoveryService{.account = "000000000000", .region = "us-west-2", .id = id, .name = id, .arn = arn, .namespace_id = "ns-1", .records = {{.type = type}}});
      return {};
    }));
    return arn;
  };
  const std::string plain = put("srv-a", "A"), ported = put("srv-b", "SRV");
  const auto make = [&](shapes::ServiceRegistry registry) {
    return call<shapes::CreateServiceResponse>("CreateService", shapes::CreateServiceRequest{.cluster = "main", .network_configuration = network(), .service_name = "found", .service_registries = std::vector{registry}, .task_definition = "web"});
  };
  CHECK(code_of(make({.registry_arn = "arn:none"})) == "InvalidParameterException");
  CHECK(code_of(make({.registry_arn = ported})) == "InvalidParameterException");
  CHECK(what_of(make({.container_name = "web", .container_port = 81, .registry_arn = ported})) == "The container web did not have a container port 81 defined.");
  const auto made = make({.registry_arn = plain});
  REQUIRE(made);
  CHECK(made->service->service_registries->at(0).registry_arn == plain);
  const auto changed = call<shapes::UpdateServiceResponse>("UpdateService", shapes::UpdateServiceRequest{.cluster = "main", .service = "found", .service_registries = std::vector{shapes::ServiceRegistry{.port = 80, .registry_arn = ported}}});
  REQUIRE(changed);
  CHECK(changed->service->deployments->size() == 2);
}

TEST_CASE_FIXTURE(Cluster, "a cluster keeps its configuration, and names its namespace into being") {
  const auto make = [&](shapes::ExecuteCommandConfiguration exec) {
    return call<shapes::CreateClusterResponse>("CreateCluster", shapes::CreateClusterRequest{.cluster_name = "configured", .configuration = shapes::ClusterConfiguration{.execute_command_configuration = exec},
                                                                                              .service_connect_defaults = shapes::ClusterServiceConnectDefaultsRequest{.namespace_ = "inner"}});
  };
  CHECK(code_of(make({.logging = "OVERRIDE"})) == "InvalidParameterException");
  REQUIRE(make({.log_configuration = shapes::ExecuteCommandLogConfiguration{.cloud_watch_log_group_name = "g"}, .logging = "OVERRIDE"}));
  const auto describe = [&](std::vector<std::string> include) {
    const auto told = call<shapes::DescribeClustersResponse>("DescribeClusters", shapes::DescribeClustersRequest{.clusters = std::vector<std::string>{"configured"}, .include = std::move(include)});
    REQUIRE(told);
    return told->clusters->at(0);
  };
  CHECK_FALSE(describe({}).configuration.has_value());
  CHECK(describe({"CONFIGURATIONS"}).configuration->execute_command_configuration->log_configuration->cloud_watch_log_group_name == "g");
  const auto spaces = store::all<model::Namespace>(*store);
  REQUIRE(spaces.size() == 1);
  CHECK(spaces[0].type == "HTTP");
  CHECK(describe({}).service_connect_defaults->namespace_ == spaces[0].arn);
}

TEST_CASE_FIXTURE(Cluster, "Service Connect offers named ports in a namespace, with services in Cloud Map") {
  shapes::ContainerDefinition web{.image = "web:1", .name = "web", .port_mappings = std::vector{shapes::PortMapping{.container_port = 8080, .name = "http"}}};
  REQUIRE(call<shapes::RegisterTaskDefinitionResponse>("RegisterTaskDefinition", shapes::RegisterTaskDefinitionRequest{.container_definitions = std::vector{web}, .cpu = "256", .family = "named", .memory = "512", .network_mode = "awsvpc", .requires_compatibilities = std::vector<std::string>{"FARGATE"}}));
  model::Namespace inner{.account = "000000000000", .region = "us-west-2", .id = "ns-1", .name = "inner", .arn = "arn:aws:servicediscovery:us-west-2:000000000000:namespace/ns-1", .type = "HTTP"};
  REQUIRE(store->transact([&](store::Transaction& tx) -> Result<void> { return store::put(tx, inner), Result<void>(); }));
  const auto make = [&](std::string name, std::string space, std::vector<shapes::ServiceConnectService> services) {
    return call<shapes::CreateServiceResponse>("CreateService", shapes::CreateServiceRequest{.cluster = "main", .network_configuration = network(),
                                                                                              .service_connect_configuration = shapes::ServiceConnectConfiguration{.enabled = true, .namespace_ = space.empty() ? std::nullopt : std::optional(space), .services = std::move(services)},
                                                                                              .service_name = std::move(name), .task_definition = "named"});
  };
  const auto alias = [](std::string name, int port) { return std::vector{shapes::ServiceConnectClientAlias{.dns_name = std::move(name), .port = port}}; };
  CHECK(code_of(make("a", "none", {})) == "NamespaceNotFoundException");
  CHECK(code_of(make("a", "", {})) == "InvalidParameterException");
  CHECK(what_of(make("a", "inner", {{.port_name = "grpc"}})) == "portName 'grpc' is not the name of a port mapping in the task definition named:1.");
  CHECK(code_of(make("a", "inner", {{.client_aliases = alias("UPPER", 80), .port_name = "http"}})) == "InvalidParameterException");
  CHECK(code_of(make("a", "inner", {{.client_aliases = alias("api", 0), .port_name = "http"}})) == "InvalidParameterException");
  CHECK(store::all<model::DiscoveryService>(*store).empty());

  const auto made = make("a", inner.arn, {{.client_aliases = alias("api", 80), .port_name = "http"}});
  REQUIRE(made);
  const shapes::Deployment deployment = made->service->deployments->at(0);
  const auto discovered = store::all<model::DiscoveryService>(*store);
  REQUIRE(discovered.size() == 1);
  CHECK(deployment.service_connect_resources->at(0).discovery_arn == discovered[0].arn);
  CHECK(deployment.service_connect_configuration->services->at(0).discovery_name == "http");
  CHECK(what_of(make("b", "inner", {{.client_aliases = alias("api", 80), .discovery_name = "other", .port_name = "http"}})) == "The client alias 'api:80' is already used in the namespace.");
  REQUIRE(make("b", "inner", {{.discovery_name = "other", .port_name = "http"}}));
  const auto named = call<shapes::ListServicesByNamespaceResponse>("ListServicesByNamespace", shapes::ListServicesByNamespaceRequest{.namespace_ = "inner"});
  REQUIRE(named);
  CHECK(named->service_arns->size() == 2);

  const auto deployments_after = [&](shapes::UpdateServiceRequest request) {
    request.cluster = "main";
    request.service = "b";
    return call<shapes::UpdateServiceResponse>("UpdateService", request)->service->deployments->size();
  };
  CHECK(deployments_after({.desired_count = 0}) == 1);
  CHECK(deployments_after({.service_connect_configuration = shapes::ServiceConnectConfiguration{.enabled = false}}) == 2);
}

TEST_CASE_FIXTURE(Cluster, "an account's setting counts for clusters that say nothing") {
  REQUIRE(call<shapes::PutAccountSettingDefaultResponse>("PutAccountSettingDefault", shapes::PutAccountSettingDefaultRequest{.name = "containerInsights", .value = "enhanced"}));
  const auto value = [&](shapes::CreateClusterRequest request) { return call<shapes::CreateClusterResponse>("CreateCluster", request)->cluster->settings->at(0).value; };
  CHECK(value({.cluster_name = "silent"}) == "enhanced");
  CHECK(value({.cluster_name = "explicit", .settings = std::vector{shapes::ClusterSetting{.name = "containerInsights", .value = "disabled"}}}) == "disabled");
}

TEST_CASE_FIXTURE(Cluster, "an ARN of another cluster is refused, and page sizes have bounds") {
  REQUIRE(create());
  const auto told = call<shapes::DescribeServicesResponse>("DescribeServices", shapes::DescribeServicesRequest{.services = std::vector<std::string>{"arn:aws:ecs:us-west-2:000000000000:service/main/web"}});
  CHECK(code_of(told) == "ClusterNotFoundException");
  REQUIRE(call<shapes::CreateClusterResponse>("CreateCluster", shapes::CreateClusterRequest{}));
  CHECK(what_of(call<shapes::DescribeServicesResponse>("DescribeServices", shapes::DescribeServicesRequest{.services = std::vector<std::string>{"arn:aws:ecs:us-west-2:000000000000:service/main/web"}})) == "Identifier is for cluster main. Your cluster is default");
  CHECK(code_of(call<shapes::ListServicesResponse>("ListServices", shapes::ListServicesRequest{.cluster = "main", .max_results = 101})) == "InvalidParameterException");
  CHECK(code_of(call<shapes::CreateServiceResponse>("CreateService", shapes::CreateServiceRequest{.cluster = "main", .network_configuration = network(), .platform_version = "9.9.9", .service_name = "old", .task_definition = "web"})) == "PlatformUnknownException");
}

TEST_CASE_FIXTURE(Cluster, "each new deployment leaves a rollout and a revision, and no other change does") {
  const auto made = create();
  REQUIRE(made.has_value());
  CHECK(made->service->current_service_deployment.has_value());
  const auto update = [&](shapes::UpdateServiceRequest request) {
    request.cluster.emplace("main");
    request.service.emplace("web");
    return call<shapes::UpdateServiceResponse>("UpdateService", request);
  };
  REQUIRE(update({.desired_count = 3}));
  CHECK(store::all<model::ServiceDeployment>(*store).size() == 1);
  REQUIRE(update({.force_new_deployment = true}));
  const auto listed = call<shapes::ListServiceDeploymentsResponse>("ListServiceDeployments", shapes::ListServiceDeploymentsRequest{.cluster = "main", .service = "web"});
  REQUIRE(listed.has_value());
  REQUIRE(listed->service_deployments->size() == 2);
  const auto revisions = call<shapes::DescribeServiceRevisionsResponse>(
      "DescribeServiceRevisions", shapes::DescribeServiceRevisionsRequest{.service_revision_arns = std::vector{*listed->service_deployments->front().target_service_revision_arn, std::string("arn:none")}});
  REQUIRE(revisions.has_value());
  CHECK(revisions->service_revisions->front().load_balancers->front().container_name == "web");
  CHECK(revisions->failures->front().reason == "MISSING");
  const auto stopped = call<shapes::StopServiceDeploymentResponse>("StopServiceDeployment", shapes::StopServiceDeploymentRequest{.service_deployment_arn = made->service->current_service_deployment});
  CHECK(code_of(stopped) == "ConflictException");
}

TEST_CASE_FIXTURE(Cluster, "task sets belong to services whose controller is EXTERNAL, five at most") {
  REQUIRE(create());
  const auto set = [&](const char* service, double percent) {
    return call<shapes::CreateTaskSetResponse>("CreateTaskSet", shapes::CreateTaskSetRequest{.cluster = "main", .network_configuration = network(), .scale = shapes::Scale{.unit = "PERCENT", .value = percent}, .service = service, .task_definition = "web"});
  };
  CHECK(what_of(set("web", 50)) == "Amazon ECS only supports task set management on services configured to use external deployment controllers.");
  REQUIRE(call<shapes::CreateServiceResponse>("CreateService", shapes::CreateServiceRequest{.cluster = "main", .deployment_controller = shapes::DeploymentController{.type = "EXTERNAL"}, .desired_count = 3, .service_name = "sets"}));
  const auto first = set("sets", 50);
  REQUIRE(first.has_value());
  CHECK(first->task_set->computed_desired_count == 2);
  CHECK(code_of(set("sets", 101)) == "InvalidParameterException");
  for (int i = 0; i < 4; ++i) REQUIRE(set("sets", 0));
  CHECK(what_of(set("sets", 0)) == "5 deployments exist on the service. Unable to create new TaskSet since this exceeds the maximum limit.");
}

TEST_CASE_FIXTURE(Cluster, "a service that CodeDeploy deploys is one task set, and takes no other revision") {
  const shapes::CreateServiceRequest request{.cluster = "main", .deployment_controller = shapes::DeploymentController{.type = "CODE_DEPLOY"}, .desired_count = 2,
                                             .load_balancers = std::vector{shapes::LoadBalancer{.container_name = "web", .container_port = 80, .target_group_arn = kGroup}}, .network_configuration = network(), .service_name = "web", .task_definition = "web"};
  const auto made = call<shapes::CreateServiceResponse>("CreateService", request);
  REQUIRE(made.has_value());
  CHECK(made->service->deployments->empty());
  CHECK_FALSE(made->service->current_service_deployment.has_value());
  REQUIRE(made->service->task_sets->size() == 1);
  const shapes::TaskSet& set = made->service->task_sets->front();
  CHECK(set.status == "PRIMARY");
  CHECK(set.computed_desired_count == 2);
  CHECK(made->service->load_balancers->size() == 1);
  CHECK(made->service->task_definition == set.task_definition);
  CHECK(what_of(create()) == "Creation of service was not idempotent.");

  const auto update = [&](shapes::UpdateServiceRequest change) {
    change.cluster.emplace("main");
    change.service.emplace("web");
    return call<shapes::UpdateServiceResponse>("UpdateService", change);
  };
  CHECK(what_of(update({.task_definition = "web"})) == "Unable to update task definition on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a new deployment.");
  CHECK(what_of(update({.force_new_deployment = true})).starts_with("Cannot force a new deployment on services with a CODE_DEPLOY"));
  REQUIRE(update({.desired_count = 3}));
  CHECK(store::all<model::ServiceDeployment>(*store).empty());
}

TEST_CASE_FIXTURE(Cluster, "a service without a task set does not become one of another controller") {
  const auto external = shapes::CreateServiceRequest{.cluster = "main", .deployment_controller = shapes::DeploymentController{.type = "EXTERNAL"}, .desired_count = 2, .service_name = "web"};
  REQUIRE(call<shapes::CreateServiceResponse>("CreateService", external));
  CHECK(what_of(create()) == "Creation of service was not idempotent.");
}

}  // namespace
}  // namespace landfall::services::ecs
