#include "store/metric_store.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace landfall::store {

namespace {

using Values = std::vector<std::pair<double, double>>;

Values values_of(const MetricPoint& point) { return point.values.empty() && point.count > 0 ? Values{{point.minimum, point.count}} : point.values; }

Values merged(const Values& a, const Values& b) {
  Values all;
  all.reserve(a.size() + b.size());
  for (size_t i = 0, k = 0; i < a.size() || k < b.size();) {
    if (k == b.size() || (i < a.size() && a[i].first < b[k].first)) all.push_back(a[i++]);
    else if (i == a.size() || b[k].first < a[i].first) all.push_back(b[k++]);
    else all.emplace_back(a[i].first, a[i].second + b[k].second), ++i, ++k;
  }
  if (all.size() <= MetricPoint::kMostValues) return all;
  Values halved;
  for (size_t i = 0; i < all.size(); i += 2) {
    if (i + 1 == all.size()) halved.push_back(all[i]);
    else halved.emplace_back((all[i].first * all[i].second + all[i + 1].first * all[i + 1].second) / (all[i].second + all[i + 1].second), all[i].second + all[i + 1].second);
  }
  return halved;
}

}  // namespace

void MetricPoint::add(const MetricPoint& other) {
  if (other.count == 0) return;
  const bool all_same = count == 0 ? other.minimum == other.maximum : minimum == other.maximum && maximum == other.minimum;
  knows_values = (count == 0 || knows_values) && other.knows_values;
  if (!knows_values || all_same) values.clear();
  else values = merged(values_of(*this), values_of(other));
  minimum = count == 0 ? other.minimum : std::min(minimum, other.minimum);
  maximum = count == 0 ? other.maximum : std::max(maximum, other.maximum);
  sum += other.sum;
  count += other.count;
}

std::optional<double> percent_of(std::string_view statistic) {
  double percent = 0;
  if (statistic.size() < 2 || statistic[0] != 'p') return std::nullopt;
  const auto [end, error] = std::from_chars(statistic.data() + 1, statistic.data() + statistic.size(), percent, std::chars_format::fixed);
  return error == std::errc() && end == statistic.data() + statistic.size() && percent >= 0 && percent <= 100 ? std::optional(percent) : std::nullopt;
}

std::optional<double> statistic_of(const MetricPoint& point, const std::string& statistic) {
  if (statistic == "Average") return point.sum / point.count;
  if (statistic == "Minimum") return point.minimum;
  if (statistic == "Maximum") return point.maximum;
  if (statistic == "SampleCount") return point.count;
  const auto percent = percent_of(statistic);
  if (!percent) return point.sum;
  if (!point.knows_values) return std::nullopt;
  const double rank = std::ceil(*percent / 100 * point.count);
  double passed = 0;
  const Values all = values_of(point);
  for (const auto& [value, times] : all) {
    passed += times;
    if (passed >= rank) return value;
  }
  return all.back().first;
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
