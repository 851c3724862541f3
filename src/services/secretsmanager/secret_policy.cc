#include "base/json.h"
#include "services/secretsmanager/support.h"

/// The resource policy of a secret.
namespace landfall::services::secretsmanager {
namespace {

std::unexpected<Error> malformed() { return fail("MalformedPolicyDocumentException", "This resource policy contains invalid Json."); }

Result<json::object> read_policy(const std::string& policy) {
  const auto value = parse_json(policy, "the policy");
  if (!value || !value->is_object()) return malformed();
  if (!value->get_object().contains("Statement")) return fail("MalformedPolicyDocumentException", "This resource policy contains a syntax error: it has no Statement.");
  return value->get_object();
}

bool is_everybody(const json::value& principal) {
  if (principal.is_string()) return principal.get_string() == "*";
  if (principal.is_array()) return std::ranges::any_of(principal.get_array(), is_everybody);
  const json::value* aws = principal.is_object() ? principal.get_object().if_contains("AWS") : nullptr;
  return aws != nullptr && is_everybody(*aws);
}

/// An Allow for everybody without a condition.
bool is_public(const json::object& policy) {
  const auto opens = [](const json::value& statement) {
    if (!statement.is_object()) return false;
    const json::object& one = statement.get_object();
    const json::value* principal = one.if_contains("Principal");
    return string_member(one, "Effect") == "Allow" && principal != nullptr && is_everybody(*principal) && !one.contains("Condition");
  };
  const json::value& statements = policy.at("Statement");
  return statements.is_array() ? std::ranges::any_of(statements.get_array(), opens) : opens(statements);
}

Result<shapes::PutResourcePolicyResponse> put(const Deps& deps, const CallContext& context, const shapes::PutResourcePolicyRequest& request) {
  return transact<shapes::PutResourcePolicyResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::PutResourcePolicyResponse> {
    Secret secret = TRY(secret_at(tx, context, request.secret_id));
    if (secret.deleted_at) return fail("InvalidRequestException", "You can't perform this operation on the secret because it was marked for deletion.");
    const json::object policy = TRY(read_policy(*request.resource_policy));
    if (request.block_public_policy.value_or(false) && is_public(policy)) return fail("PublicPolicyException", "The BlockPublicPolicy parameter is set to true, and the resource policy did not prevent broad access to the secret.");
    secret.policy = *request.resource_policy;
    store::put(tx, secret);
    return shapes::PutResourcePolicyResponse{.arn = secret.arn, .name = secret.name};
  });
}

Result<shapes::GetResourcePolicyResponse> get(const Deps& deps, const CallContext& context, const shapes::GetResourcePolicyRequest& request) {
  const Secret secret = TRY(secret_at(deps.store, context, request.secret_id));
  if (secret.deleted_at) return fail("InvalidRequestException", "You can't perform this operation on the secret because it was marked for deletion.");
  shapes::GetResourcePolicyResponse answer{.arn = secret.arn, .name = secret.name};
  if (!secret.policy.empty()) answer.resource_policy = secret.policy;
  return answer;
}

Result<shapes::DeleteResourcePolicyResponse> remove(const Deps& deps, const CallContext& context, const shapes::DeleteResourcePolicyRequest& request) {
  return transact<shapes::DeleteResourcePolicyResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteResourcePolicyResponse> {
    Secret secret = TRY(secret_at(tx, context, request.secret_id));
    secret.policy.clear();
    store::put(tx, secret);
    return shapes::DeleteResourcePolicyResponse{.arn = secret.arn, .name = secret.name};
  });
}

Result<shapes::ValidateResourcePolicyResponse> validate(const Deps& deps, const CallContext& context, const shapes::ValidateResourcePolicyRequest& request) {
  if (request.secret_id) TRY(secret_at(deps.store, context, request.secret_id));
  const json::object policy = TRY(read_policy(*request.resource_policy));
  shapes::ValidateResourcePolicyResponse answer{.policy_validation_passed = !is_public(policy), .validation_errors = std::vector<shapes::ValidationErrorsEntry>{}};
  if (!*answer.policy_validation_passed) answer.validation_errors->push_back({.check_name = "PublicPolicyCheck", .error_message = "The resource policy grants broad access to the secret."});
  return answer;
}

}  // namespace

void register_secret_policy(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  const char* service = "secretsmanager";
  registry.add<shapes::PutResourcePolicyRequest, shapes::PutResourcePolicyResponse>(service, "PutResourcePolicy", {"*"}, bind(put));
  registry.add<shapes::GetResourcePolicyRequest, shapes::GetResourcePolicyResponse>(service, "GetResourcePolicy", {"*"}, bind(get));
  registry.add<shapes::DeleteResourcePolicyRequest, shapes::DeleteResourcePolicyResponse>(service, "DeleteResourcePolicy", {"*"}, bind(remove));
  registry.add<shapes::ValidateResourcePolicyRequest, shapes::ValidateResourcePolicyResponse>(service, "ValidateResourcePolicy", {"*"}, bind(validate));
}

}  // namespace landfall::services::secretsmanager
