#include <fmt/format.h>

#include "base/json.h"
#include "services/logs/support.h"

/// What an account keeps beside its log groups: resource policies and query definitions.
namespace landfall::services::logs {
namespace {

using model::LogResourcePolicy;
using model::QueryDefinition;

constexpr size_t kMaxPolicies = 10;  // CloudWatch Logs quotas

shapes::ResourcePolicy told(const LogResourcePolicy& policy) { return {.last_updated_time = policy.updated_at.ms, .policy_document = policy.document, .policy_name = policy.name, .policy_scope = "ACCOUNT"}; }

Result<shapes::PutResourcePolicyResponse> put_policy(const Deps& deps, const CallContext& context, const shapes::PutResourcePolicyRequest& request) {
  if (text(request.policy_name).empty()) return fail("InvalidParameterException", "policyName must not be empty.");
  const auto document = parse_json(text(request.policy_document), "the policy");
  if (!document || !document->is_object() || !document->get_object().contains("Statement")) return fail("InvalidParameterException", "Invalid resource policy document: it must be JSON with a Statement.");
  return transact<shapes::PutResourcePolicyResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::PutResourcePolicyResponse> {
    const LogResourcePolicy policy{.account = context.account, .region = context.region, .name = *request.policy_name, .document = *request.policy_document, .updated_at = deps.clock.wall()};
    if (!store::find<LogResourcePolicy>(tx, policy.key()) && store::all<LogResourcePolicy>(tx, group_key(context, "")).size() >= kMaxPolicies) return fail("LimitExceededException", "Resource limit exceeded.");
    store::put(tx, policy);
    return shapes::PutResourcePolicyResponse{.resource_policy = told(policy)};
  });
}

Result<shapes::DescribeResourcePoliciesResponse> describe_policies(const Deps& deps, const CallContext& context, const shapes::DescribeResourcePoliciesRequest& request) {
  if (text(request.policy_scope) == "RESOURCE") return fail("InvalidParameterException", "Landfall does not support policies of one log group yet; wanted policyScope ACCOUNT");
  std::vector<shapes::ResourcePolicy> found;
  for (const auto& policy : store::all<LogResourcePolicy>(deps.store, group_key(context, ""))) found.push_back(told(policy));
  auto answer = TRY(page_of(std::move(found), request.limit.value_or(50), request.next_token, bad_token()));
  shapes::DescribeResourcePoliciesResponse result{.resource_policies = answer.items};
  if (!answer.next.empty()) result.next_token = answer.next;
  return result;
}

Result<shapes::DeleteResourcePolicyOutput> delete_policy(const Deps& deps, const CallContext& context, const shapes::DeleteResourcePolicyRequest& request) {
  return transact<shapes::DeleteResourcePolicyOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteResourcePolicyOutput> {
    const std::string key = group_key(context, text(request.policy_name));
    if (!store::find<LogResourcePolicy>(tx, key)) return fail("ResourceNotFoundException", fmt::format("Policy with name [{}] does not exist.", text(request.policy_name)));
    store::erase<LogResourcePolicy>(tx, key);
    return shapes::DeleteResourcePolicyOutput{};
  });
}

Result<shapes::PutQueryDefinitionResponse> put_query(const Deps& deps, const CallContext& context, const shapes::PutQueryDefinitionRequest& request) {
  if (request.query_language.value_or("CWLI") != "CWLI") return fail("InvalidParameterException", fmt::format("Landfall does not support the query language {} yet; wanted CWLI", *request.query_language));
  return transact<shapes::PutQueryDefinitionResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::PutQueryDefinitionResponse> {
    QueryDefinition query{.account = context.account, .region = context.region, .id = request.query_definition_id.value_or(deps.ids.uuid()), .name = text(request.name), .text = text(request.query_string),
                          .groups = request.log_group_names.value_or(std::vector<std::string>{}), .modified_at = deps.clock.wall()};
    if (request.query_definition_id && !store::find<QueryDefinition>(tx, query.key())) return fail("ResourceNotFoundException", "The specified query definition does not exist.");
    store::put(tx, query);
    return shapes::PutQueryDefinitionResponse{.query_definition_id = query.id};
  });
}

Result<shapes::DescribeQueryDefinitionsResponse> describe_queries(const Deps& deps, const CallContext& context, const shapes::DescribeQueryDefinitionsRequest& request) {
  std::vector<shapes::QueryDefinition> found;
  for (const auto& query : store::all<QueryDefinition>(deps.store, group_key(context, ""))) {
    if (request.query_language.value_or("CWLI") == "CWLI" && query.name.starts_with(text(request.query_definition_name_prefix))) found.push_back({.last_modified = query.modified_at.ms, .log_group_names = query.groups, .name = query.name, .query_definition_id = query.id, .query_language = "CWLI", .query_string = query.text});
  }
  auto answer = TRY(page_of(std::move(found), request.max_results.value_or(1000), request.next_token, bad_token()));
  shapes::DescribeQueryDefinitionsResponse result{.query_definitions = answer.items};
  if (!answer.next.empty()) result.next_token = answer.next;
  return result;
}

Result<shapes::DeleteQueryDefinitionResponse> delete_query(const Deps& deps, const CallContext& context, const shapes::DeleteQueryDefinitionRequest& request) {
  return transact<shapes::DeleteQueryDefinitionResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteQueryDefinitionResponse> {
    const std::string key = group_key(context, text(request.query_definition_id));
    if (!store::find<QueryDefinition>(tx, key)) return fail("ResourceNotFoundException", "The specified query definition does not exist.");
    store::erase<QueryDefinition>(tx, key);
    return shapes::DeleteQueryDefinitionResponse{.success = true};
  });
}

}  // namespace

void register_account_records(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::PutResourcePolicyRequest, shapes::PutResourcePolicyResponse>("logs", "PutResourcePolicy", {"policyName", "policyDocument"}, bind(put_policy));
  registry.add<shapes::DescribeResourcePoliciesRequest, shapes::DescribeResourcePoliciesResponse>("logs", "DescribeResourcePolicies", {"policyScope", "limit", "nextToken"}, bind(describe_policies));
  registry.add<shapes::DeleteResourcePolicyRequest, shapes::DeleteResourcePolicyOutput>("logs", "DeleteResourcePolicy", {"policyName"}, bind(delete_policy));
  registry.add<shapes::PutQueryDefinitionRequest, shapes::PutQueryDefinitionResponse>("logs", "PutQueryDefinition", {"name", "queryDefinitionId", "logGroupNames", "queryString", "clientToken", "queryLanguage"}, bind(put_query));
  registry.add<shapes::DescribeQueryDefinitionsRequest, shapes::DescribeQueryDefinitionsResponse>("logs", "DescribeQueryDefinitions", {"queryLanguage", "queryDefinitionNamePrefix", "maxResults", "nextToken"}, bind(describe_queries));
  registry.add<shapes::DeleteQueryDefinitionRequest, shapes::DeleteQueryDefinitionResponse>("logs", "DeleteQueryDefinition", {"*"}, bind(delete_query));
}

}  // namespace landfall::services::logs
