#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/record.h"
#include "model/network.h"
#include "model/service_connect.h"

/// ECS. Keys are ARNs.
namespace landfall::model {

struct NameValue {
  std::string name, value;
  FIELDS(name, value)
};

/// How much of what is started goes to a capacity provider.
struct CapacityShare {
  std::string provider;
  int weight = 0, base = 0;
  FIELDS(provider, weight, base)
};

/// Whose turn it is: first the base, then the one with the fewest for its weight. `counts`: what each has now.
/// Source: ECS guide, Capacity provider strategies. "" if there are none.
std::string next_provider(const std::vector<CapacityShare>& shares, const std::map<std::string, int>& counts);

/// An account's own capacity provider; FARGATE and FARGATE_SPOT are not records.
struct CapacityProvider {
  std::string account, region, arn, name;
  std::string auto_scaling_group;  ///< its settings, JSON of autoScalingGroupProvider
  std::string status = "ACTIVE";   ///< or INACTIVE
  Tags tags;
  FIELDS(account, region, arn, name, auto_scaling_group, status, tags)
  static constexpr std::string_view kTable = "capacity_provider";
  std::string key() const { return arn; }
};

/// A setting of a principal, or (principal "") the account's default.
struct AccountSetting {
  std::string account, region, principal, name, value;
  FIELDS(account, region, principal, name, value)
  static constexpr std::string_view kTable = "ecs_account_setting";
  std::string key() const { return account + "/" + region + "/" + principal + "#" + name; }
};

struct Cluster {
  std::string account, region, arn, name;
  std::string status = "ACTIVE";  ///< or INACTIVE
  std::vector<NameValue> settings;
  std::vector<std::string> capacity_providers;
  std::vector<CapacityShare> default_strategy;
  std::string configuration;      ///< JSON of ClusterConfiguration as given; empty: none
  std::string connect_namespace;  ///< ARN of Service Connect's default namespace; empty: none
  Tags tags;
  FIELDS(account, region, arn, name, status, settings, capacity_providers, default_strategy, configuration, connect_namespace, tags)
  static constexpr std::string_view kTable = "cluster";
  std::string key() const { return arn; }
};

struct PortMapping {
  int container_port = 0, host_port = 0;
  std::string protocol = "tcp";
  std::string name;
  FIELDS(container_port, host_port, protocol, name)
};

struct ContainerDependency {
  std::string container_name, condition;
  FIELDS(container_name, condition)
};

struct ContainerHealthCheck {
  std::vector<std::string> command;
  int interval_seconds = 30, timeout_seconds = 5, retries = 3, start_period_seconds = 0;
  FIELDS(command, interval_seconds, timeout_seconds, retries, start_period_seconds)
};

struct LogConfiguration {
  std::string driver;
  std::map<std::string, std::string> options;
  FIELDS(driver, options)
};

struct Ulimit {
  std::string name;
  int64_t soft = 0, hard = 0;
  FIELDS(name, soft, hard)
};

struct MountPoint {
  std::string source_volume, container_path;
  bool read_only = false;
  FIELDS(source_volume, container_path, read_only)
};

/// When a container that ends is started again within its task.
struct RestartPolicy {
  bool is_enabled = false;
  std::vector<int> ignored_exit_codes;
  int attempt_period_seconds = 300;  ///< it must have run so long
  FIELDS(is_enabled, ignored_exit_codes, attempt_period_seconds)
};

struct ContainerDefinition {
  std::string name, image;
  int cpu = 0;
  int memory = 0, memory_reservation = 0;  ///< MiB; 0 not set
  bool essential = true;
  std::optional<std::vector<std::string>> entry_point, command;
  std::vector<NameValue> environment;
  std::vector<NameValue> secrets;  ///< value: ARN of a secret or parameter, with ":key:stage:version" if given
  std::vector<PortMapping> port_mappings;
  std::vector<ContainerDependency> depends_on;
  std::optional<ContainerHealthCheck> health_check;
  std::optional<LogConfiguration> log_configuration;
  std::vector<Ulimit> ulimits;
  std::vector<MountPoint> mount_points;
  std::string user, working_directory;
  bool readonly_root_filesystem = false;
  bool init_process_enabled = false;
  std::vector<std::string> drop_capabilities, add_capabilities;
  bool pseudo_terminal = false, interactive = false;
  int start_timeout = 0, stop_timeout = 0;  ///< seconds; 0 not set
  std::map<std::string, std::string> docker_labels;
  std::vector<NameValue> system_controls;
  RestartPolicy restart_policy;
  std::vector<std::string> environment_files;  ///< ARNs of objects of S3
  bool keeps_digest = true;  ///< versionConsistency: later tasks of a deployment run the image that its first one found
  FIELDS(name, image, cpu, memory, memory_reservation, essential, entry_point, command, environment, secrets, port_mappings,
         depends_on, health_check, log_configuration, ulimits, mount_points, user, working_directory,
         readonly_root_filesystem, init_process_enabled, drop_capabilities, add_capabilities, pseudo_terminal,
         interactive, start_timeout, stop_timeout, docker_labels, system_controls, restart_policy, environment_files, keeps_digest)
};

struct TaskDefinition {
  std::string account, region, arn, family;
  int revision = 0;
  std::string status = "ACTIVE";  ///< or INACTIVE
  int cpu = 0;      ///< units, of the task
  int memory = 0;   ///< MiB, of the task
  std::string network_mode = "awsvpc";
  std::string execution_role_arn, task_role_arn;
  std::vector<std::string> requires_compatibilities;
  std::string cpu_architecture, operating_system_family;  ///< empty: not given
  int ephemeral_storage_gib = 0;  ///< 0: not given (20)
  std::vector<std::string> volumes;  ///< names of bind volumes
  std::vector<ContainerDefinition> containers;
  WallTime registered_at, deregistered_at;
  std::string registered_by;
  WallTime delete_requested_at;
  std::string as_given;           ///< JSON of the TaskDefinition: what was registered, with ECS's defaults
  bool is_for_instances = false;  ///< Fargate does not run it
  Tags tags;
  FIELDS(account, region, arn, family, revision, status, cpu, memory, network_mode, execution_role_arn, task_role_arn,
         requires_compatibilities, cpu_architecture, operating_system_family, ephemeral_storage_gib, volumes,
         containers, registered_at, deregistered_at, registered_by, delete_requested_at, as_given, is_for_instances, tags)
  static constexpr std::string_view kTable = "task_definition";
  std::string key() const { return arn; }
};

struct AwsVpcConfiguration {
  std::vector<std::string> subnets, security_groups;
  bool assign_public_ip = false;
  FIELDS(subnets, security_groups, assign_public_ip)
};

struct ServiceLoadBalancer {
  std::string target_group_arn, container_name;
  int container_port = 0;
  FIELDS(target_group_arn, container_name, container_port)
};

/// Where a service announces its tasks (Cloud Map).
struct ServiceRegistry {
  std::string registry_arn, container_name;
  int container_port = 0, port = 0;
  FIELDS(registry_arn, container_name, container_port, port)
};

/// States: PRIMARY (newest), ACTIVE (being replaced); removed when drained. rollout: IN_PROGRESS, COMPLETED, FAILED.
/// Of a service that others deploy (Service::has_task_sets) it is a task set: PRIMARY or ACTIVE as its owner says, DRAINING
/// when deleted; desired_count is its share, `scale`, of the service's.
struct Deployment {
  std::string id;  ///< ecs-svc/ + 19 digits
  std::string status = "PRIMARY";
  std::string task_definition_arn;
  AwsVpcConfiguration network;
  std::vector<ServiceLoadBalancer> load_balancers;
  std::vector<ServiceRegistry> registries;
  std::optional<ServiceConnect> connect;
  std::string platform_version = "1.4.0";
  int desired_count = 0, pending_count = 0, running_count = 0, failed_tasks = 0;  ///< observed by ecs/ but desired
  std::string rollout_state = "IN_PROGRESS", rollout_state_reason;
  bool is_rollback = false;  ///< the circuit breaker came back to it from a newer one
  std::string chosen_by;  ///< who chose the task definition: principal and client ("arn:…:root with landfall")
  WallTime created_at, updated_at;
  int start_failures = 0;   ///< consecutive tasks that never ran; drives the back-off
  WallTime next_start_at;   ///< no start before this moment (back-off)
  std::string launch_type = "FARGATE";
  std::vector<CapacityShare> capacity_providers;  ///< empty: by launch type
  std::string external_id;                        ///< the members from here on are of task sets
  double scale = 0;                               ///< percent of the service's desired count
  bool is_stable = false;                         ///< observed
  WallTime stability_since;
  Tags tags;
  FIELDS(id, status, task_definition_arn, network, load_balancers, registries, connect, platform_version, desired_count, pending_count,
         running_count, failed_tasks, rollout_state, rollout_state_reason, is_rollback, chosen_by, created_at, updated_at, start_failures,
         next_start_at, launch_type, capacity_providers, external_id, scale, is_stable, stability_since, tags)
  std::string number() const { return id.substr(id.rfind('/') + 1); }
};

struct ServiceEvent {
  std::string id;
  WallTime created_at;
  std::string message;
  FIELDS(id, created_at, message)
};

struct Service {
  std::string account, region, arn, name, cluster_arn;
  std::string status = "ACTIVE";  ///< ACTIVE, DRAINING, INACTIVE
  int desired_count = 0;
  std::string launch_type = "FARGATE";  ///< EC2, EXTERNAL: no task is placed, for there are no container instances
  std::vector<CapacityShare> capacity_providers;  ///< empty: by launch type
  std::string placement;  ///< JSON of placementConstraints and placementStrategy as given; empty: none
  std::string scheduling_strategy = "REPLICA";
  std::string platform_version = "LATEST";
  int minimum_healthy_percent = 100, maximum_percent = 200;
  int health_check_grace_period_seconds = 0;
  bool has_grace_period = false;
  bool circuit_breaker = false, circuit_breaker_rollback = false, has_circuit_breaker = false;
  bool enable_execute_command = false, enable_ecs_managed_tags = false;
  std::string propagate_tags;
  std::string availability_zone_rebalancing;
  std::vector<Deployment> deployments;  ///< PRIMARY first
  std::vector<ServiceEvent> events;     ///< newest first, at most 100
  std::string client_token;
  std::string created_by;
  WallTime created_at;
  bool is_steady = false;  ///< observed
  std::string controller = "ECS";  ///< EXTERNAL, CODE_DEPLOY: its deployments are task sets
  std::vector<std::string> open_rollouts;  ///< ARNs of the ServiceDeployments that are not over, newest last
  Tags tags;
  FIELDS(account, region, arn, name, cluster_arn, status, desired_count, launch_type,
         capacity_providers, placement, scheduling_strategy,
         platform_version, minimum_healthy_percent, maximum_percent, health_check_grace_period_seconds, has_grace_period,
         circuit_breaker, circuit_breaker_rollback, has_circuit_breaker, enable_execute_command,
         enable_ecs_managed_tags, propagate_tags, availability_zone_rebalancing, deployments, events, client_token,
         created_by, created_at, is_steady, controller, open_rollouts, tags)
  static constexpr std::string_view kTable = "service";
  std::string key() const { return arn; }
  bool has_task_sets() const { return controller != "ECS"; }
  /// A task set's share of the desired count, rounded up (ECS API, TaskSet: computedDesiredCount).
  int share_of(const Deployment& task_set) const;
  /// "arn:…:KIND/CLUSTER/SERVICE/": what the ARNs of its deployments, revisions and task sets begin with.
  std::string stem(std::string_view kind) const;
};

/// How many tasks of a revision there were when a rollout was last looked at.
struct RevisionCount {
  std::string deployment_id;
  int requested = 0, running = 0, pending = 0;
  FIELDS(deployment_id, requested, running, pending)
};

/// One rollout of a service, kept when the Deployment that it brought is long gone. services/ecs makes it, and may ask for its end;
/// ecs/ moves it. States: PENDING IN_PROGRESS SUCCESSFUL STOPPED, STOP_REQUESTED, ROLLBACK_REQUESTED ROLLBACK_IN_PROGRESS
/// ROLLBACK_SUCCESSFUL ROLLBACK_FAILED.
struct ServiceDeployment {
  std::string account, region, arn, service_arn, cluster_arn;
  std::string status = "PENDING", status_reason;
  std::vector<RevisionCount> sources;
  RevisionCount target;
  int minimum_healthy_percent = 100, maximum_percent = 200;
  bool circuit_breaker = false, circuit_breaker_rollback = false;
  int failure_count = 0, failure_threshold = 0;
  bool is_triggered = false;  ///< the circuit breaker ended it
  std::string rollback_to, rollback_reason;  ///< id of the Deployment that came back; empty: none
  WallTime created_at, started_at, updated_at, finished_at, stopped_at, rolled_back_at;
  FIELDS(account, region, arn, service_arn, cluster_arn, status, status_reason, sources, target, minimum_healthy_percent,
         maximum_percent, circuit_breaker, circuit_breaker_rollback, failure_count, failure_threshold, is_triggered, rollback_to,
         rollback_reason, created_at, started_at, updated_at, finished_at, stopped_at, rolled_back_at)
  static constexpr std::string_view kTable = "service_deployment";
  std::string key() const { return arn; }
  bool is_over() const { return finished_at || stopped_at; }
};

/// The ARN of the revision that a deployment began, from the service's ARN and the deployment's id ("ecs-svc/NUMBER").
std::string revision_arn(std::string_view service_arn, std::string_view deployment_id);

/// What a rollout brought, as it was chosen; never changed. Its id is the deployment's number.
struct ServiceRevision {
  std::string account, region, arn, service_arn, cluster_arn;
  Deployment deployment;
  std::map<std::string, std::string> image_digests;  ///< by container: what its first task found behind the tag; fargate/ tells it once
  FIELDS(account, region, arn, service_arn, cluster_arn, deployment, image_digests)
  static constexpr std::string_view kTable = "service_revision";
  std::string key() const { return arn; }
};

/// What RunTask changes of a definition for its tasks; 0 and empty: nothing.
struct ContainerOverride {
  std::string name;
  std::optional<std::vector<std::string>> command;
  std::vector<NameValue> environment;
  std::optional<int> cpu, memory, memory_reservation;
  FIELDS(name, command, environment, cpu, memory, memory_reservation)
};
struct TaskOverride {
  int cpu = 0, memory = 0, ephemeral_storage_gib = 0;
  std::string execution_role_arn, task_role_arn;
  std::vector<ContainerOverride> containers;
  FIELDS(cpu, memory, ephemeral_storage_gib, execution_role_arn, task_role_arn, containers)
};
/// The definition as such a task runs it. Variables are added, or replace those of their name, also secrets.
TaskDefinition overridden(TaskDefinition definition, const TaskOverride& by);

struct TaskContainer {
  std::string arn, name, image, image_digest, runtime_id;
  std::string last_status = "PENDING";
  std::optional<int> exit_code;
  std::string reason;
  std::string health_status = "UNKNOWN";
  WallTime started_at, stopped_at;
  int restart_count = 0;  ///< by its restart policy
  FIELDS(arn, name, image, image_digest, runtime_id, last_status, exit_code, reason, health_status, started_at, stopped_at, restart_count)
};

/// One task. ecs/ and RunTask create it (desired RUNNING) and stop it (desired STOPPED with code and reason);
/// fargate/ moves last_status and everything observed. Order: PROVISIONING PENDING [ACTIVATING] RUNNING DEACTIVATING
/// STOPPING DEPROVISIONING STOPPED; fargate/ waits in DEACTIVATING until `is_deregistered` (set by ecs/ when draining ended; true at once for a
/// task without load balancers).
struct Task {
  std::string account, region, arn, id, cluster_arn;
  std::string task_definition_arn;
  std::string group;       ///< "service:NAME" or "family:NAME"
  std::string started_by;  ///< deployment id for service tasks
  std::string service_arn;
  std::string launch_type = "FARGATE", platform_version = "1.4.0";
  std::string capacity_provider;  ///< empty: by launch type
  std::string client_token;       ///< of the RunTask that started it
  WallTime protected_until;       ///< neither scaling nor a deployment stops it before
  std::string desired_status = "RUNNING", last_status = "PROVISIONING";
  std::string stop_code, stopped_reason;
  int version = 1;
  bool enable_execute_command = false;
  std::string subnet_id, zone;  ///< chosen when created
  std::vector<std::string> security_group_ids;
  bool assign_public_ip = false;
  std::string attachment_id, network_interface_id, private_ip, mac;
  std::string attachment_status = "PRECREATED";
  std::vector<TaskContainer> containers;
  TaskOverride overrides;
  std::string health_status = "UNKNOWN";
  bool is_registered = false;    ///< targets registered (ecs/)
  bool is_deregistered = false;  ///< draining over or never registered; SIGTERM may go out (ecs/)
  std::string pull_detail;       ///< last thing the agent waited for, for people: "resolving …", "pulling layer 2 of 3"
  WallTime created_at, pull_started_at, pull_stopped_at, started_at, stopping_at, execution_stopped_at, stopped_at;
  Tags tags;
  FIELDS(account, region, arn, id, cluster_arn, task_definition_arn, group, started_by, service_arn, launch_type,
         platform_version, capacity_provider, client_token, protected_until, desired_status, last_status, stop_code, stopped_reason, version, enable_execute_command, subnet_id, zone,
         security_group_ids, assign_public_ip, attachment_id, network_interface_id, private_ip, mac, attachment_status,
         containers, overrides, health_status, is_registered,
         is_deregistered, pull_detail, created_at, pull_started_at, pull_stopped_at, started_at, stopping_at,
         execution_stopped_at, stopped_at, tags)
  static constexpr std::string_view kTable = "task";
  std::string key() const { return arn; }
};

}  // namespace landfall::model
