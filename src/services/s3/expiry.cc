#include "services/s3/expiry.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>

#include <fmt/format.h>

#include "base/log.h"
#include "base/text.h"
#include "services/s3/object_lock.h"
#include "services/s3/support.h"
#include "services/s3/version.h"

namespace landfall::services::s3 {
namespace {

using Rule = shapes::LifecycleRule;
using model::Bucket;
using model::Object;
using model::ObjectVersion;
using model::Upload;

constexpr int64_t kDay = std::chrono::milliseconds(std::chrono::days(1)).count();

WallTime end_of(WallTime from, int days) { return {((from.ms + days * kDay) / kDay + 1) * kDay}; }
bool is_over(WallTime from, int days, WallTime now) { return now >= end_of(from, days); }

/// How far down a class lies: objects only go down (S3 user guide, Transitioning objects).
int depth_of(const std::string& storage_class) {
  static constexpr std::array kClasses{"STANDARD", "STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"};
  const auto found = std::ranges::find(kClasses, storage_class);
  return found == kClasses.end() ? 0 : static_cast<int>(found - kClasses.begin());
}

/// Small objects stay where they are unless a rule names sizes, or they go to an archive and the bucket says so.
constexpr int64_t kSmallest = 128 << 10;
bool names_sizes(const Rule& rule) {
  if (!rule.filter) return false;
  const auto sizes = [](const auto& filter) { return filter.object_size_greater_than || filter.object_size_less_than; };
  return rule.filter->and_ ? sizes(*rule.filter->and_) : sizes(*rule.filter);
}

std::string prefix_of(const Rule& rule) {
  if (!rule.filter) return text(rule.prefix);
  return text(rule.filter->and_ ? rule.filter->and_->prefix : rule.filter->prefix);
}

bool fits(const Rule& rule, const Object& object) {
  if (!object.object_key.starts_with(prefix_of(rule))) return false;
  if (!rule.filter) return true;
  const auto sizes_fit = [&](const auto& filter) { return (!filter.object_size_greater_than || object.size > *filter.object_size_greater_than) && (!filter.object_size_less_than || object.size < *filter.object_size_less_than); };
  const auto has = [&](const shapes::Tag& tag) {
    const auto found = object.tags.find(text(tag.key));
    return found != object.tags.end() && found->second == text(tag.value);
  };
  if (rule.filter->tag && !has(*rule.filter->tag)) return false;
  if (!rule.filter->and_) return sizes_fit(*rule.filter);
  return sizes_fit(*rule.filter->and_) && std::ranges::all_of(rule.filter->and_->tags.value_or(std::vector<shapes::Tag>{}), has);
}

/// One bucket's sweep, in one transaction.
class Sweep {
 public:
  Sweep(const Deps& deps, Transaction& tx, const Bucket& bucket, Gone& gone) : deps_(deps), tx_(tx), bucket_(bucket), gone_(gone), now_(deps.clock.wall()) {}

  size_t carry_out(const Rule& rule) {
    if (text(rule.status) != "Enabled") return 0;
    count_ = 0;
    if (rule.expiration) expire_current(rule);
    if (rule.noncurrent_version_expiration) expire_older(rule);
    if (rule.expiration && rule.expiration->expired_object_delete_marker.value_or(false)) drop_lone_markers(rule);
    if (rule.abort_incomplete_multipart_upload) abort_uploads(rule);
    if (rule.transitions && !rule.transitions->empty()) move_current(rule);
    if (rule.noncurrent_version_transitions && !rule.noncurrent_version_transitions->empty()) move_older(rule);
    return count_;
  }

 private:
  void expire_current(const Rule& rule) {
    const auto& e = *rule.expiration;
    for (const Object& object : store::all<Object>(tx_, bucket_.name + "/" + prefix_of(rule))) {
      const bool is_due = e.days ? is_over(object.modified_at, *e.days, now_) : e.date && now_ >= *e.date;
      if (!is_due || !fits(rule, object)) continue;
      delete_current(tx_, bucket_, object.object_key, replace_all(deps_.ids.uuid(), "-", ""), deps_.store.revision(), now_, gone_);
      ++count_;
    }
  }

  /// Versions by key that are not the current one, newest first, each with the time at which a newer one came.
  std::map<std::string, std::vector<std::pair<ObjectVersion, WallTime>>> older_by_key(const Rule& rule) const {
    std::map<std::string, std::vector<std::pair<ObjectVersion, WallTime>>> by_key;
    for (const ObjectVersion& version : store::all<ObjectVersion>(tx_, bucket_.name + "/" + prefix_of(rule))) by_key[version.object.object_key].push_back({version, {}});
    for (auto& [key, versions] : by_key) {
      std::ranges::sort(versions, std::ranges::greater(), [](const auto& one) { return one.first.sequence; });
      const auto current = store::find<Object>(tx_, bucket_.name + "/" + key);
      WallTime newer = current ? current->modified_at : WallTime{};
      for (auto& [version, since] : versions) {
        since = newer;
        newer = version.object.modified_at;
      }
    }
    return by_key;
  }

