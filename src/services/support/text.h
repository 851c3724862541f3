#pragma once

#include <optional>
#include <string>

#include "aws/endpoint.h"

/// Small readings that each service's handlers need.
namespace landfall::services {

/// A member that was not given is an empty text.
inline std::string text(const std::optional<std::string>& value) { return value.value_or(""); }

/// "account/region/": what the keys of a region's records begin with.
inline std::string scope(const aws::CallContext& context) { return context.account + "/" + context.region + "/"; }

}  // namespace landfall::services
