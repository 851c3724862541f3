#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "http/message.h"
#include "model/settings.h"
#include "store/log_store.h"
#include "store/store.h"

namespace landfall::daemon {

/// What the daemon's own routes work with.
struct RouteDeps {
  store::Store& store;
  store::LogStore& logs;
  const Clock& clock;
  model::Settings settings;
  std::string secret;                     ///< of the x-landfall-secret header: root can read it
  int dns_port = 0;
  std::string boot;                       ///< another one for each start of the daemon
  std::function<void()> reset;            ///< empties everything and starts over, after the answer is sent
  std::function<std::string(int64_t after)> events;  ///< calls of the endpoint as JSON
  std::function<void(bool purge)> stop;   ///< ends the daemon after the answer is sent
  /// Runs a program in a container (an empty name: the only one) and gives {"exit_code", "stdout", "stderr" (both in base64), "is_cut", "is_timed_out"}.
  std::function<Result<std::string>(const std::string& task, const std::string& container, const std::vector<std::string>& words)> exec;
};

/// Answers /_landfall/…: health, status, why, logs, origins, certificates/confirm, exec, events, reset, stop. Anything else: 404; without the
/// secret: 403.
http::Response own_route(const RouteDeps& deps, const http::Request& request);

}  // namespace landfall::daemon
