#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/endpoint.h"
#include "aws/shapes/elbv2.h"
#include "model/load_balancing.h"
#include "services/deps.h"
#include "services/support/pages.h"
#include "services/support/text.h"
#include "services/support/transact.h"
#include "store/table.h"

namespace landfall::services::elbv2 {

namespace shapes = landfall::aws::elbv2;
using aws::CallContext;
using store::Transaction;

template <class T>
std::vector<T> list(const std::optional<std::vector<T>>& value) {
  return value.value_or(std::vector<T>{});
}

inline constexpr size_t kMaxName = 32;
/// Names of load balancers and target groups: up to 32 letters, digits and hyphens, none at the ends (ELBv2 API).
Result<void> check_name(std::string_view noun, const std::string& name);

Result<model::Tags> tags_of(const std::optional<std::vector<shapes::Tag>>& tags);

/// The record with that ARN in the caller's account and region.
template <class Record>
Result<Record> at_arn(const Transaction& tx, const CallContext& context, const std::optional<std::string>& arn, std::string_view code, std::string_view sentence) {
  auto record = store::find<Record>(tx, text(arn));
  if (!record || record->account != context.account || record->region != context.region) return fail(std::string(code), std::string(sentence));
  return std::move(*record);
}
Result<model::LoadBalancer> balancer_at(const Transaction& tx, const CallContext& context, const std::optional<std::string>& arn);
Result<model::Listener> listener_at(const Transaction& tx, const CallContext& context, const std::optional<std::string>& arn);
Result<model::Rule> rule_at(const Transaction& tx, const CallContext& context, const std::optional<std::string>& arn);
Result<model::TrustStore> trust_store_at(const Transaction& tx, const CallContext& context, const std::optional<std::string>& arn);
Result<model::TargetGroup> group_at(const Transaction& tx, const CallContext& context, const std::optional<std::string>& arn);

template <class Record>
std::vector<Record> own(const store::Store& store, const CallContext& context) {
  auto records = store::all<Record>(store);
  std::erase_if(records, [&](const Record& r) { return r.account != context.account || r.region != context.region; });
  return records;
}

template <class T>
Result<Page<T>> page(std::vector<T> all, const std::optional<int32_t>& limit, const std::optional<std::string>& marker) {
  return page_of(std::move(all), limit, marker, Error{.code = "ValidationError", .what = "Marker '" + marker.value_or("") + "' is not valid"});
}

/// Actions and conditions between the wire and records. `listener`: whose protocol and port decide what they may be; `before`: the
/// actions that these replace.
Result<std::vector<model::Action>> read_actions(const Transaction& tx, const CallContext& context, const std::vector<shapes::Action>& actions, const model::Listener& listener, const std::vector<model::Action>& before = {});
/// Whether the groups take what the listener has: groups of HTTP/2 and gRPC need HTTPS and no action before their forward (ALB user
/// guide, Target groups: Protocol version), TCP goes to groups of TCP, TLS to groups of TCP and TLS (NLB user guide, Listeners).
Result<void> check_protocols(const Transaction& tx, const std::vector<model::Action>& actions, std::string_view listener_protocol);
std::vector<shapes::Action> render_actions(const std::vector<model::Action>& actions);
Result<std::vector<model::Condition>> read_conditions(const std::vector<shapes::RuleCondition>& conditions);
std::vector<shapes::RuleCondition> render_conditions(const std::vector<model::Condition>& conditions);

Result<std::vector<model::Transform>> read_transforms(const std::vector<shapes::RuleTransform>& transforms);
std::vector<shapes::RuleTransform> render_transforms(const std::vector<model::Transform>& transforms);

/// A target group may serve one load balancer (ELBv2 quotas).
Result<void> check_association(const Transaction& tx, const model::LoadBalancer& balancer, const std::vector<model::Action>& actions);

/// Names of the predefined TLS policies; the default one first.
const std::vector<std::string>& ssl_policies();

/// What a default action of a network load balancer may not be (NLB user guide, Listeners).
Result<void> check_flow_actions(const std::vector<model::Action>& actions);
/// The ALPN policy of a TLS listener; others have none. Empty: not given.
Result<std::string> read_alpn_policy(const std::optional<std::vector<std::string>>& given, const model::Listener& listener);

void register_load_balancer(aws::Registry&, const Deps&);
void register_load_balancer_attributes(aws::Registry&, const Deps&);
void register_target_group(aws::Registry&, const Deps&);
void register_target(aws::Registry&, const Deps&);
void register_listener(aws::Registry&, const Deps&);
void register_listener_certificate(aws::Registry&, const Deps&);
void register_rule(aws::Registry&, const Deps&);
void register_tags(aws::Registry&, const Deps&);
void register_ssl_policies(aws::Registry&, const Deps&);
void register_account_limits(aws::Registry&, const Deps&);
void register_trust_store(aws::Registry&, const Deps&);
void register_trust_store_revocation(aws::Registry&, const Deps&);

}  // namespace landfall::services::elbv2
