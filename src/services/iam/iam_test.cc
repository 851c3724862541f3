#include "services/iam/iam.h"

#include <doctest/doctest.h>

#include "aws/shapes/iam.h"
#include "model/identity.h"
#include "services/support/caller_for_test.h"
#include "store/table.h"

namespace landfall::services::iam {
namespace {

namespace shapes = landfall::aws::iam;

const std::string kTrust = R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]})";
const std::string kPolicy = R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*"}})";
const std::string kBoundary = "arn:aws:iam::000000000000:policy/p";

std::vector<shapes::Tag> tags(std::initializer_list<std::string> keys) {
  std::vector<shapes::Tag> all;
  for (const std::string& key : keys) all.push_back({.key = key, .value = "v"});
  return all;
}

struct Account : CallerForTest {
  Account() : CallerForTest("iam") {
    register_iam(registry, deps);
    REQUIRE(call<shapes::CreatePolicyResponse>("CreatePolicy", shapes::CreatePolicyRequest{.policy_document = kPolicy, .policy_name = "p"}));
    REQUIRE(call<shapes::CreateUserResponse>("CreateUser", shapes::CreateUserRequest{.user_name = "u"}));
    REQUIRE(call<shapes::CreateGroupResponse>("CreateGroup", shapes::CreateGroupRequest{.group_name = "g"}));
  }
  shapes::CreateRoleRequest role(const std::string& name) { return {.assume_role_policy_document = kTrust, .role_name = name}; }
  Result<shapes::CreateRoleResponse> made(const shapes::CreateRoleRequest& request) { return call<shapes::CreateRoleResponse>("CreateRole", request); }
};

TEST_CASE_FIXTURE(Account, "each call tells as much of a role as AWS does") {
  auto request = role("r");
  request.description = "d";
  request.permissions_boundary = kBoundary;
  const shapes::Role created = *made(request)->role;
  CHECK_FALSE(created.description.has_value());
  CHECK_FALSE(created.max_session_duration.has_value());
  CHECK_FALSE(created.tags.has_value());
  CHECK(created.permissions_boundary->permissions_boundary_arn == kBoundary);

  const shapes::Role got = *call<shapes::GetRoleResponse>("GetRole", shapes::GetRoleRequest{.role_name = "r"})->role;
  CHECK(got.description == "d");
  CHECK(got.max_session_duration == 3600);
  CHECK(got.role_last_used.has_value());
  CHECK_FALSE(got.tags.has_value());

  const shapes::Role listed = call<shapes::ListRolesResponse>("ListRoles", shapes::ListRolesRequest{})->roles->at(0);
  CHECK(listed.description == "d");
  CHECK_FALSE(listed.permissions_boundary.has_value());
  CHECK_FALSE(listed.role_last_used.has_value());

  const shapes::Policy policy = *call<shapes::GetPolicyResponse>("GetPolicy", shapes::GetPolicyRequest{.policy_arn = kBoundary})->policy;
  CHECK(policy.permissions_boundary_usage_count == 1);
  CHECK(policy.tags->empty());
  CHECK(code_of(call<shapes::DeletePolicyOutput>("DeletePolicy", shapes::DeletePolicyRequest{.policy_arn = kBoundary})) == "DeleteConflict");
}

TEST_CASE_FIXTURE(Account, "policies that are attached, and boundaries, are refused in words of their own") {
  REQUIRE(made(role("r")));
  const auto attach = [&](const std::string& arn) { return call<shapes::AttachRolePolicyOutput>("AttachRolePolicy", shapes::AttachRolePolicyRequest{.policy_arn = arn, .role_name = "r"}); };
  CHECK(what_of(attach("longpolicynamebutnoarn")) == "ARN longpolicynamebutnoarn is not valid.");
  CHECK(what_of(attach(kBoundary + "x")) == "Policy " + kBoundary + "x does not exist or is not attachable.");
  const auto bound = [&](const std::string& arn) { return call<shapes::PutRolePermissionsBoundaryOutput>("PutRolePermissionsBoundary", shapes::PutRolePermissionsBoundaryRequest{.permissions_boundary = arn, .role_name = "r"}); };
  CHECK(code_of(bound("arn:aws:iam::000000000000:not_a_policy/x")) == "InvalidInput");
  CHECK(what_of(bound(kBoundary + "x")) == "Scope ARN: " + kBoundary + "x does not exist or is not attachable.");
  const auto version = call<shapes::GetPolicyVersionResponse>("GetPolicyVersion", shapes::GetPolicyVersionRequest{.policy_arn = kBoundary + "x", .version_id = "v1"});
  CHECK(what_of(version) == "Policy " + kBoundary + "x version v1 does not exist or is not attachable.");

  for (int i = 0; i < 11; ++i) REQUIRE(call<shapes::CreatePolicyResponse>("CreatePolicy", shapes::CreatePolicyRequest{.policy_document = kPolicy, .policy_name = "q" + std::to_string(i)}));
  for (int i = 0; i < 10; ++i) CHECK(attach("arn:aws:iam::000000000000:policy/q" + std::to_string(i)).has_value());
  CHECK(what_of(attach("arn:aws:iam::000000000000:policy/q10")) == "Cannot exceed quota for PoliciesPerRole: 10");
  CHECK(attach("arn:aws:iam::000000000000:policy/q9").has_value());
}

