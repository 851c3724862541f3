#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "alb/config.h"
#include "alb/health.h"
#include "alb/tls.h"
#include "alb/upstream.h"

namespace landfall::alb {

using TimePoint = std::chrono::steady_clock::time_point;

/// What the worker keeps of a target over changes of configuration.
struct Target {
  std::string group_arn, address, zone;
  int port = 0;
  bool is_draining = false;
  bool is_cut = false;  ///< its deregistration delay is over: what is still in flight ends now
  Health health;
  int in_flight = 0;
  std::vector<std::unique_ptr<Upstream>> idle;  ///< kept-alive connections; the newest is taken first
  TimePoint next_check{};
  ~Target();
  std::string key() const { return group_arn + "#" + address + ":" + std::to_string(port); }
};

struct Group {
  model::TargetGroup group;
  std::vector<std::shared_ptr<Target>> targets;
  bool stays_in_zone = false;  ///< cross-zone off: a node uses its own zone's targets only
  mutable size_t next = 0;     ///< round robin; the loop's thread only

  /// The next of the healthy targets; of all registered ones if none is healthy (fail-open); null if none is registered.
  /// `zone`  the node's that the request came to. A target of zone "" or "all" is in every one.
  std::shared_ptr<Target> choose(std::string_view zone) const;
};

struct Listener {
  ListenerConfig config;
  std::shared_ptr<const TlsContext> tls;  ///< null: HTTP
  bool reads_headers = false;             ///< some rule has an http-header condition
};

/// One configuration, compiled. Connections keep the one with which their request began.
struct Snapshot {
  Config config;
  std::map<int, Listener> listeners;  ///< by port
  std::map<std::string, Group> groups;
  std::chrono::seconds idle_timeout{60}, client_keep_alive{3600};

  /// Targets that were known before keep their health and connections. Errors: what does not load.
  static Result<std::shared_ptr<const Snapshot>> compile(Config config, const Snapshot* before);
};

}  // namespace landfall::alb
