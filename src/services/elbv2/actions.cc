#include <fmt/format.h>

#include "services/elbv2/login.h"
#include "services/elbv2/quotas.h"
#include "services/elbv2/redirects.h"
#include "services/elbv2/support.h"

namespace landfall::services::elbv2 {
namespace {

using model::Action;
using model::WeightedTargetGroup;

constexpr size_t kMaxClaims = 10, kMaxClaimValues = 10;  // of jwt-validation: API, JwtValidationActionConfig

/// In AWS's words, which name the member.
std::unexpected<Error> without(const Action& action, std::string_view member) { return fail("InvalidLoadBalancerAction", fmt::format("For actions of type '{}', you must specify the following fields: '{}'", action.type, member)); }

Result<void> read_forward(const Transaction& tx, const CallContext& context, const shapes::Action& given, Action& action) {
  if (given.forward_config) {
    const auto groups = list(given.forward_config->target_groups);
    for (const auto& group : groups) {
      if (!group.weight && groups.size() > 1) return fail("ValidationError", fmt::format("A weight must be specified for target group '{}': the action forwards to {} target groups", text(group.target_group_arn), groups.size()));
      action.target_groups.push_back({.arn = text(group.target_group_arn), .weight = group.weight.value_or(1)});
    }
    const auto sticky = given.forward_config->target_group_stickiness_config;
    if (sticky && (sticky->enabled.value_or(false) || sticky->duration_seconds)) {  // a duration that does not count yet is kept too
      action.group_stickiness = sticky->enabled.value_or(false);
      action.group_stickiness_seconds = sticky->duration_seconds.value_or(0);
      if (action.group_stickiness_seconds < 1 || action.group_stickiness_seconds > 604'800) return fail("ValidationError", fmt::format("Target group stickiness duration '{}' must be between 1 and 604800 seconds", action.group_stickiness_seconds));
    }
  }
  if (given.target_group_arn) {
    const bool agrees = action.target_groups.empty() || (action.target_groups.size() == 1 && action.target_groups[0].arn == *given.target_group_arn);
    if (!agrees) return fail("InvalidLoadBalancerAction", "TargetGroupArn and ForwardConfig of an action must name the same target group");
    action.is_simple_forward = action.target_groups.empty();
    if (action.target_groups.empty()) action.target_groups.push_back({.arn = *given.target_group_arn, .weight = 1});
  }
  if (action.target_groups.empty()) return fail("ValidationError", "A target group ARN must be specified for a forward action");
  if (action.target_groups.size() > quotas::kTargetGroupsPerAction) return fail("TooManyTargetGroups", fmt::format("An action forwards to at most {} target groups; found {}", quotas::kTargetGroupsPerAction, action.target_groups.size()));
  for (const WeightedTargetGroup& group : action.target_groups) {
    if (group.weight < 0 || group.weight > 999) return fail("ValidationError", fmt::format("Weight '{}' of target group {} must be between 0 and 999", group.weight, group.arn));
    const auto known = group_at(tx, context, group.arn);
    if (!known) return fail("TargetGroupNotFound", fmt::format("Target group '{}' not found", group.arn));
    const bool is_sticky = !model::is_of_flows(known->protocol) && model::target_group_attribute(*known, "stickiness.enabled") == "true";
    if (is_sticky && action.target_groups.size() > 1 && !action.group_stickiness) return fail("InvalidLoadBalancerAction", "You must enable target group stickiness on the action if one of its target groups has stickiness enabled");
  }
  return {};
}

Result<void> read_fixed_response(const shapes::Action& given, Action& action) {
  if (!given.fixed_response_config) return without(action, "FixedResponseConfig");
  const auto& config = *given.fixed_response_config;
  model::FixedResponse response{.status_code = text(config.status_code), .content_type = text(config.content_type), .message_body = text(config.message_body)};
  const bool is_code = response.status_code.size() == 3 && std::string_view("245").find(response.status_code[0]) != std::string_view::npos;
  if (!is_code) return fail("ValidationError", fmt::format("Status code '{}' of a fixed response must be 2XX, 4XX or 5XX", response.status_code));
  if (response.message_body.size() > 1024) return fail("ValidationError", fmt::format("The message body of a fixed response has {} characters; at most 1024 are allowed", response.message_body.size()));
  static const std::vector<std::string> types{"", "text/plain", "text/css", "text/html", "application/javascript", "application/json"};
  if (std::ranges::count(types, response.content_type) == 0) return fail("InvalidLoadBalancerAction", "The ContentType must be one of:'text/html','application/json','application/javascript','text/css','text/plain'");
  action.fixed_response = response;
  return {};
}

Result<void> read_jwt_validation(const shapes::Action& given, std::string_view listener_protocol, Action& action) {
  static const std::vector<std::string> formats{"single-string", "string-array", "space-separated-values"}, standard{"iss", "exp", "nbf", "iat"};
  if (!given.jwt_validation_config) return without(action, "JwtValidationConfig");
  if (listener_protocol != "HTTPS") return fail("InvalidLoadBalancerAction", fmt::format("The action type 'jwt-validation' is for HTTPS listeners; the protocol is '{}'", listener_protocol));
  const auto& config = *given.jwt_validation_config;
  model::JwtValidation wanted{.jwks_endpoint = text(config.jwks_endpoint), .issuer = text(config.issuer), .claims = {}};
  const bool is_url = wanted.jwks_endpoint.starts_with("https://") && wanted.jwks_endpoint.size() > 8 && wanted.jwks_endpoint.size() <= 256;
  if (!is_url) return fail("ValidationError", fmt::format("JWKS endpoint '{}' must be an https:// address of at most 256 characters", wanted.jwks_endpoint));
  if (wanted.issuer.empty() || wanted.issuer.size() > 256) return fail("ValidationError", fmt::format("Issuer '{}' must have 1 to 256 characters", wanted.issuer));
  for (const auto& claim : list(config.additional_claims)) {
    model::JwtClaim& made = wanted.claims.emplace_back(model::JwtClaim{.name = text(claim.name), .format = text(claim.format), .values = list(claim.values)});
    const bool has_values = !made.values.empty() && made.values.size() <= (made.format == "single-string" ? 1 : kMaxClaimValues);
    const bool fits = std::ranges::all_of(made.values, [](const std::string& value) { return !value.empty() && value.size() <= 256; });
    if (made.name.empty() || std::ranges::count(standard, made.name) > 0) return fail("ValidationError", fmt::format("'{}' is not the name of an additional claim", made.name));
    if (std::ranges::count(formats, made.format) == 0) return fail("ValidationError", fmt::format("Format '{}' of claim '{}' must be one of single-string, string-array, space-separated-values", made.format, made.name));
    if (!has_values || !fits) return fail("ValidationError", fmt::format("Claim '{}' has {} values; wanted one for a single-string, else 1 to {}, each of 1 to 256 characters", made.name, made.values.size(), kMaxClaimValues));
  }
  if (wanted.claims.size() > kMaxClaims) return fail("ValidationError", fmt::format("An action validates at most {} additional claims; found {}", kMaxClaims, wanted.claims.size()));
  action.jwt_validation = std::move(wanted);
  return {};
}

Result<void> read_authenticate_oidc(const shapes::Action& given, std::string_view listener_protocol, const std::vector<Action>& before, Action& action) {
  if (!given.authenticate_oidc_config) return without(action, "AuthenticateOidcConfig");
  if (listener_protocol != "HTTPS") return fail("InvalidLoadBalancerAction", fmt::format("The action type 'authenticate-oidc' is for HTTPS listeners; the protocol is '{}'", listener_protocol));
  action.authenticate_oidc = TRY(read_login(*given.authenticate_oidc_config, before));
  return {};
}

bool answers(const Action& action) { return action.type == "forward" || action.type == "redirect" || action.type == "fixed-response"; }

/// ALB user guide, Listeners: one action answers, and it has the highest order.
Result<void> check_order(std::vector<Action>& actions) {
  std::ranges::stable_sort(actions, {}, &Action::order);
  const auto same = std::ranges::adjacent_find(actions, {}, &Action::order);
  if (same != actions.end()) return fail("InvalidLoadBalancerAction", fmt::format("Two actions have the order '{}'; each of several actions needs its own, from 1 to 50000", same->order));
  for (const Action& action : actions) {
    if (action.order < 0 || action.order > 50'000) return fail("ValidationError", fmt::format("Order '{}' must be between 1 and 50000", action.order));
  }
  if (!answers(actions.back())) return fail("InvalidLoadBalancerAction", fmt::format("The last action is '{}'; it must be one of forward, redirect, fixed-response", actions.back().type));
  if (std::ranges::count_if(actions, answers) > 1) return fail("TooManyActions", "Only one action of a list may be forward, redirect or fixed-response");
  if (actions.size() > 2) return fail("TooManyActions", "Only one action of a list may be authenticate-oidc or jwt-validation");
  return {};
}

}  // namespace

Result<std::vector<Action>> read_actions(const Transaction& tx, const CallContext& context, const std::vector<shapes::Action>& actions, const model::Listener& listener, const std::vector<Action>& before) {
  if (actions.empty()) return fail("ValidationError", "An action must be specified");
  std::vector<Action> result;
  for (const auto& given : actions) {
    Action action{.type = text(given.type), .order = given.order.value_or(0)};
    if (action.type == "forward") {
      TRY(read_forward(tx, context, given, action));
    } else if (action.type == "redirect") {
      if (!given.redirect_config) return without(action, "RedirectConfig");
      action.redirect = TRY(read_redirect(*given.redirect_config, listener.protocol));
    } else if (action.type == "fixed-response") {
      TRY(read_fixed_response(given, action));
    } else if (action.type == "jwt-validation") {
      TRY(read_jwt_validation(given, listener.protocol, action));
    } else if (action.type == "authenticate-oidc") {
      TRY(read_authenticate_oidc(given, listener.protocol, before, action));
    } else {
      return fail("InvalidLoadBalancerAction", fmt::format("Landfall does not support the action type '{}' yet; wanted forward, redirect, fixed-response, authenticate-oidc or jwt-validation", action.type));
    }
    result.push_back(std::move(action));
  }
  TRY(check_order(result));
  if (model::is_of_flows(listener.protocol)) TRY(check_flow_actions(result));
  TRY(check_protocols(tx, result, listener.protocol));
  TRY(check_loops(result, listener));
  return result;
}

std::vector<shapes::Action> render_actions(const std::vector<Action>& actions) {
  std::vector<shapes::Action> result;
  for (const Action& action : actions) {
    shapes::Action out{.type = action.type};
    if (action.order > 0) out.order = action.order;
    if (!action.target_groups.empty()) {
      if (action.target_groups.size() == 1) out.target_group_arn = action.target_groups[0].arn;
      shapes::TargetGroupStickinessConfig sticky{.enabled = action.group_stickiness};
      if (action.group_stickiness_seconds != 0) sticky.duration_seconds = action.group_stickiness_seconds;
      shapes::ForwardActionConfig config{.target_group_stickiness_config = sticky, .target_groups = std::vector<shapes::TargetGroupTuple>{}};
      for (const auto& group : action.target_groups) config.target_groups->push_back({.target_group_arn = group.arn, .weight = group.weight});
      out.forward_config = config;
    }
    if (action.redirect) {
      out.redirect_config = shapes::RedirectActionConfig{.host = action.redirect->host, .path = action.redirect->path, .port = action.redirect->port, .protocol = action.redirect->protocol,
                                                         .query = action.redirect->query, .status_code = action.redirect->status_code};
    }
    if (action.fixed_response) {
      out.fixed_response_config = shapes::FixedResponseActionConfig{.content_type = action.fixed_response->content_type, .message_body = action.fixed_response->message_body, .status_code = action.fixed_response->status_code};
    }
    if (action.jwt_validation) {
      shapes::JwtValidationActionConfig config{.issuer = action.jwt_validation->issuer, .jwks_endpoint = action.jwt_validation->jwks_endpoint};
      for (const auto& claim : action.jwt_validation->claims) {
        if (!config.additional_claims) config.additional_claims.emplace();
        config.additional_claims->push_back({.format = claim.format, .name = claim.name, .values = claim.values});
      }
      out.jwt_validation_config = config;
    }
    if (action.authenticate_oidc) out.authenticate_oidc_config = render_login(*action.authenticate_oidc);
    result.push_back(std::move(out));
  }
  return result;
}

Result<void> check_association(const Transaction& tx, const model::LoadBalancer& balancer, const std::vector<Action>& actions) {
  for (const Action& action : actions) {
    for (const WeightedTargetGroup& named : action.target_groups) {
      const auto group = store::find<model::TargetGroup>(tx, named.arn);
      if (!group) continue;
      if (group->vpc_id != balancer.vpc_id) return fail("InvalidConfigurationRequest", fmt::format("The load balancer is in {} and the target group {} in {}; they must share a VPC", balancer.vpc_id, group->name, group->vpc_id));
      for (const std::string& arn : model::load_balancers_of(*group, store::all<model::Listener>(tx), store::all<model::Rule>(tx))) {
        if (arn != balancer.arn) return fail("TargetGroupAssociationLimit", fmt::format("The following target groups cannot be associated with more than one load balancer: {}", group->arn));
      }
    }
  }
  return {};
}

}  // namespace landfall::services::elbv2
