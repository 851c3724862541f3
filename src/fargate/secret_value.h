#pragma once

#include <string>

#include "base/error.h"
#include "model/container_service.h"
#include "store/store.h"

namespace landfall::fargate {

/// What a container's `valueFrom` stands for when its task starts: a secret's ARN, with ":json-key:version-stage:version-id"
/// if given, or the ARN or (same region) name of a parameter. Errors: "Secret.Missing" as ECS tells it.
/// Source  ECS guide, Pass sensitive data to an ECS container
Result<std::string> secret_value(const store::Store& store, const model::Task& task, const std::string& value_from);

/// The ARN of the secret or parameter that it stands for.
std::string secret_arn(const model::Task& task, const std::string& value_from);

}  // namespace landfall::fargate
