#include <map>
#include <string>

#include "model/load_balancing.h"

/// Attributes of ELBv2's things with their defaults.
namespace landfall::model {
namespace {

using Defaults = std::map<std::string, std::string>;

/// ELBv2 API, TargetGroupAttribute: of every group.
const Defaults& shared_by_groups() {
  static const Defaults defaults{
      {"deregistration_delay.timeout_seconds", "300"},
      {"load_balancing.cross_zone.enabled", "use_load_balancer_configuration"},
      {"stickiness.enabled", "false"},
      {"target_group_health.dns_failover.minimum_healthy_targets.count", "1"},
      {"target_group_health.dns_failover.minimum_healthy_targets.percentage", "off"},
      {"target_group_health.unhealthy_state_routing.minimum_healthy_targets.count", "1"},
      {"target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage", "off"},
  };
  return defaults;
}

Defaults and_more(Defaults all, const Defaults& more) {
  all.insert(more.begin(), more.end());
  return all;
}

/// Client addresses are preserved by default where the target is an instance (NLB user guide, Client IP preservation).
Defaults of_flow_groups(const std::string& preserves) {
  return and_more(shared_by_groups(), {{"deregistration_delay.connection_termination.enabled", "false"},
                                       {"preserve_client_ip.enabled", preserves},
                                       {"proxy_protocol_v2.enabled", "false"},
                                       {"stickiness.type", "source_ip"},
                                       {"target_health_state.unhealthy.connection_termination.enabled", "true"},
                                       {"target_health_state.unhealthy.draining_interval_seconds", "0"}});
}

const Defaults& of_http_groups() {
  static const Defaults defaults = and_more(shared_by_groups(), {{"load_balancing.algorithm.anomaly_mitigation", "off"},
                                                                 {"load_balancing.algorithm.type", "round_robin"},
                                                                 {"slow_start.duration_seconds", "0"},
                                                                 {"stickiness.app_cookie.cookie_name", ""},
                                                                 {"stickiness.app_cookie.duration_seconds", "86400"},
                                                                 {"stickiness.lb_cookie.duration_seconds", "86400"},
                                                                 {"stickiness.type", "lb_cookie"}});
  return defaults;
}

const Defaults& of_application_balancers() {
  static const Defaults defaults{
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

const Defaults& of_network_balancers() {
  static const Defaults defaults{
      {"access_logs.s3.bucket", ""},
      {"access_logs.s3.enabled", "false"},
      {"access_logs.s3.prefix", ""},
      {"deletion_protection.enabled", "false"},
      {"dns_record.client_routing_policy", "any_availability_zone"},
      {"ipv6.deny_all_igw_traffic", "false"},
      {"load_balancing.cross_zone.enabled", "false"},
      {"secondary_ips.auto_assigned.per_subnet", "0"},
      {"zonal_shift.config.enabled", "false"},
  };
  return defaults;
}

}  // namespace

const Defaults& target_group_attribute_defaults(const TargetGroup& group) {
  static const Defaults of_flows = of_flow_groups("false"), of_flows_to_instances = of_flow_groups("true");
  if (!is_of_flows(group.protocol)) return of_http_groups();
  return group.target_type == "instance" ? of_flows_to_instances : of_flows;
}

/// ELBv2 API, LoadBalancerAttribute.
const Defaults& load_balancer_attribute_defaults(std::string_view type) { return type == "network" ? of_network_balancers() : of_application_balancers(); }

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
  static const std::map<std::string, std::string> tcp{{"tcp.idle_timeout.seconds", "350"}}, none;
  if (protocol == "TCP") return tcp;
  return protocol == "HTTPS" ? https : protocol == "HTTP" ? http : none;
}

}  // namespace landfall::model
