#pragma once

#include <string>

#include "model/container_service.h"

/// Where a container with the log driver awslogs writes.
namespace landfall::fargate {

bool has_awslogs(const model::ContainerDefinition& container);
std::string option_of(const model::LogConfiguration& logs, const std::string& name);     ///< "" if it is not given
std::string group_key_of(const model::Task& task, const model::LogConfiguration& logs);  ///< of the record
std::string group_arn_of(const model::Task& task, const model::LogConfiguration& logs);
std::string stream_of(const model::Task& task, const model::ContainerDefinition& container);  ///< "prefix/container/task"

}  // namespace landfall::fargate
