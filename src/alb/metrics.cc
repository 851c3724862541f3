#include "alb/metrics.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <cstdlib>

#include <fmt/format.h>

#include "alb/tallies.h"
#include "alb/transport.h"
#include "alb/worker.h"

namespace landfall::alb {
namespace {

/// One family: its help and its samples.
struct Family {
  std::string& text;
  std::string name;
  Family(std::string& into, std::string_view metric, std::string_view type, std::string_view aws) : text(into), name(fmt::format("landfall_alb_{}", metric)) {
    text += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, aws, name, type);
  }
  void add(std::string_view labels, double value) { text += labels.empty() ? fmt::format("{} {}\n", name, value) : fmt::format("{}{{{}}} {}\n", name, labels, value); }
};

void add_balancer(std::string& text, const Worker& worker) {
  const auto c = worker.counters();
  const auto single = [&](std::string_view metric, std::string_view aws, int64_t value) { Family(text, metric, "counter", aws).add({}, static_cast<double>(value)); };
  Family(text, "active_connection_count", "gauge", "ActiveConnectionCount (of clients)").add({}, static_cast<double>(worker.connection_count()));
  Family(text, "kept_bytes", "gauge", "bytes that wait for slow peers; bounded by memory_mib").add({}, static_cast<double>(worker.kept_bytes()));
  single("new_connection_count", "NewConnectionCount (of clients)", count_of(c, "connections"));
  single("new_target_connection_count", "connections opened to targets", count_of(c, "target.connections"));
  single("rejected_connection_count", "RejectedConnectionCount", count_of(c, "elb.rejected_connection"));
  single("client_tls_negotiation_error_count", "ClientTLSNegotiationErrorCount", count_of(c, "elb.tls_failed") + count_of(c, "elb.tls_timeout"));
  single("flow_target_tls_negotiation_error_count", "TargetTLSNegotiationErrorCount of a network load balancer", count_of(c, "target.tls_failed"));
  single("tcp_client_reset_count", "TCP_Client_Reset_Count (of a network load balancer)", count_of(c, "flow.client_reset"));
  single("tcp_target_reset_count", "TCP_Target_Reset_Count", count_of(c, "flow.target_reset"));
  single("tcp_elb_reset_count", "TCP_ELB_Reset_Count", count_of(c, "flow.balancer_reset"));
  single("request_count", "RequestCount: requests for which a target was chosen", count_of(c, "forwarded"));
  single("grpc_request_count", "GrpcRequestCount", count_of(c, "requests.grpc"));
  single("processed_bytes", "ProcessedBytes", count_of(c, "bytes.received") + count_of(c, "bytes.sent"));
  single("rule_evaluations", "RuleEvaluations", count_of(c, "rules.evaluated"));
  single("http_redirect_count", "HTTP_Redirect_Count", count_of(c, "elb.redirect"));
  single("http_fixed_response_count", "HTTP_Fixed_Response_Count", count_of(c, "elb.fixed-response"));
  single("http_redirect_url_limit_exceeded_count", "HTTP_Redirect_Url_Limit_Exceeded_Count", count_of(c, "elb.500.redirect_too_long"));
  single("desync_non_compliant_request_count", "DesyncMitigationMode_NonCompliant_Request_Count", count_of(c, "desync.noncompliant"));
  single("dropped_invalid_header_request_count", "DroppedInvalidHeaderRequestCount", count_of(c, "requests.dropped_invalid_header"));
  single("forwarded_invalid_header_request_count", "ForwardedInvalidHeaderRequestCount", count_of(c, "requests.forwarded_invalid_header"));
  single("non_sticky_request_count", "NonStickyRequestCount", count_of(c, "elb.not_sticky"));
  single("elb_auth_success", "ELBAuthSuccess", count_of(c, "auth.success"));
  single("elb_auth_failure", "ELBAuthFailure", count_of(c, "auth.failure"));
  single("elb_auth_error", "ELBAuthError", count_of(c, "auth.error"));
  single("elb_auth_refresh_token_success", "ELBAuthRefreshTokenSuccess", count_of(c, "auth.refresh_success"));
  single("elb_auth_user_claims_size_exceeded", "ELBAuthUserClaimsSizeExceeded", count_of(c, "auth.claims_too_large"));
  Family(text, "elb_auth_latency_seconds_sum", "counter", "ELBAuthLatency, summed").add({}, static_cast<double>(count_of(c, "auth.microseconds")) / 1e6);
  Family elb(text, "httpcode_elb_count", "counter", "HTTPCode_ELB_3XX/4XX/5XX_Count");
  elb.add("class=\"3xx\"", static_cast<double>(redirect_count(c)));
  elb.add("class=\"4xx\"", static_cast<double>(counts_from(c, "elb.4")));
  elb.add("class=\"5xx\"", static_cast<double>(counts_from(c, "elb.5")));
  Family reasons(text, "own_answer_count", "counter", "answers of the balancer's own and cut answers, by who ended them and why");
  for (const auto& [name, value] : c) {
    if (name.starts_with("elb.")) reasons.add(fmt::format("reason=\"{}\"", name), static_cast<double>(value));
  }
}

void add_groups(std::string& text, const Worker& worker) {
  const auto snapshot = worker.snapshot();
  const auto each = [&](std::string_view metric, std::string_view type, std::string_view aws, const auto& value) {
    Family family(text, metric, type, aws);
    for (const auto& [arn, group] : snapshot->groups) family.add(fmt::format("target_group=\"{}\"", group.group.name.empty() ? arn : group.group.name), value(group));
  };
  each("healthy_host_count", "gauge", "HealthyHostCount", [&](const Group& g) { return static_cast<double>(host_count(g, snapshot->nodes, true)); });
  each("unhealthy_host_count", "gauge", "UnHealthyHostCount", [&](const Group& g) { return static_cast<double>(host_count(g, snapshot->nodes, false)); });
  each("target_request_count", "counter", "RequestCount of the target group", [](const Group& g) { return static_cast<double>(g.state->sum(Tally::requests)); });
  each("target_response_time_seconds_sum", "counter", "TargetResponseTime, summed", [](const Group& g) { return static_cast<double>(g.state->sum(Tally::response_microseconds)) / 1e6; });
  each("target_connection_error_count", "counter", "TargetConnectionErrorCount", [](const Group& g) {
    int64_t sum = g.state->sum(Tally::connection_errors);  // of requests; of flows each target has its own
    for (const auto& [target, zone, drains] : g.members) sum += target->tally.sum(Tally::connection_errors);
    return static_cast<double>(sum);
  });
  each("target_tls_negotiation_error_count", "counter", "TargetTLSNegotiationErrorCount", [](const Group& g) { return static_cast<double>(g.state->sum(Tally::tls_errors)); });
  each("unhealthy_routing_request_count", "counter", "UnhealthyRoutingRequestCount", [](const Group& g) { return static_cast<double>(g.state->sum(Tally::failed_open)); });
  Family zones(text, "zone_healthy_host_count", "gauge", "HealthyHostCount by AvailabilityZone: as its node finds them");
  for (const auto& [arn, group] : snapshot->groups) {
    for (const Node& node : snapshot->nodes) zones.add(fmt::format("target_group=\"{}\",availability_zone=\"{}\"", group.group.name.empty() ? arn : group.group.name, node.zone), static_cast<double>(group.hosts(node).healthy));
  }
  Family codes(text, "httpcode_target_count", "counter", "HTTPCode_Target_2XX/3XX/4XX/5XX_Count");
  for (const auto& [arn, group] : snapshot->groups) {
    for (int i = 2; i <= 5; ++i) codes.add(fmt::format("target_group=\"{}\",class=\"{}xx\"", group.group.name.empty() ? arn : group.group.name, i), static_cast<double>(group.state->sum(Tally::answers(i * 100))));
  }
}

}  // namespace

