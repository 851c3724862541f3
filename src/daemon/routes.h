#pragma once

#include <functional>
#include <string>

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
  std::function<void(bool purge)> stop;   ///< ends the daemon after the answer is sent
};

/// Answers /_landfall/…: health, status, why, logs, origins, certificates/confirm, stop. Anything else: 404; without the
/// secret: 403.
http::Response own_route(const RouteDeps& deps, const http::Request& request);

}  // namespace landfall::daemon
