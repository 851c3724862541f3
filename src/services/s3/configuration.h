#pragma once

#include <string>
#include <vector>

#include "services/s3/setting.h"

/// Settings of buckets that come in any number, each with an id: reports, metrics, tiers.
namespace landfall::services::s3 {

inline constexpr const char* kInventory = "inventory/";
inline constexpr const char* kAnalytics = "analytics/";
inline constexpr const char* kTiering = "intelligentTiering/";
inline constexpr const char* kMetrics = "metrics/";

/// All of a kind, by id.
template <class Shape>
std::vector<Shape> configurations(const model::Bucket& bucket, const std::string& kind) {
  std::vector<Shape> all;
  for (auto it = bucket.settings.lower_bound(kind); it != bucket.settings.end() && it->first.starts_with(kind); ++it) all.push_back(told<Shape>(it->second));
  return all;
}

}  // namespace landfall::services::s3
