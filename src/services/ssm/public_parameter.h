#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/secret.h"

namespace landfall::services::ssm {

/// The parameters that AWS publishes, as far as they are true here: regions and zones under
/// /aws/service/global-infrastructure. No images: there is nothing that boots them.
/// Source  Systems Manager user guide, Calling AWS services, Regions, … by using public parameters
std::vector<model::Parameter> public_parameters(const std::string& region);
std::optional<model::Parameter> public_parameter(const std::string& region, const std::string& name);

/// "/aws/service/…": names that AWS keeps for itself.
inline bool is_public_name(const std::string& name) { return name.starts_with("/aws/service/"); }

}  // namespace landfall::services::ssm
