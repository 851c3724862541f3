#pragma once

#include <optional>

#include "http/message.h"
#include "services/deps.h"

namespace landfall::services::s3 {

/// The answer of a bucket's website endpoint: hosts of the form BUCKET.s3-website-REGION.… and BUCKET.s3-website.REGION.…,
/// GET and HEAD, of objects that everybody may read. Empty: the host is none of those.
/// Source: S3 user guide, Hosting a static website; Website endpoints; Configuring webpage redirects.
std::optional<http::Response> website(const Deps& deps, const http::Request& request);

}  // namespace landfall::services::s3
