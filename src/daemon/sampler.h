#pragma once

#include <functional>

#include "base/clock.h"
#include "scaling/container_insights.h"
#include "store/metric_store.h"
#include "store/store.h"

namespace landfall::daemon {

/// Reads what tasks and load balancers have used, at each full ten seconds, and keeps the difference as metrics.
class Sampler {
 public:
  static constexpr std::chrono::seconds kEvery{10};

  Sampler(store::Store& store, store::MetricStore& metrics, const Clock& clock, std::function<scaling::Reading()> read) : store_(store), metrics_(metrics), clock_(clock), read_(std::move(read)) {}
  /// Until the store is closed.
  void run();

 private:
  void sample(WallTime at);
  std::vector<scaling::InsightfulCluster> insightful_clusters() const;
  scaling::Reserved reserved_for(const scaling::Reading& reading) const;

  store::Store& store_;
  store::MetricStore& metrics_;
  const Clock& clock_;
  std::function<scaling::Reading()> read_;
  scaling::Reading before_;
};

}  // namespace landfall::daemon
