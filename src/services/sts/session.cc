#include <algorithm>

#include <fmt/format.h>

#include "aws/shapes/sts.h"
#include "base/digest.h"
#include "base/ids.h"
#include "base/text.h"
#include "model/identity.h"
#include "model/session.h"
#include "services/iam/evaluate.h"
#include "services/iam/policy_document.h"
#include "services/sts/sts.h"
#include "services/support/text.h"
#include "services/support/transact.h"
#include "store/table.h"

/// Temporary credentials: of a role, of the caller itself, of a federated user.
namespace landfall::services::sts {
namespace {

namespace shapes = landfall::aws::sts;
using aws::CallContext;
using model::AccessKey;
using store::Transaction;

// STS API reference: AssumeRole, GetSessionToken, GetFederationToken
constexpr int kShortest = 900, kDefault = 3600, kLongestRole = 43'200, kLongestToken = 129'600, kDefaultToken = 43'200, kLongestChained = 3600;
constexpr size_t kLongestPolicies = 2048, kMostPolicies = 10, kMostTags = 50;
constexpr const char* kNothing = R"({"Version":"2012-10-17","Statement":[]})";

std::unexpected<Error> broken(std::string_view value, std::string_view member, std::string_view constraint) {
  return fail("ValidationError", fmt::format("1 validation error detected: Value '{}' at '{}' failed to satisfy constraint: Member must {}", value, member, constraint));
}

Result<void> check_duration(const std::optional<int32_t>& seconds, int longest) {
  if (seconds && *seconds < kShortest) return broken(std::to_string(*seconds), "durationSeconds", fmt::format("have value greater than or equal to {}", kShortest));
  if (seconds && *seconds > longest) return broken(std::to_string(*seconds), "durationSeconds", fmt::format("have value less than or equal to {}", longest));
  return {};
}

Result<void> check_name(const std::string& name, std::string_view member, size_t longest) {
  const bool is_plain = std::ranges::all_of(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("_+=,.@-").find(c) != std::string_view::npos; });
  if (name.size() < 2) return broken(name, member, "have length greater than or equal to 2");
  if (name.size() > longest) return broken(name, member, fmt::format("have length less than or equal to {}", longest));
  if (!is_plain) return broken(name, member, R"(satisfy regular expression pattern: [\w+=,.@-]*)");
  return {};
}

/// "arn:aws:iam::ACCOUNT:role/PATH/NAME" -> {account, name}.
Result<std::pair<std::string, std::string>> read_role_arn(const std::string& arn) {
  if (arn.size() < 20) return broken(arn, "roleArn", "have length greater than or equal to 20");
  const std::vector<std::string> parts = split(arn, ':');
  if (parts.size() != 6 || parts[2] != "iam" || !parts[5].starts_with("role/")) return fail("ValidationError", fmt::format("{} is invalid", arn));
  return std::pair(parts[4], parts[5].substr(parts[5].rfind('/') + 1));
}

/// A session that is being made.
struct Limits {
  model::Session session;
  size_t packed = 0;  ///< characters of what counts against the limit
  bool is_empty() const { return session.policies.empty() && session.tags.empty() && session.source_identity.empty(); }
};

/// The session's inline policy and the documents of managed ones.
Result<void> read_policies(const Transaction& tx, const std::optional<std::string>& policy, const std::optional<std::vector<shapes::PolicyDescriptorType>>& arns, Limits& limits) {
  if (policy) {
    if (policy->size() > kLongestPolicies) return fail("PackedPolicyTooLarge", fmt::format("Packed size of session tags and policies consumes {}% of allotted space.", policy->size() * 100 / kLongestPolicies));
    if (!iam::check_policy(*policy, iam::PolicyKind::inline_)) return fail("MalformedPolicyDocument", "Syntax errors in policy.");
    limits.session.policies.push_back(*policy);
    limits.packed += policy->size();
  }
  const auto named = arns.value_or(std::vector<shapes::PolicyDescriptorType>{});
  if (named.size() > kMostPolicies) return broken("[...]", "policyArns", fmt::format("have length less than or equal to {}", kMostPolicies));
  for (const auto& one : named) {
    const auto managed = store::find<model::Policy>(tx, text(one.arn));
    if (!managed) return fail("ValidationError", fmt::format("The policy ARN {} does not exist", text(one.arn)));
    const auto version = std::ranges::find(managed->versions, managed->default_version, &model::PolicyVersion::id);
    limits.session.policies.push_back(version == managed->versions.end() ? kNothing : version->document);
    limits.packed += managed->arn.size();
  }
  return {};
}

/// Source  IAM user guide, Passing session tags in STS
Result<void> read_tags(const std::optional<std::vector<shapes::Tag>>& tags, Limits& limits) {
  for (const auto& tag : tags.value_or(std::vector<shapes::Tag>{})) {
    const bool is_twice = std::ranges::any_of(limits.session.tags, [&](const auto& other) { return iequals(other.first, text(tag.key)); });
    if (is_twice) return fail("InvalidParameterValue", "Duplicate tag keys found. Please note that Tag keys are case insensitive.");
    limits.session.tags[text(tag.key)] = text(tag.value);
    limits.packed += text(tag.key).size() + text(tag.value).size();
  }
  if (limits.session.tags.size() > kMostTags) return broken("[...]", "tags", fmt::format("have length less than or equal to {}", kMostTags));
  return {};
}

/// Transitive tags of the calling session come along, and cannot be set again.
Result<void> read_transitive(const model::Session& caller, const std::optional<std::vector<std::string>>& keys, Limits& limits) {
  const auto has = [](const auto& all, const std::string& key, auto name_of) { return std::ranges::any_of(all, [&](const auto& one) { return iequals(name_of(one), key); }); };
  for (const std::string& key : keys.value_or(std::vector<std::string>{})) {
    if (!has(limits.session.tags, key, [](const auto& tag) { return tag.first; })) return fail("InvalidParameterValue", "The specified transitive tag key must be included in the requested tags.");
    limits.session.transitive_tags.push_back(key);
  }
  for (const std::string& key : caller.transitive_tags) {
    if (has(limits.session.tags, key, [](const auto& tag) { return tag.first; })) return fail("InvalidParameterValue", "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.");
  }
  for (const std::string& key : caller.transitive_tags) {
    limits.session.tags[key] = caller.tags.at(key);
    limits.session.transitive_tags.push_back(key);
  }
  return {};
}

AccessKey new_key(const Deps& deps, const std::string& account, int seconds) {
  return {.id = "ASIA" + deps.ids.upper_alnum(16), .secret = base64_encode(secret_bytes(30)), .account = account, .session_token = base64_encode(secret_bytes(96)), .expires_at = deps.clock.wall() + std::chrono::seconds(seconds)};
}

shapes::Credentials told(const AccessKey& key) { return {.access_key_id = key.id, .expiration = key.expires_at, .secret_access_key = key.secret, .session_token = key.session_token}; }

void put_session(Transaction& tx, const AccessKey& key, Limits& limits) {
  store::put(tx, key);
  limits.session.access_key = key.id;
  if (!limits.is_empty()) store::put(tx, limits.session);
}

int packed_percent(const Limits& limits) { return static_cast<int>((limits.packed * 100 + kLongestPolicies - 1) / kLongestPolicies); }

Result<shapes::AssumeRoleResponse> assume(const Deps& deps, const CallContext& context, const shapes::AssumeRoleRequest& request) {
  const std::string session = text(request.role_session_name);
  TRY(check_name(session, "roleSessionName", 64));
  TRY(check_duration(request.duration_seconds, kLongestRole));
  if (request.source_identity) TRY(check_name(*request.source_identity, "sourceIdentity", 64));
  const auto [account, name] = TRY(read_role_arn(text(request.role_arn)));
  return transact<shapes::AssumeRoleResponse>(deps.store, [&, &account = account, &name = name](Transaction& tx) -> Result<shapes::AssumeRoleResponse> {
    const auto caller = store::find<AccessKey>(tx, context.access_key);
    Limits limits;
    TRY(read_policies(tx, request.policy, request.policy_arns, limits));
    TRY(read_tags(request.tags, limits));
    const auto calling = store::find<model::Session>(tx, context.access_key).value_or(model::Session{});
    TRY(read_transitive(calling, request.transitive_tag_keys, limits));
    const auto role = store::find<model::Role>(tx, account + "/" + name);
    if (!role || role->arn != text(request.role_arn)) {
      return fail("AccessDenied", fmt::format("User: {} is not authorized to perform: sts:AssumeRole on resource: {}", context.principal_arn, *request.role_arn));
    }
    const int seconds = request.duration_seconds.value_or(kDefault);
    const bool is_chained = caller && !caller->role_arn.empty();
    if (is_chained && seconds > kLongestChained) return fail("ValidationError", "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining");
    if (seconds > role->max_session_duration) return fail("ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
    AccessKey key = new_key(deps, account, seconds);
    key.principal_arn = fmt::format("arn:aws:sts::{}:assumed-role/{}/{}", account, role->name, session);
    key.role_arn = role->arn;
    limits.session.source_identity = calling.source_identity.empty() ? text(request.source_identity) : calling.source_identity;
    if (request.source_identity && limits.session.source_identity != *request.source_identity) return fail("AccessDenied", fmt::format("The source identity of the calling session is {} and cannot be changed", calling.source_identity));
    put_session(tx, key, limits);
    shapes::AssumeRoleResponse answer{.assumed_role_user = shapes::AssumedRoleUser{.arn = key.principal_arn, .assumed_role_id = role->id + ":" + session}, .credentials = told(key)};
    if (limits.packed > 0) answer.packed_policy_size = packed_percent(limits);
    if (!limits.session.source_identity.empty()) answer.source_identity = limits.session.source_identity;
    return answer;
  });
}

/// Whether the role's trust policy lets the identity in.
bool is_trusted(const model::Role& role, const shapes::AssumeRoleWithWebIdentityRequest& request, const WebIdentity& identity) {
  const std::string stem = lower(identity.issuer.substr(identity.issuer.find("://") + 3)) + ":";
  iam::Question question{.action = "sts:AssumeRoleWithWebIdentity", .resource = role.arn, .keys = {{"sts:rolesessionname", text(request.role_session_name)}, {stem + "sub", identity.subject}}};
  question.lists[stem + "oaud"] = identity.audience;
  if (!identity.party.empty()) question.keys[stem + "aud"] = identity.party;
  else if (identity.audience.size() == 1) question.keys[stem + "aud"] = identity.audience[0];
  else question.lists[stem + "aud"] = identity.audience;
  const auto verdict = iam::evaluate_resource(role.assume_role_policy, question, {.account = role.account, .arn = {}, .role_arn = {}, .service = {}, .federated = identity.provider_arn});
  return !verdict.is_denied && verdict.grant != iam::Grant::none;
}

/// Temporary keys of the caller itself (API reference, GetSessionToken); the root's live an hour at most.
Result<shapes::GetSessionTokenResponse> session_token(const Deps& deps, const CallContext& context, const shapes::GetSessionTokenRequest& request) {
  const auto own = store::find<AccessKey>(deps.store, context.access_key);
  if (!own || !own->session_token.empty()) return fail("AccessDenied", "Cannot call GetSessionToken with session credentials");
  TRY(check_duration(request.duration_seconds, kLongestToken));
  return transact<shapes::GetSessionTokenResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::GetSessionTokenResponse> {
    const bool is_root = own->principal_arn.ends_with(":root");
    AccessKey key = new_key(deps, own->account, std::min(request.duration_seconds.value_or(kDefaultToken), is_root ? kDefault : kLongestToken));
    key.principal_arn = own->principal_arn;
    key.user_name = own->user_name;
    store::put(tx, key);
    return shapes::GetSessionTokenResponse{.credentials = told(key)};
  });
}

/// Without a policy a federated user may nothing (API reference, GetFederationToken).
Result<shapes::GetFederationTokenResponse> federation(const Deps& deps, const CallContext& context, const shapes::GetFederationTokenRequest& request) {
  const auto own = store::find<AccessKey>(deps.store, context.access_key);
  if (!own || !own->session_token.empty()) return fail("AccessDenied", "Cannot call GetFederationToken with session credentials");
  TRY(check_name(text(request.name), "name", 32));
  TRY(check_duration(request.duration_seconds, kLongestToken));
  return transact<shapes::GetFederationTokenResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::GetFederationTokenResponse> {
    Limits limits;
    TRY(read_policies(tx, request.policy, request.policy_arns, limits));
    TRY(read_tags(request.tags, limits));
    if (limits.session.policies.empty()) limits.session.policies.emplace_back(kNothing);
    const bool is_root = own->principal_arn.ends_with(":root");
    AccessKey key = new_key(deps, own->account, std::min(request.duration_seconds.value_or(kDefaultToken), is_root ? kDefault : kLongestToken));
    key.principal_arn = fmt::format("arn:aws:sts::{}:federated-user/{}", own->account, *request.name);
    key.user_name = own->user_name;
    put_session(tx, key, limits);
    return shapes::GetFederationTokenResponse{.credentials = told(key), .federated_user = shapes::FederatedUser{.arn = key.principal_arn, .federated_user_id = own->account + ":" + *request.name}, .packed_policy_size = packed_percent(limits)};
  });
}

}  // namespace

