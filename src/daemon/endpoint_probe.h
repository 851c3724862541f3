#pragma once

#include <string>

#include "dns/health.h"
#include "model/zone.h"

namespace landfall::daemon {

/// One look at the endpoint of a health check, as Route 53's checkers look: from the internet, so at public addresses alone.
/// HTTP: connected within 4 s, a status of 2xx or 3xx within 2 s more; …_STR_MATCH: the text in the first 5,120 bytes of the
/// body; HTTPS: the certificate is not judged; TCP: connected within 10 s.
/// Source: Route 53 developer guide, How Amazon Route 53 determines whether a health check is healthy.
dns::Look probe_endpoint(const model::DnsHealthCheck& check, const std::string& address);

}  // namespace landfall::daemon
