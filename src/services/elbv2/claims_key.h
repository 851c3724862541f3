#pragma once

#include "services/elbv2/support.h"

namespace landfall::services::elbv2 {

/// A new key of P-256. The private one is written beside the store, readable by root alone. Errors: "Elbv2.NoKey", or the file's.
Result<model::ClaimsKey> make_claims_key(const Deps& deps, const std::string& region);

}  // namespace landfall::services::elbv2
