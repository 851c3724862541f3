#include "aws/sigv2.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

#include <fmt/format.h>

#include "aws/form.h"
#include "base/json.h"
#include "base/text.h"

namespace landfall::aws {
namespace {

constexpr std::string_view kScheme = "AWS ";

std::string hmac_sha1(std::string_view key, std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> raw{};
  unsigned size = 0;
  HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), raw.data(), &size);
  return std::string(reinterpret_cast<const char*>(raw.data()), size);
}

/// Query keys that are part of what is asked for.
bool is_subresource(std::string_view name) {
  static constexpr std::array kNames{"accelerate", "acl", "analytics", "cors", "defaultObjectAcl", "delete", "inventory", "lifecycle", "location", "logging", "metrics", "notification",
                                     "object-lock", "partNumber", "policy", "replication", "requestPayment", "restore", "select", "select-type", "storageClass", "tagging", "torrent",
                                     "uploadId", "uploads", "versionId", "versioning", "versions", "website"};
  return name.starts_with("response-") || std::ranges::count(kNames, name) > 0;
}

/// The header, or what a signed URL has in its place.
std::string said(const http::Request& request, const Parameters& query, const std::string& name) {
  if (const auto header = request.headers.find(name)) return std::string(*header);
  const auto found = std::ranges::find_if(query, [&](const auto& pair) { return iequals(pair.first, name); });
  return found == query.end() ? "" : found->second;
}

std::string amz_headers(const http::Request& request, const Parameters& query) {
  std::map<std::string, std::string> fields;
  for (const auto& [name, value] : query) {
    if (lower(name).starts_with("x-amz-")) fields[lower(name)] = value;
  }
  for (const http::Header& field : request.headers) {
    const std::string name = lower(field.name);
    if (name.starts_with("x-amz-")) fields[name] = std::string(trim(field.value));
  }
  std::string text;
  for (const auto& [name, value] : fields) text += name + ":" + value + "\n";
  return text;
}

/// "/bucket/key?acl": the bucket of a virtual host comes first.
std::string resource(const http::Request& request, const std::string& path, const Parameters& query) {
  const std::string host(request.headers.find("host").value_or(""));
  const size_t end = std::min(host.find(".s3."), host.find(".s3-"));
  std::string text = end == std::string::npos || end == 0 ? path : "/" + host.substr(0, end) + path;
  char mark = '?';
  for (const auto& [name, value] : query) {
    if (!is_subresource(name)) continue;
    text += mark + name + (value.empty() ? "" : "=" + value);
    mark = '&';
  }
  return text;
}

std::string string_to_sign(const http::Request& request, const std::string& path, const Signature& s) {
  const Parameters query = parse_form(request.query);
  const bool has_amz_date = request.headers.find("x-amz-date").has_value();
  const std::string date = s.is_presigned ? s.timestamp : has_amz_date ? "" : std::string(request.headers.find("date").value_or(""));
  return fmt::format("{}\n{}\n{}\n{}\n{}{}", request.method, said(request, query, "content-md5"), said(request, query, "content-type"), date, amz_headers(request, query), resource(request, path, query));
}

/// When a signed URL ends: seconds since 1970.
Result<WallTime> end_of(const std::string& expires) {
  int64_t seconds = 0;
  const auto [stop, error] = std::from_chars(expires.data(), expires.data() + expires.size(), seconds);
  if (error != std::errc() || stop != expires.data() + expires.size()) return fail("AccessDenied", fmt::format("Invalid date (should be seconds since epoch): {}", expires));
  return WallTime{seconds * 1000};
}

}  // namespace

std::optional<Result<Signature>> read_signature_v2(const http::Request& request) {
  if (const auto header = request.headers.find("authorization"); header && header->starts_with(kScheme)) {
    const std::string given(trim(header->substr(kScheme.size())));
    const size_t colon = given.rfind(':');
    if (colon == std::string::npos) return Result<Signature>(fail("InvalidArgument", "AWS authorization header is invalid. Expected AwsAccessKeyId:signature"));
    return Result<Signature>(Signature{.access_key = given.substr(0, colon), .service = "s3", .signature = given.substr(colon + 1), .session_token = std::string(request.headers.find("x-amz-security-token").value_or("")), .is_version_2 = true});
  }
  const Parameters query = parse_form(request.query);
  if (!query.contains("AWSAccessKeyId") || request.headers.find("authorization")) return std::nullopt;
  if (!query.contains("Signature") || !query.contains("Expires")) return Result<Signature>(fail("AccessDenied", "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters"));
  return Result<Signature>(Signature{.access_key = query.at("AWSAccessKeyId"), .service = "s3", .signature = query.at("Signature"), .timestamp = query.at("Expires"), .session_token = said(request, query, "x-amz-security-token"), .is_presigned = true, .is_version_2 = true});
}

Result<void> verify_v2(const http::Request& request, const Signature& s, const std::string& secret_key, WallTime now, std::string& facts) {
  if (s.is_presigned) {
    const WallTime end = TRY(end_of(s.timestamp));
    if (now > end) {
      facts = json::serialize(json::object{{"Expires", iso8601(end)}, {"ServerTime", iso8601(now)}});
      return fail("AccessDenied", "Request has expired");
    }
  }
  const auto fits = [&](const std::string& text) { return is_same_signature(base64_encode(hmac_sha1(secret_key, text)), s.signature); };
  const std::string text = string_to_sign(request, request.path, s);
  if (fits(text)) return {};
  // A bucket alone is signed as "/bucket/" by botocore, which asks for "/bucket".
  if (request.path.rfind('/') == 0 && fits(string_to_sign(request, request.path + "/", s))) return {};
  facts = json::serialize(json::object{{"AWSAccessKeyId", s.access_key}, {"StringToSign", text}, {"SignatureProvided", s.signature}, {"StringToSignBytes", spaced_hex(text)}});
  return fail("SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided. Check your key and signing method.");
}

bool signs_policy_v2(const std::string& secret_key, std::string_view policy, std::string_view signature) { return is_same_signature(base64_encode(hmac_sha1(secret_key, policy)), signature); }

}  // namespace landfall::aws
