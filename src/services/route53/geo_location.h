#pragma once

#include <string>

#include "aws/shapes/route53.h"
#include "base/error.h"
#include "model/zone.h"

namespace landfall::services::route53 {

/// A continent; a country, or "*" for the rest of the world; or a state of the US. Error: "InvalidInput".
Result<void> check_geo_location(const aws::route53::GeoLocation& geo);

/// "CountryCode=US, SubdivisionCode=OR".
std::string described(const model::GeoLocation& geo);

}  // namespace landfall::services::route53
