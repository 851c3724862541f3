#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "aws/sigv4.h"
#include "base/clock.h"
#include "base/error.h"
#include "http/message.h"

/// Signature Version 2 of S3: what SDKs still sign URLs and forms with by default.
/// Source: S3 developer guide, Signing and authenticating REST requests.
namespace landfall::aws {

/// What a request of that kind says about who signed it; nothing if it is of another kind. Error: "AccessDenied".
std::optional<Result<Signature>> read_signature_v2(const http::Request& request);

/// Errors: "AccessDenied" (it has expired), "SignatureDoesNotMatch"; `facts`: what S3 tells of it besides, a JSON object.
Result<void> verify_v2(const http::Request& request, const Signature& signature, const std::string& secret_key, WallTime now, std::string& facts);

/// Whether the signature of a form's policy (base64, as it came) is that of the key.
bool signs_policy_v2(const std::string& secret_key, std::string_view policy, std::string_view signature);

}  // namespace landfall::aws
