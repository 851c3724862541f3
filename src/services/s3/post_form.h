#pragma once

#include <optional>

#include "aws/endpoint.h"
#include "services/deps.h"
#include "services/s3/guest.h"

namespace landfall::services::s3 {

/// A browser's upload: POST of multipart/form-data to a bucket, whose policy field somebody signed. It becomes the
/// PutObject that it stands for, by whoever signed the policy; `finish` makes the answer a form's. Empty: it is no such POST.
/// Errors: "AccessDenied" (the policy is over, or says otherwise), "SignatureDoesNotMatch", "InvalidAccessKeyId",
/// "InvalidPolicyDocument", "MalformedPOSTRequest", "EntityTooLarge", "EntityTooSmall", "InvalidArgument", "PreconditionFailed"
/// (of another content type); `context` gets what they tell besides.
/// Source: S3 API, Browser-based uploads using POST; POST policy.
std::optional<Result<Admitted>> form_upload(const Deps& deps, const aws::CallContext& context, const aws::Endpoint::FindKey& find_key, http::Request& request);

}  // namespace landfall::services::s3
