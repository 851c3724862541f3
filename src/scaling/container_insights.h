#pragma once

#include <vector>

#include "scaling/measure.h"

namespace landfall::scaling {

/// What a cluster whose setting containerInsights is "enabled" or "enhanced" holds.
struct InsightfulCluster {
  model::Cluster cluster;
  std::vector<model::Service> services;  ///< those that are not INACTIVE
  int tasks = 0;                         ///< that run
};

bool has_insights(const model::Cluster& cluster);

/// The metrics of ECS/ContainerInsights for the time between two readings, told for its beginning: what tasks use and reserve
/// by cluster, service and family; tasks and deployments by service. Pure. What "enhanced" adds by task and container is not made.
/// Source  CloudWatch user guide, Amazon ECS Container Insights metrics
std::vector<Measurement> container_insights(const Reading& before, const Reading& now, const Reserved& reserved, const std::vector<InsightfulCluster>& clusters);

}  // namespace landfall::scaling
