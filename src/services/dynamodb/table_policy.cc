#include <algorithm>

#include <fmt/format.h>

#include "base/json.h"
#include "services/dynamodb/support.h"

/// The resource policy of a table: who may call what on it.
namespace landfall::services::dynamodb {
namespace {

using model::DynamoTable;

constexpr std::string_view kNoPolicy = "NO_POLICY";  // the revision a caller names who expects none

std::unexpected<Error> not_found(const std::string& what) { return fail("PolicyNotFoundException", "Resource-based policy not found for the provided ResourceArn: " + what); }

Result<DynamoTable> table_of(const Transaction& tx, const CallContext& context, const std::optional<std::string>& arn) {
  if (text(arn).find("/stream/") != std::string::npos) return fail("ValidationException", fmt::format("Landfall does not support policies of streams yet; found {}", *arn));
  return table_named(tx, context, arn, true);
}

/// Whether the policy is at the revision that the caller expects.
Result<void> check_revision(const DynamoTable& table, const std::optional<std::string>& expected) {
  const std::string revision = std::to_string(table.policy_revision);
  if (!expected || (table.policy.empty() && *expected == kNoPolicy) || (!table.policy.empty() && *expected == revision)) return {};
  if (table.policy.empty()) return not_found(fmt::format("Requested update for policy with revision id {}, but no policy is associated to target table {}.", *expected, table.name));
  if (*expected == kNoPolicy) return not_found(fmt::format("Requested policy update expecting none to be present for table {}, but a policy exists with revision id {}.", table.name, revision));
  return not_found(fmt::format("Requested update for policy with revision id {}, but the policy associated to target table {} has revision id {}.", *expected, table.name, revision));
}

Result<void> check_policy(const std::string& policy) {
  const auto value = parse_json(policy, "the policy");
  if (!value || !value->is_object() || !value->get_object().contains("Statement")) return fail("ValidationException", "Invalid policy document: it is no JSON object with a Statement");
  return {};
}

Result<shapes::PutResourcePolicyOutput> put(const Deps& deps, const CallContext& context, const shapes::PutResourcePolicyInput& request) {
  TRY(check_policy(text(request.policy)));
  return transact<shapes::PutResourcePolicyOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::PutResourcePolicyOutput> {
    DynamoTable table = TRY(table_of(tx, context, request.resource_arn));
    TRY(check_revision(table, request.expected_revision_id));
    if (table.policy != *request.policy) {
      table.policy = *request.policy;
      table.policy_revision = std::max(table.policy_revision + 1, deps.clock.wall().ms);
      store::put(tx, table);
    }
    return shapes::PutResourcePolicyOutput{.revision_id = std::to_string(table.policy_revision)};
  });
}

Result<shapes::GetResourcePolicyOutput> get(const Deps& deps, const CallContext& context, const shapes::GetResourcePolicyInput& request) {
  return transact<shapes::GetResourcePolicyOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::GetResourcePolicyOutput> {
    const DynamoTable table = TRY(table_of(tx, context, request.resource_arn));
    if (table.policy.empty()) return not_found(text(request.resource_arn));
    return shapes::GetResourcePolicyOutput{.policy = table.policy, .revision_id = std::to_string(table.policy_revision)};
  });
}

Result<shapes::DeleteResourcePolicyOutput> remove(const Deps& deps, const CallContext& context, const shapes::DeleteResourcePolicyInput& request) {
  return transact<shapes::DeleteResourcePolicyOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteResourcePolicyOutput> {
    DynamoTable table = TRY(table_of(tx, context, request.resource_arn));
    TRY(check_revision(table, request.expected_revision_id));
    shapes::DeleteResourcePolicyOutput answer;
    if (!table.policy.empty()) answer.revision_id = std::to_string(table.policy_revision);
    table.policy.clear();
    store::put(tx, table);
    return answer;
  });
}

}  // namespace

void register_table_policy(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::PutResourcePolicyInput, shapes::PutResourcePolicyOutput>("dynamodb", "PutResourcePolicy", {"*"}, bind(put));
  registry.add<shapes::GetResourcePolicyInput, shapes::GetResourcePolicyOutput>("dynamodb", "GetResourcePolicy", {"*"}, bind(get));
  registry.add<shapes::DeleteResourcePolicyInput, shapes::DeleteResourcePolicyOutput>("dynamodb", "DeleteResourcePolicy", {"*"}, bind(remove));
}

}  // namespace landfall::services::dynamodb
