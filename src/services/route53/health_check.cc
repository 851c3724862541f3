#include <algorithm>

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "model/scaling.h"
#include "model/settings.h"
#include "services/route53/health_check_form.h"
#include "services/route53/support.h"

namespace landfall::services::route53 {
namespace {

using model::DnsHealth;
using model::DnsHealthCheck;

constexpr size_t kMaxChecks = 100;    // Route 53 API, ListHealthChecks
constexpr size_t kMaxPerAccount = 200;

shapes::HealthCheck render(const Deps& deps, const DnsHealthCheck& check) {
  shapes::HealthCheck out{.caller_reference = check.caller_reference, .health_check_config = config_of(check), .health_check_version = check.version, .id = check.id};
  if (check.type == "CLOUDWATCH_METRIC") {
    const auto alarm = store::find<model::Alarm>(deps.store, check.account + "/" + check.alarm_region + "/" + check.alarm_name);
    if (alarm) out.cloud_watch_alarm_configuration = alarm_configuration(alarm->configuration);
  }
  return out;
}

/// Children and the alarm must be there.
Result<void> check_references(const Transaction& tx, const DnsHealthCheck& check) {
  for (const std::string& child : check.children) {
    if (child == check.id || !store::find<DnsHealthCheck>(tx, check.account + "/" + child)) return fail("InvalidInput", fmt::format("Invalid parameter : The child health check {} does not exist.", child));
  }
  if (check.type == "CLOUDWATCH_METRIC" && !store::find<model::Alarm>(tx, check.account + "/" + check.alarm_region + "/" + check.alarm_name)) {
    return fail("InvalidInput", fmt::format("Invalid parameter : The CloudWatch alarm {} in region {} does not exist.", check.alarm_name, check.alarm_region));
  }
  return {};
}

bool same_request(DnsHealthCheck before, const DnsHealthCheck& now) {
  before.id = now.id;
  before.tags = now.tags;
  before.version = now.version;
  return encode(before) == encode(now);
}

Result<shapes::CreateHealthCheckResponse> create(const Deps& deps, const CallContext& context, const shapes::CreateHealthCheckRequest& request) {
  DnsHealthCheck check = TRY(check_of(*request.health_check_config));
  return transact<shapes::CreateHealthCheckResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateHealthCheckResponse> {
    check.account = context.account;
    check.caller_reference = text(request.caller_reference);
    const auto all = store::all<DnsHealthCheck>(tx, context.account + "/");
    const auto before = std::ranges::find(all, check.caller_reference, &DnsHealthCheck::caller_reference);
    if (before != all.end() && !same_request(*before, check)) return fail("HealthCheckAlreadyExists", fmt::format("The health check you're attempting to create already exists: its caller reference is that of {}, with other settings.", before->id));
    if (before != all.end()) {
      check = *before;
    } else {
      if (all.size() >= kMaxPerAccount) return fail("TooManyHealthChecks", fmt::format("This health check can't be created because the current account has reached the limit of {} active health checks.", kMaxPerAccount));
      TRY(check_references(tx, check));
      check.id = deps.ids.uuid();
      store::put(tx, check);
    }
    return shapes::CreateHealthCheckResponse{.health_check = render(deps, check), .location = "https://route53.amazonaws.com/2013-04-01/healthcheck/" + check.id};
  });
}

Result<shapes::GetHealthCheckResponse> get(const Deps& deps, const CallContext& context, const shapes::GetHealthCheckRequest& request) {
  return transact<shapes::GetHealthCheckResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::GetHealthCheckResponse> {
    return shapes::GetHealthCheckResponse{.health_check = render(deps, TRY(health_check_with(tx, context, request.health_check_id)))};
  });
}

Result<shapes::UpdateHealthCheckResponse> update(const Deps& deps, const CallContext& context, const shapes::UpdateHealthCheckRequest& request) {
  return transact<shapes::UpdateHealthCheckResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::UpdateHealthCheckResponse> {
    const DnsHealthCheck before = TRY(health_check_with(tx, context, request.health_check_id));
    if (request.health_check_version && *request.health_check_version != before.version) {
      return fail("HealthCheckVersionMismatch", fmt::format("The value of HealthCheckVersion in the request doesn't match the value of HealthCheckVersion in the health check: {} against {}.", *request.health_check_version, before.version));
    }
    DnsHealthCheck next = TRY(check_of(updated(config_of(before), request)));
    next.account = before.account;
    next.id = before.id;
    next.caller_reference = before.caller_reference;
    next.tags = before.tags;
    next.version = before.version + 1;
    TRY(check_references(tx, next));
    store::put(tx, next);
    return shapes::UpdateHealthCheckResponse{.health_check = render(deps, next)};
  });
}

Result<shapes::DeleteHealthCheckResponse> remove(const Deps& deps, const CallContext& context, const shapes::DeleteHealthCheckRequest& request) {
  return transact<shapes::DeleteHealthCheckResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteHealthCheckResponse> {
    const DnsHealthCheck check = TRY(health_check_with(tx, context, request.health_check_id));
    for (const DnsHealthCheck& parent : store::all<DnsHealthCheck>(tx, context.account + "/")) {
      if (std::ranges::find(parent.children, check.id) != parent.children.end()) return fail("HealthCheckInUse", fmt::format("The health check {} is a child of the health check {}.", check.id, parent.id));
    }
    store::erase<DnsHealthCheck>(tx, check.key());
    store::erase<DnsHealth>(tx, check.key());
    return shapes::DeleteHealthCheckResponse{};
  });
}