TEST_CASE_FIXTURE(Account, "keys of tags are one whatever their case, but not those of policies") {
  auto request = role("r");
  request.tags = tags({"key", "KEY"});
  CHECK(what_of(made(request)) == "Duplicate tag keys found. Please note that Tag keys are case insensitive.");
  request.tags = tags({"b", "a"});
  CHECK(made(request)->role->tags->at(0).key == "b");
  CHECK(call<shapes::TagRoleOutput>("TagRole", shapes::TagRoleRequest{.role_name = "r", .tags = tags({"B"})}).has_value());
  const auto listed = call<shapes::ListRoleTagsResponse>("ListRoleTags", shapes::ListRoleTagsRequest{.max_items = 1, .role_name = "r"});
  CHECK(listed->tags->size() == 1);
  CHECK(*listed->is_truncated);

  const auto both = call<shapes::CreatePolicyResponse>("CreatePolicy", shapes::CreatePolicyRequest{.policy_document = kPolicy, .policy_name = "both", .tags = tags({"a", "A"})});
  CHECK(both->policy->tags->size() == 2);
  CHECK(what_of(call<shapes::TagPolicyOutput>("TagPolicy", shapes::TagPolicyRequest{.policy_arn = kBoundary, .tags = tags({"a", "a"})})) == "Duplicate tag keys found.");
  std::vector<shapes::Tag> many;
  for (int i = 0; i < 50; ++i) many.push_back({.key = "k" + std::to_string(i), .value = ""});
  CHECK(call<shapes::TagPolicyOutput>("TagPolicy", shapes::TagPolicyRequest{.policy_arn = kBoundary, .tags = many}).has_value());
  CHECK(what_of(call<shapes::TagPolicyOutput>("TagPolicy", shapes::TagPolicyRequest{.policy_arn = kBoundary, .tags = tags({"more"})})) == "The number of tags has reached the maximum limit.");
}

TEST_CASE_FIXTURE(Account, "who is not in a group can leave it; a user that is not there is told first") {
  const auto leave = [&](const std::string& group, const std::string& user) { return call<shapes::RemoveUserFromGroupOutput>("RemoveUserFromGroup", shapes::RemoveUserFromGroupRequest{.group_name = group, .user_name = user}); };
  CHECK(leave("g", "u").has_value());
  CHECK(what_of(leave("none", "nobody")) == "The user with name nobody cannot be found.");
  CHECK(what_of(leave("none", "u")) == "The group with name none cannot be found.");
  for (int i = 0; i < 11; ++i) {
    REQUIRE(call<shapes::CreateGroupResponse>("CreateGroup", shapes::CreateGroupRequest{.group_name = "g" + std::to_string(i)}));
    const auto joined = call<shapes::AddUserToGroupOutput>("AddUserToGroup", shapes::AddUserToGroupRequest{.group_name = "g" + std::to_string(i), .user_name = "u"});
    CHECK(what_of(joined) == (i < 10 ? "" : "Cannot exceed quota for GroupsPerUser: 10"));
  }
}

