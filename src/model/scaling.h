#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/record.h"
#include "model/network.h"

/// Application Auto Scaling and what of CloudWatch it needs. Configurations are kept as the JSON that was given.
namespace landfall::model {

struct ScalableTarget {
  std::string account, region, service_namespace, resource_id, dimension, arn, role_arn;
  int min_capacity = 0, max_capacity = 0;
  bool is_in_suspended = false, is_out_suspended = false, is_scheduled_suspended = false;
  WallTime created_at;
  Tags tags;
  FIELDS(account, region, service_namespace, resource_id, dimension, arn, role_arn, min_capacity, max_capacity,
         is_in_suspended, is_out_suspended, is_scheduled_suspended, created_at, tags)
  static constexpr std::string_view kTable = "scalable_target";
  std::string key() const { return account + "/" + region + "/" + service_namespace + "#" + resource_id + "#" + dimension; }
};

struct ScalingPolicy {
  std::string account, region, service_namespace, resource_id, dimension, name, arn, type;
  std::string target_tracking, step_scaling;  ///< JSON; one of them
  std::vector<std::string> alarm_names;
  WallTime created_at;
  FIELDS(account, region, service_namespace, resource_id, dimension, name, arn, type, target_tracking, step_scaling,
         alarm_names, created_at)
  static constexpr std::string_view kTable = "scaling_policy";
  std::string key() const { return account + "/" + region + "/" + service_namespace + "#" + resource_id + "#" + dimension + "#" + name; }
};

struct ScheduledAction {
  std::string account, region, service_namespace, resource_id, dimension, name, arn, schedule, timezone;
  int min_capacity = -1, max_capacity = -1;  ///< -1: left as it is
  WallTime start, end, created_at;
  FIELDS(account, region, service_namespace, resource_id, dimension, name, arn, schedule, timezone, min_capacity,
         max_capacity, start, end, created_at)
  static constexpr std::string_view kTable = "scheduled_action";
  std::string key() const { return account + "/" + region + "/" + service_namespace + "#" + resource_id + "#" + dimension + "#" + name; }
};

struct Alarm {
  std::string account, region, name, arn;
  std::string configuration;  ///< what PutMetricAlarm got, as JSON
  std::string state = "INSUFFICIENT_DATA", reason = "Unchecked: Initial alarm creation", reason_data;
  bool actions_enabled = true;
  WallTime configured_at, state_at;
  Tags tags;
  FIELDS(account, region, name, arn, configuration, state, reason, reason_data, actions_enabled, configured_at, state_at, tags)
  static constexpr std::string_view kTable = "alarm";
  std::string key() const { return account + "/" + region + "/" + name; }
};

struct MetricPoint {
  WallTime at;
  double sum = 0, minimum = 0, maximum = 0, count = 0;
  FIELDS(at, sum, minimum, maximum, count)
};

/// One series of a metric; the newest kMaxPoints are kept.
struct Metric {
  std::string account, region, metric_namespace, name, unit;
  std::map<std::string, std::string> dimensions;
  std::vector<MetricPoint> points;
  FIELDS(account, region, metric_namespace, name, unit, dimensions, points)
  static constexpr std::string_view kTable = "metric";
  static constexpr size_t kMaxPoints = 2880;
  std::string key() const {
    std::string key = account + "/" + region + "/" + metric_namespace + "#" + name;
    for (const auto& [dimension, value] : dimensions) key += "#" + dimension + "=" + value;
    return key;
  }
};

}  // namespace landfall::model
