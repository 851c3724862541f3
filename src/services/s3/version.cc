#include "services/s3/version.h"

#include <algorithm>

#include "services/s3/support.h"
#include "store/table.h"

namespace landfall::services::s3 {
namespace {

using model::Object;
using model::ObjectVersion;

constexpr size_t kIdSize = 32;  // of a version, in hexadecimal

bool keeps(const model::Bucket& bucket) { return bucket.versioning == "Enabled"; }

/// The version's record went: so do its guard and, once that is durable, its bytes.
void let_go(store::Transaction& tx, const Object& object, Gone& gone) {
  store::erase<model::ObjectGuard>(tx, guard_of(tx, object).key());
  gone.push_back(object);
}

/// The "null" version makes way: there is at most one.
void drop_null(store::Transaction& tx, const std::string& bucket, const std::string& key, Gone& gone) {
  const auto old = store::find<ObjectVersion>(tx, ObjectVersion{.object = {.bucket = bucket, .object_key = key}}.key());
  if (!old) return;
  store::erase<ObjectVersion>(tx, old->key());
  if (!old->is_marker) let_go(tx, old->object, gone);
}

/// The current version steps back: it is kept if it has an id of its own or the bucket keeps versions.
void retire(store::Transaction& tx, const model::Bucket& bucket, const Object& current, store::Revision revision, Gone& gone) {
  if (current.version_id.empty() && !keeps(bucket)) let_go(tx, current, gone);
  else store::put(tx, ObjectVersion{.object = current, .sequence = revision});
}

}  // namespace

void put_current(store::Transaction& tx, const model::Bucket& bucket, Object& object, const std::string& fresh_id, store::Revision revision, Gone& gone) {
  if (keeps(bucket)) object.version_id = fresh_id;
  else drop_null(tx, bucket.name, object.object_key, gone);
  if (const auto current = store::find<Object>(tx, object.key())) retire(tx, bucket, *current, revision, gone);
  store::put(tx, object);
}

Deleted delete_current(store::Transaction& tx, const model::Bucket& bucket, const std::string& key, const std::string& fresh_id, store::Revision revision, WallTime now, Gone& gone) {
  const auto current = store::find<Object>(tx, bucket.name + "/" + key);
  if (bucket.versioning.empty()) {
    if (current) {
      store::erase<Object>(tx, current->key());
      let_go(tx, *current, gone);
    }
    return {};
  }
  if (!keeps(bucket)) drop_null(tx, bucket.name, key, gone);
  if (current) {
    retire(tx, bucket, *current, revision, gone);
    store::erase<Object>(tx, current->key());
  }
  const ObjectVersion marker{.object = {.bucket = bucket.name, .object_key = key, .modified_at = now, .version_id = keeps(bucket) ? fresh_id : ""}, .is_marker = true, .sequence = revision + 1};
  store::put(tx, marker);
  return {.is_marker = true, .version_id = on_the_wire(marker.object.version_id)};
}

void replace_version(store::Transaction& tx, const Object& object) {
  const auto current = store::find<Object>(tx, object.key());
  if (current && current->version_id == object.version_id) {
    store::put(tx, object);
  } else if (auto older = store::find<ObjectVersion>(tx, ObjectVersion{.object = object}.key())) {
    older->object = object;
    store::put(tx, *older);
  }
}

void put_guard(store::Transaction& tx, const Object& object, model::ObjectGuard guard) {
  if (guard.acl.empty() && guard.lock_mode.empty() && guard.legal_hold.empty()) return;
  guard.version_id = object.version_id;
  store::put(tx, guard);
}

std::vector<ObjectVersion> older_versions(const store::Transaction& tx, const std::string& bucket, const std::string& key) {
  auto versions = store::all<ObjectVersion>(tx, bucket + "/" + key + "#");
  std::erase_if(versions, [&](const ObjectVersion& version) { return version.object.object_key != key; });
  std::ranges::sort(versions, std::ranges::greater(), &ObjectVersion::sequence);
  return versions;
}

bool is_hidden(const store::Transaction& tx, const std::string& bucket, const std::string& key) {
  if (store::find<Object>(tx, bucket + "/" + key)) return false;
  const auto older = older_versions(tx, bucket, key);
  return !older.empty() && older.front().is_marker;
}

Error missing_key(const store::Transaction& tx, const CallContext& context, const std::string& bucket, const std::string& key) {
  if (is_hidden(tx, bucket, key)) tell_about(context, {{"x-amz-delete-marker", "true"}, {"x-amz-version-id", on_the_wire(older_versions(tx, bucket, key).front().object.version_id)}});
  return no_such_key();
}

Result<std::optional<Object>> version_named(const store::Transaction& tx, const CallContext& context, const std::string& bucket, const std::string& key, const std::optional<std::string>& version_id) {
  if (version_id) TRY(check_version_id(tx, context, bucket, *version_id));
  auto current = store::find<Object>(tx, bucket + "/" + key);
  if (!version_id || (current && on_the_wire(current->version_id) == *version_id)) return current;
  const std::string id = *version_id == "null" ? "" : *version_id;
  auto version = store::find<ObjectVersion>(tx, ObjectVersion{.object = {.bucket = bucket, .object_key = key, .version_id = id}}.key());
  if (!version) {
    tell_about(context, {{"VersionId", *version_id}});
    return fail("NoSuchVersion", "The specified version does not exist.");
  }
  if (version->is_marker) return fail(is_delete_marker(context));
  return std::optional(std::move(version->object));
}

Result<void> check_version_id(const store::Transaction& tx, const CallContext& context, const std::string& bucket, const std::string& version_id) {
  if (version_id == "null") return {};
  const auto found = store::find<model::Bucket>(tx, bucket);
  const bool is_kept = found && !found->versioning.empty();
  const bool has_form = version_id.size() == kIdSize && std::ranges::all_of(version_id, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  if (is_kept && has_form) return {};
  return fail(bad_argument(context, "versionId", version_id, "Invalid version id specified"));
}

std::optional<Deleted> delete_version(store::Transaction& tx, const model::Bucket& bucket, const std::string& key, const std::string& version_id, Gone& gone) {
  const std::string wanted = version_id == "null" ? "" : version_id;
  const auto current = store::find<Object>(tx, bucket.name + "/" + key);
  Deleted done{.version_id = version_id};
  if (current && current->version_id == wanted) {
    store::erase<Object>(tx, current->key());
    let_go(tx, *current, gone);
  } else {
    const auto version = store::find<ObjectVersion>(tx, ObjectVersion{.object = {.bucket = bucket.name, .object_key = key, .version_id = wanted}}.key());
    if (!version) return std::nullopt;
    store::erase<ObjectVersion>(tx, version->key());
    done.is_marker = version->is_marker;
    if (!version->is_marker) let_go(tx, version->object, gone);
    if (current) return done;
  }
  const auto left = older_versions(tx, bucket.name, key);
  if (!left.empty() && !left.front().is_marker) {
    store::erase<ObjectVersion>(tx, left.front().key());
    store::put(tx, left.front().object);
  }
  return done;
}

}  // namespace landfall::services::s3
