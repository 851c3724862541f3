#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace landfall::store {

/// Names one series of CloudWatch.
struct MetricName {
  std::string account, region, space, name;  ///< space: "AWS/ECS"
  std::map<std::string, std::string> dimensions{};
  auto operator<=>(const MetricName&) const = default;
};

/// What was measured in one second, or all that was measured in a period.
struct MetricPoint {
  WallTime at;  ///< its beginning
  double sum = 0, minimum = 0, maximum = 0, count = 0;
  /// What the values were and how often each, rising; empty: all were the minimum. At most kMostValues: then neighbours become one.
  std::vector<std::pair<double, double>> values{};
  bool knows_values = true;  ///< false: only sums of them came
  static constexpr size_t kMostValues = 1000;

  void add(const MetricPoint& other);  ///< `at` stays
};

/// One measurement.
inline MetricPoint measured(double value) { return {.sum = value, .minimum = value, .maximum = value, .count = 1}; }

/// "p99", "p99.9" -> how many of a hundred; nothing of other statistics.
std::optional<double> percent_of(std::string_view statistic);
/// "Average", "Sum", "Minimum", "Maximum", "SampleCount" or a percentile of a point that holds something. A percentile is the
/// smallest value that at least so many of the values do not exceed; none where the values are not known.
std::optional<double> statistic_of(const MetricPoint& point, const std::string& statistic);

/// The metrics of this daemon's life, in memory alone. Bounded: the newest points of a series (3 h of samples each 10 s), and
/// as many series; the one that got nothing for the longest time makes room. Thread-safe.
class MetricStore {
 public:
  static constexpr size_t kMostPoints = 1080, kMostSeries = 4000;

  /// Measurements of the same second become one point.
  void add(const MetricName& name, const std::string& unit, MetricPoint point);
  std::vector<MetricName> list(const std::string& account, const std::string& region) const;
  /// Points with from <= at < until, gathered into periods that begin at `from`; empty periods are left out. "" unit: any.
  std::vector<MetricPoint> read(const MetricName& name, const std::string& unit, WallTime from, WallTime until, Duration period) const;
  std::string unit_of(const MetricName& name) const;  ///< "None" if the series is not known

 private:
  struct Kept {
    std::string unit;
    std::map<int64_t, MetricPoint> points;  ///< by second
    int64_t touched = 0;
  };
  void make_room();

  mutable std::mutex mutex_;
  std::map<MetricName, Kept> series_;
  int64_t touches_ = 0;
};

}  // namespace landfall::store
