#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "alb/config.h"
#include "base/ip.h"
#include "base/text.h"

namespace landfall::alb {
namespace {

Result<void> unsupported(const std::string& of, std::string_view what, const std::string& found, std::string_view wanted) {
  return fail("Alb.Unsupported", fmt::format("{}: {} '{}' is not supported by this load balancer yet; wanted {}", of, what, found, wanted));
}

Result<void> invalid(const std::string& of, std::string_view what, const std::string& found, std::string_view wanted) {
  return fail("Alb.InvalidConfig", fmt::format("{}: {} is '{}'; wanted {}", of, what, found, wanted));
}

/// Attributes that the worker acts on, or that are not its business; all others must have their default value.
bool is_carried(std::string_view key) {
  static constexpr std::array<std::string_view, 9> carried{
      "client_keep_alive.seconds",          "deletion_protection.enabled",
      "deregistration_delay.timeout_seconds", "load_balancing.cross_zone.enabled", "idle_timeout.timeout_seconds",
      "routing.http.drop_invalid_header_fields.enabled", "routing.http.preserve_host_header.enabled",
      "routing.http.xff_client_port.enabled", "routing.http.xff_header_processing.mode"};
  return std::ranges::find(carried, key) != carried.end();
}

Result<void> check_attributes(const std::string& of, const std::map<std::string, std::string>& given, const std::map<std::string, std::string>& defaults) {
  for (const auto& [key, value] : given) {
    const auto known = defaults.find(key);
    if (known == defaults.end()) return invalid(of, "attribute", key, "an attribute of ELBv2");
    // Which cookie or which algorithm is asked for does not matter while stickiness itself is off.
    const bool idle_detail = key.starts_with("stickiness.") && key != "stickiness.enabled";
    // HTTP/2 is an offer: a client without it is served over HTTP/1.1.
    if (value != known->second && !is_carried(key) && !idle_detail && key != "routing.http2.enabled") return unsupported(of, "attribute " + key, value, "'" + known->second + "'");
  }
  return {};
}

Result<void> check_range(const model::LoadBalancer& balancer, std::string_view key, int low, int high) {
  const std::string value = model::load_balancer_attribute(balancer, key);
  const bool digits = !value.empty() && value.size() <= 6 && std::ranges::all_of(value, [](char c) { return c >= '0' && c <= '9'; });
  if (!digits || std::atoi(value.c_str()) < low || std::atoi(value.c_str()) > high) return invalid("load balancer " + balancer.name, key, value, fmt::format("a number from {} to {}", low, high));
  return {};
}

Result<void> check_actions(const std::string& of, const std::vector<model::Action>& actions, const std::set<std::string>& groups) {
  if (actions.size() != 1) return actions.empty() ? invalid(of, "the list of actions", "", "one action") : unsupported(of, "an action before the last", actions[0].type, "one action");
  const model::Action& action = actions[0];
  if (action.type == "redirect") return action.redirect ? Result<void>{} : invalid(of, "redirect", "", "its settings");
  if (action.type == "fixed-response") return action.fixed_response ? Result<void>{} : invalid(of, "fixed_response", "", "its settings");
  if (action.type != "forward") return unsupported(of, "action", action.type, "forward, redirect or fixed-response");
  if (action.group_stickiness) return unsupported(of, "group_stickiness", "true", "'false'");
  if (action.target_groups.empty()) return invalid(of, "target_groups", "", "at least one group");
  for (const auto& group : action.target_groups) {
    if (!groups.contains(group.arn)) return invalid(of, "target group", group.arn, "one of the configuration's groups");
    if (group.weight < 0 || group.weight > 999) return invalid(of, "weight", std::to_string(group.weight), "0 to 999");
  }
  return {};
}

Result<void> check_listener(const ListenerConfig& config, const std::set<std::string>& groups) {
  static const std::set<std::string> fields{"host-header", "path-pattern", "http-header", "http-request-method", "query-string", "source-ip"};
  const model::Listener& listener = config.listener;
  const std::string of = fmt::format("listener on port {}", listener.port);
  if (listener.port < 0 || listener.port > 65535) return invalid(of, "port", std::to_string(listener.port), "1 to 65535");
  if (listener.protocol != "HTTP" && listener.protocol != "HTTPS") return invalid(of, "protocol", listener.protocol, "HTTP or HTTPS");
  TRY(check_attributes(of, listener.attributes, model::listener_attribute_defaults(listener.protocol)));
  TRY(check_actions(of, listener.default_actions, groups));
  for (const model::Rule& rule : config.rules) {
    const std::string rule_of = fmt::format("rule {} of the {}", rule.priority, of);
    for (const model::Condition& condition : rule.conditions) {
      if (!fields.contains(condition.field)) return unsupported(rule_of, "condition", condition.field, join(std::vector<std::string>(fields.begin(), fields.end()), ", "));
    }
    TRY(check_actions(rule_of, rule.actions, groups));
  }
  return {};
}

Result<void> check_group(const GroupConfig& config) {
  const model::TargetGroup& group = config.group;
  const std::string of = "target group " + (group.name.empty() ? group.arn : group.name);
  if (group.protocol != "HTTP") return unsupported(of, "protocol", group.protocol, "'HTTP'");
  if (group.protocol_version != "HTTP1") return unsupported(of, "protocol_version", group.protocol_version, "'HTTP1'");
  if (group.health_check.enabled && group.health_check.protocol != "HTTP") return unsupported(of, "health check protocol", group.health_check.protocol, "'HTTP'");
  TRY(check_attributes(of, group.attributes, model::target_group_attribute_defaults()));
  for (const model::Target& target : config.targets) {
    if (!parse_ipv4(target.id)) return invalid(of, "target", target.id, "an IPv4 address");
    if (target.port < 1 || target.port > 65535) return invalid(of, "port of target " + target.id, std::to_string(target.port), "1 to 65535");
    if (target.desired != "registered" && target.desired != "draining") return invalid(of, "desired of target " + target.id, target.desired, "registered or draining");
  }
  return {};
}

}  // namespace

Result<void> check_config(const Config& config) {
  const std::string of = "load balancer " + config.balancer.name;
  TRY(check_attributes(of, config.balancer.attributes, model::load_balancer_attribute_defaults()));
  TRY(check_range(config.balancer, "idle_timeout.timeout_seconds", 1, 4000));
  TRY(check_range(config.balancer, "client_keep_alive.seconds", 60, 604800));
  for (const NodeConfig& node : config.nodes) {
    if (!parse_ipv4(node.address)) return invalid(of, "node address", node.address, "an IPv4 address");
  }
  std::set<std::string> groups;
  for (const GroupConfig& group : config.groups) {
    if (!groups.insert(group.group.arn).second) return invalid(of, "target group", group.group.arn, "each group once");
    TRY(check_group(group));
  }
  std::set<int> ports;
  for (const ListenerConfig& listener : config.listeners) {
    if (!ports.insert(listener.listener.port).second) return invalid(of, "listener port", std::to_string(listener.listener.port), "each port once");
    TRY(check_listener(listener, groups));
  }
  return {};
}

}  // namespace landfall::alb