Result<shapes::AssumeRoleWithWebIdentityResponse> assume_with_web_identity(const Deps& deps, const CallContext&, const shapes::AssumeRoleWithWebIdentityRequest& request, const WebIdentity& identity) {
  const std::string session = text(request.role_session_name);
  TRY(check_name(session, "roleSessionName", 64));
  TRY(check_duration(request.duration_seconds, kLongestRole));
  const auto [account, name] = TRY(read_role_arn(text(request.role_arn)));
  return transact<shapes::AssumeRoleWithWebIdentityResponse>(deps.store, [&, &account = account, &name = name](Transaction& tx) -> Result<shapes::AssumeRoleWithWebIdentityResponse> {
    Limits limits;
    TRY(read_policies(tx, request.policy, request.policy_arns, limits));
    const auto role = store::find<model::Role>(tx, account + "/" + name);
    if (!role || role->arn != text(request.role_arn) || !is_trusted(*role, request, identity)) return fail("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity");
    const int seconds = request.duration_seconds.value_or(kDefault);
    if (seconds > role->max_session_duration) return fail("ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
    AccessKey key = new_key(deps, account, seconds);
    key.principal_arn = fmt::format("arn:aws:sts::{}:assumed-role/{}/{}", account, role->name, session);
    key.role_arn = role->arn;
    put_session(tx, key, limits);
    shapes::AssumeRoleWithWebIdentityResponse answer{.assumed_role_user = shapes::AssumedRoleUser{.arn = key.principal_arn, .assumed_role_id = role->id + ":" + session}, .audience = identity.audience.empty() ? "" : identity.audience[0], .credentials = told(key), .provider = identity.issuer,
                                                     .subject_from_web_identity_token = identity.subject};
    if (limits.packed > 0) answer.packed_policy_size = packed_percent(limits);
    return answer;
  });
}

void register_session(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::AssumeRoleRequest, shapes::AssumeRoleResponse>("sts", "AssumeRole", {"RoleArn", "RoleSessionName", "DurationSeconds", "ExternalId", "Policy", "PolicyArns.*", "Tags.*", "TransitiveTagKeys.*", "SourceIdentity"}, bind(assume));
  registry.add<shapes::GetSessionTokenRequest, shapes::GetSessionTokenResponse>("sts", "GetSessionToken", {"DurationSeconds"}, bind(session_token));
  registry.add<shapes::GetFederationTokenRequest, shapes::GetFederationTokenResponse>("sts", "GetFederationToken", {"*"}, bind(federation));
}

}  // namespace landfall::services::sts
