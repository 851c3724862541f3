#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/record.h"

/// What running things have used so far: readings from which metrics are made.
namespace landfall::model {

struct TaskUsage {
  std::string task_arn;
  int64_t cpu_us = 0;        ///< since the task began
  int64_t memory_bytes = 0;  ///< now, without what the kernel could drop at once
};

/// Names are those of the namespace AWS/ApplicationELB, or AWS/NetworkELB. Counts rise from the worker's start on; gauges are of the moment.
struct GroupTraffic {
  std::string arn;
  std::map<std::string, int64_t> counts, gauges;
  int64_t answers = 0, response_us = 0;  ///< TargetResponseTime: of how many answers, and summed
  FIELDS(arn, counts, gauges, answers, response_us)
};

struct Traffic {
  int worker = 0;  ///< process id: of another worker the counts began anew
  std::map<std::string, int64_t> counts, gauges;
  std::vector<GroupTraffic> groups;
  int64_t logins = 0, login_us = 0;  ///< ELBAuthLatency: of how many calls to identity providers, and summed
  int64_t charged_rules = 0;         ///< ConsumedLCUs: rules that were looked at beyond the free ones
  std::string zone;                  ///< of one node's
  std::vector<Traffic> zones;        ///< the same by node
  FIELDS(worker, counts, gauges, groups, logins, login_us, charged_rules, zone, zones)
};

}  // namespace landfall::model
