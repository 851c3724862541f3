#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "services/deps.h"

namespace landfall::services::ssm {

/// What the policies of a parameter ask for.
struct Policies {
  std::string text;  ///< as they were given; empty: none
  WallTime expires_at;
};

/// Reads "[{"Type":"Expiration",…}]"; "{}" and "[]" are none. Errors: "InvalidPolicyTypeException", "InvalidPolicyAttributeException",
/// "IncompatiblePolicyException"; notifications are refused by name: nobody takes them here.
/// Source  Systems Manager API reference, PutParameter: Policies; user guide, Assigning parameter policies
Result<Policies> read_policies(const std::string& text, WallTime now);

/// Takes away the parameters whose time is over. For the daemon's sweep.
void expire_parameters(const Deps& deps);

}  // namespace landfall::services::ssm
