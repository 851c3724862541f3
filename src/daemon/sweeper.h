#pragma once

#include "services/deps.h"

namespace landfall::daemon {

/// Takes away what has expired: items of tables with time to live, images of repositories and objects of buckets with a lifecycle,
/// log events older than their retention, parameters with an expiration policy.
class Sweeper {
 public:
  explicit Sweeper(const services::Deps& deps) : deps_(deps) {}
  /// Until the store is closed.
  void run();

 private:
  const services::Deps& deps_;
};

}  // namespace landfall::daemon
