#pragma once

#include <string>

#include "services/elbv2/support.h"

/// Copies of what a trust store holds, for download. As with AWS they lie in a bucket of the service's own, not of the
/// account's; whoever has the signed address reads them for ten minutes.
namespace landfall::services::elbv2 {

/// Keeps `bytes` for the trust store and answers their address, as the caller reaches this endpoint.
Result<std::string> publish(const Deps& deps, Transaction& tx, const CallContext& context, const std::string& trust_store_arn, const std::string& bytes);
/// Takes away what was published of a trust store that is gone.
void unpublish(const Deps& deps, const std::string& trust_store_arn);

}  // namespace landfall::services::elbv2
