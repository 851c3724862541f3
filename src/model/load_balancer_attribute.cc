#include "model/load_balancer_attribute.h"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"

namespace landfall::model {
namespace {

struct Range {
  std::string_view key;
  int low, high;
  std::string_view or_word;  ///< a word that is allowed besides
};

constexpr Range kRanges[] = {
    {"idle_timeout.timeout_seconds", 1, 4000, ""},
    {"client_keep_alive.seconds", 60, 604800, ""},
    {"deregistration_delay.timeout_seconds", 0, 3600, ""},
    {"slow_start.duration_seconds", 30, 900, "0"},
    {"stickiness.lb_cookie.duration_seconds", 1, 604800, ""},
    {"stickiness.app_cookie.duration_seconds", 1, 604800, ""},
    {"tcp.idle_timeout.seconds", 60, 6000, ""},
    {"target_health_state.unhealthy.draining_interval_seconds", 0, 360000, ""},
    {"secondary_ips.auto_assigned.per_subnet", 0, 7, ""},
    {"target_group_health.dns_failover.minimum_healthy_targets.count", 1, 1000, "off"},
    {"target_group_health.dns_failover.minimum_healthy_targets.percentage", 1, 100, "off"},
    {"target_group_health.unhealthy_state_routing.minimum_healthy_targets.count", 1, 1000, ""},
    {"target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage", 1, 100, "off"},
};

struct Choice {
  std::string_view key;
  std::vector<std::string> values;
};

const std::vector<Choice>& choices() {
  static const std::vector<Choice> all{
      {"routing.http.desync_mitigation_mode", {"monitor", "defensive", "strictest"}},
      {"routing.http.xff_header_processing.mode", {"append", "preserve", "remove"}},
      {"load_balancing.algorithm.type", {"round_robin", "least_outstanding_requests", "weighted_random"}},
      {"load_balancing.algorithm.anomaly_mitigation", {"on", "off"}},
      {"stickiness.type", {"lb_cookie", "app_cookie", "source_ip"}},
      {"dns_record.client_routing_policy", {"any_availability_zone", "availability_zone_affinity", "partial_availability_zone_affinity"}},
      {"load_balancing.cross_zone.enabled", {"true", "false", "use_load_balancer_configuration"}},
  };
  return all;
}

/// Only the default value is carried out.
bool is_refused(std::string_view key, bool of_flows) {
  static const std::vector<std::string_view> refused{"ipv6.deny_all_igw_traffic", "waf.fail_open.enabled", "zonal_shift.config.enabled", "dns_record.client_routing_policy", "secondary_ips.auto_assigned.per_subnet",
                                                     "target_health_state.unhealthy.draining_interval_seconds"};
  return std::ranges::count(refused, key) > 0 || (of_flows && key == "access_logs.s3.enabled");
}

std::string default_of(std::string_view key) {
  static const TargetGroup of_flows{.protocol = "TCP", .target_type = "ip"};
  for (const auto* defaults : {&load_balancer_attribute_defaults("application"), &load_balancer_attribute_defaults("network"), &target_group_attribute_defaults({}), &target_group_attribute_defaults(of_flows), &listener_attribute_defaults("HTTPS")}) {
    if (const auto found = defaults->find(std::string(key)); found != defaults->end()) return found->second;
  }
  return "";
}

Result<void> invalid(std::string_view key, const std::string& value, std::string_view wanted) {
  return fail("Attribute.Invalid", fmt::format("'{}' is not a valid value for {}; wanted {}", value, key, wanted));
}

bool is_number(const std::string& value, int low, int high) {
  const bool digits = !value.empty() && value.size() <= 7 && std::ranges::all_of(value, [](char c) { return c >= '0' && c <= '9'; });
  return digits && std::atoi(value.c_str()) >= low && std::atoi(value.c_str()) <= high;
}

bool is_field_name(std::string_view name) {
  return name.size() <= 40 && std::ranges::all_of(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_'; });
}

Result<void> check_meaning(std::string_view key, const std::string& value) {
  for (const Range& range : kRanges) {
    if (range.key != key) continue;
    if (is_number(value, range.low, range.high) || (!range.or_word.empty() && value == range.or_word)) return {};
    return invalid(key, value, fmt::format("{}a number from {} to {}", range.or_word.empty() ? "" : fmt::format("{} or ", range.or_word), range.low, range.high));
  }
  for (const Choice& choice : choices()) {
    if (choice.key != key) continue;
    if (std::ranges::count(choice.values, value) == 0) return invalid(key, value, join(choice.values, ", "));
    return {};
  }
  if (key.ends_with(".enabled") && value != "true" && value != "false") return invalid(key, value, "true or false");
  if (value.size() > 1024 || value.find_first_of("\r\n") != std::string::npos) return invalid(key, value.substr(0, 40), "one line of at most 1024 characters");
  if (key.ends_with(".header_name") && !is_field_name(value)) return invalid(key, value, "the name of a header, at most 40 letters, digits, hyphens and underscores");
  if (key == "stickiness.app_cookie.cookie_name" && value.starts_with("AWSALB")) return invalid(key, value, "a name that does not start with AWSALB");
  return {};
}

/// Which stickiness there is for requests and which for connections. The sentences are AWS's (recorded in moto's tests).
Result<void> check_stickiness(const TargetGroup& group) {
  const std::string type = target_group_attribute(group, "stickiness.type");
  const bool is_on = target_group_attribute(group, "stickiness.enabled") == "true";
  if (is_of_flows(group.protocol) != (type == "source_ip")) return fail("Attribute.Invalid", fmt::format("Stickiness type '{}' is not supported for target groups with the {} protocol", type, group.protocol));
  if (is_on && group.protocol == "TLS") return fail("Attribute.Invalid", "You cannot enable stickiness on target groups with the TLS protocol");
  return {};
}

/// DNS failover comes with routing failover or before it (ALB user guide, Target group health).
Result<void> check_thresholds(const TargetGroup& group) {
  for (const std::string unit : {".count", ".percentage"}) {
    const std::string dns = "target_group_health.dns_failover.minimum_healthy_targets" + unit;
    const std::string routing = target_group_attribute(group, "target_group_health.unhealthy_state_routing.minimum_healthy_targets" + unit);
    if (!group.attributes.contains(dns) || group.attributes.at(dns) == "off" || routing == "off") continue;
    if (std::atoi(group.attributes.at(dns).c_str()) < std::atoi(routing.c_str())) return invalid(dns, group.attributes.at(dns), fmt::format("at least {}, the threshold of unhealthy_state_routing", routing));
  }
  return {};
}

}  // namespace

Result<void> check_attribute(std::string_view key, const std::string& value, bool of_flows) {
  TRY(check_meaning(key, value));
  if (is_refused(key, of_flows) && value != default_of(key)) {
    return fail("Attribute.Unsupported", fmt::format("Landfall does not support the value '{}' of the attribute '{}' yet; wanted '{}'", value, key, default_of(key)));
  }
  return {};
}

Result<void> check_together(const TargetGroup& group) {
  TRY(check_thresholds(group));
  TRY(check_stickiness(group));
  if (is_of_flows(group.protocol)) return {};
  const auto text = [&](std::string_view key) { return target_group_attribute(group, key); };
  const std::string algorithm = text("load_balancing.algorithm.type");
  if (algorithm != "round_robin" && text("slow_start.duration_seconds") != "0") return invalid("slow_start.duration_seconds", text("slow_start.duration_seconds"), "0 with the algorithm " + algorithm);
  if (algorithm != "weighted_random" && text("load_balancing.algorithm.anomaly_mitigation") == "on") return invalid("load_balancing.algorithm.anomaly_mitigation", "on", "off with the algorithm " + algorithm);
  if (text("stickiness.enabled") != "true") return {};
  if (text("load_balancing.cross_zone.enabled") == "false") return invalid("stickiness.enabled", "true", "false while load_balancing.cross_zone.enabled is false");
  if (text("stickiness.type") == "app_cookie" && text("stickiness.app_cookie.cookie_name").empty()) return invalid("stickiness.app_cookie.cookie_name", "", "the name of the application's cookie");
  return {};
}

}  // namespace landfall::model
