#pragma once

#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "base/ids.h"
#include "model/container_service.h"
#include "store/store.h"

namespace landfall::fargate {

/// Temporary keys of a task's role, as the container credentials endpoint hands them out: the same until a quarter of an
/// hour before they expire. Thread-safe.
/// Source  ECS guide, Task IAM role; SDK guide, Container credential provider
class TaskCredentials {
 public:
  /// What AWS_CONTAINER_CREDENTIALS_RELATIVE_URI names: the same for the life of the task.
  static std::string path_of(const model::Task& task);

  /// The answer, JSON. Errors: "Role.Missing".
  Result<std::string> answer(store::Store& store, const Clock& clock, IdSource& ids, const model::Task& task, const std::string& role_arn);

 private:
  std::mutex mutex_;
  std::string key_id_;  ///< of the keys handed out last
};

}  // namespace landfall::fargate
