#include "services/s3/cors.h"

#include <algorithm>

#include <fmt/format.h>

#include "aws/protocol.h"
#include "aws/xml_codec.h"
#include "base/text.h"
#include "services/s3/setting.h"

namespace landfall::services::s3 {
namespace {

constexpr size_t kMaxRules = 100;
constexpr std::string_view kNotAllowed =
    "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.";

/// At most one * stands for anything.
bool fits(const std::string& pattern, const std::string& value) {
  const size_t star = pattern.find('*');
  if (star == std::string::npos) return pattern == value;
  const std::string_view head = std::string_view(pattern).substr(0, star), tail = std::string_view(pattern).substr(star + 1);
  return value.size() >= head.size() + tail.size() && value.starts_with(head) && value.ends_with(tail);
}

std::vector<shapes::CORSRule> rules_of(const model::Bucket& bucket) {
  const std::string text = setting(bucket, "cors");
  if (text.empty() || text == kGone) return {};
  return told<shapes::CORSConfiguration>(text).cors_rules.value_or(std::vector<shapes::CORSRule>{});
}

void tell(const shapes::CORSRule& rule, const CorsRequest& asked, http::Response& response) {
  const auto origins = rule.allowed_origins.value_or(std::vector<std::string>{});
  const bool is_for_all = std::ranges::find(origins, "*") != origins.end();
  response.headers.set("Access-Control-Allow-Origin", is_for_all ? "*" : asked.origin);
  if (!is_for_all) response.headers.set("Access-Control-Allow-Credentials", "true");
  response.headers.set("Access-Control-Allow-Methods", join(rule.allowed_methods.value_or(std::vector<std::string>{}), ", "));
  if (!asked.headers.empty()) response.headers.set("Access-Control-Allow-Headers", join(asked.headers, ", "));
  if (rule.expose_headers && !rule.expose_headers->empty()) response.headers.set("Access-Control-Expose-Headers", join(*rule.expose_headers, ", "));
  if (rule.max_age_seconds) response.headers.set("Access-Control-Max-Age", std::to_string(*rule.max_age_seconds));
  response.headers.set("Vary", "Origin, Access-Control-Request-Headers, Access-Control-Request-Method");
}

http::Response refused(const Deps& deps, int status, std::string_view code, std::string_view what, const std::string& more) {
  const std::string id = deps.ids.uuid();
  http::Response response{.status = status};
  response.body = fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{}</Code><Message>{}</Message>{}<RequestId>{}</RequestId><HostId>{}</HostId></Error>", code, aws::escape_xml(what), more, id, aws::host_id(id));
  response.headers.set("Content-Type", "application/xml");
  response.headers.set("x-amz-request-id", id);
  response.headers.set("x-amz-id-2", aws::host_id(id));
  return response;
}

Result<shapes::GetBucketCorsOutput> get(const Deps& deps, const CallContext& context, const shapes::GetBucketCorsRequest& request) {
  const auto rules = rules_of(TRY(bucket_named(deps.store, context, request.bucket, request.expected_bucket_owner)));
  if (rules.empty()) return fail("NoSuchCORSConfiguration", "The CORS configuration does not exist");
  return shapes::GetBucketCorsOutput{.cors_rules = rules};
}

Result<void> check_rule(const shapes::CORSRule& rule) {
  for (const std::string& method : rule.allowed_methods.value_or(std::vector<std::string>{})) {
    if (method != "GET" && method != "PUT" && method != "HEAD" && method != "POST" && method != "DELETE") return fail("InvalidRequest", fmt::format("Found unsupported HTTP method in CORS config. Unsupported method is {}", method));
  }
  for (const std::string& origin : rule.allowed_origins.value_or(std::vector<std::string>{})) {
    if (std::ranges::count(origin, '*') > 1) return fail("InvalidRequest", fmt::format("AllowedOrigin \"{}\" can not have more than one wildcard.", origin));
  }
  for (const std::string& header : rule.allowed_headers.value_or(std::vector<std::string>{})) {
    if (std::ranges::count(header, '*') > 1) return fail("InvalidRequest", fmt::format("AllowedHeader \"{}\" can not have more than one wildcard.", header));
  }
  for (const std::string& header : rule.expose_headers.value_or(std::vector<std::string>{})) {
    if (header.find('*') != std::string::npos) return fail("InvalidRequest", fmt::format("ExposeHeader \"{}\" contains wildcard. We currently do not support wildcard for ExposeHeader.", header));
  }
  return {};
}

Result<shapes::PutBucketCorsOutput> put(const Deps& deps, const CallContext& context, const shapes::PutBucketCorsRequest& request) {
  TRY(bucket_named(deps.store, context, request.bucket, request.expected_bucket_owner));
  const auto rules = request.cors_configuration->cors_rules.value_or(std::vector<shapes::CORSRule>{});
  if (rules.empty() || rules.size() > kMaxRules) return fail("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema");
  for (const auto& rule : rules) {
    if (rule.allowed_methods.value_or(std::vector<std::string>{}).empty() || rule.allowed_origins.value_or(std::vector<std::string>{}).empty()) return fail("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema");
    TRY(check_rule(rule));
  }
  return keep<shapes::PutBucketCorsOutput>(deps, context, request, "cors", kept(*request.cors_configuration));
}

}  // namespace

const shapes::CORSRule* allowing(const std::vector<shapes::CORSRule>& rules, const CorsRequest& asked) {
  const auto none = std::vector<std::string>{};
  const auto rule = std::ranges::find_if(rules, [&](const shapes::CORSRule& one) {
    const auto origins = one.allowed_origins.value_or(none), methods = one.allowed_methods.value_or(none), patterns = one.allowed_headers.value_or(none);
    return std::ranges::any_of(origins, [&](const std::string& pattern) { return fits(pattern, asked.origin); }) && std::ranges::find(methods, asked.method) != methods.end() &&
           std::ranges::all_of(asked.headers, [&](const std::string& header) { return std::ranges::any_of(patterns, [&](const std::string& pattern) { return fits(lower(pattern), header); }); });
  });
  return rule == rules.end() ? nullptr : &*rule;
}

std::optional<CorsRequest> cors_request(const http::Request& request) {
  const auto origin = request.headers.find("origin");
  if (!origin) return std::nullopt;
  CorsRequest asked{.bucket = address_of(request).bucket, .origin = std::string(*origin), .method = request.method, .headers = {}};
  if (request.method == "OPTIONS") asked.method = request.headers.find("access-control-request-method").value_or("");
  for (const std::string& header : split(std::string(request.headers.find("access-control-request-headers").value_or("")), ',')) {
    if (!trim(header).empty()) asked.headers.push_back(lower(trim(header)));
  }
  return asked;
}

std::optional<http::Response> preflight(const Deps& deps, const http::Request& request) {
  if (request.method != "OPTIONS") return std::nullopt;
  const auto asked = cors_request(request);
  if (!asked) return refused(deps, 400, "BadRequest", "Insufficient information. Origin request header needed.", "");
  const auto more = [&](const char* type) { return fmt::format("<Method>{}</Method><ResourceType>{}</ResourceType>", aws::escape_xml(asked->method.empty() ? "OPTIONS" : asked->method), type); };
  const auto bucket = store::find<model::Bucket>(deps.store, asked->bucket);
  if (!bucket) return refused(deps, 403, "AccessForbidden", "CORSResponse: Bucket not found", more("BUCKET"));
  const auto rules = rules_of(*bucket);
  if (rules.empty()) return refused(deps, 403, "AccessForbidden", "CORSResponse: CORS is not enabled for this bucket.", more("BUCKET"));
  const shapes::CORSRule* rule = allowing(rules, *asked);
  if (rule == nullptr) return refused(deps, 403, "AccessForbidden", kNotAllowed, more(address_of(request).key.empty() ? "BUCKET" : "OBJECT"));
  http::Response response;
  const std::string id = deps.ids.uuid();
  response.headers.set("x-amz-request-id", id);
  response.headers.set("x-amz-id-2", aws::host_id(id));
  tell(*rule, *asked, response);
  return response;
}

void add_cors_headers(const Deps& deps, const CorsRequest& asked, http::Response& response) {
  const auto bucket = store::find<model::Bucket>(deps.store, asked.bucket);
  if (!bucket) return;
  const auto rules = rules_of(*bucket);
  if (const shapes::CORSRule* rule = allowing(rules, asked)) tell(*rule, asked, response);
}

void register_cors(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::GetBucketCorsRequest, shapes::GetBucketCorsOutput>("s3", "GetBucketCors", {"Bucket", "ExpectedBucketOwner"}, bind(get));
  registry.add<shapes::PutBucketCorsRequest, shapes::PutBucketCorsOutput>("s3", "PutBucketCors", {"Bucket", "ExpectedBucketOwner", "ContentMD5", "ChecksumAlgorithm", "CORSConfiguration.*"}, bind(put));
  registry.add<shapes::DeleteBucketCorsRequest, shapes::DeleteBucketCorsOutput>("s3", "DeleteBucketCors", {"Bucket", "ExpectedBucketOwner"}, [&deps](const CallContext& c, const auto& r) { return keep<shapes::DeleteBucketCorsOutput>(deps, c, r, "cors", kGone); });
}

}  // namespace landfall::services::s3
