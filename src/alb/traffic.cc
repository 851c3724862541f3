#include "alb/traffic.h"

#include <unistd.h>

#include <functional>

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

/// What happened to a group's requests, at one node or at all of them.
void add_requests(GroupTraffic& told, const std::function<int64_t(Tally::Count)>& sum) {
  told.response_us = sum(Tally::response_microseconds);
  told.counts["RequestCount"] = sum(Tally::requests);
  told.counts["TargetConnectionErrorCount"] = sum(Tally::connection_errors);
  told.counts["TargetTLSNegotiationErrorCount"] = sum(Tally::tls_errors);
  told.counts["UnhealthyRoutingRequestCount"] = sum(Tally::failed_open);
  for (int i = 2; i <= 5; ++i) told.counts[fmt::format("HTTPCode_Target_{}XX_Count", i)] = sum(Tally::answers(i * 100));
  for (int i = 1; i <= 5; ++i) told.answers += sum(Tally::answers(i * 100));
}

GroupTraffic group_traffic(const Worker& worker, const Group& group, bool is_network) {
  GroupTraffic told{.arn = group.group.arn};
  if (!is_network) add_requests(told, [&](Tally::Count what) { return group.state->sum(what); });
  if (!group.group.health_check.enabled) return told;
  told.gauges["HealthyHostCount"] = host_count(group, worker.snapshot()->nodes, true);
  told.gauges["UnHealthyHostCount"] = host_count(group, worker.snapshot()->nodes, false);
  return told;
}

/// As the node sees it, and whether that is enough for its zone (ALB user guide, Target group health).
GroupTraffic group_traffic(const Node& node, const Group& group, bool is_network) {
  GroupTraffic told{.arn = group.group.arn};
  if (!is_network) add_requests(told, [&](Tally::Count what) { return group.state->tally(node).sum(what); });
  if (!group.group.health_check.enabled) return told;
  const Group::Hosts hosts = group.hosts(node);
  told.gauges["HealthyHostCount"] = hosts.healthy;
  told.gauges["UnHealthyHostCount"] = hosts.unhealthy;
  if (is_network || hosts.registered == 0) return told;
  const bool for_dns = group.is_healthy_for_dns(node), for_routing = !group.fails_open(node);
  told.gauges["HealthyStateDNS"] = for_dns ? 1 : 0;
  told.gauges["UnhealthyStateDNS"] = for_dns ? 0 : 1;
  told.gauges["HealthyStateRouting"] = for_routing ? 1 : 0;
  told.gauges["UnhealthyStateRouting"] = for_routing ? 0 : 1;
  return told;
}

/// Of a network load balancer (NLB user guide, CloudWatch metrics).
Traffic flow_traffic(const std::map<std::string, int64_t>& c) {
  Traffic told;
  told.counts = {{"NewFlowCount", count_of(c, "connections")},
                 {"RejectedFlowCount", count_of(c, "elb.rejected_connection")},
                 {"ProcessedBytes", count_of(c, "bytes.received") + count_of(c, "bytes.sent")},
                 {"TCP_Client_Reset_Count", count_of(c, "flow.client_reset")},
                 {"TCP_Target_Reset_Count", count_of(c, "flow.target_reset")},
                 {"TCP_ELB_Reset_Count", count_of(c, "flow.balancer_reset")},
                 {"ClientTLSNegotiationErrorCount", count_of(c, "elb.tls_failed") + count_of(c, "elb.tls_timeout")},
                 {"TargetTLSNegotiationErrorCount", count_of(c, "target.tls_failed")}};
  return told;
}

Traffic request_traffic(const std::map<std::string, int64_t>& c) {
  Traffic told;
  told.counts = {{"RequestCount", count_of(c, "forwarded")},
                 {"GrpcRequestCount", count_of(c, "requests.grpc")},
                 {"NewConnectionCount", count_of(c, "connections")},
                 {"RejectedConnectionCount", count_of(c, "elb.rejected_connection")},
                 {"ClientTLSNegotiationErrorCount", count_of(c, "elb.tls_failed") + count_of(c, "elb.tls_timeout")},
                 {"TargetTLSNegotiationErrorCount", counts_from(c, "elb.502.target_tls_")},
                 {"ProcessedBytes", count_of(c, "bytes.received") + count_of(c, "bytes.sent")},
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
  return told;
}

}  // namespace

Traffic traffic_of(const Worker& worker) {
  const auto snapshot = worker.snapshot();
  const bool is_network = snapshot->config.balancer.type == "network";
  const std::string active = is_network ? "ActiveFlowCount" : "ActiveConnectionCount";
  const auto of = [&](const std::map<std::string, int64_t>& counters, size_t connections) {
    Traffic told = is_network ? flow_traffic(counters) : request_traffic(counters);
    told.gauges[active] = static_cast<int64_t>(connections);
    return told;
  };
  const auto all = worker.counters();
  Traffic told = of(all, worker.connection_count());
  told.worker = getpid();
  if (!is_network) told.counts["RuleEvaluations"] = count_of(all, "rules.evaluated");
  told.charged_rules = count_of(all, "rules.charged");
  for (const auto& [arn, group] : snapshot->groups) told.groups.push_back(group_traffic(worker, group, is_network));
  for (const Node& node : snapshot->nodes) {
    Traffic& zone = told.zones.emplace_back(of(worker.counters(node), worker.connection_count(node)));
    zone.zone = node.zone;
    for (const auto& [arn, group] : snapshot->groups) zone.groups.push_back(group_traffic(node, group, is_network));
  }
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
