#pragma once

#include <netinet/in.h>

#include <atomic>
#include <memory>
#include <string>

#include "alb/failures.h"
#include "alb/health.h"
#include "alb/loop.h"
#include "alb/tally.h"

namespace landfall::alb {

/// What the worker keeps of a target over changes of configuration. Lanes read; the control thread owns its health.
struct Target : std::enable_shared_from_this<Target> {
  std::string group_arn, address;
  int port = 0;
  std::string address_and_port;
  sockaddr_in at{};
  uint64_t mark = 0;  ///< names it in a stickiness cookie
  std::atomic<bool> is_draining = false, is_healthy = false;
  std::atomic<bool> is_cut = false;  ///< its deregistration delay is over: what is still in flight ends now
  std::atomic<bool> ends_flows_on_deregistration = false, ends_flows_when_unhealthy = false;
  std::atomic<uint32_t> falls = 0;         ///< how often it has become unhealthy
  std::atomic<bool> is_anomalous = false;  ///< fails far more often than the others: gets a tenth of its share
  std::atomic<int64_t> slow_start_from = 0;  ///< steady milliseconds; 0: it has its full share
  Tally tally;
  Failures failures;

  // The control thread's.
  Health health;
  TimePoint next_check{}, first_check{};
  TimePoint next_look = TimePoint::max();  ///< between checks, while nothing has answered yet
  int64_t judged_requests = 0, judged_failures = 0;  ///< of the last look for anomalies

  std::string key() const { return group_arn + "#" + address + ":" + std::to_string(port); }
};

/// A number for `text` that is the same in every process.
uint64_t stable_hash(std::string_view text);

/// Another number, in which every bit of the first counts for every bit.
uint64_t mixed(uint64_t number);

}  // namespace landfall::alb
