#include "services/iam/authorize.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "aws/member_path.h"
#include "base/text.h"
#include "model/session.h"
#include "services/iam/access.h"
#include "services/iam/asked.h"
#include "services/iam/leading_keys.h"
#include "services/iam/policies_of.h"
#include "services/iam/resource_facts.h"
#include "services/iam/resource_policy.h"
#include "services/iam/support.h"

namespace landfall::services::iam {
namespace {

Policies policies_of(const Deps& deps, const aws::KeyOwner& caller) {
  Policies policies;
  const bool is_of_root = caller.principal_arn.find(":federated-user/") != std::string::npos && caller.user_name.empty();
  if (caller.principal_arn.ends_with(":root") || is_of_root) policies.identity = {R"({"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}})"};
  if (!caller.role_arn.empty()) {
    const auto role = store::find<model::Role>(deps.store, caller.account + "/" + caller.role_arn.substr(caller.role_arn.rfind('/') + 1));
    if (role) policies = policies_of_role(deps, *role);
  }
  if (!caller.user_name.empty()) {
    if (const auto user = store::find<model::User>(deps.store, caller.account + "/" + caller.user_name)) policies = policies_of_user(deps, *user);
  }
  return policies;
}

void tell_tags(Question& question, const std::string& prefix, const model::Tags& tags) {
  for (const auto& [key, value] : tags) question.keys[prefix + lower(key)] = value;
}

/// What temporary keys carry; nothing for others.
model::Session session_of(const Deps& deps, const std::string& access_key) { return store::find<model::Session>(deps.store, access_key).value_or(model::Session{}); }

void tell_caller(const Deps& deps, const aws::KeyOwner& caller, const model::Session& session, Question& question) {
  const WallTime now = deps.clock.wall();
  auto& keys = question.keys;
  keys["aws:principalarn"] = caller.role_arn.empty() ? caller.principal_arn : caller.role_arn;
  keys["aws:principalaccount"] = caller.account;
  keys["aws:principaltype"] = caller.role_arn.empty() ? "User" : "AssumedRole";
  keys["aws:currenttime"] = iso8601(now);
  keys["aws:epochtime"] = std::to_string(now.ms / 1000);
  keys["aws:viaawsservice"] = keys["aws:principalisawsservice"] = "false";
  if (!caller.session_token.empty()) keys["aws:multifactorauthpresent"] = "false";
  if (!caller.user_name.empty()) keys["aws:username"] = caller.user_name;
  tell_tags(question, "aws:principaltag/", facts_of(deps, keys["aws:principalarn"]).tags);
  tell_tags(question, "aws:principaltag/", session.tags);
}

/// Members of a call that policies may ask about, with the condition's name (service authorization reference).
struct Told {
  std::string_view service, member, key;
};
constexpr Told kTold[] = {{"s3", "Prefix", "s3:prefix"}, {"s3", "Delimiter", "s3:delimiter"}, {"s3", "MaxKeys", "s3:max-keys"}, {"s3", "VersionId", "s3:versionid"}, {"s3", "ACL", "s3:x-amz-acl"},
                          {"s3", "ServerSideEncryption", "s3:x-amz-server-side-encryption"}, {"s3", "StorageClass", "s3:x-amz-storage-class"}, {"s3", "CopySource", "s3:x-amz-copy-source"}, {"s3", "CreateBucketConfiguration.LocationConstraint", "s3:locationconstraint"},
                          {"sts", "ExternalId", "sts:externalid"}, {"sts", "RoleSessionName", "sts:rolesessionname"}, {"iam", "PolicyArn", "iam:policyarn"}, {"iam", "PermissionsBoundary", "iam:permissionsboundary"},
                          {"iam", "AWSServiceName", "iam:awsservicename"}, {"cloudwatch", "Namespace", "cloudwatch:namespace"}, {"dynamodb", "Select", "dynamodb:select"}, {"dynamodb", "ReturnValues", "dynamodb:returnvalues"},
                          {"ssm", "Recursive", "ssm:recursive"}, {"ssm", "Overwrite", "ssm:overwrite"}, {"secretsmanager", "VersionStage", "secretsmanager:versionstage"}, {"secretsmanager", "Name", "secretsmanager:name"}, {"ecs", "taskDefinition", "ecs:task-definition"}};

