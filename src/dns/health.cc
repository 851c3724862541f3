#include "dns/health.h"

#include <algorithm>

#include <fmt/format.h>

namespace landfall::dns {

model::DnsHealth after(const model::DnsHealthCheck& check, model::DnsHealth before, const Look& look, WallTime now) {
  const bool at_once = check.type == "CALCULATED" || check.type == "CLOUDWATCH_METRIC";
  before.account = check.account;
  before.id = check.id;
  before.streak = look.is_up == before.is_endpoint_up ? 0 : before.streak + 1;
  if (before.streak > 0 && (at_once || before.streak >= check.failure_threshold)) {
    before.is_endpoint_up = look.is_up;
    before.streak = 0;
  }
  // A disabled check counts as healthy, whatever its endpoint does; inversion comes after that (Route 53 API, HealthCheckConfig).
  before.is_healthy = (check.is_disabled || before.is_endpoint_up) != check.is_inverted;
  before.status = look.status;
  before.checked_at = now;
  if (!look.is_up) {
    before.last_failure = look.status;
    before.failed_at = now;
  }
  return before;
}

Look of_children(const model::DnsHealthCheck& check, const std::map<std::string, bool>& healthy) {
  const auto count = std::ranges::count_if(check.children, [&](const std::string& id) {
    const auto found = healthy.find(id);
    return found != healthy.end() && found->second;
  });
  const bool is_up = count >= check.health_threshold;
  return {.is_up = is_up, .status = fmt::format("{}: {} of {} child health checks are healthy, {} are wanted", is_up ? "Success" : "Failure", count, check.children.size(), check.health_threshold)};
}

Look of_alarm(const model::DnsHealthCheck& check, const std::string& alarm_state, bool was_up) {
  const bool is_known = alarm_state == "OK" || alarm_state == "ALARM";
  const bool otherwise = check.insufficient_data_status == "LastKnownStatus" ? was_up : check.insufficient_data_status != "Unhealthy";
  const bool is_up = is_known ? alarm_state == "OK" : otherwise;
  return {.is_up = is_up, .status = fmt::format("{}: the CloudWatch alarm {} in {} is {}", is_up ? "Success" : "Failure", check.alarm_name, check.alarm_region, alarm_state.empty() ? "not there" : alarm_state)};
}

}  // namespace landfall::dns
