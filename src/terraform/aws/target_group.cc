#include <map>

#include <fmt/format.h>

#include "base/text.h"
#include "terraform/aws/elbv2.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace elbv2 = aws::elbv2;
constexpr std::chrono::seconds kEnding{15};  // what forwards to it lets go at once here, if this apply makes it

Result<std::map<std::string, std::string>> attributes_of(const Cloud& cloud, const std::string& arn) {
  elbv2::DescribeTargetGroupAttributesInput request;
  request.target_group_arn = arn;
  const auto found = TRY(cloud.call<elbv2::DescribeTargetGroupAttributesOutput>("elbv2", "DescribeTargetGroupAttributes", request));
  std::map<std::string, std::string> values;
  for (const auto& attribute : found.attributes.value_or(std::vector<elbv2::TargetGroupAttribute>{})) values[attribute.key.value_or("")] = attribute.value.value_or("");
  return values;
}

std::string checking_protocol(const Value& protocol) { return one_of({"HTTP", "HTTPS", "TCP"})(Value::string(upper(protocol.as_string()))); }

/// How many targets must be healthy. `off`: a word for the count, where it may be left out of account.
Schema thresholds(const std::string& off) {
  Schema schema;
  if (off.empty()) schema.attributes.push_back(number("minimum_healthy_targets_count").defaults(1));
  else schema.attributes.push_back(text("minimum_healthy_targets_count").defaults("1"));
  schema.attributes.push_back(text("minimum_healthy_targets_percentage").defaults("off"));
  return schema;
}

constexpr const char* kThresholds[][2] = {{"dns_failover", "target_group_health.dns_failover.minimum_healthy_targets."}, {"unhealthy_state_routing", "target_group_health.unhealthy_state_routing.minimum_healthy_targets."}};
constexpr const char* kEndsUnhealthy = "target_health_state.unhealthy.connection_termination.enabled";
constexpr const char* kDrainsUnhealthy = "target_health_state.unhealthy.draining_interval_seconds";

bool is_of_flows(const Record& group) { return upper(group.text("protocol")) == "TCP" || upper(group.text("protocol")) == "TLS"; }

/// Numbers and flags are texts in some versions of the provider's schema ("300"); here they are what they mean.
/// Each kind of cookie has its own.
std::string duration_key(const std::string& type) { return fmt::format("stickiness.{}.duration_seconds", type); }

