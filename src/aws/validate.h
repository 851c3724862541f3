#pragma once

#include "aws/shape.h"
#include "base/error.h"

namespace landfall::aws {

/// What the model demands of a request: required members, enums, lengths, ranges and patterns. The error's code and
/// sentence are those of the service; most tell every fault at once. `facts`: what S3 tells besides, a JSON object.
Result<void> validate(const ServiceModel& service, const Operation& operation, const void* input, std::string* facts = nullptr);

/// The service's code for a malformed request and for a parameter that is not known.
std::string_view malformed_code(const ServiceModel& service);
std::string_view unknown_code(const ServiceModel& service);

}  // namespace landfall::aws
