#pragma once

#include "aws/shape.h"
#include "base/error.h"

namespace landfall::aws {

/// What is wrong with a request's credentials, in the service's own code and sentence. Other errors pass through.
/// Source  API references, Common errors; S3 API, Error responses; DynamoDB developer guide, Error handling
Error in_service_words(const ServiceModel& service, Error error);

/// Of a key that is not known, or is not active, or whose session token is another.
Error unknown_key(const ServiceModel& service, bool is_known);

}  // namespace landfall::aws