TEST_CASE_FIXTURE(Account, "what a user has goes with its new name") {
  REQUIRE(call<shapes::CreateLoginProfileResponse>("CreateLoginProfile", shapes::CreateLoginProfileRequest{.password = "Password123!", .user_name = "u"}));
  const auto credential = *call<shapes::CreateServiceSpecificCredentialResponse>("CreateServiceSpecificCredential", shapes::CreateServiceSpecificCredentialRequest{.service_name = "codecommit.amazonaws.com", .user_name = "u"})->service_specific_credential;
  CHECK(credential.service_user_name == "u-at-000000000000");
  REQUIRE(call<shapes::UpdateUserOutput>("UpdateUser", shapes::UpdateUserRequest{.new_user_name = "w", .user_name = "u"}));

  CHECK(call<shapes::GetLoginProfileResponse>("GetLoginProfile", shapes::GetLoginProfileRequest{.user_name = "w"})->login_profile->user_name == "w");
  const auto listed = call<shapes::ListServiceSpecificCredentialsResponse>("ListServiceSpecificCredentials", shapes::ListServiceSpecificCredentialsRequest{.user_name = "w"});
  CHECK(listed->service_specific_credentials->at(0).service_user_name == "u-at-000000000000");
  CHECK(code_of(call<shapes::CreateUserResponse>("CreateUser", shapes::CreateUserRequest{.user_name = "u"})) == "");
  CHECK(code_of(call<shapes::GetLoginProfileResponse>("GetLoginProfile", shapes::GetLoginProfileRequest{.user_name = "u"})) == "NoSuchEntity");
}

TEST_CASE_FIXTURE(Account, "service-specific credentials: their services, ids and the user that has them") {
  const auto create = [&](const std::string& user, const std::string& service) { return call<shapes::CreateServiceSpecificCredentialResponse>("CreateServiceSpecificCredential", shapes::CreateServiceSpecificCredentialRequest{.service_name = service, .user_name = user}); };
  CHECK(what_of(create("nobody", "none")) == "The user with name nobody cannot be found.");
  CHECK(what_of(create("u", "lambda.amazonaws.com")) == "No such service lambda.amazonaws.com is supported for Service Specific Credentials");
  const auto made = create("u", "cassandra.amazonaws.com");
  const std::string id = *made->service_specific_credential->service_specific_credential_id;
  const auto reset = [&](const std::string& one) { return call<shapes::ResetServiceSpecificCredentialResponse>("ResetServiceSpecificCredential", shapes::ResetServiceSpecificCredentialRequest{.service_specific_credential_id = one, .user_name = "u"}); };
  CHECK(*reset(id)->service_specific_credential->service_password != *made->service_specific_credential->service_password);
  CHECK(what_of(reset("satisfiesregexbutstillinvalid")) == "No such credential satisfiesregexbutstillinvalid exists");
  CHECK(what_of(call<shapes::DeleteUserOutput>("DeleteUser", shapes::DeleteUserRequest{.user_name = "u"})) == "Cannot delete entity, must remove referenced objects first.");
  CHECK(create("u", "cassandra.amazonaws.com")->service_specific_credential->service_user_name == "u+1-at-000000000000");
  CHECK(code_of(create("u", "cassandra.amazonaws.com")) == "LimitExceeded");
}

TEST_CASE_FIXTURE(Account, "a role of a service has its policy, and nobody else changes it") {
  const auto linked = [&](const std::string& service, std::optional<std::string> suffix = {}) { return call<shapes::CreateServiceLinkedRoleResponse>("CreateServiceLinkedRole", shapes::CreateServiceLinkedRoleRequest{.aws_service_name = service, .custom_suffix = std::move(suffix)}); };
  CHECK(linked("eks.amazonaws.com")->role->role_name == "AWSServiceRoleForAmazonEKS");
  CHECK(linked("autoscaling.amazonaws.com", "mine")->role->role_name == "AWSServiceRoleForAutoScaling_mine");
  CHECK(what_of(linked("eks.amazonaws.com")) == "Service role name AWSServiceRoleForAmazonEKS has been taken in this account, please try a different suffix.");
  CHECK(what_of(linked("ecs.amazonaws.com", "mine")) == "Custom suffix is not allowed for ecs.amazonaws.com");
  const auto attached = call<shapes::ListAttachedRolePoliciesResponse>("ListAttachedRolePolicies", shapes::ListAttachedRolePoliciesRequest{.role_name = "AWSServiceRoleForAmazonEKS"});
  CHECK(attached->attached_policies->at(0).policy_arn == "arn:aws:iam::aws:policy/aws-service-role/AmazonEKSServiceRolePolicy");
  CHECK(code_of(call<shapes::DeleteRoleOutput>("DeleteRole", shapes::DeleteRoleRequest{.role_name = "AWSServiceRoleForAmazonEKS"})) == "UnmodifiableEntity");
  CHECK(code_of(call<shapes::PutRolePolicyOutput>("PutRolePolicy", shapes::PutRolePolicyRequest{.policy_document = kPolicy, .policy_name = "x", .role_name = "AWSServiceRoleForAmazonEKS"})) == "UnmodifiableEntity");
  CHECK(call<shapes::DeleteServiceLinkedRoleResponse>("DeleteServiceLinkedRole", shapes::DeleteServiceLinkedRoleRequest{.role_name = "AWSServiceRoleForAmazonEKS"}).has_value());
}

