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
  bool has_new_bounds = false;  ///< given and not yet looked at: scaling/ brings the capacity between them, once
  WallTime created_at;
  Tags tags;
  FIELDS(account, region, service_namespace, resource_id, dimension, arn, role_arn, min_capacity, max_capacity,
         is_in_suspended, is_out_suspended, is_scheduled_suspended, has_new_bounds, created_at, tags)
  static constexpr std::string_view kTable = "scalable_target";
  std::string key() const { return account + "/" + region + "/" + service_namespace + "#" + resource_id + "#" + dimension; }
};

struct ScalingPolicy {
  std::string account, region, service_namespace, resource_id, dimension, name, arn, type;
  std::string target_tracking, step_scaling;  ///< JSON; one of them
  std::vector<std::string> alarm_names;
  WallTime created_at;
  WallTime scaled_out_at, scaled_in_at;  ///< by scaling/: cooldowns begin there
  int scaled_out_from = 0;               ///< capacity before the last scale-out
  FIELDS(account, region, service_namespace, resource_id, dimension, name, arn, type, target_tracking, step_scaling,
         alarm_names, created_at, scaled_out_at, scaled_in_at, scaled_out_from)
  static constexpr std::string_view kTable = "scaling_policy";
  std::string key() const { return account + "/" + region + "/" + service_namespace + "#" + resource_id + "#" + dimension + "#" + name; }
};

struct ScheduledAction {
  std::string account, region, service_namespace, resource_id, dimension, name, arn, schedule, timezone;
  int min_capacity = -1, max_capacity = -1;  ///< -1: left as it is
  WallTime start, end, created_at;
  WallTime looked_at;  ///< occurrences up to here have been carried out, or were before the action
  FIELDS(account, region, service_namespace, resource_id, dimension, name, arn, schedule, timezone, min_capacity,
         max_capacity, start, end, created_at, looked_at)
  static constexpr std::string_view kTable = "scheduled_action";
  std::string key() const { return account + "/" + region + "/" + service_namespace + "#" + resource_id + "#" + dimension + "#" + name; }
};

/// One activity of a scalable target, in AWS's words.
struct ScalingActivity {
  std::string id, description, cause;
  std::string status;   ///< InProgress, Successful, Overridden, Unfulfilled, Failed
  std::string message;
  std::string not_scaled;  ///< AlreadyAtMaxCapacity …: nothing was changed, and why
  int wanted = -1;         ///< desired count that was set; -1: none
  int current = 0, min_capacity = 0, max_capacity = 0;  ///< if not scaled
  WallTime started_at, ended_at;
  FIELDS(id, description, cause, status, message, not_scaled, wanted, current, min_capacity, max_capacity, started_at, ended_at)
};

/// What became of one scalable target; the newest kMost, newest first. Key: the target's.
struct ScalingActivities {
  std::string target_key;
  std::vector<ScalingActivity> all;
  FIELDS(target_key, all)
  static constexpr std::string_view kTable = "scaling_activities";
  static constexpr size_t kMost = 100;
  std::string key() const { return target_key; }
};

/// scaling/ moves the state; SetAlarmState may, too. Actions of a state are carried out by scaling/ when `acted_on` differs.
struct Alarm {
  std::string account, region, name, arn;
  std::string configuration;  ///< what PutMetricAlarm or PutCompositeAlarm got, as JSON
  std::string rule;           ///< of a composite alarm: what it makes of other alarms; empty: a metric alarm
  std::string state = "INSUFFICIENT_DATA", reason = "Unchecked: Initial alarm creation", reason_data;
  std::string acted_on = "INSUFFICIENT_DATA";  ///< state whose actions have been carried out
  bool actions_enabled = true, is_updated = false;
  WallTime configured_at, state_at;
  WallTime set_at;  ///< by SetAlarmState: holds for one period
  Tags tags;
  FIELDS(account, region, name, arn, configuration, rule, state, reason, reason_data, acted_on, actions_enabled, is_updated, configured_at, state_at, set_at, tags)
  static constexpr std::string_view kTable = "alarm";
  std::string key() const { return account + "/" + region + "/" + name; }
};

/// A dashboard of CloudWatch: of the account, not of a region.
struct Dashboard {
  std::string account, name, body;
  WallTime modified_at;
  FIELDS(account, name, body, modified_at)
  static constexpr std::string_view kTable = "dashboard";
  std::string key() const { return account + "/" + name; }
  std::string arn() const { return "arn:aws:cloudwatch::" + account + ":dashboard/" + name; }
};

struct AlarmEvent {
  std::string type;  ///< ConfigurationUpdate, StateUpdate, Action
  std::string summary, data;
  WallTime at;
  FIELDS(type, summary, data, at)
};

/// The newest kMost events of one alarm, newest first.
struct AlarmHistory {
  std::string account, region, name;
  std::vector<AlarmEvent> events;
  FIELDS(account, region, name, events)
  static constexpr std::string_view kTable = "alarm_history";
  static constexpr size_t kMost = 100;
  std::string key() const { return account + "/" + region + "/" + name; }
  void add(AlarmEvent event) {
    events.insert(events.begin(), std::move(event));
    if (events.size() > kMost) events.resize(kMost);
  }
};

}  // namespace landfall::model
