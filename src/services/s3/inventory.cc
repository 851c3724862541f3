#include "services/s3/inventory.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>

#include <fmt/format.h>

#include "base/digest.h"
#include "base/gzip.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "services/s3/configuration.h"
#include "services/s3/deliver.h"
#include "services/s3/version.h"

namespace landfall::services::s3 {
namespace {

using model::Bucket;
using model::Object;
using model::ObjectVersion;

constexpr const char* kService = "s3.amazonaws.com";
constexpr const char* kDone = "reported/";  ///< settings: when a report was written last
constexpr int64_t kDay = std::chrono::milliseconds(std::chrono::days(1)).count();

struct Row {
  const Object& object;
  bool is_latest, is_marker;
  model::ObjectGuard guard;
};

/// One optional field of a report. Fields of what is not carried here have the values of objects without it.
std::string field_of(const std::string& name, const Row& row) {
  const Object& object = row.object;
  if (row.is_marker && name != "LastModifiedDate") return "";
  if (name == "Size") return std::to_string(object.size);
  if (name == "LastModifiedDate") return iso8601(object.modified_at, true);
  if (name == "StorageClass") return class_of(object);
  if (name == "ETag") return object.etag;
  if (name == "IsMultipartUploaded") return object.part_sizes.empty() ? "false" : "true";
  if (name == "EncryptionStatus") return "SSE-S3";
  if (name == "ObjectLockRetainUntilDate") return row.guard.lock_until ? iso8601(row.guard.lock_until, true) : "";
  if (name == "ObjectLockMode") return row.guard.lock_mode;
  if (name == "ObjectLockLegalHoldStatus") return row.guard.legal_hold.empty() ? "OFF" : row.guard.legal_hold;
  if (name == "IntelligentTieringAccessTier") return object.storage_class == "INTELLIGENT_TIERING" ? "FREQUENT" : "";
  if (name == "BucketKeyStatus") return "DISABLED";
  if (name == "ChecksumAlgorithm") return object.checksums.empty() ? "" : object.checksums.begin()->first;
  return "";
}

void add_line(std::string& csv, const std::vector<std::string>& fields) {
  for (size_t i = 0; i < fields.size(); ++i) csv += fmt::format("{}\"{}\"", i == 0 ? "" : ",", replace_all(fields[i], "\"", "\"\""));
  csv += "\n";
}

struct Report {
  std::string csv, schema;
};

Report inventory_of(const Deps& deps, const Bucket& bucket, const shapes::InventoryConfiguration& configuration) {
  const bool has_versions = text(configuration.included_object_versions) == "All";
  const std::string prefix = configuration.filter ? text(configuration.filter->prefix) : "";
  const auto optional = configuration.optional_fields.value_or(std::vector<std::string>{});
  Report report{.csv = {}, .schema = has_versions ? "Bucket, Key, VersionId, IsLatest, IsDeleteMarker" : "Bucket, Key"};
  for (const std::string& name : optional) report.schema += ", " + name;
  const auto add = [&](const Row& row) {
    std::vector<std::string> fields{bucket.name, percent_encode(row.object.object_key, true)};
    if (has_versions) fields.insert(fields.end(), {row.object.version_id, row.is_latest ? "true" : "false", row.is_marker ? "true" : "false"});
    for (const std::string& name : optional) fields.push_back(field_of(name, row));
    add_line(report.csv, fields);
  };
  std::string with_current;
  for (const Object& object : store::all<Object>(deps.store, bucket.name + "/" + prefix)) add({.object = object, .is_latest = true, .is_marker = false, .guard = guard_of(deps.store, object)});
  if (!has_versions) return report;
  for (const ObjectVersion& version : store::all<ObjectVersion>(deps.store, bucket.name + "/" + prefix)) {
    const bool is_latest = version.is_marker && !store::find<Object>(deps.store, version.object.key());
    add({.object = version.object, .is_latest = is_latest, .is_marker = version.is_marker, .guard = guard_of(deps.store, version.object)});
  }
  return report;
}

std::string bucket_of(const std::string& arn) { return arn.substr(arn.rfind(':') + 1); }

/// The data, then the manifest that names it, then the manifest's digest.
Result<void> write_inventory(const Deps& deps, const Bucket& bucket, const shapes::InventoryConfiguration& configuration, WallTime now) {
  const auto& destination = *configuration.destination->s3_bucket_destination;
  const std::string target = bucket_of(text(destination.bucket)), id = deps.ids.uuid(), prefix = text(destination.prefix);
  const std::string base = fmt::format("{}{}{}/{}", prefix, prefix.empty() || prefix.ends_with('/') ? "" : "/", bucket.name, text(configuration.id));
  const auto taker = store::find<Bucket>(deps.store, target);
  if (!taker || !lets_service_put(*taker, base + "/data/" + id + ".csv.gz", kService)) return fail("Report.NotLet", fmt::format("the policy of the bucket {} does not let {} put {}/*", target, kService, base));
  const Report report = inventory_of(deps, bucket, configuration);
  const std::string packed = TRY(gzip(report.csv)), data = base + "/data/" + id + ".csv.gz";
  const json::object manifest{{"sourceBucket", bucket.name}, {"destinationBucket", "arn:aws:s3:::" + target}, {"version", "2016-11-30"}, {"creationTimestamp", std::to_string(now.ms)}, {"fileFormat", "CSV"}, {"fileSchema", report.schema},
                              {"files", json::array{json::object{{"key", data}, {"size", static_cast<int64_t>(packed.size())}, {"MD5checksum", to_hex(md5(packed))}}}}};
  const std::string text_of_manifest = json::serialize(manifest), folder = base + "/" + replace_all(iso8601(now).substr(0, 16), ":", "-") + "Z";
  TRY(deliver(deps, {.bucket = target, .key = data, .bytes = packed, .content_type = "application/octet-stream"}));
  TRY(deliver(deps, {.bucket = target, .key = folder + "/manifest.json", .bytes = text_of_manifest, .content_type = "application/json"}));
  return deliver(deps, {.bucket = target, .key = folder + "/manifest.checksum", .bytes = to_hex(md5(text_of_manifest)) + "\n", .content_type = "text/plain"});
}

// ── storage class analysis ──

bool fits(const std::optional<shapes::AnalyticsFilter>& filter, const Object& object) {
  if (!filter) return true;
  const auto has = [&](const shapes::Tag& tag) {
    const auto found = object.tags.find(text(tag.key));
    return found != object.tags.end() && found->second == text(tag.value);
  };
  if (!filter->and_) return object.object_key.starts_with(text(filter->prefix)) && (!filter->tag || has(*filter->tag));
  return object.object_key.starts_with(text(filter->and_->prefix)) && std::ranges::all_of(filter->and_->tags.value_or(std::vector<shapes::Tag>{}), has);
}

/// Ages in the groups that AWS shows them in.
std::string age_group(int64_t days) {
  constexpr std::array<int64_t, 11> kFrom{0, 15, 30, 45, 60, 75, 90, 120, 180, 365, 730};
  const auto next = std::ranges::upper_bound(kFrom, days);
  const std::string from = fmt::format("{:03}", *(next - 1));
  return next == kFrom.end() ? from + "+" : fmt::format("{}-{:03}", from, *next - 1);
}

/// What lies there by class and age. How often it is read is not known: those columns are empty.
std::string analysis_of(const Deps& deps, const Bucket& bucket, const shapes::AnalyticsConfiguration& configuration, WallTime now) {
  std::map<std::pair<std::string, std::string>, std::pair<int64_t, int64_t>> groups;  // class, age -> objects, bytes
  for (const Object& object : store::all<Object>(deps.store, bucket.name + "/")) {
    if (!fits(configuration.filter, object)) continue;
    for (const std::string& age : {age_group((now.ms - object.modified_at.ms) / kDay), std::string("ALL")}) {
      auto& [count, bytes] = groups[{class_of(object), age}];
      ++count;
      bytes += object.size;
    }
  }
  std::string csv;
  add_line(csv, {"Date", "ConfigId", "Filter", "StorageClass", "ObjectAge", "ObjectCount", "DataUploaded_MB", "Storage_MB", "DataRetrieved_MB", "GetRequestCount", "CumulativeAccessRatio", "ObjectAgeForSIATransition", "RecommendedObjectAgeForSIATransition"});
  for (const auto& [group, sum] : groups) {
    add_line(csv, {iso8601(now).substr(0, 10), text(configuration.id), configuration.filter ? kept(*configuration.filter) : "", group.first, group.second, std::to_string(sum.first), "", fmt::format("{:.4f}", static_cast<double>(sum.second) / (1 << 20)), "", "", "", "", ""});
  }
  return csv;
}

Result<void> write_analysis(const Deps& deps, const Bucket& bucket, const shapes::AnalyticsConfiguration& configuration, WallTime now) {
  const auto& destination = *configuration.storage_class_analysis->data_export->destination->s3_bucket_destination;
  const std::string target = bucket_of(text(destination.bucket)), key = text(destination.prefix) + fmt::format("{}_{}.csv", bucket.name, text(configuration.id));
  const auto taker = store::find<Bucket>(deps.store, target);
  if (!taker || !lets_service_put(*taker, key, kService)) return fail("Report.NotLet", fmt::format("the policy of the bucket {} does not let {} put {}", target, kService, key));
  return deliver(deps, {.bucket = target, .key = key, .bytes = analysis_of(deps, bucket, configuration, now), .content_type = "text/csv"});
}

bool is_exported(const shapes::AnalyticsConfiguration& configuration) {
  const auto& analysis = configuration.storage_class_analysis;
  return analysis && analysis->data_export && analysis->data_export->destination && analysis->data_export->destination->s3_bucket_destination;
}

bool is_due(const Bucket& bucket, const std::string& name, int64_t period, WallTime now) {
  const std::string last = setting(bucket, (kDone + name).c_str());
  const auto at = last.empty() ? Result<WallTime>(WallTime{}) : parse_iso8601(last);
  return !at || now.ms - at->ms >= period;
}

/// That it was written, or may not be: either way not again before its time.
void note(const Deps& deps, const std::string& bucket, const std::string& name, WallTime now) {
  const auto done = deps.store.transact([&](Transaction& tx) -> Result<void> {
    auto found = store::find<Bucket>(tx, bucket);
    if (!found) return {};
    found->settings[kDone + name] = iso8601(now);
    store::put(tx, *found);
    return {};
  });
  if (!done) log_warn("report not noted", {{"bucket", bucket}, {"error", done.error().message()}});
}

}  // namespace

size_t deliver_reports(const Deps& deps) {
  const WallTime now = deps.clock.wall();
  size_t count = 0;
  const auto write = [&](const Bucket& bucket, const std::string& name, const Result<void>& done) {
    note(deps, bucket.name, name, now);
    if (done) ++count;
    else log_warn("report not written", {{"bucket", bucket.name}, {"report", name}, {"error", done.error().message()}});
  };
  for (const Bucket& bucket : store::all<Bucket>(deps.store)) {
    for (const auto& one : configurations<shapes::InventoryConfiguration>(bucket, kInventory)) {
      const std::string name = kInventory + text(one.id);
      const int64_t period = one.schedule && text(one.schedule->frequency) == "Weekly" ? 7 * kDay : kDay;
      if (one.is_enabled.value_or(false) && is_due(bucket, name, period, now)) write(bucket, name, write_inventory(deps, bucket, one, now));
    }
    for (const auto& one : configurations<shapes::AnalyticsConfiguration>(bucket, kAnalytics)) {
      const std::string name = kAnalytics + text(one.id);
      if (is_exported(one) && is_due(bucket, name, kDay, now)) write(bucket, name, write_analysis(deps, bucket, one, now));
    }
  }
  return count;
}

}  // namespace landfall::services::s3
