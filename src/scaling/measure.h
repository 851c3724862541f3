#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/container_service.h"
#include "model/usage.h"
#include "store/metric_store.h"

namespace landfall::scaling {

/// What was in use at one moment.
struct Reading {
  WallTime at;
  std::vector<model::TaskUsage> tasks;
  std::map<std::string, model::Traffic> balancers;  ///< by ARN
};

/// One measurement of one metric.
struct Measurement {
  store::MetricName metric;
  std::string unit;
  store::MetricPoint point;
};

/// Tasks and task definitions by ARN, as far as the reading names them.
struct Reserved {
  std::map<std::string, model::Task> tasks;
  std::map<std::string, model::TaskDefinition> definitions;
};

/// The metrics of AWS/ECS and AWS/ApplicationELB for the time between two readings, told for its beginning. Pure.
/// Counts of requests are 1 each, so that their Sum is the number and their Average 1, as AWS reports them. What nothing
/// happened to is left out, but for RequestCount and RequestCountPerTarget of a group that has targets: they are 0, else no
/// service would scale in when its last request has gone. What is told of a load balancer is told by AvailabilityZone too, where
/// its nodes tell it; of hosts each node's finding is a measurement of the load balancer's.
/// Source  ALB user guide, CloudWatch metrics; ECS guide, CloudWatch metrics: utilization of what the tasks reserve
std::vector<Measurement> measure(const Reading& before, const Reading& now, const Reserved& reserved);

}  // namespace landfall::scaling
