#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "http/client.h"
#include "http/message.h"

/// AWS Signature Version 4 (IAM user guide, "Create a signed AWS API request").
namespace landfall::aws {

/// What a request says about who signed it, before anything is verified.
struct Signature {
  std::string access_key, date, region, service;   ///< of the credential scope
  std::vector<std::string> signed_headers;
  std::string signature, timestamp;                ///< timestamp: 20181017T102959Z
  std::string session_token;
  bool is_presigned = false;
  int expires_seconds = 0;                         ///< presigned only
  bool is_version_2 = false;                       ///< of S3 (sigv2.h): it names no region and no date
};

struct SigningKey {
  std::string access_key, secret_key, session_token;
};

/// Errors (AWS codes): "MissingAuthenticationToken", "IncompleteSignature".
Result<Signature> read_signature(const http::Request& request);

/// Checks signature, age (15 minutes either way; presigned: its own expiry), body hash; undoes aws-chunked bodies in
/// place (chunk signatures verified). Errors (AWS codes): "SignatureDoesNotMatch", "RequestTimeTooSkewed",
/// "RequestExpired", "XAmzContentSHA256Mismatch", "IncompleteBody". `facts`: what S3 tells of such an error besides, a JSON
/// object.
Result<void> verify(http::Request& request, const Signature& signature, const std::string& secret_key, WallTime now, std::string* facts = nullptr);

/// In a time that does not tell where they differ.
bool is_same_signature(std::string_view a, std::string_view b);

/// "47 45 54": how S3 tells the bytes that it would have signed.
std::string spaced_hex(std::string_view bytes);

/// Adds Host, X-Amz-Date, X-Amz-Content-Sha256 (S3) and Authorization.
///
/// `payload`  what stands for the hash of the body ("UNSIGNED-PAYLOAD", "STREAMING-…"); empty: the hash.
void sign(http::Fetch& request, const SigningKey& key, std::string_view region, std::string_view service, WallTime now, const std::string& payload = "");

/// Signs a request of S3 that came in unsigned, as `key` would have: its body is not part of what is signed.
void sign_received(http::Request& request, const SigningKey& key, std::string_view region, WallTime now);

/// Whether the signature of a form's policy (base64, as it came) is that of the key. Source: S3 API, POST policy.
bool signs_policy(const std::string& secret_key, std::string_view date, std::string_view region, std::string_view policy, std::string_view signature);

/// A GET of the S3 object at `url` that needs no other signature for `seconds` (S3 API, Authenticating requests: query
/// parameters).
std::string presigned(const std::string& url, const SigningKey& key, std::string_view region, int seconds, WallTime now);

}  // namespace landfall::aws