void tell_request(const CallContext& context, const aws::Shape& shape, const void* input, Question& question) {
  auto& keys = question.keys;
  keys["aws:sourceip"] = context.source_ip.substr(0, context.source_ip.rfind(':'));
  keys["aws:requestedregion"] = context.region;
  keys["aws:securetransport"] = context.request != nullptr && context.request->is_tls ? "true" : "false";
  if (context.request != nullptr) {
    for (const auto& [header, key] : {std::pair("user-agent", "aws:useragent"), {"referer", "aws:referer"}}) {
      if (const auto value = context.request->headers.find(header)) keys[key] = *value;
    }
  }
  for (const Told& told : kTold) {
    if (told.service != context.service) continue;
    const std::vector<std::string> texts = aws::texts_at(shape, input, told.member);
    if (!texts.empty() && !texts[0].empty()) keys[std::string(told.key)] = texts[0];
  }
  std::vector<std::string> names = aws::texts_at(shape, input, "TagKeys");
  for (const char* other : {"tagKeys", "TagKeyList", "RemoveTagKeys"}) std::ranges::copy(aws::texts_at(shape, input, other), std::back_inserter(names));
  for (const auto& [key, value] : aws::tags_in(shape, input)) {
    keys["aws:requesttag/" + lower(key)] = value;
    names.push_back(key);
  }
  if (!names.empty()) question.lists["aws:tagkeys"] = std::move(names);
  if (context.service != "ecs") return;
  const std::vector<std::string> cluster = aws::texts_at(shape, input, "cluster");
  const std::string name = cluster.empty() || cluster[0].empty() ? "default" : cluster[0].substr(cluster[0].rfind('/') + 1);
  keys["ecs:cluster"] = fmt::format("arn:aws:ecs:{}:{}:cluster/{}", context.region, context.account, name);
}

void tell_resource(const Deps& deps, const std::string& service, Question& question) {
  const ResourceFacts facts = facts_of(deps, question.resource);
  tell_tags(question, "aws:resourcetag/", facts.tags);
  tell_tags(question, service + ":resourcetag/", facts.tags);
  if (!facts.vpc_arn.empty()) question.keys["ec2:vpc"] = facts.vpc_arn;
}

/// The sentence that says no; empty: the caller may.
std::string refusal_of(const Deps& deps, const aws::KeyOwner& caller, const model::Session& session, const Question& question) {
  Policies policies = policies_of(deps, caller);
  add_resource_policy(deps, question, policies);
  const Access access = access_of(policies, question, {.account = caller.account, .arn = caller.principal_arn, .role_arn = caller.role_arn});
  const auto refuse = [&](const std::string& why) { return fmt::format("User: {} is not authorized to perform: {} on resource: {} {}", caller.principal_arn, question.action, question.resource, why); };
  if (!access.is_allowed) return refuse(access.why);
  switch (session.policies.empty() ? Verdict::allowed : evaluate(session.policies, question)) {
    case Verdict::allowed: return "";
    case Verdict::denied: return refuse("with an explicit deny in a session policy");
    case Verdict::not_mentioned: return refuse(fmt::format("because no session policy allows the {} action", question.action));
  }
  return "";
}

std::string refusal_code(const CallContext& context, aws::Protocol protocol) {
  if (context.service == "ec2") return "UnauthorizedOperation";
  return protocol == aws::Protocol::json ? "AccessDeniedException" : "AccessDenied";
}

}  // namespace

Result<void> authorize(const Deps& deps, const CallContext& context, const aws::KeyOwner& caller, const aws::Shape& shape, const void* input) {
  const bool assumes = context.service == "sts" && context.operation == "AssumeRole";
  if ((caller.principal_arn.ends_with(":root") && !assumes) || context.operation == "GetCallerIdentity") return {};
  Question call{.action = {}, .resource = {}, .keys = {}};
  const model::Session session = session_of(deps, context.access_key);
  tell_caller(deps, caller, session, call);
  tell_request(context, shape, input, call);
  for (const Asked& asked : asked_by(deps, context, shape, input)) {
    Question question = call;
    question.action = asked.action;
    question.resource = asked.resource;
    if (!asked.passed_to.empty()) question.keys["iam:passedtoservice"] = asked.passed_to;
    tell_resource(deps, asked.action.substr(0, asked.action.find(':')), question);
    if (context.service == "dynamodb") {
      if (std::vector<std::string> keys = leading_keys(deps, context, shape, input, asked.resource); !keys.empty()) question.lists["dynamodb:leadingkeys"] = std::move(keys);
    }
    const std::string refused = refusal_of(deps, caller, session, question);
    if (refused.empty()) continue;
    const aws::ServiceModel* service = aws::find_service(context.service);
    return fail(refusal_code(context, service == nullptr ? aws::Protocol::query : service->protocol), context.service == "ec2" ? "You are not authorized to perform this operation. " + refused : refused);
  }
  return {};
}

Result<void> authorize_action(const Deps& deps, const std::string& access_key, const aws::KeyOwner& caller, const std::string& action, const std::string& resource) {
  if (caller.principal_arn.ends_with(":root")) return {};
  const model::Session session = session_of(deps, access_key);
  Question question{.action = action, .resource = resource, .keys = {}};
  tell_caller(deps, caller, session, question);
  const std::string refused = refusal_of(deps, caller, session, question);
  if (!refused.empty()) return fail("AccessDenied", refused);
  return {};
}

}  // namespace landfall::services::iam
