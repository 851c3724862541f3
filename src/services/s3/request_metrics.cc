#include "services/s3/request_metrics.h"

#include <algorithm>

#include "services/s3/setting.h"

namespace landfall::services::s3 {
namespace {

bool has(const std::optional<model::Object>& object, const shapes::Tag& tag) {
  if (!object) return false;
  const auto found = object->tags.find(text(tag.key));
  return found != object->tags.end() && found->second == text(tag.value);
}

bool fits(const shapes::MetricsConfiguration& configuration, const std::string& key, const std::optional<model::Object>& object) {
  if (!configuration.filter) return true;
  const auto& filter = *configuration.filter;
  if (filter.access_point_arn || (filter.and_ && filter.and_->access_point_arn)) return false;  // there are no access points
  if (filter.and_) {
    const auto tags = filter.and_->tags.value_or(std::vector<shapes::Tag>{});
    return key.starts_with(text(filter.and_->prefix)) && std::ranges::all_of(tags, [&](const shapes::Tag& tag) { return has(object, tag); });
  }
  return key.starts_with(text(filter.prefix)) && (!filter.tag || has(object, *filter.tag));
}

const char* kind_of(const Visited& visit) {
  if (visit.key.empty() && visit.method == "GET") return "ListRequests";
  if (visit.method == "GET") return "GetRequests";
  if (visit.method == "PUT") return "PutRequests";
  if (visit.method == "DELETE") return "DeleteRequests";
  return visit.method == "HEAD" ? "HeadRequests" : "PostRequests";
}

}  // namespace

void count_request(const Deps& deps, const model::Bucket& bucket, const Visited& visit, int status, int64_t bytes, Duration took) {
  const auto all = configurations<shapes::MetricsConfiguration>(bucket, kMetrics);
  if (all.empty()) return;
  const auto object = visit.key.empty() ? std::nullopt : store::find<model::Object>(deps.store, bucket.name + "/" + visit.key);
  const double ms = std::chrono::duration<double, std::milli>(took).count();
  for (const auto& configuration : all) {
    if (!fits(configuration, visit.key, object)) continue;
    const auto add = [&](const char* name, const char* unit, double value) {
      store::MetricPoint point = store::measured(value);
      point.at = deps.clock.wall();
      deps.metrics.add({.account = bucket.account, .region = bucket.region, .space = "AWS/S3", .name = name, .dimensions = {{"BucketName", bucket.name}, {"FilterId", text(configuration.id)}}}, unit, point);
    };
    add("AllRequests", "Count", 1);
    add(kind_of(visit), "Count", 1);
    add("4xxErrors", "Count", status / 100 == 4 ? 1 : 0);
    add("5xxErrors", "Count", status / 100 == 5 ? 1 : 0);
    if (visit.received > 0) add("BytesUploaded", "Bytes", static_cast<double>(visit.received));
    if (bytes > 0) add("BytesDownloaded", "Bytes", static_cast<double>(bytes));
    add("FirstByteLatency", "Milliseconds", ms);
    add("TotalRequestLatency", "Milliseconds", ms);
  }
}

}  // namespace landfall::services::s3
