#include "services/ssm/policy.h"

#include <fmt/format.h>

#include "base/json.h"
#include "base/log.h"
#include "model/secret.h"
#include "store/table.h"

namespace landfall::services::ssm {
namespace {

constexpr size_t kMostPolicies = 10;

Result<WallTime> read_expiration(const json::object& policy, WallTime now) {
  const json::object* attributes = object_member(policy, "Attributes");
  const auto at = parse_iso8601(attributes == nullptr ? std::string_view() : string_member(*attributes, "Timestamp"));
  if (!at) return fail("InvalidPolicyAttributeException", "The Expiration policy needs an attribute Timestamp in ISO 8601, such as 2018-12-02T21:34:33.000Z");
  if (*at <= now) return fail("InvalidPolicyAttributeException", fmt::format("The Timestamp {} of the Expiration policy is not in the future", iso8601(*at, true)));
  return *at;
}

}  // namespace

Result<Policies> read_policies(const std::string& text, WallTime now) {
  Policies policies;
  const auto parsed = parse_json(text, "the policies");
  const json::array* list = parsed ? parsed->if_array() : nullptr;
  if (list == nullptr) {
    if (parsed && parsed->is_object() && parsed->get_object().empty()) return policies;
    return fail("InvalidPolicyAttributeException", "Policies must be a JSON array of policies");
  }
  if (list->size() > kMostPolicies) return fail("PoliciesLimitExceededException", fmt::format("A parameter has at most {} policies", kMostPolicies));
  for (const json::value& one : *list) {
    const json::object* policy = one.if_object();
    const std::string_view type = policy == nullptr ? std::string_view() : string_member(*policy, "Type");
    if (type == "ExpirationNotification" || type == "NoChangeNotification") return fail("InvalidPolicyTypeException", fmt::format("Landfall does not support the policy type {} yet: nothing takes its events; wanted Expiration", type));
    if (type != "Expiration") return fail("InvalidPolicyTypeException", fmt::format("The policy type {} is not supported. Parameter Store supports the following policy types: Expiration, ExpirationNotification, and NoChangeNotification.", type));
    if (policies.expires_at) return fail("IncompatiblePolicyException", "A parameter has at most one Expiration policy");
    policies.expires_at = TRY(read_expiration(*policy, now));
    policies.text = json::serialize(one);
  }
  return policies;
}

void expire_parameters(const Deps& deps) {
  const WallTime now = deps.clock.wall();
  const auto is_over = [&](const model::Parameter& parameter) { return parameter.versions.back().expires_at && parameter.versions.back().expires_at <= now; };
  for (const auto& parameter : store::all<model::Parameter>(deps.store)) {
    if (!is_over(parameter)) continue;
    const auto done = deps.store.transact([&](store::Transaction& tx) -> Result<void> {
      const auto current = store::find<model::Parameter>(tx, parameter.key());
      if (current && is_over(*current)) store::erase<model::Parameter>(tx, parameter.key());
      return {};
    });
    if (!done) log_error("parameter not expired", {{"parameter", parameter.name}, {"error", done.error().message()}});
  }
}

}  // namespace landfall::services::ssm