class TargetGroup final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged({.attributes = {
        text("id").read_only(), text("arn").read_only(), text("arn_suffix").read_only(), text_set("load_balancer_arns").read_only(),
        text("name").computed().forces_new().checked(check_elb_name), text("name_prefix").computed().forces_new().checked(check_elb_name_prefix), number("port").forces_new().checked(between(1, 65535)),
        text("protocol").forces_new().same_if(is_same_ignoring_case).checked(balanced_protocol).carried_if(is_balanced_protocol).deciding(), text("protocol_version").computed().forces_new().same_if(is_same_ignoring_case).checked([](const Value& version) { return one_of({"HTTP1", "HTTP2", "GRPC"})(Value::string(upper(version.as_string()))); }),
        text("target_type").defaults("instance").forces_new().checked(one_of({"instance", "ip"})).carried_if([](const Value& type) { return type.as_string() == "instance" || type.as_string() == "ip"; }).deciding(), text("vpc_id").forces_new(),
        text("ip_address_type").computed().forces_new(), number("deregistration_delay").defaults(300).checked(between(0, 3600)), number("slow_start").defaults(0).checked(slow_start),
        text("load_balancing_algorithm_type").computed().checked(one_of({"round_robin", "least_outstanding_requests", "weighted_random"})),
        text("load_balancing_cross_zone_enabled").computed().checked(one_of({"true", "false", "use_load_balancer_configuration"})), text("load_balancing_anomaly_mitigation").computed(),
        flag("proxy_protocol_v2").defaults(false), text("preserve_client_ip").computed().checked(one_of({"true", "false"})), flag("connection_termination").defaults(false),
        refused(flag("lambda_multi_value_headers_enabled")), refused(number("target_control_port")), refused_blocks("target_failover"),
    }, .blocks = {
        one_block("health_check", {.attributes = {flag("enabled").defaults(true), number("healthy_threshold").defaults(3).checked(between(2, 10)), number("interval").defaults(30).checked(between(5, 300)),
                                                  text("matcher").computed(), text("path").computed(), text("port").defaults("traffic-port"), text("protocol").defaults("HTTP").same_if(is_same_ignoring_case).checked(checking_protocol).carried_if([](const Value& protocol) { return checking_protocol(protocol).empty(); }),
                                                  number("timeout").computed().checked(between(2, 120)), number("unhealthy_threshold").defaults(3).checked(between(2, 10))}})
            .computed(),
        one_block("stickiness", {.attributes = {flag("enabled").defaults(true), text("type").required().checked(one_of({"lb_cookie", "app_cookie", "source_ip"})), number("cookie_duration").defaults(86400).checked(between(0, 604800)), text("cookie_name")}}).computed(),
        one_block("target_health_state", {.attributes = {flag("enable_unhealthy_connection_termination").required(), number("unhealthy_draining_interval").defaults(0).checked(between(0, 360000))}}).computed(),
        one_block("target_group_health", {.blocks = {one_block("dns_failover", thresholds("off")).computed(), one_block("unhealthy_state_routing", thresholds("")).computed()}}).computed(),
    }});
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    elbv2::CreateTargetGroupInput request;
    request.name = planned.has("name") ? planned.text("name") : (planned.has("name_prefix") ? planned.text("name_prefix") : "tf-") + cloud.ids->hex(26);
    if (planned.has("port")) request.port = static_cast<int32_t>(planned.number("port"));
    if (planned.has("protocol")) request.protocol = upper(planned.text("protocol"));
    if (planned.has("protocol_version") && !is_of_flows(planned)) request.protocol_version = upper(planned.text("protocol_version"));
    if (planned.has("vpc_id")) request.vpc_id = planned.text("vpc_id");
    request.target_type = planned.text("target_type");
    if (const Record check = planned.block("health_check"); !planned.blocks("health_check").empty()) set_health_check(check, planned, request);
    const Pairs tags = planned.pairs("tags_all");
    if (!tags.empty()) request.tags = to_tags<elbv2::Tag>(tags);
    const auto made = TRY(cloud.call<elbv2::CreateTargetGroupOutput>("elbv2", "CreateTargetGroup", request));
    state.set("id", made.target_groups->front().target_group_arn.value_or(""));
    if (!planned.has("name_prefix")) state.set("name_prefix", "");
    return write_attributes(cloud, state.text("id"), planned);
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const std::string arn = state.text("id");
    elbv2::DescribeTargetGroupsInput request;
    request.target_group_arns = std::vector<std::string>{arn};
    const auto found = TRY(look_up<elbv2::DescribeTargetGroupsOutput>(cloud, "elbv2", "DescribeTargetGroups", request));
    if (!found || !found->target_groups || found->target_groups->empty()) return false;
    const elbv2::TargetGroup& group = found->target_groups->front();
    state.set("arn", arn);
    state.set("arn_suffix", arn.substr(arn.find("targetgroup/")));
    state.set("name", group.target_group_name.value_or(""));
    if (group.port) state.set("port", *group.port);
    if (group.protocol) state.set("protocol", *group.protocol);
    state.set("protocol_version", group.protocol_version.value_or(""));
    state.set("target_type", group.target_type.value_or(""));
    if (group.vpc_id) state.set("vpc_id", *group.vpc_id);
    state.set("ip_address_type", group.ip_address_type.value_or("ipv4"));
    state.set("load_balancer_arns", group.load_balancer_arns.value_or(std::vector<std::string>{}));
    Record check;
    check.set("enabled", group.health_check_enabled.value_or(true));
    check.set("healthy_threshold", group.healthy_threshold_count.value_or(0));
    check.set("unhealthy_threshold", group.unhealthy_threshold_count.value_or(0));
    check.set("interval", group.health_check_interval_seconds.value_or(0));
    check.set("timeout", group.health_check_timeout_seconds.value_or(0));
    check.set("matcher", group.matcher ? group.matcher->http_code.value_or(group.matcher->grpc_code.value_or("")) : "");
    check.set("path", group.health_check_path.value_or(""));
    check.set("port", group.health_check_port.value_or(""));
    check.set("protocol", group.health_check_protocol.value_or(""));
    state.set("health_check", std::vector<Record>{check});
    TRY(read_attributes(cloud, arn, state));
    TRY(read_elb_tags(cloud, arn, state));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    const std::string arn = prior.text("id");
    if (differs(prior, planned, "health_check") && !planned.blocks("health_check").empty()) {
      elbv2::ModifyTargetGroupInput request;
      request.target_group_arn = arn;
      set_health_check(planned.block("health_check"), planned, request);
      TRY(cloud.call<elbv2::ModifyTargetGroupOutput>("elbv2", "ModifyTargetGroup", request));
    }
    TRY(write_attributes(cloud, arn, planned));
    return update_elb_tags(cloud, arn, prior, planned);
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    elbv2::DeleteTargetGroupInput request;
    request.target_group_arn = state.text("id");
    return cloud.retry_while(kEnding, is_in_use, [&] { return ignore_gone(cloud.call<elbv2::DeleteTargetGroupOutput>("elbv2", "DeleteTargetGroup", request)); });
  }

 private:
  static std::string slow_start(const Value& value) {
    const auto seconds = value.as_number().as_int64().value_or(-1);
    return seconds == 0 || (seconds >= 30 && seconds <= 900) ? "" : "to be 0 or in the range (30 - 900), got " + hcl::to_console(value);
  }

  template <class Request>
  static void set_health_check(const Record& check, const Record& group, Request& request) {
    request.health_check_enabled = check.flag("enabled");
    request.health_check_interval_seconds = static_cast<int32_t>(check.number("interval"));
    request.healthy_threshold_count = static_cast<int32_t>(check.number("healthy_threshold"));
    request.unhealthy_threshold_count = static_cast<int32_t>(check.number("unhealthy_threshold"));
    if (check.has("timeout") && check.number("timeout") > 0) request.health_check_timeout_seconds = static_cast<int32_t>(check.number("timeout"));
    const bool connects_only = upper(check.text("protocol")) == "TCP";
    if (!check.text("matcher").empty() && !connects_only) {
      auto& matcher = request.matcher.emplace();
      (upper(group.text("protocol_version")) == "GRPC" ? matcher.grpc_code : matcher.http_code) = check.text("matcher");
    }
    if (!check.text("path").empty() && !connects_only) request.health_check_path = check.text("path");
    request.health_check_port = check.text("port");
    request.health_check_protocol = upper(check.text("protocol"));
  }

  static Result<void> write_attributes(const Cloud& cloud, const std::string& arn, const Record& planned) {
    const auto there = TRY(attributes_of(cloud, arn));
    std::map<std::string, std::string> wanted;
    wanted["deregistration_delay.timeout_seconds"] = std::to_string(planned.number("deregistration_delay"));
    if (!is_of_flows(planned) || planned.number("slow_start") != 0) wanted["slow_start.duration_seconds"] = std::to_string(planned.number("slow_start"));
    want_flow_attributes(planned, wanted);
    want_thresholds(planned, wanted);
    if (!planned.text("load_balancing_algorithm_type").empty()) wanted["load_balancing.algorithm.type"] = planned.text("load_balancing_algorithm_type");
    if (!planned.text("load_balancing_anomaly_mitigation").empty()) wanted["load_balancing.algorithm.anomaly_mitigation"] = planned.text("load_balancing_anomaly_mitigation");
    if (planned.has("load_balancing_cross_zone_enabled")) wanted["load_balancing.cross_zone.enabled"] = planned.text("load_balancing_cross_zone_enabled");
    for (const Record& stickiness : planned.blocks("stickiness")) {
      wanted["stickiness.enabled"] = stickiness.flag("enabled") ? "true" : "false";
      wanted["stickiness.type"] = stickiness.text("type");
      if (is_of_flows(planned)) continue;
      wanted[duration_key(stickiness.text("type"))] = std::to_string(stickiness.number("cookie_duration"));
      if (stickiness.has("cookie_name") && !stickiness.text("cookie_name").empty()) wanted["stickiness.app_cookie.cookie_name"] = stickiness.text("cookie_name");
    }
    elbv2::ModifyTargetGroupAttributesInput request;
    request.target_group_arn = arn;
    request.attributes.emplace();
    for (const auto& [key, value] : wanted) {
      const auto old = there.find(key);
      if (old != there.end() && old->second == value) continue;
      auto& attribute = request.attributes->emplace_back();
      attribute.key = key;
      attribute.value = value;
    }
    if (request.attributes->empty()) return {};
    TRY(cloud.call<elbv2::ModifyTargetGroupAttributesOutput>("elbv2", "ModifyTargetGroupAttributes", request));
    return {};
  }

  /// What another group has none of is told where it is written: the API refuses it.
  static void want_flow_attributes(const Record& planned, std::map<std::string, std::string>& wanted) {
    const auto flag_text = [](bool on) { return std::string(on ? "true" : "false"); };
    const bool has_them = is_of_flows(planned);
    if (has_them || planned.flag("connection_termination")) wanted["deregistration_delay.connection_termination.enabled"] = flag_text(planned.flag("connection_termination"));
    if (has_them || planned.flag("proxy_protocol_v2")) wanted["proxy_protocol_v2.enabled"] = flag_text(planned.flag("proxy_protocol_v2"));
    if (!planned.text("preserve_client_ip").empty()) wanted["preserve_client_ip.enabled"] = planned.text("preserve_client_ip");
    for (const Record& state : planned.blocks("target_health_state")) {
      if (state.has("enable_unhealthy_connection_termination")) wanted[kEndsUnhealthy] = flag_text(state.flag("enable_unhealthy_connection_termination"));
      wanted[kDrainsUnhealthy] = std::to_string(state.number("unhealthy_draining_interval"));
    }
  }

  static void want_thresholds(const Record& planned, std::map<std::string, std::string>& wanted) {
    for (const auto& [name, key] : kThresholds) {
      for (const Record& threshold : planned.block("target_group_health").blocks(name)) {
        const std::string count = std::string(name) == "dns_failover" ? threshold.text("minimum_healthy_targets_count") : std::to_string(threshold.number("minimum_healthy_targets_count"));
        if (threshold.has("minimum_healthy_targets_count")) wanted[std::string(key) + "count"] = count;
        if (threshold.has("minimum_healthy_targets_percentage")) wanted[std::string(key) + "percentage"] = threshold.text("minimum_healthy_targets_percentage");
      }
    }
  }

  static void read_flow_attributes(std::map<std::string, std::string>& values, Record& state) {
    state.set("connection_termination", values["deregistration_delay.connection_termination.enabled"] == "true");
    state.set("proxy_protocol_v2", values["proxy_protocol_v2.enabled"] == "true");
    state.set("preserve_client_ip", values["preserve_client_ip.enabled"]);
    Record health;
    health.set("enable_unhealthy_connection_termination", values[kEndsUnhealthy] == "true");
    health.set("unhealthy_draining_interval", static_cast<int64_t>(std::atoll(values[kDrainsUnhealthy].c_str())));
    state.set("target_health_state", std::vector<Record>{health});
  }

  static void read_thresholds(std::map<std::string, std::string>& values, Record& state) {
    Record health;
    for (const auto& [name, key] : kThresholds) {
      Record threshold;
      const std::string count = values[std::string(key) + "count"];
      if (std::string(name) == "dns_failover") threshold.set("minimum_healthy_targets_count", count);
      else threshold.set("minimum_healthy_targets_count", static_cast<int64_t>(std::atoll(count.c_str())));
      threshold.set("minimum_healthy_targets_percentage", values[std::string(key) + "percentage"]);
      health.set(name, std::vector<Record>{threshold});
    }
    state.set("target_group_health", std::vector<Record>{health});
  }

  static Result<void> read_attributes(const Cloud& cloud, const std::string& arn, Record& state) {
    auto values = TRY(attributes_of(cloud, arn));
    const auto number_of = [&](const char* key) { return static_cast<int64_t>(std::atoll(values[key].c_str())); };
    state.set("deregistration_delay", number_of("deregistration_delay.timeout_seconds"));
    state.set("slow_start", number_of("slow_start.duration_seconds"));
    if (is_of_flows(state)) read_flow_attributes(values, state);
    read_thresholds(values, state);
    state.set("load_balancing_algorithm_type", values["load_balancing.algorithm.type"]);
    state.set("load_balancing_cross_zone_enabled", values["load_balancing.cross_zone.enabled"]);
    state.set("load_balancing_anomaly_mitigation", values["load_balancing.algorithm.anomaly_mitigation"]);
    Record stickiness;
    stickiness.set("enabled", values["stickiness.enabled"] == "true");
    stickiness.set("type", values["stickiness.type"].empty() ? "lb_cookie" : values["stickiness.type"]);
    const std::string duration = duration_key(stickiness.text("type"));
    stickiness.set("cookie_duration", values.contains(duration) ? number_of(duration.c_str()) : 86400);
    stickiness.set("cookie_name", stickiness.text("type") == "app_cookie" ? values["stickiness.app_cookie.cookie_name"] : "");
    state.set("stickiness", std::vector<Record>{stickiness});
    return {};
  }
};

