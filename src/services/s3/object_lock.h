#pragma once

#include <optional>

#include "model/object_guard.h"
#include "services/s3/support.h"

/// Object lock: versions that nobody takes away before their time.
/// Source: S3 user guide, How S3 Object Lock works.
namespace landfall::services::s3 {

bool has_object_lock(const model::Bucket& bucket);
/// What CreateBucket with ObjectLockEnabledForBucket leaves.
void enable_object_lock(model::Bucket& bucket);

/// What holds a version back from deletion: a legal hold, or a retention that is not over (a GOVERNANCE one may be bypassed).
bool is_locked(const model::ObjectGuard& guard, WallTime now, bool bypasses_governance);
inline Error object_locked() { return {.code = "AccessDenied", .what = "Access Denied because object protected by object lock."}; }

/// Takes what a write asks for, or the bucket's default retention. Errors: "InvalidRequest", "InvalidArgument".
Result<void> take_lock(const model::Bucket& bucket, const std::optional<std::string>& mode, const std::optional<WallTime>& until, const std::optional<std::string>& legal_hold, WallTime now, model::ObjectGuard& guard);

/// Tells it in the answer to a read.
template <class Answer>
void tell_lock(const model::ObjectGuard& guard, Answer& answer) {
  answer.object_lock_mode = unless_empty(guard.lock_mode);
  if (guard.lock_until) answer.object_lock_retain_until_date = guard.lock_until;
  answer.object_lock_legal_hold_status = unless_empty(guard.legal_hold);
}

}  // namespace landfall::services::s3
