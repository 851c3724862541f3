#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "why/health.h"

/// Looks into a task's network namespace.
namespace landfall::daemon {

/// TCP sockets that listen there.
Result<std::vector<why::ListeningSocket>> listening_sockets(const std::string& network_namespace);

struct ProbeRequest {
  std::string address, host, path;
  int port = 0;
  bool as_https = false;  ///< says X-Forwarded-Proto: https, as the load balancer does
  int timeout_seconds = 2;
};

/// GET over HTTP/1.1 from inside the namespace; blocks. What went wrong is in the answer.
why::Answer ask(const std::string& network_namespace, const ProbeRequest& request);

}  // namespace landfall::daemon
