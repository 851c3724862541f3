#pragma once

#include <optional>
#include <string>
#include <vector>

#include "aws/endpoint.h"
#include "base/error.h"
#include "model/object_guard.h"
#include "model/storage.h"
#include "store/store.h"
#include "store/table.h"

/// Versions of objects (S3 user guide, Using versioning). The current version is the Object record; older ones and delete
/// markers are ObjectVersion records. "" as a version id in records is "null" on the wire.
namespace landfall::services::s3 {

/// What a change left without a record: its bytes go once the change is durable.
using Gone = std::vector<model::Object>;

/// Makes `object` the current version of its key. Its version id is set here if the bucket keeps versions.
void put_current(store::Transaction& tx, const model::Bucket& bucket, model::Object& object, const std::string& fresh_id, store::Revision revision, Gone& gone);

/// What a deletion without a version id came to: a marker if the bucket keeps (or kept) versions.
struct Deleted {
  bool is_marker = false;
  std::string version_id;  ///< of the marker made, or of the version removed
};
Deleted delete_current(store::Transaction& tx, const model::Bucket& bucket, const std::string& key, const std::string& fresh_id, store::Revision revision, WallTime now, Gone& gone);

/// Removes one version or marker for good; the newest that is left becomes the current one. Nothing if there is none.
std::optional<Deleted> delete_version(store::Transaction& tx, const model::Bucket& bucket, const std::string& key, const std::string& version_id, Gone& gone);

/// The version with that id, or the current one without; empty if the key has none. Errors: "NoSuchVersion",
/// "InvalidArgument" (no id at all), "MethodNotAllowed" (a delete marker).
Result<std::optional<model::Object>> version_named(const store::Transaction& tx, const aws::CallContext& context, const std::string& bucket, const std::string& key, const std::optional<std::string>& version_id);
/// Of a key without a current version: "NoSuchKey"; a delete marker that hides older ones is told in headers.
Error missing_key(const store::Transaction& tx, const aws::CallContext& context, const std::string& bucket, const std::string& key);
/// Whether the newest of a key's versions is a delete marker.
bool is_hidden(const store::Transaction& tx, const std::string& bucket, const std::string& key);

/// Ids of versions are told, never made up: what was not told by a bucket that keeps versions is none. Error: "InvalidArgument".
Result<void> check_version_id(const store::Transaction& tx, const aws::CallContext& context, const std::string& bucket, const std::string& version_id);

/// Puts a version's record back, wherever it lies.
void replace_version(store::Transaction& tx, const model::Object& object);

/// Versions and markers of a key that are not the current one, newest first.
std::vector<model::ObjectVersion> older_versions(const store::Transaction& tx, const std::string& bucket, const std::string& key);

/// The version's guard; an empty one if it has none. It goes with the version.
template <class From>
model::ObjectGuard guard_of(const From& from, const model::Object& object) {
  const model::ObjectGuard empty{.bucket = object.bucket, .object_key = object.object_key, .version_id = object.version_id};
  return store::find<model::ObjectGuard>(from, empty.key()).value_or(empty);
}

/// Keeps the guard of a version that was just put, if it says anything.
void put_guard(store::Transaction& tx, const model::Object& object, model::ObjectGuard guard);

/// The version id as answers about an object tell it: none where the bucket never kept versions.
inline std::optional<std::string> told_version(const model::Bucket& bucket, const model::Object& object) {
  if (bucket.versioning.empty()) return std::nullopt;
  return object.version_id.empty() ? "null" : object.version_id;
}

inline std::string on_the_wire(const std::string& version_id) { return version_id.empty() ? "null" : version_id; }

}  // namespace landfall::services::s3
