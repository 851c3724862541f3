#pragma once

#include <string>
#include <vector>

#include "terraform/utility/openssl_owners.h"

namespace landfall::terraform::utility_types {

/// The certificates that the server of "https://HOST[:PORT]/…" or "tls://HOST:PORT" shows, its own first. `verifies`: only
/// if they lead to a root of this host and are for this name. Errors: "Tls.Url", "Tls.Unreachable", "Tls.Failed".
Result<std::vector<Certificate>> peer_certificates(const std::string& url, bool verifies);

}  // namespace landfall::terraform::utility_types
