#pragma once

#include <optional>
#include <string>

#include "services/s3/support.h"

/// Objects in archive classes: their bytes are read once they were restored, until that ends.
/// Source: S3 user guide, Restoring an archived object.
namespace landfall::services::s3 {

inline bool is_archive_class(const std::string& storage_class) { return storage_class == "GLACIER" || storage_class == "DEEP_ARCHIVE"; }

inline bool may_be_read(const model::Object& object, WallTime now) { return !is_archive_class(object.storage_class) || object.restored_until > now; }

/// Errors: "InvalidObjectState", with the class.
Result<void> check_readable(const CallContext& context, const model::Object& object, WallTime now);
/// The same of a copy's source: "ObjectNotInActiveTierError".
Result<void> check_copyable(const model::Object& object, WallTime now);

/// The header x-amz-restore of a restored object.
std::optional<std::string> told_restore(const model::Object& object, WallTime now);
/// The same in listings, if they are asked for it.
template <class Out>
void tell_restore(const model::Object& object, WallTime now, Out& out) {
  if (!is_archive_class(object.storage_class) || object.restored_until <= now) return;
  out.restore_status = shapes::RestoreStatus{.is_restore_in_progress = false, .restore_expiry_date = object.restored_until};
}

}  // namespace landfall::services::s3