  void expire_older(const Rule& rule) {
    const auto& e = *rule.noncurrent_version_expiration;
    for (const auto& [key, versions] : older_by_key(rule)) {
      int newer = 0;
      for (const auto& [version, since] : versions) {
        if (!since || !fits(rule, version.object)) continue;
        if (newer++ < e.newer_noncurrent_versions.value_or(0) || !is_over(since, e.noncurrent_days.value_or(0), now_)) continue;
        drop(version);
      }
    }
  }

  void drop_lone_markers(const Rule& rule) {
    for (const auto& [key, versions] : older_by_key(rule)) {
      const bool is_lone = versions.size() == 1 && versions.front().first.is_marker && !versions.front().second;
      if (is_lone && fits(rule, versions.front().first.object)) drop(versions.front().first);
    }
  }

  bool may_move(const Rule& rule, const Object& object, const std::string& target) const {
    const bool is_small = object.size < kSmallest && !names_sizes(rule);
    const bool is_kept_small = is_small && !(transition_minimum_of(bucket_) == kVaries && (target == "GLACIER" || target == "DEEP_ARCHIVE"));
    return !is_kept_small && depth_of(target) > depth_of(class_of(object));
  }

  void move(Object object, const std::string& target) {
    object.storage_class = target;
    replace_version(tx_, object);
    ++count_;
  }

  void move_current(const Rule& rule) {
    for (const Object& object : store::all<Object>(tx_, bucket_.name + "/" + prefix_of(rule))) {
      if (!fits(rule, object)) continue;
      std::string target;
      for (const auto& t : *rule.transitions) {
        const std::string to = text(t.storage_class);
        const bool is_due = t.days ? is_over(object.modified_at, *t.days, now_) : t.date && now_ >= *t.date;
        if (is_due && may_move(rule, object, to) && depth_of(to) > depth_of(target)) target = to;
      }
      if (!target.empty()) move(object, target);
    }
  }

  void move_older(const Rule& rule) {
    for (const auto& [key, versions] : older_by_key(rule)) {
      int newer = 0;
      for (const auto& [version, since] : versions) {
        if (!since || version.is_marker || !fits(rule, version.object)) continue;
        std::string target;
        for (const auto& t : *rule.noncurrent_version_transitions) {
          const std::string to = text(t.storage_class);
          const bool is_due = newer >= t.newer_noncurrent_versions.value_or(0) && is_over(since, t.noncurrent_days.value_or(0), now_);
          if (is_due && may_move(rule, version.object, to) && depth_of(to) > depth_of(target)) target = to;
        }
        ++newer;
        if (!target.empty()) move(version.object, target);
      }
    }
  }

  void drop(const ObjectVersion& version) {
    if (is_locked(guard_of(tx_, version.object), now_, false)) return;
    delete_version(tx_, bucket_, version.object.object_key, on_the_wire(version.object.version_id), gone_);
    ++count_;
  }

  void abort_uploads(const Rule& rule) {
    for (const Upload& upload : store::all<Upload>(tx_, bucket_.name + "/")) {
      if (!upload.object.object_key.starts_with(prefix_of(rule)) || !is_over(upload.started_at, rule.abort_incomplete_multipart_upload->days_after_initiation.value_or(0), now_)) continue;
      store::erase<Upload>(tx_, upload.key());
      store::erase<model::ObjectGuard>(tx_, guard_of(tx_, Object{.bucket = bucket_.name, .object_key = upload.object.object_key, .version_id = upload.id}).key());
      for (const auto& part : upload.parts) gone_.push_back(Object{.file = part.file});
      ++count_;
    }
  }

  const Deps& deps_;
  Transaction& tx_;
  const Bucket& bucket_;
  Gone& gone_;
  WallTime now_;
  size_t count_ = 0;
};

}  // namespace

std::optional<std::string> told_expiration(const Bucket& bucket, const Object& object) {
  std::optional<WallTime> first;
  std::string id;
  for (const Rule& rule : lifecycle_of(bucket)) {
    if (text(rule.status) != "Enabled" || !rule.expiration || !fits(rule, object)) continue;
    const auto& e = *rule.expiration;
    if (!e.days && !e.date) continue;
    const WallTime end = e.days ? end_of(object.modified_at, *e.days) : *e.date;
    if (first && *first <= end) continue;
    first = end;
    id = text(rule.id);
  }
  if (!first) return std::nullopt;
  return fmt::format("expiry-date=\"{}\", rule-id=\"{}\"", http_date(*first), percent_encode(id));
}

size_t expire_objects(const Deps& deps) {
  size_t count = 0;
  for (const Bucket& bucket : store::all<Bucket>(deps.store)) {
    const std::vector<Rule> rules = lifecycle_of(bucket);
    if (rules.empty()) continue;
    Gone gone;
    size_t of_bucket = 0;
    const auto done = deps.store.transact([&](Transaction& tx) -> Result<void> {
      gone.clear();
      of_bucket = 0;
      Sweep sweep(deps, tx, bucket, gone);
      for (const Rule& rule : rules) of_bucket += sweep.carry_out(rule);
      return {};
    });
    if (!done) {
      log_warn("objects not expired", {{"bucket", bucket.name}, {"error", done.error().message()}});
      continue;
    }
    for (const Object& object : gone) remove_file(deps, object);
    count += of_bucket;
  }
  return count;
}

}  // namespace landfall::services::s3
