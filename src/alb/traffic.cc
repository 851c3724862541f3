#include "alb/traffic.h"

#include <unistd.h>

#include <algorithm>

#include <fmt/format.h>

#include "alb/group.h"
#include "alb/snapshot.h"
#include "alb/tallies.h"
#include "alb/worker.h"
#include "base/file.h"

namespace landfall::alb {
namespace {

using model::GroupTraffic;
using model::Traffic;

GroupTraffic group_traffic(const std::string& arn, const Group& group) {
  const Tally& tally = group.state->tally;
  GroupTraffic told{.arn = arn, .response_us = tally.sum(Tally::response_microseconds)};
  told.counts["RequestCount"] = tally.sum(Tally::requests);
  for (int i = 2; i <= 5; ++i) told.counts[fmt::format("HTTPCode_Target_{}XX_Count", i)] = tally.sum(Tally::answers(i * 100));
  for (int i = 1; i <= 5; ++i) told.answers += tally.sum(Tally::answers(i * 100));
  for (const auto& member : group.members) told.counts["TargetConnectionErrorCount"] += member.target->tally.sum(Tally::connection_errors);
  if (group.group.health_check.enabled) {
    told.gauges["HealthyHostCount"] = host_count(group, true);
    told.gauges["UnHealthyHostCount"] = host_count(group, false);
  }
  return told;
}

/// Of a network load balancer (NLB user guide, CloudWatch metrics).
Traffic flow_traffic(const Worker& worker, const std::map<std::string, int64_t>& c) {
  Traffic told{.worker = getpid()};
  told.gauges["ActiveFlowCount"] = static_cast<int64_t>(worker.connection_count());
  told.counts = {{"NewFlowCount", count_of(c, "connections")},
                 {"RejectedFlowCount", count_of(c, "elb.rejected_connection")},
                 {"ProcessedBytes", count_of(c, "bytes.received") + count_of(c, "bytes.sent")},
                 {"TCP_Client_Reset_Count", count_of(c, "flow.client_reset")},
                 {"TCP_Target_Reset_Count", count_of(c, "flow.target_reset")},
                 {"TCP_ELB_Reset_Count", count_of(c, "flow.balancer_reset")},
                 {"ClientTLSNegotiationErrorCount", count_of(c, "elb.tls_failed") + count_of(c, "elb.tls_timeout")},
                 {"TargetTLSNegotiationErrorCount", count_of(c, "target.tls_failed")}};
  for (const auto& [arn, group] : worker.snapshot()->groups) {
    GroupTraffic& of_group = told.groups.emplace_back(GroupTraffic{.arn = arn});
    if (!group.group.health_check.enabled) continue;
    of_group.gauges["HealthyHostCount"] = host_count(group, true);
    of_group.gauges["UnHealthyHostCount"] = host_count(group, false);
  }
  return told;
}

}  // namespace

Traffic traffic_of(const Worker& worker) {
  const auto c = worker.counters();
  if (worker.snapshot()->config.balancer.type == "network") return flow_traffic(worker, c);
  Traffic told{.worker = getpid()};
  told.gauges["ActiveConnectionCount"] = static_cast<int64_t>(worker.connection_count());
  told.counts = {{"RequestCount", count_of(c, "forwarded")},
                 {"GrpcRequestCount", count_of(c, "requests.grpc")},
                 {"NewConnectionCount", count_of(c, "connections")},
                 {"RejectedConnectionCount", count_of(c, "elb.rejected_connection")},
                 {"ClientTLSNegotiationErrorCount", count_of(c, "elb.tls_failed") + count_of(c, "elb.tls_timeout")},
                 {"TargetTLSNegotiationErrorCount", counts_from(c, "elb.502.target_tls_")},
                 {"ProcessedBytes", count_of(c, "bytes.received") + count_of(c, "bytes.sent")},
                 {"RuleEvaluations", count_of(c, "rules.evaluated")},
                 {"HTTP_Redirect_Count", count_of(c, "elb.redirect")},
                 {"HTTP_Redirect_Url_Limit_Exceeded_Count", count_of(c, "elb.500.redirect_too_long")},
                 {"DesyncMitigationMode_NonCompliant_Request_Count", count_of(c, "desync.noncompliant")},
                 {"DroppedInvalidHeaderRequestCount", count_of(c, "requests.dropped_invalid_header")},
                 {"ForwardedInvalidHeaderRequestCount", count_of(c, "requests.forwarded_invalid_header")},
                 {"NonStickyRequestCount", count_of(c, "elb.not_sticky")},
                 {"HTTP_Fixed_Response_Count", count_of(c, "elb.fixed-response")},
                 {"HTTPCode_ELB_3XX_Count", redirect_count(c)},
                 {"ELBAuthSuccess", count_of(c, "auth.success")},
                 {"ELBAuthFailure", count_of(c, "auth.failure")},
                 {"ELBAuthError", count_of(c, "auth.error")},
                 {"ELBAuthRefreshTokenSuccess", count_of(c, "auth.refresh_success")},
                 {"ELBAuthUserClaimsSizeExceeded", count_of(c, "auth.claims_too_large")},
                 {"HTTPCode_ELB_4XX_Count", counts_from(c, "elb.4")},
                 {"HTTPCode_ELB_5XX_Count", counts_from(c, "elb.5")}};
  told.logins = count_of(c, "auth.calls");
  told.login_us = count_of(c, "auth.microseconds");
  for (const int code : {500, 502, 503, 504}) told.counts[fmt::format("HTTPCode_ELB_{}_Count", code)] = counts_from(c, fmt::format("elb.{}", code));
  for (const auto& [arn, group] : worker.snapshot()->groups) told.groups.push_back(group_traffic(arn, group));
  return told;
}

std::filesystem::path traffic_file(const std::filesystem::path& folder) { return folder / "traffic.json"; }

Result<void> TrafficLog::write(const Worker& worker) {
  std::string text = encode(traffic_of(worker));
  if (text == last_) return {};
  TRY(write_file_atomic(file_, text, 0600));
  last_ = std::move(text);
  return {};
}

std::optional<Traffic> read_traffic(const std::filesystem::path& folder) {
  const auto text = read_file(traffic_file(folder));
  if (!text) return std::nullopt;
  auto told = decode<Traffic>(*text);
  return told ? std::optional(std::move(*told)) : std::nullopt;
}

}  // namespace landfall::alb