class Attachment final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("target_group_arn").required().forces_new(), text("target_id").required().forces_new(), number("port").forces_new(), text("availability_zone").forces_new(), refused(text("quic_server_id"))}};
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    elbv2::RegisterTargetsInput request;
    request.target_group_arn = planned.text("target_group_arn");
    request.targets = std::vector<elbv2::TargetDescription>{target_of(planned)};
    TRY(cloud.call<elbv2::RegisterTargetsOutput>("elbv2", "RegisterTargets", request));
    state.set("id", planned.text("target_group_arn") + "-" + cloud.ids->digits(26));
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    elbv2::DescribeTargetHealthInput request;
    request.target_group_arn = state.text("target_group_arn");
    request.targets = std::vector<elbv2::TargetDescription>{target_of(state)};
    const auto found = cloud.call<elbv2::DescribeTargetHealthOutput>("elbv2", "DescribeTargetHealth", request);
    if (!found && (is_gone(found.error()) || found.error().code == "InvalidTarget")) return false;
    if (!found) return std::unexpected(found.error());
    for (const auto& description : found->target_health_descriptions.value_or(std::vector<elbv2::TargetHealthDescription>{})) {
      const std::string reason = description.target_health ? description.target_health->reason.value_or("") : "";
      if (reason != "Target.NotRegistered" && reason != "Target.DeregistrationInProgress") return true;
    }
    return false;
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    elbv2::DeregisterTargetsInput request;
    request.target_group_arn = state.text("target_group_arn");
    request.targets = std::vector<elbv2::TargetDescription>{target_of(state)};
    return ignore_gone(cloud.call<elbv2::DeregisterTargetsOutput>("elbv2", "DeregisterTargets", request));
  }

 private:
  static elbv2::TargetDescription target_of(const Record& record) {
    elbv2::TargetDescription target;
    target.id = record.text("target_id");
    if (record.has("port") && record.number("port") > 0) target.port = static_cast<int32_t>(record.number("port"));
    if (!record.text("availability_zone").empty()) target.availability_zone = record.text("availability_zone");
    return target;
  }
};

}  // namespace

void add_target_group(Provider& provider) {
  add_twice<TargetGroup>(provider, "_target_group");
  add_twice<Attachment>(provider, "_target_group_attachment");
}

}  // namespace landfall::terraform::aws_types
