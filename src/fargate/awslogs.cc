#include "fargate/awslogs.h"

#include <fmt/format.h>

namespace landfall::fargate {

bool has_awslogs(const model::ContainerDefinition& container) { return container.log_configuration && container.log_configuration->driver == "awslogs"; }

std::string option_of(const model::LogConfiguration& logs, const std::string& name) {
  const auto found = logs.options.find(name);
  return found == logs.options.end() ? "" : found->second;
}

std::string group_key_of(const model::Task& task, const model::LogConfiguration& logs) { return fmt::format("{}/{}/{}", task.account, option_of(logs, "awslogs-region"), option_of(logs, "awslogs-group")); }

std::string group_arn_of(const model::Task& task, const model::LogConfiguration& logs) {
  return fmt::format("arn:aws:logs:{}:{}:log-group:{}", option_of(logs, "awslogs-region"), task.account, option_of(logs, "awslogs-group"));
}

std::string stream_of(const model::Task& task, const model::ContainerDefinition& container) {
  return fmt::format("{}/{}/{}", option_of(*container.log_configuration, "awslogs-stream-prefix"), container.name, task.id);
}

}  // namespace landfall::fargate
