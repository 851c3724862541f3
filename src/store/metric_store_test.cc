#include "store/metric_store.h"

#include <doctest/doctest.h>

namespace landfall::store {
namespace {

MetricName named(const std::string& name) { return {.account = "000000000000", .region = "us-west-2", .space = "App", .name = name}; }

MetricPoint at(int64_t second, double value) {
  MetricPoint point = measured(value);
  point.at = {second * 1000 + 7};
  return point;
}

}  // namespace

TEST_CASE("points are gathered into periods that begin where one asks") {
  MetricStore metrics;
  for (const auto& [second, value] : {std::pair{60, 1.0}, {60, 3.0}, {119, 8.0}, {120, 5.0}, {300, 9.0}}) metrics.add(named("m"), "Count", at(second, value));

  const auto minutes = metrics.read(named("m"), "", {60'000}, {240'000}, std::chrono::seconds(60));
  REQUIRE(minutes.size() == 2);
  CHECK(minutes[0].at == WallTime{60'000});
  CHECK(statistic_of(minutes[0], "Sum") == 12);
  CHECK(statistic_of(minutes[0], "Average") == 4);
  CHECK(statistic_of(minutes[0], "Minimum") == 1);
  CHECK(statistic_of(minutes[0], "Maximum") == 8);
  CHECK(statistic_of(minutes[0], "SampleCount") == 3);
  CHECK(metrics.read(named("m"), "Percent", {0}, {900'000}, std::chrono::seconds(60)).empty());
  CHECK(metrics.read(named("other"), "", {0}, {900'000}, std::chrono::seconds(60)).empty());
}

TEST_CASE("a series keeps its newest points, the store its newest series") {
  MetricStore metrics;
  for (int second = 0; second < static_cast<int>(MetricStore::kMostPoints) + 10; ++second) metrics.add(named("long"), "Count", at(second, 1));
  CHECK(metrics.read(named("long"), "", {0}, {10'000'000}, std::chrono::seconds(1)).size() == MetricStore::kMostPoints);
  CHECK(metrics.read(named("long"), "", {0}, {10'000}, std::chrono::seconds(1)).empty());

  for (size_t i = 0; i < MetricStore::kMostSeries; ++i) metrics.add(named(std::to_string(i)), "Count", at(1, 1));
  CHECK(metrics.list("000000000000", "us-west-2").size() == MetricStore::kMostSeries);
  CHECK(metrics.unit_of(named("long")) == "None");
  CHECK(metrics.list("000000000000", "eu-west-1").empty());
}

TEST_CASE("percentiles come of the values themselves") {
  MetricStore metrics;
  for (int value = 1; value <= 100; ++value) metrics.add(named("m"), "Count", at(60 + value % 40, value));
  const auto all = metrics.read(named("m"), "", {60'000}, {120'000}, std::chrono::seconds(60));
  REQUIRE(all.size() == 1);
  CHECK(statistic_of(all[0], "p50") == 50);
  CHECK(statistic_of(all[0], "p99") == 99);
  CHECK(statistic_of(all[0], "p99.9") == 100);
  CHECK(statistic_of(all[0], "p0") == 1);
  CHECK(percent_of("p101") == std::nullopt);
  CHECK(percent_of("tm99") == std::nullopt);

  MetricPoint summary{.at = {60'000}, .sum = 6, .minimum = 1, .maximum = 3, .count = 3, .knows_values = false};
  metrics.add(named("m"), "Count", summary);
  CHECK(statistic_of(metrics.read(named("m"), "", {60'000}, {120'000}, std::chrono::seconds(60))[0], "p50") == std::nullopt);
}

TEST_CASE("a point keeps a bounded number of values, near to the true ones") {
  MetricPoint point;
  for (int value = 0; value < 5000; ++value) point.add(measured(value));
  CHECK(point.values.size() <= MetricPoint::kMostValues);
  CHECK(point.count == 5000);
  CHECK(*statistic_of(point, "p90") == doctest::Approx(4500).epsilon(0.01));
}

}  // namespace landfall::store
