#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/clock.h"
#include "dns/health.h"
#include "model/settings.h"
#include "store/store.h"

namespace landfall::dns {

/// Looks once at the endpoint of a check of type HTTP, HTTPS, …_STR_MATCH or TCP; blocks for some seconds at most.
/// `address`: where the endpoint is, "" if its name is to be asked outside. Handed in by the daemon.
using Probe = std::function<Look(const model::DnsHealthCheck& check, const std::string& address)>;

/// Looks at the endpoints of all health checks, each at its interval, and records what it finds (model::DnsHealth) when
/// that changes or a minute has passed. Names are asked as the world asks them: the checkers stand in the internet.
class HealthChecker {
 public:
  HealthChecker(store::Store& store, const Clock& clock, Probe probe) : store_(store), clock_(clock), probe_(std::move(probe)) {}
  /// Until the store is closed.
  void run();
  /// One round over what is due.
  void step();

 private:
  void look_at_endpoints(const std::vector<model::DnsHealthCheck>& checks);
  void look_at_others(const std::vector<model::DnsHealthCheck>& checks);
  void record(const model::DnsHealthCheck& check, const Look& look);

  store::Store& store_;
  const Clock& clock_;
  Probe probe_;
  std::map<std::string, std::chrono::steady_clock::time_point> due_;  ///< by id
};

}  // namespace landfall::dns
