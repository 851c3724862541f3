#include "services/route53/health_check_form.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/ip.h"
#include "base/json.h"
#include "services/support/text.h"

namespace landfall::services::route53 {
namespace {

namespace shapes = landfall::aws::route53;
using model::DnsHealthCheck;

Error invalid(const std::string& what) { return {.code = "InvalidInput", .what = "Invalid parameter : " + what}; }

bool is_address(const std::string& text) {
  std::array<unsigned char, 16> raw{};
  return parse_ipv4(text).has_value() || inet_pton(AF_INET6, text.c_str(), raw.data()) == 1;
}

bool has_endpoint(const shapes::HealthCheckConfig& config) { return *config.type != "CALCULATED" && *config.type != "CLOUDWATCH_METRIC"; }

Result<void> check_range(const char* name, std::optional<int> value, int least, int most) {
  if (value && (*value < least || *value > most)) return fail(invalid(fmt::format("{} is {}; it must be between {} and {}.", name, *value, least, most)));
  return {};
}

Result<void> check_endpoint(const shapes::HealthCheckConfig& config) {
  const std::string& type = *config.type;
  const bool is_match = type.ends_with("_STR_MATCH");
  if (config.alarm_identifier) return fail(invalid("Basic health checks must not have an metric region specified."));
  if (config.child_health_checks || config.health_threshold) return fail(invalid("Basic health checks must not have child health checks or a health threshold specified."));
  if (config.insufficient_data_health_status) return fail(invalid("Basic health checks must not have an insufficient data health status specified."));
  if (!config.ip_address && !config.fully_qualified_domain_name) return fail(invalid("Health checks must have an IP address or a fully qualified domain name specified."));
  if (config.ip_address && !is_address(*config.ip_address)) return fail(invalid(fmt::format("{} is not a valid IP address.", *config.ip_address)));
  if (type == "TCP") {
    if (config.ip_address && config.fully_qualified_domain_name) return fail(invalid("TCP health checks that have IP address must not have a fully qualified domain name specified."));
    if (!config.port) return fail(invalid("TCP health checks must have a port specified."));
    if (config.resource_path) return fail(invalid("TCP health checks must not have a resource path specified."));
  }
  if (is_match && text(config.search_string).empty()) return fail(invalid("Health checks that match strings must have a search string specified."));
  if (!is_match && config.search_string) return fail(invalid(fmt::format("Health checks of type {} must not have a search string specified.", type)));
  if (text(config.search_string).size() > 255) return fail(invalid("SearchString has more than 255 characters."));
  if (config.regions && config.regions->size() < 3) return fail(invalid("At least three regions must be specified."));
  if (config.request_interval && *config.request_interval != 10 && *config.request_interval != 30) return fail(invalid(fmt::format("RequestInterval is {}; it must be 10 or 30.", *config.request_interval)));
  TRY(check_range("Port", config.port, 1, 65535));
  return check_range("FailureThreshold", config.failure_threshold, 1, 10);
}

Result<void> check_without_endpoint(const shapes::HealthCheckConfig& config) {
  const std::string& type = *config.type;
  if (config.ip_address || config.port || config.resource_path || config.fully_qualified_domain_name || config.search_string || config.request_interval || config.failure_threshold || config.enable_sni || config.regions) {
    return fail(invalid(fmt::format("Health checks of type {} must not have an endpoint, an interval, a failure threshold or regions specified.", type)));
  }
  if (type == "CALCULATED") {
    if (!config.health_threshold) return fail(invalid("Calculated health checks must have a health threshold specified."));
    if (config.child_health_checks.value_or(std::vector<std::string>{}).size() > 256) return fail(invalid("Calculated health checks must have at most 256 child health checks."));
    return check_range("HealthThreshold", config.health_threshold, 0, 256);
  }
  if (!config.alarm_identifier) return fail(invalid("Health checks of type CLOUDWATCH_METRIC must have an alarm identifier specified."));
  return {};
}

template <class T>
void replace(std::optional<T>& old, const std::optional<T>& given) {
  if (given) old = given;
}

std::optional<std::string> unless_empty(const std::string& value) { return value.empty() ? std::nullopt : std::optional(value); }

}  // namespace

Result<DnsHealthCheck> check_of(const shapes::HealthCheckConfig& config) {
  if (*config.type == "RECOVERY_CONTROL") return fail("InvalidInput", "Landfall does not support health checks of the type RECOVERY_CONTROL yet");
  if (has_endpoint(config)) TRY(check_endpoint(config));
  else TRY(check_without_endpoint(config));
  const bool is_https = config.type->starts_with("HTTPS");
  DnsHealthCheck check{.account = {}, .id = {}, .caller_reference = {}, .version = 1, .type = *config.type, .ip = text(config.ip_address), .domain = text(config.fully_qualified_domain_name),
                       .path = text(config.resource_path), .search_string = text(config.search_string), .port = config.port.value_or(*config.type == "TCP" || !has_endpoint(config) ? 0 : is_https ? 443 : 80)};
  check.request_interval = config.request_interval.value_or(30);
  check.failure_threshold = config.failure_threshold.value_or(3);
  check.measures_latency = config.measure_latency.value_or(false);
  check.is_inverted = config.inverted.value_or(false);
  check.is_disabled = config.disabled.value_or(false);
  check.enables_sni = config.enable_sni.value_or(is_https);
  check.health_threshold = config.health_threshold.value_or(0);
  check.children = config.child_health_checks.value_or(std::vector<std::string>{});
  check.regions = config.regions.value_or(std::vector<std::string>{});
  check.insufficient_data_status = text(config.insufficient_data_health_status);
  if (!config.alarm_identifier) return check;
  check.alarm_region = text(config.alarm_identifier->region);
  check.alarm_name = text(config.alarm_identifier->name);
  if (check.insufficient_data_status.empty()) check.insufficient_data_status = "LastKnownStatus";
  return check;
}

shapes::HealthCheckConfig config_of(const DnsHealthCheck& check) {
  shapes::HealthCheckConfig config{.inverted = check.is_inverted, .type = check.type};
  config.disabled = check.is_disabled;
  if (check.type == "CALCULATED") {
    config.health_threshold = check.health_threshold;
    config.child_health_checks = check.children;
    return config;
  }
  if (check.type == "CLOUDWATCH_METRIC") {
    config.alarm_identifier = shapes::AlarmIdentifier{.name = check.alarm_name, .region = check.alarm_region};
    config.insufficient_data_health_status = unless_empty(check.insufficient_data_status);
    return config;
  }
  config.ip_address = unless_empty(check.ip);
  config.fully_qualified_domain_name = unless_empty(check.domain);
  config.resource_path = unless_empty(check.path);
  config.search_string = unless_empty(check.search_string);
  config.port = check.port;
  config.request_interval = check.request_interval;
  config.failure_threshold = check.failure_threshold;
  config.measure_latency = check.measures_latency;
  config.enable_sni = check.enables_sni;
  if (!check.regions.empty()) config.regions = check.regions;
  return config;
}

shapes::HealthCheckConfig updated(shapes::HealthCheckConfig config, const shapes::UpdateHealthCheckRequest& request) {
  for (const std::string& element : request.reset_elements.value_or(std::vector<std::string>{})) {
    if (element == "FullyQualifiedDomainName") config.fully_qualified_domain_name.reset();
    if (element == "Regions") config.regions.reset();
    if (element == "ResourcePath") config.resource_path.reset();
    if (element == "ChildHealthChecks") config.child_health_checks.emplace();
  }
  replace(config.ip_address, request.ip_address);
  replace(config.port, request.port);
  replace(config.resource_path, request.resource_path);
  replace(config.fully_qualified_domain_name, request.fully_qualified_domain_name);
  replace(config.search_string, request.search_string);
  replace(config.failure_threshold, request.failure_threshold);
  replace(config.inverted, request.inverted);
  replace(config.disabled, request.disabled);
  replace(config.health_threshold, request.health_threshold);
  replace(config.child_health_checks, request.child_health_checks);
  replace(config.enable_sni, request.enable_sni);
  replace(config.regions, request.regions);
  replace(config.alarm_identifier, request.alarm_identifier);
  replace(config.insufficient_data_health_status, request.insufficient_data_health_status);
  return config;
}

std::optional<shapes::CloudWatchAlarmConfiguration> alarm_configuration(const std::string& alarm) {
  const auto parsed = parse_json(alarm, "an alarm");
  const json::object* object = parsed ? parsed->if_object() : nullptr;
  if (object == nullptr || !object->contains("MetricName")) return std::nullopt;
  const auto word = [&](const char* name) { return std::string(string_member(*object, name)); };
  shapes::CloudWatchAlarmConfiguration out{.comparison_operator = word("ComparisonOperator"), .dimensions = std::vector<shapes::Dimension>{}, .evaluation_periods = int_member(*object, "EvaluationPeriods"), .metric_name = word("MetricName"),
                                           .namespace_ = word("Namespace"), .period = int_member(*object, "Period"), .statistic = word("Statistic"), .threshold = number_member(*object, "Threshold").value_or(0)};
  const json::array* dimensions = array_member(*object, "Dimensions");
  if (dimensions == nullptr) return out;
  for (const json::value& one : *dimensions) {
    if (const json::object* member = one.if_object()) out.dimensions->push_back({.name = std::string(string_member(*member, "Name")), .value = std::string(string_member(*member, "Value"))});
  }
  return out;
}

}  // namespace landfall::services::route53
