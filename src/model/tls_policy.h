#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace landfall::model {

/// A predefined TLS policy of load balancers: protocol versions, and cipher sets by letter (see ciphers_of).
/// Source  ALB user guide, HTTPS listener, security policies.
struct TlsPolicy {
  std::string_view name, sets;
  bool tls10, tls11, tls12, tls13;
};

std::span<const TlsPolicy> tls_policies();  ///< the API's default policy first
const TlsPolicy* find_tls_policy(std::string_view name);
std::vector<std::string> ciphers_of(const TlsPolicy& policy);  ///< OpenSSL names, in the server's order

}  // namespace landfall::model