TEST_CASE_FIXTURE(Account, "a credential report is made before it is told, and again when there is news") {
  const auto generate = [&] { return *call<shapes::GenerateCredentialReportResponse>("GenerateCredentialReport", shapes::GenerateCredentialReportInput{})->state; };
  const auto get = [&] { return call<shapes::GetCredentialReportResponse>("GetCredentialReport", shapes::GetCredentialReportInput{}); };
  CHECK(code_of(get()) == "ReportNotPresent");
  CHECK(generate() == "STARTED");
  CHECK(generate() == "COMPLETE");
  REQUIRE(call<shapes::CreateUserResponse>("CreateUser", shapes::CreateUserRequest{.user_name = "new"}));
  CHECK(get()->content->find("\nnew,") == std::string::npos);
  CHECK(generate() == "STARTED");
  CHECK(get()->content->find("\nnew,") != std::string::npos);
  clock.advance(std::chrono::hours(4));
  CHECK(code_of(get()) == "ReportExpired");
}

TEST_CASE_FIXTURE(Account, "providers that are not there are told in their own words") {
  const std::string oidc = "arn:aws:iam::000000000000:oidc-provider/a.example", saml = "arn:aws:iam::000000000000:saml-provider/x";
  CHECK(what_of(call<shapes::DeleteOpenIDConnectProviderOutput>("DeleteOpenIDConnectProvider", shapes::DeleteOpenIDConnectProviderRequest{.open_id_connect_provider_arn = oidc})) == "OpenId connect Provider " + oidc + " cannot be found.");
  CHECK(what_of(call<shapes::GetSAMLProviderResponse>("GetSAMLProvider", shapes::GetSAMLProviderRequest{.saml_provider_arn = saml})) == "Manifest not found for arn " + saml);
  REQUIRE(call<shapes::CreateSAMLProviderResponse>("CreateSAMLProvider", shapes::CreateSAMLProviderRequest{.name = "x", .saml_metadata_document = "<EntityDescriptor>" + std::string(1000, ' ')}));
  const auto told = call<shapes::GetSAMLProviderResponse>("GetSAMLProvider", shapes::GetSAMLProviderRequest{.saml_provider_arn = saml});
  CHECK(told->assertion_encryption_mode == "Allowed");
  CHECK(told->saml_provider_uuid->size() == 24);
  CHECK(code_of(call<shapes::CreateOpenIDConnectProviderResponse>("CreateOpenIDConnectProvider", shapes::CreateOpenIDConnectProviderRequest{.client_id_list = std::vector{std::string(256, 'b')}, .thumbprint_list = std::vector{std::string(41, 'b')}, .url = std::string(256, 'b')})) == "ValidationError");
}

TEST_CASE_FIXTURE(Account, "a device has a picture of its seed, tags, and is not there until a user has it") {
  const auto made = call<shapes::CreateVirtualMFADeviceResponse>("CreateVirtualMFADevice", shapes::CreateVirtualMFADeviceRequest{.virtual_mfa_device_name = "d"});
  CHECK(made->virtual_mfa_device->base32_string_seed->size() == 64);
  CHECK(made->virtual_mfa_device->qr_code_png->starts_with("\x89PNG"));
  CHECK(what_of(call<shapes::CreateVirtualMFADeviceResponse>("CreateVirtualMFADevice", shapes::CreateVirtualMFADeviceRequest{.virtual_mfa_device_name = "d"})) == "MFA device already exists.");
  const std::string serial = *made->virtual_mfa_device->serial_number;
  CHECK(what_of(call<shapes::DeactivateMFADeviceOutput>("DeactivateMFADevice", shapes::DeactivateMFADeviceRequest{.serial_number = serial, .user_name = "u"})) == "MFA Device with serial number " + serial + " does not exist.");
  CHECK(call<shapes::TagMFADeviceOutput>("TagMFADevice", shapes::TagMFADeviceRequest{.serial_number = serial, .tags = tags({"a"})}).has_value());
  CHECK(call<shapes::ListMFADeviceTagsResponse>("ListMFADeviceTags", shapes::ListMFADeviceTagsRequest{.serial_number = serial})->tags->at(0).key == "a");
  CHECK_FALSE(call<shapes::GetMFADeviceResponse>("GetMFADevice", shapes::GetMFADeviceRequest{.serial_number = serial})->user_name.has_value());
}

}  // namespace
}  // namespace landfall::services::iam
