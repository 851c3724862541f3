#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "alb/config.h"
#include "alb/health.h"
#include "alb/tls.h"
#include "alb/transport.h"

namespace landfall::alb {

using TimePoint = std::chrono::steady_clock::time_point;

/// What the worker keeps of a target over changes of configuration.
struct Target {
  std::string group_arn, address;
  int port = 0;
  bool is_draining = false;
  Health health;
  int in_flight = 0;
  std::vector<Transport> idle;  ///< kept-alive connections; the newest is taken first
  TimePoint next_check{};
  std::string key() const { return group_arn + "#" + address + ":" + std::to_string(port); }
};

struct Group {
  model::TargetGroup group;
  std::vector<std::shared_ptr<Target>> targets;
  mutable size_t next = 0;  ///< round robin; the loop's thread only

  /// The next of the healthy targets; of all registered ones if none is healthy (fail-open); null if none is registered.
  std::shared_ptr<Target> choose() const;
};

struct Listener {
  ListenerConfig config;
  std::shared_ptr<const TlsContext> tls;  ///< null: HTTP
};

/// One configuration, compiled. Connections keep the one with which their request began.
struct Snapshot {
  Config config;
  std::map<int, Listener> listeners;  ///< by port
  std::map<std::string, Group> groups;

  /// Targets that were known before keep their health and connections. Errors: what does not load.
  static Result<std::shared_ptr<const Snapshot>> compile(Config config, const Snapshot* before);
};

}  // namespace landfall::alb
