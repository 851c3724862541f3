#pragma once

#include <functional>
#include <optional>
#include <string>

#include "aws/endpoint.h"
#include "aws/sigv4.h"
#include "model/object_guard.h"
#include "model/storage.h"
#include "services/deps.h"

/// Requests that nobody signed: let in where a bucket's policy or an ACL lets everybody in.
/// Source: S3 user guide, How Amazon S3 authorizes a request; Blocking public access.
namespace landfall::services::s3 {

/// As whom a request that is let in is answered: the endpoint gets it signed with that key.
struct Admitted {
  aws::SigningKey key;
  std::string region;
  std::function<void(http::Response&)> finish{};  ///< makes the answer what the caller expects; may be empty
};

/// Access keys of guests begin so; behind it stands the account whose guests they are.
inline constexpr std::string_view kGuestKey = "GUEST";

/// An unsigned request of a bucket that is there: reading, writing, removing one object, listing, looking at the bucket.
/// Empty: it is something else, or signed. Error: "AccessDenied".
std::optional<Result<Admitted>> admit_guest(const Deps& deps, const std::string& guest_secret, const http::Request& request);

/// Whether everybody may, by the bucket's policy, or by an ACL where that counts. `object`: null if there is none.
bool anyone_may(const Deps& deps, const model::Bucket& bucket, const std::string& operation, const std::string& key, const model::Object* object, const http::Request& request);

}  // namespace landfall::services::s3
