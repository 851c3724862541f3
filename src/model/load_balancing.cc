#include "model/load_balancing.h"

#include <algorithm>
#include <set>

namespace landfall::model {
namespace {

bool forwards_to(const std::vector<Action>& actions, std::string_view group_arn) {
  return std::ranges::any_of(actions, [&](const Action& action) {
    return std::ranges::any_of(action.target_groups,
                               [&](const WeightedTargetGroup& group) { return group.arn == group_arn; });
  });
}

std::string attribute(const std::map<std::string, std::string>& set,
                      const std::map<std::string, std::string>& defaults, std::string_view name) {
  if (const auto found = set.find(std::string(name)); found != set.end()) return found->second;
  const auto found = defaults.find(std::string(name));
  return found == defaults.end() ? "" : found->second;
}

}  // namespace

bool is_zone_enabled(const LoadBalancer& balancer, std::string_view zone) {
  return zone.empty() || zone == "all" || std::ranges::any_of(balancer.nodes, [&](const auto& node) { return node.zone == zone; });
}

std::vector<std::string> load_balancers_of(const TargetGroup& group, const std::vector<Listener>& listeners,
                                           const std::vector<Rule>& rules) {
  std::set<std::string> arns;
  for (const Listener& listener : listeners) {
    const bool named_by_rule = std::ranges::any_of(rules, [&](const Rule& rule) {
      return rule.listener_arn == listener.arn && forwards_to(rule.actions, group.arn);
    });
    if (named_by_rule || forwards_to(listener.default_actions, group.arn)) arns.insert(listener.load_balancer_arn);
  }
  return {arns.begin(), arns.end()};
}

std::string target_group_attribute(const TargetGroup& group, std::string_view name) {
  return attribute(group.attributes, target_group_attribute_defaults(), name);
}

std::string load_balancer_attribute(const LoadBalancer& balancer, std::string_view name) {
  return attribute(balancer.attributes, load_balancer_attribute_defaults(), name);
}

/// ELBv2 API, TargetGroupAttribute.
const std::map<std::string, std::string>& target_group_attribute_defaults() {
  static const std::map<std::string, std::string> defaults{
      {"deregistration_delay.timeout_seconds", "300"},
      {"load_balancing.algorithm.anomaly_mitigation", "off"},
      {"load_balancing.algorithm.type", "round_robin"},
      {"load_balancing.cross_zone.enabled", "use_load_balancer_configuration"},
      {"slow_start.duration_seconds", "0"},
      {"stickiness.app_cookie.cookie_name", ""},
      {"stickiness.app_cookie.duration_seconds", "86400"},
      {"stickiness.enabled", "false"},
      {"stickiness.lb_cookie.duration_seconds", "86400"},
      {"stickiness.type", "lb_cookie"},
      {"target_group_health.dns_failover.minimum_healthy_targets.count", "1"},
      {"target_group_health.dns_failover.minimum_healthy_targets.percentage", "off"},
      {"target_group_health.unhealthy_state_routing.minimum_healthy_targets.count", "1"},
      {"target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage", "off"},
  };
  return defaults;
}

/// ELBv2 API, LoadBalancerAttribute.
const std::map<std::string, std::string>& load_balancer_attribute_defaults() {
  static const std::map<std::string, std::string> defaults{
      {"access_logs.s3.bucket", ""},
      {"access_logs.s3.enabled", "false"},
      {"access_logs.s3.prefix", ""},
      {"client_keep_alive.seconds", "3600"},
      {"connection_logs.s3.bucket", ""},
      {"connection_logs.s3.enabled", "false"},
      {"connection_logs.s3.prefix", ""},
      {"deletion_protection.enabled", "false"},
      {"idle_timeout.timeout_seconds", "60"},
      {"ipv6.deny_all_igw_traffic", "false"},
      {"load_balancing.cross_zone.enabled", "true"},
      {"routing.http.desync_mitigation_mode", "defensive"},
      {"routing.http.drop_invalid_header_fields.enabled", "false"},
      {"routing.http.preserve_host_header.enabled", "false"},
      {"routing.http.x_amzn_tls_version_and_cipher_suite.enabled", "false"},
      {"routing.http.xff_client_port.enabled", "false"},
      {"routing.http.xff_header_processing.mode", "append"},
      {"routing.http2.enabled", "true"},
      {"waf.fail_open.enabled", "false"},
      {"zonal_shift.config.enabled", "false"},
  };
  return defaults;
}

/// ELBv2 API, ListenerAttribute.
const std::map<std::string, std::string>& listener_attribute_defaults(std::string_view protocol) {
  static const std::map<std::string, std::string> http{
      {"routing.http.response.access_control_allow_credentials.header_value", ""},
      {"routing.http.response.access_control_allow_headers.header_value", ""},
      {"routing.http.response.access_control_allow_methods.header_value", ""},
      {"routing.http.response.access_control_allow_origin.header_value", ""},
      {"routing.http.response.access_control_expose_headers.header_value", ""},
      {"routing.http.response.access_control_max_age.header_value", ""},
      {"routing.http.response.content_security_policy.header_value", ""},
      {"routing.http.response.server.enabled", "true"},
      {"routing.http.response.strict_transport_security.header_value", ""},
      {"routing.http.response.x_content_type_options.header_value", ""},
      {"routing.http.response.x_frame_options.header_value", ""},
  };
  static const std::map<std::string, std::string> https = [] {
    std::map<std::string, std::string> all = http;
    for (const char* name : {"x_amzn_mtls_clientcert", "x_amzn_mtls_clientcert_issuer", "x_amzn_mtls_clientcert_leaf",
                             "x_amzn_mtls_clientcert_serial_number", "x_amzn_mtls_clientcert_subject",
                             "x_amzn_mtls_clientcert_validity", "x_amzn_tls_cipher_suite", "x_amzn_tls_version"}) {
      all[std::string("routing.http.request.") + name + ".header_name"] = "";
    }
    return all;
  }();
  return protocol == "HTTPS" ? https : http;
}

}  // namespace landfall::model
