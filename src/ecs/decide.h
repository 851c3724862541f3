#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/container_service.h"
#include "model/load_balancing.h"

namespace landfall::ecs {

/// Everything that is known of one service at one moment.
struct View {
  model::Service service;
  std::vector<model::Task> tasks;        ///< of the service, not forgotten yet, any order
  std::vector<model::Target> targets;    ///< of its target groups
  std::map<std::string, std::string> zone_of_subnet;
  std::map<std::string, bool> has_health_check;  ///< by task definition ARN: an essential container has one
};

struct Stop {
  std::string task_arn, code, reason;
  std::string event;  ///< of the service; "" none
};

struct Start {
  std::string deployment_id, subnet_id;
  bool replaces_unhealthy = false;
};

/// What one service needs next, in the order to carry out.
struct Decisions {
  std::vector<Start> starts;
  std::vector<Stop> stops;
  std::vector<std::string> register_tasks;    ///< task ARNs whose targets are to be registered
  std::vector<std::string> deregister_tasks;  ///< task ARNs whose targets are to drain
  std::vector<std::string> released_tasks;    ///< draining is over: SIGTERM may go out
  std::string blocked;                        ///< why nothing can be started or stopped although something should be
};

/// Pure: no I/O and no clock. Never stops so many that fewer than minimumHealthyPercent (rounded up) stay healthy, never
/// starts so many that more than maximumPercent (rounded down) exist.
/// Source  ECS API, DeploymentConfiguration; ECS guide, Service load balancing and Service throttle logic.
Decisions decide(const View& view, WallTime now);

/// Whether a running task counts as healthy for the deployment (ECS API, DeploymentConfiguration: minimumHealthyPercent).
bool is_healthy(const View& view, const model::Task& task, WallTime now);

/// Pause before the next start after so many tasks in a row never ran. AWS publishes no curve: 1 s, doubling, 15 min.
Duration back_off(int failures);

/// Circuit breaker: half of the desired count, at least 3, at most 200 (ECS guide, Deployment circuit breaker).
int breaker_threshold(int desired_count);

}  // namespace landfall::ecs