Result<shapes::ListHealthChecksResponse> list(const Deps& deps, const CallContext& context, const shapes::ListHealthChecksRequest& request) {
  const size_t most = TRY(item_limit(request.max_items, kMaxChecks));
  shapes::ListHealthChecksResponse answer{.health_checks = std::vector<shapes::HealthCheck>{}, .is_truncated = false, .marker = text(request.marker), .max_items = std::to_string(most)};
  for (const DnsHealthCheck& check : store::all<DnsHealthCheck>(deps.store, context.account + "/")) {
    if (check.id < text(request.marker)) continue;
    if (answer.health_checks->size() == most) {
      answer.is_truncated = true;
      answer.next_marker = check.id;
      break;
    }
    answer.health_checks->push_back(render(deps, check));
  }
  return answer;
}

/// There is one checker, Landfall itself: one observation, told for the first of the check's regions.
std::vector<shapes::HealthCheckObservation> observed(const Deps& deps, const DnsHealthCheck& check, const std::string& status, WallTime at) {
  if (status.empty()) return {};
  const auto settings = store::find<model::Settings>(deps.store, model::Settings::kKey).value_or(model::Settings{});
  shapes::HealthCheckObservation one{.ip_address = settings.endpoint_address, .region = check.regions.empty() ? settings.region : check.regions[0]};
  one.status_report = shapes::StatusReport{.checked_time = at, .status = status};
  return {std::move(one)};
}

Result<DnsHealthCheck> with_endpoint(const Deps& deps, const CallContext& context, const std::optional<std::string>& id) {
  const DnsHealthCheck check = TRY(transact<DnsHealthCheck>(deps.store, [&](Transaction& tx) -> Result<DnsHealthCheck> { return health_check_with(tx, context, id); }));
  if (check.type == "CALCULATED" || check.type == "CLOUDWATCH_METRIC") return fail("InvalidInput", fmt::format("The health check {} is of the type {}, which has no endpoint that health checkers look at.", check.id, check.type));
  return check;
}

Result<shapes::GetHealthCheckStatusResponse> status(const Deps& deps, const CallContext& context, const shapes::GetHealthCheckStatusRequest& request) {
  const DnsHealthCheck check = TRY(with_endpoint(deps, context, request.health_check_id));
  const auto health = store::find<DnsHealth>(deps.store, check.key()).value_or(DnsHealth{});
  return shapes::GetHealthCheckStatusResponse{.health_check_observations = observed(deps, check, health.status, health.checked_at)};
}

Result<shapes::GetHealthCheckLastFailureReasonResponse> last_failure(const Deps& deps, const CallContext& context, const shapes::GetHealthCheckLastFailureReasonRequest& request) {
  const DnsHealthCheck check = TRY(with_endpoint(deps, context, request.health_check_id));
  const auto health = store::find<DnsHealth>(deps.store, check.key()).value_or(DnsHealth{});
  return shapes::GetHealthCheckLastFailureReasonResponse{.health_check_observations = observed(deps, check, health.last_failure, health.failed_at)};
}

}  // namespace

Result<DnsHealthCheck> health_check_with(const Transaction& tx, const CallContext& context, const std::optional<std::string>& id) {
  auto check = store::find<DnsHealthCheck>(tx, context.account + "/" + text(id));
  if (!check) return fail("NoSuchHealthCheck", fmt::format("A health check with id {} does not exist.", text(id)));
  return std::move(*check);
}

void register_health_check(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  const auto with_config = [](const std::string& prefix, std::vector<std::string> more) {
    for (const char* name : {"IPAddress", "Port", "ResourcePath", "FullyQualifiedDomainName", "SearchString", "FailureThreshold", "Inverted", "Disabled", "HealthThreshold", "ChildHealthChecks", "EnableSNI", "Regions", "AlarmIdentifier.*", "InsufficientDataHealthStatus"}) more.push_back(prefix + name);
    return more;
  };
  registry.add<shapes::CreateHealthCheckRequest, shapes::CreateHealthCheckResponse>(
      "route53", "CreateHealthCheck", with_config("HealthCheckConfig.", {"CallerReference", "HealthCheckConfig.Type", "HealthCheckConfig.RequestInterval", "HealthCheckConfig.MeasureLatency"}), bind(create));
  registry.add<shapes::GetHealthCheckRequest, shapes::GetHealthCheckResponse>("route53", "GetHealthCheck", {"*"}, bind(get));
  registry.add<shapes::UpdateHealthCheckRequest, shapes::UpdateHealthCheckResponse>("route53", "UpdateHealthCheck", with_config("", {"HealthCheckId", "HealthCheckVersion", "ResetElements"}), bind(update));
  registry.add<shapes::DeleteHealthCheckRequest, shapes::DeleteHealthCheckResponse>("route53", "DeleteHealthCheck", {"*"}, bind(remove));
  registry.add<shapes::ListHealthChecksRequest, shapes::ListHealthChecksResponse>("route53", "ListHealthChecks", {"*"}, bind(list));
  registry.add<shapes::GetHealthCheckStatusRequest, shapes::GetHealthCheckStatusResponse>("route53", "GetHealthCheckStatus", {"*"}, bind(status));
  registry.add<shapes::GetHealthCheckLastFailureReasonRequest, shapes::GetHealthCheckLastFailureReasonResponse>("route53", "GetHealthCheckLastFailureReason", {"*"}, bind(last_failure));
  registry.add<shapes::GetHealthCheckCountRequest, shapes::GetHealthCheckCountResponse>("route53", "GetHealthCheckCount", {"*"}, [&deps](const CallContext& c, const auto&) -> Result<shapes::GetHealthCheckCountResponse> {
    return shapes::GetHealthCheckCountResponse{.health_check_count = static_cast<int64_t>(store::all<DnsHealthCheck>(deps.store, c.account + "/").size())};
  });
}

}  // namespace landfall::services::route53
