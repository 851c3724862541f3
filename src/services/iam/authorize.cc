#include "services/iam/authorize.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "aws/json_codec.h"
#include "base/json.h"
#include "model/secret.h"
#include "model/session.h"
#include "services/iam/access.h"
#include "services/iam/policies_of.h"
#include "services/iam/resource_policy.h"
#include "services/iam/support.h"

namespace landfall::services::iam {
namespace {

/// Where the action's name is not the operation's (service authorization reference, Amazon S3).
std::string action_of(const CallContext& context) {
  static const std::map<std::string, std::string> prefixes{{"elbv2", "elasticloadbalancing"}, {"application_autoscaling", "application-autoscaling"}};
  static const std::map<std::string, std::string> s3{
      {"ListObjectsV2", "ListBucket"}, {"ListObjects", "ListBucket"}, {"HeadBucket", "ListBucket"}, {"ListObjectVersions", "ListBucketVersions"}, {"ListBuckets", "ListAllMyBuckets"}, {"HeadObject", "GetObject"},
      {"GetObjectAttributes", "GetObject"}, {"CopyObject", "PutObject"}, {"CreateMultipartUpload", "PutObject"}, {"UploadPart", "PutObject"}, {"UploadPartCopy", "PutObject"}, {"CompleteMultipartUpload", "PutObject"}, {"ListParts", "ListMultipartUploadParts"},
      {"ListMultipartUploads", "ListBucketMultipartUploads"}, {"DeleteObjects", "DeleteObject"}, {"GetBucketEncryption", "GetEncryptionConfiguration"}, {"PutBucketEncryption", "PutEncryptionConfiguration"},
      {"DeleteBucketEncryption", "PutEncryptionConfiguration"}, {"GetPublicAccessBlock", "GetBucketPublicAccessBlock"}, {"PutPublicAccessBlock", "PutBucketPublicAccessBlock"}, {"DeletePublicAccessBlock", "PutBucketPublicAccessBlock"},
      {"DeleteBucketTagging", "PutBucketTagging"}, {"GetBucketCors", "GetBucketCORS"}, {"DeleteBucketCors", "PutBucketCORS"}, {"GetBucketLifecycleConfiguration", "GetLifecycleConfiguration"}, {"DeleteBucketLifecycle", "PutLifecycleConfiguration"}, {"PutBucketLifecycleConfiguration", "PutLifecycleConfiguration"},
      {"GetBucketReplication", "GetReplicationConfiguration"}, {"GetObjectLockConfiguration", "GetBucketObjectLockConfiguration"}, {"GetBucketAccelerateConfiguration", "GetAccelerateConfiguration"}};
  if (context.service == "s3") {
    const auto found = s3.find(context.operation);
    return "s3:" + (found == s3.end() ? context.operation : found->second);
  }
  const auto prefix = prefixes.find(context.service);
  return (prefix == prefixes.end() ? context.service : prefix->second) + ":" + context.operation;
}

/// First of the members that the request sets, as text.
std::string first_of(const json::object& request, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const json::value* value = request.if_contains(name);
    if (value != nullptr && value->is_string() && !value->get_string().empty()) return std::string(value->get_string());
    if (value != nullptr && value->is_array() && value->get_array().size() == 1 && value->get_array()[0].is_string()) return std::string(value->get_array()[0].get_string());
  }
  return "";
}

/// The ARN that a call is about, "*" for none (or several).
std::string resource_of(const Deps& deps, const CallContext& context, const json::object& r) {
  const auto here = [&](const char* service, const std::string& rest) { return fmt::format("arn:aws:{}:{}:{}:{}", service, context.region, context.account, rest); };
  const auto or_any = [](const std::string& id, const std::string& arn) { return id.empty() ? std::string("*") : id.starts_with("arn:") ? id : arn; };
  const std::string& service = context.service;
  if (service == "s3") {
    const std::string bucket = first_of(r, {"Bucket"}), key = first_of(r, {"Key"});
    return bucket.empty() ? "*" : "arn:aws:s3:::" + bucket + (key.empty() ? "" : "/" + key);
  }
  if (service == "iam" || service == "sts") {
    if (const std::string arn = first_of(r, {"RoleArn", "PolicyArn"}); !arn.empty() && !r.contains("RoleName") && !r.contains("UserName") && !r.contains("GroupName")) return arn;
    for (const auto& [member, kind] : {std::pair{"RoleName", "role"}, {"UserName", "user"}, {"GroupName", "group"}, {"InstanceProfileName", "instance-profile"}, {"PolicyName", "policy"}}) {
      const std::string name = first_of(r, {member});
      if (name.empty()) continue;
      if (std::string_view(kind) == "role") {
        if (const auto role = store::find<model::Role>(deps.store, context.account + "/" + name)) return role->arn;
      }
      return fmt::format("arn:aws:iam::{}:{}/{}", context.account, kind, name);
    }
    return "*";
  }
  if (service == "dynamodb") {
    const std::string name = first_of(r, {"TableName", "ResourceArn"});
    return or_any(name, here("dynamodb", "table/" + name));
  }
  if (service == "ecr") {
    const std::string name = first_of(r, {"repositoryName", "repositoryNames", "resourceArn"});
    return or_any(name, here("ecr", "repository/" + name));
  }
  if (service == "logs") {
    const std::string name = first_of(r, {"logGroupName", "resourceArn"});
    const std::string stream = first_of(r, {"logStreamName"});
    return or_any(name, here("logs", "log-group:" + name + ":" + (stream.empty() ? "" : "log-stream:" + stream)));
  }
  if (service == "secretsmanager") {
    const std::string id = first_of(r, {"SecretId", "Name"});
    if (const auto secret = store::find<model::Secret>(deps.store, context.account + "/" + context.region + "/" + id)) return secret->arn;
    return or_any(id, here("secretsmanager", "secret:" + id));
  }
  if (service == "ssm") {
    const std::string name = first_of(r, {"Name", "Names", "Path", "ResourceId"});
    return or_any(name, here("ssm", "parameter" + std::string(name.starts_with("/") ? "" : "/") + name));
  }
  if (service == "route53") {
    const std::string zone = first_of(r, {"HostedZoneId", "Id"});
    return zone.empty() ? "*" : "arn:aws:route53:::hostedzone/" + zone.substr(zone.rfind('/') + 1);
  }
  if (service == "ecs") {
    const std::string cluster = first_of(r, {"cluster", "clusterName", "clusters"});
    const std::string cluster_name = cluster.empty() ? "default" : cluster.substr(cluster.rfind('/') + 1);
    if (const std::string name = first_of(r, {"service", "serviceName", "services"}); !name.empty()) return or_any(name, here("ecs", "service/" + cluster_name + "/" + name));
    if (const std::string task = first_of(r, {"task", "tasks"}); !task.empty()) return or_any(task, here("ecs", "task/" + cluster_name + "/" + task));
    if (const std::string definition = first_of(r, {"taskDefinition"}); !definition.empty()) return or_any(definition, here("ecs", "task-definition/" + definition));
    if (const std::string arn = first_of(r, {"resourceArn"}); !arn.empty()) return arn;
    return cluster.empty() ? "*" : or_any(cluster, here("ecs", "cluster/" + cluster));
  }
  if (service == "ec2") {
    for (const auto& [member, kind] : {std::pair{"VpcId", "vpc"}, {"SubnetId", "subnet"}, {"GroupId", "security-group"}, {"RouteTableId", "route-table"}, {"InternetGatewayId", "internet-gateway"}, {"NatGatewayId", "natgateway"},
                                       {"AllocationId", "elastic-ip"}, {"NetworkAclId", "network-acl"}, {"NetworkInterfaceId", "network-interface"}}) {
      if (context.operation.starts_with("Describe")) break;
      if (const std::string id = first_of(r, {member}); !id.empty()) return here("ec2", std::string(kind) + "/" + id);
    }
    return "*";
  }
  const std::string arn = first_of(r, {"LoadBalancerArn", "TargetGroupArn", "ListenerArn", "RuleArn", "ResourceArns", "CertificateArn", "ResourceARN", "ResourceArn"});
  return arn.empty() ? "*" : arn;
}

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

using Keys = std::map<std::string, std::string, std::less<>>;

/// What temporary keys carry; nothing for others.
model::Session session_of(const Deps& deps, const std::string& access_key) { return store::find<model::Session>(deps.store, access_key).value_or(model::Session{}); }

Keys keys_of_caller(const Deps& deps, const aws::KeyOwner& caller, const model::Session& session) {
  Keys keys{{"aws:principalarn", caller.role_arn.empty() ? caller.principal_arn : caller.role_arn}, {"aws:principalaccount", caller.account}, {"aws:currenttime", iso8601(deps.clock.wall())}, {"aws:principaltype", caller.role_arn.empty() ? "User" : "AssumedRole"}};
  if (!caller.user_name.empty()) keys["aws:username"] = caller.user_name;
  for (const auto& [key, value] : session.tags) keys["aws:principaltag/" + lower(key)] = value;
  return keys;
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
  const json::value request = TRY(parse_json(aws::encode_json(shape, input), "the request"));
  static const json::object nothing;
  const json::object& members = request.is_object() ? request.get_object() : nothing;
  Question question{.action = action_of(context), .resource = resource_of(deps, context, members), .keys = {}};
  const model::Session session = session_of(deps, context.access_key);
  question.keys = keys_of_caller(deps, caller, session);
  question.keys["aws:sourceip"] = context.source_ip;
  question.keys["aws:requestedregion"] = context.region;
  question.keys["aws:securetransport"] = context.request != nullptr && context.request->is_tls ? "true" : "false";
  const auto tell = [&](const char* member, const char* key) {
    if (const std::string value = first_of(members, {member}); !value.empty()) question.keys[key] = value;
  };
  if (context.service == "s3") {
    for (const auto& [member, key] : {std::pair{"Prefix", "s3:prefix"}, {"Delimiter", "s3:delimiter"}, {"VersionId", "s3:versionid"}}) tell(member, key);
  }
  if (assumes) {
    for (const auto& [member, key] : {std::pair{"ExternalId", "sts:externalid"}, {"RoleSessionName", "sts:rolesessionname"}}) tell(member, key);
  }
  const std::string refused = refusal_of(deps, caller, session, question);
  if (refused.empty()) return {};
  const aws::ServiceModel* service = aws::find_service(context.service);
  return fail(refusal_code(context, service == nullptr ? aws::Protocol::query : service->protocol), context.service == "ec2" ? "You are not authorized to perform this operation. " + refused : refused);
}

Result<void> authorize_action(const Deps& deps, const std::string& access_key, const aws::KeyOwner& caller, const std::string& action, const std::string& resource) {
  if (caller.principal_arn.ends_with(":root")) return {};
  const model::Session session = session_of(deps, access_key);
  const std::string refused = refusal_of(deps, caller, session, {.action = action, .resource = resource, .keys = keys_of_caller(deps, caller, session)});
  if (!refused.empty()) return fail("AccessDenied", refused);
  return {};
}

}  // namespace landfall::services::iam
