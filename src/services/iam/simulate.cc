#include <set>

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "services/iam/access.h"
#include "services/iam/inline_policies.h"
#include "services/iam/policies_of.h"

/// What policies would allow, told without a call.
namespace landfall::services::iam {
namespace {

template <class T>
const std::vector<T>& list(const std::optional<std::vector<T>>& given) {
  static const std::vector<T> nothing;
  return given ? *given : nothing;
}

/// Each action on each resource.
template <class Request>
Result<shapes::SimulatePolicyResponse> simulate(const CallContext& context, const Request& request, Policies policies, const std::string& caller_arn) {
  for (const std::string& document : list(request.policy_input_list)) policies.identity.push_back(document);
  if (!list(request.permissions_boundary_policy_input_list).empty()) policies.boundary = request.permissions_boundary_policy_input_list->front();
  if (request.resource_policy) policies.resource = *request.resource_policy;
  std::map<std::string, std::string, std::less<>> keys{{"aws:principalarn", caller_arn}};
  for (const auto& entry : list(request.context_entries)) {
    if (!list(entry.context_key_values).empty()) keys[lower(text(entry.context_key_name))] = entry.context_key_values->front();
  }
  const std::vector<std::string> resources = list(request.resource_arns).empty() ? std::vector<std::string>{"*"} : *request.resource_arns;
  std::vector<shapes::EvaluationResult> results;
  for (const std::string& action : list(request.action_names)) {
    for (const std::string& resource : resources) {
      const Question question{.action = action, .resource = resource, .keys = keys};
      const Access access = access_of(policies, question, {.account = context.account, .arn = caller_arn, .role_arn = {}});
      const bool is_denied = access.why.find("explicit deny") != std::string::npos;
      shapes::EvaluationResult result{.eval_action_name = action, .eval_decision = access.is_allowed ? "allowed" : is_denied ? "explicitDeny" : "implicitDeny", .eval_resource_name = resource, .missing_context_values = std::vector<std::string>{}};
      if (policies.boundary) result.permissions_boundary_decision_detail = shapes::PermissionsBoundaryDecisionDetail{.allowed_by_permissions_boundary = evaluate({*policies.boundary}, question) == Verdict::allowed};
      results.push_back(std::move(result));
    }
  }
  return listed(shapes::SimulatePolicyResponse{}, &shapes::SimulatePolicyResponse::evaluation_results, std::move(results), request.max_items, request.marker);
}

/// A user's, a group's or a role's.
Result<Policies> policies_at(const Deps& deps, const CallContext& context, const std::string& arn) {
  const std::vector<std::string> parts = split(arn, ':');
  const std::string path = parts.size() == 6 ? parts[5] : "", name = path.substr(path.rfind('/') + 1);
  const bool is_here = parts.size() == 6 && parts[4] == context.account;
  if (is_here && path.starts_with("user/")) return policies_of_user(deps, TRY(user_named(deps.store, context, name)));
  if (is_here && path.starts_with("role/")) return policies_of_role(deps, TRY(role_named(deps.store, context, name)));
  if (is_here && path.starts_with("group/")) {
    const auto group = store::find<model::Group>(deps.store, context.account + "/" + name);
    if (!group) return fail("NoSuchEntity", fmt::format("The group with name {} cannot be found.", name));
    return policies_of_group(deps, *group);
  }
  return fail("InvalidInput", fmt::format("Invalid Entity Arn: {} does not clearly define entity type and name.", arn));
}

/// Names of condition keys in documents.
std::vector<std::string> context_keys(const std::vector<std::string>& documents) {
  std::set<std::string> names;
  for (const std::string& document : documents) {
    const auto value = parse_json(document, "the policy");
    const json::value* given = value && value->is_object() ? value->get_object().if_contains("Statement") : nullptr;
    if (given == nullptr) continue;
    for (const json::value& one : given->is_array() ? given->get_array() : json::array{*given}) {
      const json::value* condition = one.is_object() ? one.get_object().if_contains("Condition") : nullptr;
      for (const auto& [how, keys] : condition != nullptr && condition->is_object() ? condition->get_object() : json::object{}) {
        for (const auto& [key, wanted] : keys.is_object() ? keys.get_object() : json::object{}) names.emplace(key);
      }
    }
  }
  return {names.begin(), names.end()};
}

}  // namespace

void register_simulate(aws::Registry& registry, const Deps& deps) {
  const std::vector<std::string> common{"PolicyInputList", "PermissionsBoundaryPolicyInputList", "ActionNames", "ResourceArns", "ResourcePolicy", "CallerArn", "ContextEntries.*", "MaxItems", "Marker", "PolicySourceArn"};
  registry.add<shapes::SimulateCustomPolicyRequest, shapes::SimulatePolicyResponse>("iam", "SimulateCustomPolicy", common, [](const CallContext& c, const auto& r) { return simulate(c, r, Policies{}, r.caller_arn.value_or(c.principal_arn)); });
  registry.add<shapes::SimulatePrincipalPolicyRequest, shapes::SimulatePolicyResponse>("iam", "SimulatePrincipalPolicy", common, [&deps](const CallContext& c, const auto& r) -> Result<shapes::SimulatePolicyResponse> {
    return simulate(c, r, TRY(policies_at(deps, c, text(r.policy_source_arn))), r.caller_arn.value_or(text(r.policy_source_arn)));
  });
  registry.add<shapes::GetContextKeysForCustomPolicyRequest, shapes::GetContextKeysForPolicyResponse>("iam", "GetContextKeysForCustomPolicy", {"*"}, [](const CallContext&, const auto& r) -> Result<shapes::GetContextKeysForPolicyResponse> {
    return shapes::GetContextKeysForPolicyResponse{.context_key_names = context_keys(list(r.policy_input_list))};
  });
  registry.add<shapes::GetContextKeysForPrincipalPolicyRequest, shapes::GetContextKeysForPolicyResponse>("iam", "GetContextKeysForPrincipalPolicy", {"*"}, [&deps](const CallContext& c, const auto& r) -> Result<shapes::GetContextKeysForPolicyResponse> {
    auto documents = TRY(policies_at(deps, c, text(r.policy_source_arn))).identity;
    documents.insert(documents.end(), list(r.policy_input_list).begin(), list(r.policy_input_list).end());
    return shapes::GetContextKeysForPolicyResponse{.context_key_names = context_keys(documents)};
  });
}

}  // namespace landfall::services::iam
