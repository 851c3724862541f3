#include <fmt/format.h>

#include "base/text.h"
#include "services/elbv2/support.h"

/// What listeners of network load balancers may be, which pass connections on and not requests.
namespace landfall::services::elbv2 {
namespace {

Result<void> check_pair(const model::TargetGroup& group, std::string_view listener_protocol) {
  const bool fits = listener_protocol == "TLS" ? model::is_of_flows(group.protocol) : listener_protocol == "TCP" ? group.protocol == "TCP" : !model::is_of_flows(group.protocol);
  if (!fits) return fail("IncompatibleProtocols", fmt::format("The listener and its associated target group '{}' have incompatible protocols: '{}' and '{}'", group.arn, listener_protocol, group.protocol));
  if (listener_protocol == "HTTP" && group.protocol_version != "HTTP1") return fail("InvalidLoadBalancerAction", fmt::format("Listener protocol '{}' is not supported with a target group with the protocol-version '{}'", listener_protocol, group.protocol_version));
  return {};
}

}  // namespace

Result<void> check_protocols(const Transaction& tx, const std::vector<model::Action>& actions, std::string_view listener_protocol) {
  for (const model::Action& action : actions) {
    for (const auto& named : action.target_groups) {
      const auto group = store::find<model::TargetGroup>(tx, named.arn);
      if (!group) continue;
      TRY(check_pair(*group, listener_protocol));
      if (actions.size() > 1 && group->protocol_version != "HTTP1" && !group->protocol_version.empty()) return fail("InvalidLoadBalancerAction", fmt::format("Action type '{}' is not supported with a target group with the protocol-version '{}'", actions.front().type, group->protocol_version));
    }
  }
  return {};
}

Result<void> check_flow_actions(const std::vector<model::Action>& actions) {
  for (const model::Action& action : actions) {
    if (action.type != "forward") return fail("InvalidLoadBalancerAction", fmt::format("The action type '{}' is not supported for load balancers with type 'network'", action.type));
    if (action.group_stickiness) return fail("InvalidLoadBalancerAction", "Target group stickiness is not supported for load balancers with type 'network'");
  }
  return {};
}

Result<std::string> read_alpn_policy(const std::optional<std::vector<std::string>>& given, const model::Listener& listener) {
  static const std::vector<std::string> known{"None", "HTTP1Only", "HTTP2Only", "HTTP2Optional", "HTTP2Preferred"};
  if (!given || given->empty()) return listener.protocol == "TLS" ? listener.alpn_policy : std::string();
  if (listener.protocol != "TLS") return fail("ValidationError", fmt::format("You cannot specify an ALPN policy for {} listeners", listener.protocol));
  if (given->size() > 1) return fail("ValidationError", fmt::format("Only one ALPN policy can be specified; found {}", given->size()));
  if (std::ranges::count(known, given->front()) == 0) return fail("ALPNPolicyNotSupported", fmt::format("ALPN policy '{}' must be one of '{}'", given->front(), join(known, ", ")));
  return given->front();
}

}  // namespace landfall::services::elbv2
