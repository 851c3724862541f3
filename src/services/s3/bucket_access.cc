#include <fmt/format.h>

#include "base/json.h"
#include "services/s3/acl.h"
#include "services/s3/setting.h"

/// Who may use a bucket, and how its objects lie: policy, ACL, public access block, ownership, encryption.
namespace landfall::services::s3 {
namespace {

using model::Bucket;

constexpr size_t kMaxPolicy = 20'480;

// ── policy ──

Result<shapes::GetBucketPolicyOutput> policy(const Deps& deps, const CallContext& context, const shapes::GetBucketPolicyRequest& request) {
  const std::string text = setting(TRY(bucket_named(deps.store, context, request.bucket, request.expected_bucket_owner)), "policy");
  if (text.empty() || text == kGone) return fail("NoSuchBucketPolicy", "The bucket policy does not exist");
  return shapes::GetBucketPolicyOutput{.policy = text};
}

Result<shapes::PutBucketPolicyOutput> put_policy(const Deps& deps, const CallContext& context, const shapes::PutBucketPolicyRequest& request) {
  const std::string document = text(request.policy);
  const auto value = parse_json(document, "the policy");
  const json::object* object = value ? value->if_object() : nullptr;
  if (object == nullptr) return fail("MalformedPolicy", "Policies must be valid JSON and the first byte must be '{'");
  if (!object->contains("Statement")) return fail("MalformedPolicy", "Missing required field Statement");
  if (document.size() > kMaxPolicy) return fail("MalformedPolicy", fmt::format("Normalized policy document exceeds the maximum allowed size of {} bytes.", kMaxPolicy));
  const Bucket bucket = TRY(bucket_named(deps.store, context, request.bucket, request.expected_bucket_owner));
  if (is_public_policy(document) && public_access_block(bucket).block_public_policy.value_or(false)) {
    return fail("AccessDenied", fmt::format("User: {} is not authorized to perform: s3:PutBucketPolicy on resource: \"arn:aws:s3:::{}\" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.", context.principal_arn, bucket.name));
  }
  return keep<shapes::PutBucketPolicyOutput>(deps, context, request, "policy", document);
}

Result<shapes::GetBucketPolicyStatusOutput> policy_status(const Deps& deps, const CallContext& context, const shapes::GetBucketPolicyStatusRequest& request) {
  const auto found = TRY(policy(deps, context, {.bucket = request.bucket, .expected_bucket_owner = request.expected_bucket_owner}));
  return shapes::GetBucketPolicyStatusOutput{.policy_status = shapes::PolicyStatus{.is_public = is_public_policy(*found.policy)}};
}

// ── ACL ──

Result<shapes::GetBucketAclOutput> acl(const Deps& deps, const CallContext& context, const shapes::GetBucketAclRequest& request) {
  const Bucket bucket = TRY(bucket_named(deps.store, context, request.bucket, request.expected_bucket_owner));
  const shapes::AccessControlPolicy whole = policy_of(bucket.account, setting(bucket, "acl"));
  return shapes::GetBucketAclOutput{.grants = whole.grants, .owner = whole.owner};
}

Result<shapes::PutBucketAclOutput> put_acl(const Deps& deps, const CallContext& context, const shapes::PutBucketAclRequest& request) {
  const AclRequest asked = acl_request(request);
  const Bucket bucket = TRY(bucket_named(deps.store, context, request.bucket, request.expected_bucket_owner));
  if (!asked.asks()) return fail(no_acl(context));
  return keep<shapes::PutBucketAclOutput>(deps, context, request, "acl", TRY(acl_of(context, bucket, asked)));
}

// ── public access block ──

Result<shapes::GetPublicAccessBlockOutput> public_block(const Deps& deps, const CallContext& context, const shapes::GetPublicAccessBlockRequest& request) {
  const Bucket bucket = TRY(bucket_named(deps.store, context, request.bucket, request.expected_bucket_owner));
  if (setting(bucket, "publicAccessBlock") == kGone) return fail("NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found");
  return shapes::GetPublicAccessBlockOutput{.public_access_block_configuration = public_access_block(bucket)};
}

Result<shapes::PutPublicAccessBlockOutput> put_public_block(const Deps& deps, const CallContext& context, const shapes::PutPublicAccessBlockRequest& request) {
  const auto& given = *request.public_access_block_configuration;
  const shapes::PublicAccessBlockConfiguration whole{.block_public_acls = given.block_public_acls.value_or(false), .block_public_policy = given.block_public_policy.value_or(false),
                                                     .ignore_public_acls = given.ignore_public_acls.value_or(false), .restrict_public_buckets = given.restrict_public_buckets.value_or(false)};
  return keep<shapes::PutPublicAccessBlockOutput>(deps, context, request, "publicAccessBlock", kept(whole));
}

// ── ownership ──

Result<shapes::GetBucketOwnershipControlsOutput> ownership(const Deps& deps, const CallContext& context, const shapes::GetBucketOwnershipControlsRequest& request) {
  const std::string text = setting(TRY(bucket_named(deps.store, context, request.bucket, request.expected_bucket_owner)), "ownershipControls");
  if (text == kGone) return fail("OwnershipControlsNotFoundError", "The bucket ownership controls were not found");
  const shapes::OwnershipControls usual{.rules = std::vector<shapes::OwnershipControlsRule>{{.object_ownership = "BucketOwnerEnforced"}}};
  return shapes::GetBucketOwnershipControlsOutput{.ownership_controls = text.empty() ? usual : told<shapes::OwnershipControls>(text)};
}

// ── encryption ──

/// Every bucket tells SSE-S3 since January 2023 (S3 User Guide, Default encryption).
Result<shapes::PutBucketOwnershipControlsOutput> put_ownership(const Deps& deps, const CallContext& context, const shapes::PutBucketOwnershipControlsRequest& request) {
  const auto rules = request.ownership_controls->rules.value_or(std::vector<shapes::OwnershipControlsRule>{});
  if (rules.size() != 1) return fail("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema");
  const Bucket bucket = TRY(bucket_named(deps.store, context, request.bucket, request.expected_bucket_owner));
  if (text(rules[0].object_ownership) == "BucketOwnerEnforced" && gives_others(bucket.account, setting(bucket, "acl"))) {
    return fail("InvalidBucketAclWithObjectOwnership", "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting");
  }
  return keep<shapes::PutBucketOwnershipControlsOutput>(deps, context, request, "ownershipControls", kept(*request.ownership_controls));
}

Result<shapes::GetBucketEncryptionOutput> encryption(const Deps& deps, const CallContext& context, const shapes::GetBucketEncryptionRequest& request) {
  const std::string text = setting(TRY(bucket_named(deps.store, context, request.bucket, request.expected_bucket_owner)), "encryption");
  shapes::ServerSideEncryptionConfiguration usual;
  usual.rules = std::vector<shapes::ServerSideEncryptionRule>{
      {.apply_server_side_encryption_by_default = shapes::ServerSideEncryptionByDefault{.sse_algorithm = "AES256"}, .bucket_key_enabled = false}};
  return shapes::GetBucketEncryptionOutput{.server_side_encryption_configuration = text.empty() || text == kGone ? usual : told<shapes::ServerSideEncryptionConfiguration>(text)};
}

Result<shapes::PutBucketEncryptionOutput> put_encryption(const Deps& deps, const CallContext& context, const shapes::PutBucketEncryptionRequest& request) {
  TRY(bucket_named(deps.store, context, request.bucket, request.expected_bucket_owner));
  auto configuration = *request.server_side_encryption_configuration;
  auto rules = configuration.rules.value_or(std::vector<shapes::ServerSideEncryptionRule>{});
  if (rules.size() != 1) return fail("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema");
  for (auto& rule : rules) {
    const std::string algorithm = rule.apply_server_side_encryption_by_default ? text(rule.apply_server_side_encryption_by_default->sse_algorithm) : "AES256";
    if (algorithm != "AES256" && !algorithm.starts_with("aws:")) return fail(malformed_xml());
    if (algorithm == "AES256" && rule.apply_server_side_encryption_by_default && rule.apply_server_side_encryption_by_default->kms_master_key_id) {
      return fail(bad_argument(context, "ApplyServerSideEncryptionByDefault", std::nullopt, "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse"));
    }
    if (algorithm != "AES256") return fail("NotImplemented", fmt::format("Landfall does not support the algorithm {} yet; wanted AES256", algorithm));
    if (!rule.bucket_key_enabled) rule.bucket_key_enabled = false;
  }
  configuration.rules = rules;
  return keep<shapes::PutBucketEncryptionOutput>(deps, context, request, "encryption", kept(configuration));
}

}  // namespace

void register_bucket_access(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  const std::vector<std::string> plain{"Bucket", "ExpectedBucketOwner"};
  registry.add<shapes::GetBucketPolicyRequest, shapes::GetBucketPolicyOutput>("s3", "GetBucketPolicy", plain, bind(policy));
  registry.add<shapes::GetBucketPolicyStatusRequest, shapes::GetBucketPolicyStatusOutput>("s3", "GetBucketPolicyStatus", plain, bind(policy_status));
  registry.add<shapes::PutBucketPolicyRequest, shapes::PutBucketPolicyOutput>("s3", "PutBucketPolicy", {"Bucket", "ExpectedBucketOwner", "ContentMD5", "ChecksumAlgorithm", "Policy", "ConfirmRemoveSelfBucketAccess"}, bind(put_policy));
  registry.add<shapes::DeleteBucketPolicyRequest, shapes::DeleteBucketPolicyOutput>("s3", "DeleteBucketPolicy", plain, [&deps](const CallContext& c, const auto& r) { return keep<shapes::DeleteBucketPolicyOutput>(deps, c, r, "policy", kGone); });
  registry.add<shapes::GetBucketAclRequest, shapes::GetBucketAclOutput>("s3", "GetBucketAcl", plain, bind(acl));
  registry.add<shapes::PutBucketAclRequest, shapes::PutBucketAclOutput>("s3", "PutBucketAcl", {"Bucket", "ExpectedBucketOwner", "ContentMD5", "ChecksumAlgorithm", "ACL", "AccessControlPolicy.*", "GrantFullControl", "GrantRead", "GrantReadACP", "GrantWrite", "GrantWriteACP"}, bind(put_acl));
  registry.add<shapes::GetPublicAccessBlockRequest, shapes::GetPublicAccessBlockOutput>("s3", "GetPublicAccessBlock", plain, bind(public_block));
  registry.add<shapes::PutPublicAccessBlockRequest, shapes::PutPublicAccessBlockOutput>("s3", "PutPublicAccessBlock", {"Bucket", "ExpectedBucketOwner", "ContentMD5", "ChecksumAlgorithm", "PublicAccessBlockConfiguration.*"}, bind(put_public_block));
  registry.add<shapes::DeletePublicAccessBlockRequest, shapes::DeletePublicAccessBlockOutput>("s3", "DeletePublicAccessBlock", plain, [&deps](const CallContext& c, const auto& r) { return keep<shapes::DeletePublicAccessBlockOutput>(deps, c, r, "publicAccessBlock", kGone); });
  registry.add<shapes::GetBucketOwnershipControlsRequest, shapes::GetBucketOwnershipControlsOutput>("s3", "GetBucketOwnershipControls", plain, bind(ownership));
  registry.add<shapes::PutBucketOwnershipControlsRequest, shapes::PutBucketOwnershipControlsOutput>("s3", "PutBucketOwnershipControls", {"Bucket", "ExpectedBucketOwner", "ContentMD5", "ChecksumAlgorithm", "OwnershipControls.*"}, bind(put_ownership));
  registry.add<shapes::DeleteBucketOwnershipControlsRequest, shapes::DeleteBucketOwnershipControlsOutput>("s3", "DeleteBucketOwnershipControls", plain, [&deps](const CallContext& c, const auto& r) { return keep<shapes::DeleteBucketOwnershipControlsOutput>(deps, c, r, "ownershipControls", kGone); });
  registry.add<shapes::GetBucketEncryptionRequest, shapes::GetBucketEncryptionOutput>("s3", "GetBucketEncryption", plain, bind(encryption));
  registry.add<shapes::PutBucketEncryptionRequest, shapes::PutBucketEncryptionOutput>("s3", "PutBucketEncryption", {"Bucket", "ExpectedBucketOwner", "ContentMD5", "ChecksumAlgorithm", "ServerSideEncryptionConfiguration.*"}, bind(put_encryption));
  registry.add<shapes::DeleteBucketEncryptionRequest, shapes::DeleteBucketEncryptionOutput>("s3", "DeleteBucketEncryption", plain, [&deps](const CallContext& c, const auto& r) { return keep<shapes::DeleteBucketEncryptionOutput>(deps, c, r, "encryption", kGone); });
}

}  // namespace landfall::services::s3
