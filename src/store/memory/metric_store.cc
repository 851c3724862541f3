#include "store/metric_store.h"

#include <algorithm>

namespace landfall::store {

void MetricPoint::add(const MetricPoint& other) {
  minimum = count == 0 ? other.minimum : std::min(minimum, other.minimum);
  maximum = count == 0 ? other.maximum : std::max(maximum, other.maximum);
  sum += other.sum;
  count += other.count;
}

double statistic_of(const MetricPoint& point, const std::string& statistic) {
  if (statistic == "Average") return point.sum / point.count;
  if (statistic == "Minimum") return point.minimum;
  if (statistic == "Maximum") return point.maximum;
  return statistic == "SampleCount" ? point.count : point.sum;
}

void MetricStore::add(const MetricName& name, const std::string& unit, MetricPoint point) {
  const std::lock_guard lock(mutex_);
  if (!series_.contains(name)) make_room();
  Kept& kept = series_[name];
  kept.unit = unit;
  kept.touched = ++touches_;
  const int64_t second = point.at.ms / 1000;
  MetricPoint& at = kept.points[second];
  at.at = {second * 1000};
  at.add(point);
  if (kept.points.size() > kMostPoints) kept.points.erase(kept.points.begin());
}

void MetricStore::make_room() {
  if (series_.size() < kMostSeries) return;
  series_.erase(std::ranges::min_element(series_, {}, [](const auto& entry) { return entry.second.touched; }));
}

std::vector<MetricName> MetricStore::list(const std::string& account, const std::string& region) const {
  const std::lock_guard lock(mutex_);
  std::vector<MetricName> found;
  for (const auto& [name, kept] : series_) {
    if (name.account == account && name.region == region) found.push_back(name);
  }
  return found;
}

std::vector<MetricPoint> MetricStore::read(const MetricName& name, const std::string& unit, WallTime from, WallTime until, Duration period) const {
  const std::lock_guard lock(mutex_);
  const auto found = series_.find(name);
  std::vector<MetricPoint> gathered;
  if (found == series_.end() || (!unit.empty() && unit != found->second.unit)) return gathered;
  const auto& points = found->second.points;
  for (auto at = points.lower_bound((from.ms + 999) / 1000); at != points.end() && at->second.at < until; ++at) {
    const WallTime start = from + (at->second.at - from) / period.count() * period.count();
    if (gathered.empty() || gathered.back().at != start) gathered.push_back({.at = start});
    gathered.back().add(at->second);
  }
  return gathered;
}

std::string MetricStore::unit_of(const MetricName& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = series_.find(name);
  return found == series_.end() ? "None" : found->second.unit;
}

}  // namespace landfall::store
