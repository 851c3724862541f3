#pragma once

#include <string>

#include "base/clock.h"
#include "base/ids.h"
#include "store/log_store.h"
#include "store/metric_store.h"
#include "store/store.h"

namespace landfall::services {

/// What every handler works with; outlives the registry.
struct Deps {
  store::Store& store;
  store::LogStore& logs;
  store::MetricStore& metrics;
  const Clock& clock;
  IdSource& ids;
  std::string data_dir;
};

}  // namespace landfall::services
