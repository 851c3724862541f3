#pragma once

#include <string>

#include "model/container_service.h"
#include "model/network.h"
#include "store/store.h"

namespace landfall::fargate {

/// Answers of the task metadata endpoint, version 4, as JSON. Names are those of the ECS agent (aws-behaviour, 1.15).
std::string task_metadata(const store::Store& store, const model::Task& task, const model::TaskDefinition& definition);
std::string container_metadata(const store::Store& store, const model::Task& task, const model::TaskDefinition& definition, const model::TaskContainer& container);

/// "ip-10-0-1-5.us-west-2.compute.internal".
std::string private_dns_name(const std::string& ip, const std::string& region);

}  // namespace landfall::fargate
