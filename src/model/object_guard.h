#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/record.h"

namespace landfall::model {

/// Who may get at one version of an S3 object, and until when nobody may take it away. Few versions have one, and it
/// changes while the version does not: it is a record of its own, erased with the version (services/s3/version.h).
struct ObjectGuard {
  std::string bucket, object_key, version_id;  ///< of the Object or ObjectVersion
  std::string acl;                             ///< JSON of an AccessControlPolicy; empty: the owner's alone
  std::string lock_mode;                       ///< GOVERNANCE, COMPLIANCE; empty: no retention
  WallTime lock_until;
  std::string legal_hold;                      ///< ON, OFF; empty: never asked for
  FIELDS(bucket, object_key, version_id, acl, lock_mode, lock_until, legal_hold)
  static constexpr std::string_view kTable = "object_guard";
  std::string key() const { return bucket + "/" + object_key + "#" + (version_id.empty() ? "null" : version_id); }
};

}  // namespace landfall::model