std::string render_metrics(const Worker& worker) {
  std::string text;
  add_balancer(text, worker);
  add_groups(text, worker);
  return text;
}

Result<std::unique_ptr<MetricsEndpoint>> MetricsEndpoint::open(Worker& worker, const std::string& at) {
  const size_t colon = at.rfind(':');
  Fd socket = TRY(listen_at(at.substr(0, colon), std::atoi(at.c_str() + colon + 1), false).while_doing("opening the metrics endpoint"));
  std::unique_ptr<MetricsEndpoint> made(new MetricsEndpoint(worker, std::move(socket)));
  worker.loop().watch(made->socket_.get(), made.get(), EPOLLIN);
  return made;
}

/// One small request, one answer, the end: what a scraper does. A peer that dawdles is given 100 ms.
void MetricsEndpoint::on_event(uint32_t) {
  Fd peer(accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!peer) return;
  const timeval limit{.tv_sec = 0, .tv_usec = 100'000};
  setsockopt(peer.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(peer.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  char request[4096];
  const ssize_t got = recv(peer.get(), request, sizeof request, 0);
  const std::string_view line(request, got > 0 ? static_cast<size_t>(got) : 0);
  const bool is_ours = line.starts_with("GET /metrics ") || line.starts_with("GET /metrics?");
  const std::string body = is_ours ? render_metrics(worker_) : "metrics are at /metrics\n";
  const std::string text = fmt::format("HTTP/1.1 {}\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}", is_ours ? "200 OK" : "404 Not Found", body.size(), body);
  for (size_t sent = 0; sent < text.size();) {
    const ssize_t done = send(peer.get(), text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    if (done <= 0) return;
    sent += static_cast<size_t>(done);
  }
}

int MetricsEndpoint::port() const {
  sockaddr_in local{};
  socklen_t size = sizeof local;
  getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&local), &size);
  return ntohs(local.sin_port);
}

}  // namespace landfall::alb
