#include "services/s3/guest.h"

#include <map>
#include <set>

#include "aws/form.h"
#include "base/text.h"
#include "services/iam/evaluate.h"
#include "services/s3/acl.h"
#include "services/s3/setting.h"
#include "services/s3/version.h"

namespace landfall::services::s3 {
namespace {

/// Where the action's name is not the operation's.
std::string action_of(const std::string& operation) {
  static const std::map<std::string, std::string> renamed{{"HeadObject", "GetObject"}, {"GetObjectAttributes", "GetObject"}, {"ListObjectsV2", "ListBucket"}, {"ListObjects", "ListBucket"}, {"HeadBucket", "ListBucket"}, {"ListObjectVersions", "ListBucketVersions"}, {"DeleteObjects", "DeleteObject"}};
  const auto found = renamed.find(operation);
  return "s3:" + (found == renamed.end() ? operation : found->second);
}

bool policy_lets_in(const model::Bucket& bucket, const std::string& operation, const std::string& key, const http::Request& request, bool& is_denied) {
  const std::string document = setting(bucket, "policy");
  if (document.empty() || document == kGone) return false;
  iam::Question question{.action = action_of(operation), .resource = "arn:aws:s3:::" + bucket.name + (key.empty() ? "" : "/" + key), .keys = {}};
  question.keys["aws:sourceip"] = request.peer.substr(0, request.peer.rfind(':'));
  question.keys["aws:securetransport"] = request.is_tls ? "true" : "false";
  if (const auto referer = request.headers.find("referer")) question.keys["aws:referer"] = *referer;
  const auto verdict = iam::evaluate_resource(document, question, {});
  is_denied = verdict.is_denied;
  const bool is_restricted = is_public_policy(document) && public_access_block(bucket).restrict_public_buckets.value_or(false);
  return !is_denied && verdict.grant == iam::Grant::to_caller && !is_restricted;
}

bool acl_lets_in(const Deps& deps, const model::Bucket& bucket, const std::string& operation, const model::Object* object) {
  if (owner_enforced(bucket) || public_access_block(bucket).ignore_public_acls.value_or(false)) return false;
  const std::string action = action_of(operation), of_bucket = setting(bucket, "acl"), of_object = object == nullptr ? "" : guard_of(deps.store, *object).acl;
  if (action == "s3:GetObject") return gives_everyone(of_object, "READ");
  if (action == "s3:ListBucket" || action == "s3:ListBucketVersions") return gives_everyone(of_bucket, "READ");
  return (action == "s3:PutObject" || action == "s3:DeleteObject") && gives_everyone(of_bucket, "WRITE");
}

/// Which operation it is: those alone that public buckets are for.
std::string operation_of(const http::Request& request, const Address& address) {
  static const std::set<std::string> plain{"x-id", "list-type", "prefix", "delimiter", "max-keys", "marker", "continuation-token", "start-after", "encoding-type", "fetch-owner"};
  for (const auto& [name, value] : aws::parse_form(request.query)) {
    if (!plain.contains(name)) return "";
  }
  if (request.headers.find("x-amz-copy-source")) return "";
  if (address.key.empty()) return request.method == "GET" ? "ListObjectsV2" : request.method == "HEAD" ? "HeadBucket" : "";
  if (request.method == "GET") return "GetObject";
  if (request.method == "HEAD") return "HeadObject";
  return request.method == "PUT" ? "PutObject" : request.method == "DELETE" ? "DeleteObject" : "";
}

bool may(const Deps& deps, const model::Bucket& bucket, const std::string& operation, const std::string& key, const http::Request& request) {
  const auto object = store::find<model::Object>(deps.store, bucket.name + "/" + key);
  if (!anyone_may(deps, bucket, operation, key, object ? &*object : nullptr, request)) return false;
  // Who may not list is not told that an object is missing.
  return action_of(operation) != "s3:GetObject" || object || anyone_may(deps, bucket, "ListObjectsV2", "", nullptr, request);
}

}  // namespace

bool anyone_may(const Deps& deps, const model::Bucket& bucket, const std::string& operation, const std::string& key, const model::Object* object, const http::Request& request) {
  bool is_denied = false;
  const bool by_policy = policy_lets_in(bucket, operation, key, request, is_denied);
  return !is_denied && (by_policy || acl_lets_in(deps, bucket, operation, object));
}

std::optional<Result<Admitted>> admit_guest(const Deps& deps, const std::string& guest_secret, const http::Request& request) {
  if (request.headers.find("authorization") || request.headers.find("x-amz-target") || request.query.find("X-Amz-Credential=") != std::string::npos || request.query.find("AWSAccessKeyId=") != std::string::npos) return std::nullopt;
  const Address address = address_of(request);
  const auto bucket = store::find<model::Bucket>(deps.store, address.bucket);
  if (!bucket) return std::nullopt;
  const std::string operation = operation_of(request, address);
  if (operation.empty() || !may(deps, *bucket, operation, address.key, request)) return Result<Admitted>(fail("AccessDenied", "Access Denied"));
  return Result<Admitted>(Admitted{.key = {.access_key = std::string(kGuestKey) + bucket->account, .secret_key = guest_secret, .session_token = {}}, .region = bucket->region});
}

}  // namespace landfall::services::s3
