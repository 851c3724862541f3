#pragma once

#include "aws/endpoint.h"
#include "services/deps.h"

namespace landfall::daemon {

/// Route 53's TestDNSAnswer: what the name servers of a zone answer, from the resolver's own rules. It joins services/route53
/// and dns/, which do not know each other.
void register_test_dns_answer(aws::Registry& registry, const services::Deps& deps);

}  // namespace landfall::daemon
