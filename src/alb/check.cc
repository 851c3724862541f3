#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include <fmt/format.h>

#include "alb/config.h"
#include "alb/target.h"
#include "alb/web_call.h"
#include "base/cidr6.h"
#include "base/ip.h"
#include "base/text.h"
#include "model/load_balancer_attribute.h"
#include "model/pattern.h"

namespace landfall::alb {
namespace {

Result<void> unsupported(const std::string& of, std::string_view what, const std::string& found, std::string_view wanted) {
  return fail("Alb.Unsupported", fmt::format("{}: {} '{}' is not supported by this load balancer yet; wanted {}", of, what, found, wanted));
}

Result<void> invalid(const std::string& of, std::string_view what, const std::string& found, std::string_view wanted) {
  return fail("Alb.InvalidConfig", fmt::format("{}: {} is '{}'; wanted {}", of, what, found, wanted));
}

Result<void> check_attributes(const std::string& of, const std::map<std::string, std::string>& given, const std::map<std::string, std::string>& defaults, bool of_flows = false) {
  for (const auto& [key, value] : given) {
    if (!defaults.contains(key)) return invalid(of, "attribute", key, "an attribute of ELBv2");
    if (const auto checked = model::check_attribute(key, value, of_flows); !checked) {
      return fail(checked.error().code == "Attribute.Unsupported" ? "Alb.Unsupported" : "Alb.InvalidConfig", fmt::format("{}: {}", of, checked.error().what));
    }
  }
  return {};
}

Result<void> check_login(const std::string& of, const model::AuthenticateOidc& login) {
  for (const std::string* endpoint : {&login.authorization_endpoint, &login.token_endpoint, &login.user_info_endpoint}) TRY(parse_endpoint(*endpoint).while_doing(of));
  const std::string& otherwise = login.on_unauthenticated_request;
  if (otherwise != "authenticate" && otherwise != "allow" && otherwise != "deny") return invalid(of, "on_unauthenticated_request", otherwise, "authenticate, allow or deny");
  if (login.session_timeout < 1 || login.session_timeout > 604'800) return invalid(of, "session_timeout", std::to_string(login.session_timeout), "1 to 604800");
  if (login.session_cookie_name.empty() || login.session_cookie_name.find_first_of("=;, \t\r\n\"") != std::string::npos) return invalid(of, "session_cookie_name", login.session_cookie_name, "a cookie's name");
  if (login.client_id.empty() || login.client_secret.empty()) return invalid(of, "the client's id or secret", "", "both");
  return {};
}

Result<void> check_guard(const std::string& of, const model::Action& action, bool is_tls) {
  if (action.type != "jwt-validation" && action.type != "authenticate-oidc") return unsupported(of, "an action before the last", action.type, "authenticate-oidc or jwt-validation");
  if (!is_tls) return invalid(of, "an action before the last", action.type, "none without HTTPS");
  if (action.type == "authenticate-oidc") return action.authenticate_oidc ? check_login(of, *action.authenticate_oidc) : invalid(of, "authenticate_oidc", "", "its settings");
  if (!action.jwt_validation) return invalid(of, "jwt_validation", "", "its settings");
  TRY(parse_endpoint(action.jwt_validation->jwks_endpoint).while_doing(of));
  return {};
}

Result<void> check_actions(const std::string& of, const std::vector<model::Action>& actions, const std::set<std::string>& groups, bool is_tls) {
  if (actions.empty()) return invalid(of, "the list of actions", "", "one action at least");
  if (actions.size() > 2) return unsupported(of, "a list of", std::to_string(actions.size()) + " actions", "authenticate-oidc or jwt-validation and one that answers");
  if (actions.size() == 2) TRY(check_guard(of, actions[0], is_tls));
  const model::Action& action = actions.back();
  if (action.type == "redirect") return action.redirect ? Result<void>{} : invalid(of, "redirect", "", "its settings");
  if (action.type == "fixed-response") return action.fixed_response ? Result<void>{} : invalid(of, "fixed_response", "", "its settings");
  if (action.type != "forward") return unsupported(of, "action", action.type, "forward, redirect or fixed-response");
  if (action.group_stickiness && (action.group_stickiness_seconds < 1 || action.group_stickiness_seconds > 604800)) return invalid(of, "group_stickiness_seconds", std::to_string(action.group_stickiness_seconds), "1 to 604800");
  if (action.target_groups.empty()) return invalid(of, "target_groups", "", "at least one group");
  for (const auto& group : action.target_groups) {
    if (!groups.contains(group.arn)) return invalid(of, "target group", group.arn, "one of the configuration's groups");
    if (group.weight < 0 || group.weight > 999) return invalid(of, "weight", std::to_string(group.weight), "0 to 999");
  }
  return {};
}

/// A connection is passed on whole: there is nothing to ask rules about.
Result<void> check_flows(const std::string& of, const ListenerConfig& config) {
  static const std::set<std::string> policies{"", "None", "HTTP1Only", "HTTP2Only", "HTTP2Optional", "HTTP2Preferred"};
  const model::Listener& listener = config.listener;
  if (!config.rules.empty()) return invalid(of, "the list of rules", std::to_string(config.rules.size()) + " rules", "none with protocol " + listener.protocol);
  if (listener.default_actions.size() != 1 || listener.default_actions[0].type != "forward") return invalid(of, "default action", listener.default_actions.back().type, "forward with protocol " + listener.protocol);
  if (!policies.contains(listener.alpn_policy)) return invalid(of, "alpn_policy", listener.alpn_policy, "None, HTTP1Only, HTTP2Only, HTTP2Optional or HTTP2Preferred");
  return {};
}

/// Else a condition would hold for no request, without a word.
Result<void> check_condition(const std::string& of, const model::Condition& condition) {
  static const std::set<std::string> fields{"host-header", "path-pattern", "http-header", "http-request-method", "query-string", "source-ip"};
  if (!fields.contains(condition.field)) return unsupported(of, "condition", condition.field, join(std::vector<std::string>(fields.begin(), fields.end()), ", "));
  for (const std::string& regex : condition.regex_values) {
    std::string why;
    if (!model::compile_pattern(regex, true, &why)) return invalid(of, "regex value", regex, "a regular expression (" + why + ")");
  }
  if (condition.field != "source-ip") return {};
  for (const std::string& block : condition.values) {
    if (!parse_cidr(block) && !canonical_cidr6(block)) return invalid(of, "source-ip value", block, "a CIDR block");
  }
  return {};
}

Result<void> check_listener(const ListenerConfig& config, const std::set<std::string>& groups) {
  const model::Listener& listener = config.listener;
  const std::string of = fmt::format("listener on port {}", listener.port);
  if (listener.port < 0 || listener.port > 65535) return invalid(of, "port", std::to_string(listener.port), "1 to 65535");
  const bool of_flows = model::is_of_flows(listener.protocol);
  if (!of_flows && listener.protocol != "HTTP" && listener.protocol != "HTTPS") return invalid(of, "protocol", listener.protocol, "HTTP, HTTPS, TCP or TLS");
  TRY(check_attributes(of, listener.attributes, model::listener_attribute_defaults(listener.protocol)));
  const std::string& mutual = listener.mutual_authentication.mode;
  if (mutual != "off" && mutual != "passthrough" && mutual != "verify") return invalid(of, "mutual_authentication.mode", mutual, "off, passthrough or verify");
  if (mutual != "off" && listener.protocol != "HTTPS") return invalid(of, "mutual_authentication.mode", mutual, "off without HTTPS");
  if (config.trust.has_value() != (mutual == "verify")) return invalid(of, "trust", config.trust ? "given" : "not given", "given with mutual_authentication.mode verify, and only then");
  TRY(check_actions(of, listener.default_actions, groups, listener.protocol == "HTTPS"));
  if (of_flows) TRY(check_flows(of, config));
  for (const model::Rule& rule : config.rules) {
    const std::string rule_of = fmt::format("rule {} of the {}", rule.priority, of);
    for (const model::Condition& condition : rule.conditions) TRY(check_condition(rule_of, condition));
    TRY(check_actions(rule_of, rule.actions, groups, listener.protocol == "HTTPS"));
  }
  return {};
}

/// Of each target group that the listener or a rule of it forwards to.
Result<void> check_each_group(const ListenerConfig& config, const std::function<Result<void>(const std::string& arn)>& check) {
  const auto check_all = [&](const std::vector<model::Action>& actions) -> Result<void> {
    for (const model::Action& action : actions) {
      for (const auto& group : action.target_groups) TRY(check(group.arn));
    }
    return {};
  };
  TRY(check_all(config.listener.default_actions));
  for (const model::Rule& rule : config.rules) TRY(check_all(rule.actions));
  return {};
}

/// Only clients over TLS agree on HTTP/2 (ALB user guide, Target groups: Protocol version).
Result<void> check_versions(const ListenerConfig& config, const std::map<std::string, std::string>& versions) {
  const std::string& protocol = config.listener.protocol;
  if (protocol == "HTTPS" || model::is_of_flows(protocol)) return {};
  return check_each_group(config, [&](const std::string& arn) -> Result<void> {
    const std::string& version = versions.at(arn);
    if (version == "HTTP1") return {};
    return invalid(fmt::format("listener on port {}", config.listener.port), "protocol", protocol, fmt::format("HTTPS, which target group {} of protocol version {} needs", arn, version));
  });
}

/// Connections go to groups of connections, requests to groups of requests; and all listeners of one balancer are of its type.
Result<void> check_pairs(const ListenerConfig& listener, const Config& config) {
  const std::string of = fmt::format("listener on port {}", listener.listener.port);
  const std::string& protocol = listener.listener.protocol;
  const bool of_flows = model::is_of_flows(protocol);
  if (of_flows != (config.balancer.type == "network")) return invalid(of, "protocol", protocol, fmt::format("one of a load balancer of type {}", config.balancer.type));
  return check_each_group(listener, [&](const std::string& arn) -> Result<void> {
    const auto group = std::ranges::find(config.groups, arn, [](const GroupConfig& other) { return other.group.arn; });
    if (group == config.groups.end() || model::is_of_flows(group->group.protocol) == of_flows) return {};
    return invalid(of, "protocol", protocol, fmt::format("one that goes with target group {} of protocol {}", arn, group->group.protocol));
  });
}

Result<void> check_group(const GroupConfig& config) {
  const model::TargetGroup& group = config.group;
  const std::string of = "target group " + (group.name.empty() ? group.arn : group.name);
  const bool of_flows = model::is_of_flows(group.protocol);
  if (!of_flows && group.protocol != "HTTP" && group.protocol != "HTTPS") return unsupported(of, "protocol", group.protocol, "'HTTP', 'HTTPS', 'TCP' or 'TLS'");
  if (!of_flows && group.protocol_version != "HTTP1" && group.protocol_version != "HTTP2" && group.protocol_version != "GRPC") return invalid(of, "protocol_version", group.protocol_version, "HTTP1, HTTP2 or GRPC");
  const bool connects_only = of_flows && group.health_check.protocol == "TCP";
  if (group.health_check.enabled && !connects_only && group.health_check.protocol != "HTTP" && group.health_check.protocol != "HTTPS") return unsupported(of, "health check protocol", group.health_check.protocol, "'HTTP' or 'HTTPS'");
  TRY(check_attributes(of, group.attributes, model::target_group_attribute_defaults(group), of_flows));
  if (const auto checked = model::check_together(group); !checked) return fail("Alb.InvalidConfig", fmt::format("{}: {}", of, checked.error().what));
  for (const model::Target& target : config.targets) {
    if (!parse_ipv4(target.id)) return invalid(of, "target", target.id, "an IPv4 address");
    if (target.port < 1 || target.port > 65535) return invalid(of, "port of target " + target.id, std::to_string(target.port), "1 to 65535");
    if (target.desired != "registered" && target.desired != "draining") return invalid(of, "desired of target " + target.id, target.desired, "registered or draining");
  }
  return {};
}

}  // namespace

bool has_logins(const ListenerConfig& listener) {
  const auto is_login = [](const model::Action& action) { return action.authenticate_oidc.has_value(); };
  return std::ranges::any_of(listener.listener.default_actions, is_login) || std::ranges::any_of(listener.rules, [&](const model::Rule& rule) { return std::ranges::any_of(rule.actions, is_login); });
}

Result<void> check_config(const Config& config) {
  const std::string of = "load balancer " + config.balancer.name;
  const bool is_network = config.balancer.type == "network";
  if (!is_network && config.balancer.type != "application") return unsupported(of, "type", config.balancer.type, "'application' or 'network'");
  TRY(check_attributes(of, config.balancer.attributes, model::load_balancer_attribute_defaults(config.balancer.type), is_network));
  const std::string cross_zone = model::load_balancer_attribute(config.balancer, "load_balancing.cross_zone.enabled");
  if (!is_network && cross_zone != "true") return unsupported(of, "attribute load_balancing.cross_zone.enabled", cross_zone, "'true' (a target group may switch it off)");
  if (config.threads < 1 || config.threads > 64) return invalid(of, "threads", std::to_string(config.threads), "1 to 64");
  if (config.max_connections < 1 || config.max_connections > 1'000'000) return invalid(of, "max_connections", std::to_string(config.max_connections), "1 to 1000000");
  if (config.memory_mib < 1 || config.memory_mib > 1'000'000) return invalid(of, "memory_mib", std::to_string(config.memory_mib), "1 to 1000000");
  if (config.log_rotate_seconds < 0) return invalid(of, "log_rotate_seconds", std::to_string(config.log_rotate_seconds), "0 or more");
  if (!config.metrics.empty() && (config.metrics.rfind(':') == std::string::npos || !parse_ipv4(config.metrics.substr(0, config.metrics.rfind(':'))))) return invalid(of, "metrics", config.metrics, "address:port");
  if (!parse_ipv4(config.resolver)) return invalid(of, "resolver", config.resolver, "an IPv4 address");
  if (config.nodes.size() > kMaxNodes) return invalid(of, "number of nodes", std::to_string(config.nodes.size()), fmt::format("{} at most", kMaxNodes));
  for (const NodeConfig& node : config.nodes) {
    if (!parse_ipv4(node.address)) return invalid(of, "node address", node.address, "an IPv4 address");
  }
  std::set<std::string> groups;
  std::map<std::string, std::string> versions;
  for (const GroupConfig& group : config.groups) {
    versions[group.group.arn] = group.group.protocol_version;
    if (!groups.insert(group.group.arn).second) return invalid(of, "target group", group.group.arn, "each group once");
    TRY(check_group(group));
  }
  std::set<int> ports;
  for (const ListenerConfig& listener : config.listeners) {
    if (!ports.insert(listener.listener.port).second) return invalid(of, "listener port", std::to_string(listener.listener.port), "each port once");
    TRY(check_listener(listener, groups));
    TRY(check_versions(listener, versions));
    TRY(check_pairs(listener, config));
    if (has_logins(listener) && !config.signer) return invalid(of, "signer", "", "the key that signs claims, which authenticate-oidc needs");
  }
  return {};
}

}  // namespace landfall::alb
