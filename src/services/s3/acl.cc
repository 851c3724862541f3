#include "services/s3/acl.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "services/s3/setting.h"

namespace landfall::services::s3 {
namespace {

using model::Bucket;

constexpr std::string_view kEveryone = "http://acs.amazonaws.com/groups/global/AllUsers";
constexpr std::string_view kAuthenticated = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";
constexpr std::string_view kLogDelivery = "http://acs.amazonaws.com/groups/s3/LogDelivery";

shapes::Grant to_group(std::string_view uri, const char* permission) { return {.grantee = shapes::Grantee{.type = "Group", .uri = std::string(uri)}, .permission = permission}; }
shapes::Grant to_id(const std::string& id, const std::string& permission) { return {.grantee = shapes::Grantee{.id = id, .type = "CanonicalUser"}, .permission = permission}; }

/// What a canned name adds to the owner's full control.
std::vector<shapes::Grant> canned(const std::string& name) {
  if (name == "public-read") return {to_group(kEveryone, "READ")};
  if (name == "public-read-write") return {to_group(kEveryone, "READ"), to_group(kEveryone, "WRITE")};
  if (name == "authenticated-read") return {to_group(kAuthenticated, "READ")};
  if (name == "log-delivery-write") return {to_group(kLogDelivery, "WRITE"), to_group(kLogDelivery, "READ_ACP")};
  return {};  // private; bucket-owner-… : the bucket's owner owns its objects here
}

/// A canonical user's id has 64 hexadecimal digits.
bool is_canonical_id(const std::string& id) {
  return id.size() == 64 && std::ranges::all_of(id, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_group(const std::string& uri) { return uri == kEveryone || uri == kAuthenticated || uri == kLogDelivery; }

std::string header_of(const std::string& permission) { return "x-amz-grant-" + replace_all(lower(permission), "_", "-"); }

/// One "id=…", "uri=…" or "emailAddress=…" of a grant header.
Result<shapes::Grant> grant_of(const CallContext& context, const std::string& given, const char* permission) {
  const size_t equals = given.find('=');
  const std::string kind = equals == std::string::npos ? "" : given.substr(0, equals);
  const std::string value = equals == std::string::npos ? "" : replace_all(given.substr(equals + 1), "\"", "");
  if (kind == "id") return is_canonical_id(value) ? Result<shapes::Grant>(to_id(value, permission)) : fail(bad_argument(context, "id", value, "Invalid id"));
  if (kind == "uri") return is_group(value) ? Result<shapes::Grant>(to_group(value, permission)) : fail(bad_argument(context, "uri", value, "Invalid group uri"));
  if (kind == "emailAddress") return fail("NotImplemented", "Landfall does not support grants by e-mail address yet");
  return fail(bad_argument(context, header_of(permission), given, "Argument format not recognized"));
}

Result<void> check_grant(const CallContext& context, const shapes::Grant& grant) {
  const std::string type = grant.grantee ? text(grant.grantee->type) : "";
  const Error malformed{.code = "MalformedACLError", .what = "The XML you provided was not well-formed or did not validate against our published schema"};
  if (!grant.grantee || !grant.permission) return fail(malformed);
  if (type == "AmazonCustomerByEmail") return fail("NotImplemented", "Landfall does not support grants by e-mail address yet");
  if (type == "Group") {
    const std::string uri = text(grant.grantee->uri);
    return is_group(uri) ? Result<void>{} : fail(bad_argument(context, "Group/URI", uri, "Invalid group uri"));
  }
  const std::string id = text(grant.grantee->id);
  return is_canonical_id(id) ? Result<void>{} : fail(bad_argument(context, "CanonicalUser/ID", id, "Invalid id"));
}

/// The owner's full control comes first with every canned name.
Result<shapes::AccessControlPolicy> asked_policy(const CallContext& context, const Bucket& bucket, const AclRequest& asked) {
  const shapes::Owner owner = owner_of(bucket.account);
  shapes::AccessControlPolicy policy{.grants = std::vector<shapes::Grant>{}, .owner = owner};
  const bool has_headers = std::ranges::any_of(asked.grants, [](const auto& grant) { return grant.second.has_value(); });
  if (asked.canned && has_headers) return fail("InvalidRequest", "Specifying both Canned ACLs and Header Grants is not allowed");
  if ((asked.canned || has_headers) && asked.policy) return fail("UnexpectedContent", "This request does not support content");
  if (asked.policy) {
    if (!asked.policy->grants || !asked.policy->owner || !asked.policy->owner->id) return fail("MalformedACLError", "The XML you provided was not well-formed or did not validate against our published schema");
    if (*asked.policy->owner->id != *owner.id) return fail(bad_argument(context, "CanonicalUser/ID", *asked.policy->owner->id, "Invalid id"));
    for (const auto& grant : *asked.policy->grants) TRY(check_grant(context, grant));
    policy.grants = asked.policy->grants;
    return policy;
  }
  if (has_headers) {
    for (const auto& [permission, header] : asked.grants) {
      for (const std::string& one : split(text(header), ',')) {
        if (!trim(one).empty()) policy.grants->push_back(TRY(grant_of(context, std::string(trim(one)), permission)));
      }
    }
    return policy;
  }
  policy.grants->push_back(to_id(*owner.id, "FULL_CONTROL"));
  for (auto& grant : canned(asked.canned.value_or("private"))) policy.grants->push_back(std::move(grant));
  return policy;
}

bool is_owners_alone(const shapes::AccessControlPolicy& policy) {
  return policy.grants->size() == 1 && text(policy.grants->at(0).grantee->id) == text(policy.owner->id) && text(policy.grants->at(0).permission) == "FULL_CONTROL";
}

bool is_public(const shapes::AccessControlPolicy& policy) {
  return std::ranges::any_of(*policy.grants, [](const auto& grant) { return grant.grantee && (text(grant.grantee->uri) == kEveryone || text(grant.grantee->uri) == kAuthenticated); });
}

bool names_anyone(const json::value* principal) {
  if (principal == nullptr) return false;
  if (principal->is_string()) return principal->get_string() == "*";
  const json::object* object = principal->if_object();
  const json::value* aws = object == nullptr ? nullptr : object->if_contains("AWS");
  if (aws == nullptr) return false;
  if (aws->is_string()) return aws->get_string() == "*";
  return aws->is_array() && std::ranges::any_of(aws->get_array(), [](const json::value& one) { return one.is_string() && one.get_string() == "*"; });
}

}  // namespace

bool AclRequest::asks() const {
  return canned || policy || std::ranges::any_of(grants, [](const auto& grant) { return grant.second.has_value(); });
}

std::string ownership_of(const Bucket& bucket) {
  const std::string kept_text = setting(bucket, "ownershipControls");
  if (kept_text == kGone) return "ObjectWriter";
  const auto rules = told<shapes::OwnershipControls>(kept_text).rules.value_or(std::vector<shapes::OwnershipControlsRule>{});
  return kept_text.empty() || rules.empty() ? "BucketOwnerEnforced" : text(rules[0].object_ownership);
}

bool owner_enforced(const Bucket& bucket) { return ownership_of(bucket) == "BucketOwnerEnforced"; }

shapes::PublicAccessBlockConfiguration public_access_block(const Bucket& bucket) {
  const std::string kept_text = setting(bucket, "publicAccessBlock");
  // All four are on in new buckets since April 2023 (S3 user guide, Default settings for new buckets).
  const shapes::PublicAccessBlockConfiguration usual{.block_public_acls = true, .block_public_policy = true, .ignore_public_acls = true, .restrict_public_buckets = true};
  const shapes::PublicAccessBlockConfiguration none{.block_public_acls = false, .block_public_policy = false, .ignore_public_acls = false, .restrict_public_buckets = false};
  if (kept_text == kGone) return none;
  return kept_text.empty() ? usual : told<shapes::PublicAccessBlockConfiguration>(kept_text);
}

Error no_acl(const CallContext& context) {
  tell_about(context, {{"MissingHeaderName", "x-amz-acl"}});
  return {.code = "MissingSecurityHeader", .what = "Your request was missing a required header"};
}

Result<std::string> acl_of(const CallContext& context, const Bucket& bucket, const AclRequest& asked) {
  if (!asked.asks()) return "";
  const shapes::AccessControlPolicy policy = TRY(asked_policy(context, bucket, asked));
  const bool is_plain = asked.canned == "bucket-owner-full-control" || (asked.is_write && asked.canned == "private") || (asked.policy && is_owners_alone(policy));
  if (owner_enforced(bucket) && !is_plain) return fail("AccessControlListNotSupported", "The bucket does not allow ACLs");
  if (is_public(policy) && *public_access_block(bucket).block_public_acls) return fail("AccessDenied", "Access Denied");
  return is_owners_alone(policy) ? "" : kept(policy);
}

Result<std::string> acl_of_new(const CallContext& context, const Bucket& bucket, const AclRequest& asked) {
  if (!asked.asks()) return "";
  const shapes::AccessControlPolicy policy = TRY(asked_policy(context, bucket, asked));
  if (is_owners_alone(policy)) return "";
  if (owner_enforced(bucket)) return fail("InvalidBucketAclWithObjectOwnership", "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting");
  if (is_public(policy)) return fail("InvalidBucketAclWithBlockPublicAccessError", "Bucket cannot have public ACLs set with BlockPublicAccess enabled");
  return kept(policy);
}

shapes::AccessControlPolicy policy_of(const std::string& account, const std::string& acl) {
  if (!acl.empty() && acl != kGone) return told<shapes::AccessControlPolicy>(acl);
  const shapes::Owner owner = owner_of(account);
  return {.grants = std::vector<shapes::Grant>{to_id(*owner.id, "FULL_CONTROL")}, .owner = owner};
}

bool gives_everyone(const std::string& acl, std::string_view permission) {
  if (acl.empty() || acl == kGone) return false;
  const auto grants = told<shapes::AccessControlPolicy>(acl).grants.value_or(std::vector<shapes::Grant>{});
  return std::ranges::any_of(grants, [&](const auto& grant) { return grant.grantee && text(grant.grantee->uri) == kEveryone && (text(grant.permission) == permission || text(grant.permission) == "FULL_CONTROL"); });
}

bool gives_others(const std::string& account, const std::string& acl) {
  const auto policy = policy_of(account, acl);
  const std::string own = *owner_of(account).id;
  return std::ranges::any_of(policy.grants.value_or(std::vector<shapes::Grant>{}), [&](const auto& grant) { return !grant.grantee || text(grant.grantee->id) != own; });
}

bool is_public_policy(const std::string& document) {
  const auto value = parse_json(document, "the policy");
  const json::object* object = value ? value->if_object() : nullptr;
  const json::value* statements = object == nullptr ? nullptr : object->if_contains("Statement");
  if (statements == nullptr) return false;
  const auto lets_in = [](const json::value& one) {
    const json::object* statement = one.if_object();
    return statement != nullptr && string_member(*statement, "Effect") == "Allow" && !statement->contains("Condition") && names_anyone(statement->if_contains("Principal"));
  };
  return statements->is_array() ? std::ranges::any_of(statements->get_array(), lets_in) : lets_in(*statements);
}

}  // namespace landfall::services::s3
