#pragma once

#include <optional>
#include <string>
#include <vector>

#include "services/s3/support.h"

/// Access control lists: what canned names and grant headers mean, what is public, and where the bucket allows none.
/// Source: S3 user guide, Access control list overview; Controlling ownership of objects; Blocking public access.
namespace landfall::services::s3 {

/// What a call asks of an ACL, whichever way it says it.
struct AclRequest {
  std::optional<std::string> canned;
  std::vector<std::pair<const char*, std::optional<std::string>>> grants;  ///< permission -> header ("id=…, uri=…")
  std::optional<shapes::AccessControlPolicy> policy;
  bool is_write = false;  ///< comes with an object: then "private" is the owner's alone and let through where no ACLs are

  bool asks() const;
};
template <class Request>
AclRequest acl_request(const Request& request) {
  AclRequest asked{.canned = request.acl, .grants = {{"FULL_CONTROL", request.grant_full_control}, {"READ", request.grant_read}, {"READ_ACP", request.grant_read_acp}, {"WRITE_ACP", request.grant_write_acp}}, .policy = {}};
  asked.is_write = !requires { request.access_control_policy; };
  if constexpr (requires { request.grant_write; }) asked.grants.emplace_back("WRITE", request.grant_write);
  if constexpr (requires { request.access_control_policy; }) asked.policy = request.access_control_policy;
  return asked;
}

/// The ACL asked for, of something of `bucket`; as records keep it: "" is the owner's alone. Errors:
/// "AccessControlListNotSupported" (the owner owns all), "AccessDenied" (public ones are blocked), "InvalidRequest",
/// "InvalidArgument", "MalformedACLError", "NotImplemented" (grants by e-mail).
Result<std::string> acl_of(const CallContext& context, const model::Bucket& bucket, const AclRequest& asked);
/// Of a bucket that is to be made. Errors: "InvalidBucketAclWithObjectOwnership", "InvalidBucketAclWithBlockPublicAccessError".
Result<std::string> acl_of_new(const CallContext& context, const model::Bucket& bucket, const AclRequest& asked);
/// A call that asks for none: "MissingSecurityHeader".
Error no_acl(const CallContext& context);

/// As answers tell it.
shapes::AccessControlPolicy policy_of(const std::string& account, const std::string& acl);

bool owner_enforced(const model::Bucket& bucket);
/// BucketOwnerEnforced, BucketOwnerPreferred, ObjectWriter.
std::string ownership_of(const model::Bucket& bucket);
/// The four flags that hold, all of them unless they were put otherwise.
shapes::PublicAccessBlockConfiguration public_access_block(const model::Bucket& bucket);

/// Whether the ACL gives everybody the permission (or FULL_CONTROL).
bool gives_everyone(const std::string& acl, std::string_view permission);
/// Whether the ACL gives anything to others than the owner.
bool gives_others(const std::string& account, const std::string& acl);

/// Whether the policy lets everybody in: an Allow of any principal without conditions.
bool is_public_policy(const std::string& document);

}  // namespace landfall::services::s3
