#include "alb/failure_reasons.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

namespace landfall::alb {
namespace {

constexpr std::string_view kPrefix = "Requests.";

constexpr std::string_view kUnanswered = "target_connect_timeout", kNotConnected = "NotConnected";

constexpr int kPassedOn = -1;  // a connection of a network load balancer, which has no status: it was reset

/// One kind of failure. `what` follows "the program".
struct Kind {
  std::string_view reason, code;
  int status;  ///< of the balancer's answer; 0: the program's own was passed on
  bool blames_balancer;
  std::string_view attribute, what, remedy;
  bool is_of_connecting = false;  ///< told of healthy targets only: for others their health tells it
};

constexpr Kind kKinds[] = {
    {"target_idle_timeout", "IdleTimeout", 504, true, "idle_timeout", "took the request and sent nothing for the {} s of idle_timeout", "raise idle_timeout above what the slowest answer takes, or let the program send something sooner"},
    {"target_stalled", "AnswerStalled", 504, true, "idle_timeout", "began an answer and sent no more of it for the {} s of idle_timeout, though its Content-Length or its chunks promise more", "let the program send all that its Content-Length promises, or raise idle_timeout above its longest pause"},
    {"kept_connection_closed", "KeptConnectionClosed", 502, true, "idle_timeout", "closed a kept connection as a request came over it: it keeps idle connections for less than the {} s of idle_timeout", "let the program keep idle connections longer than idle_timeout, or lower idle_timeout"},
    {"target_closed", "TargetClosed", 502, false, "application: closes connections", "closed the connection before its answer was whole", "look at the program's log: it ended, or gave up the request"},
    {"response_malformed", "AnswerMalformed", 502, false, "application: HTTP answers", "gave an answer that is no HTTP of the target group's protocol version", "correct the program's answer, or the target group's port and protocol"},
    {"target_not_http2", "NotHttp2", 502, false, "protocol_version", "does not speak HTTP/2: it met the connection's preface with something else, or closed", "set protocol_version = \"HTTP1\" on the target group, or let the program speak HTTP/2 on that port (in clear: with prior knowledge)"},
    {"target_tls_failed", "NotTls", 502, false, "protocol", "does not speak TLS on that port", "set protocol = \"HTTP\" on the target group, or let the program speak TLS", true},
    {"target_tls_timeout", "NotTls", 502, false, "protocol", "takes the connection and does not answer a TLS greeting: it does not speak TLS on that port", "set protocol = \"HTTP\" on the target group, or let the program speak TLS", true},
    {"target_refused", "Refused", 502, false, "application: listen port", "refuses connections to that port; its checks go to another one, or it has just ended", "let the program listen on the port that is registered, or register the one it listens on", true},
    {kUnanswered, "NotConnected", 504, false, "application: listen port", "takes no connection", "look at what is between: routes, security groups, network ACLs", true},
    {"target_5xx", "ProgramFails", 0, false, "application: answers 5XX", "answered with a status of 500 or above itself", "look at the program's log: the load balancer only passed its answer on"},
    {"target_reset_stream", "StreamReset", 502, false, "application: resets streams", "reset the stream before its answer was whole", "look at the program's log: it gave up the request"},
    {"target_refused_stream", "StreamRefused", 502, false, "application: refuses streams", "refused the stream on each of several attempts", "let the program take more streams at once, or run more targets"},
    {"flow_refused", "Refused", kPassedOn, false, "application: listen port", "refuses connections to that port; its checks go to another one, or it has just ended", "let the program listen on the port that is registered, or register the one it listens on", true},
    {"flow_not_connected", "NotConnected", kPassedOn, false, "application: listen port", "takes no connection", "look at what is between: routes, security groups, network ACLs", true},
    {"flow_tls_failed", "NotTls", kPassedOn, false, "protocol", "does not speak TLS on that port", "set protocol = \"TCP\" on the target group, or let the program speak TLS", true},
    {"deregistration_delay_ended", "CutByDeregistration", 502, false, "deregistration_delay", "was still answering when its deregistration delay was over", "raise deregistration_delay above what the slowest answer takes"},
};

std::string name_of_group(const std::string& arn) {
  const size_t start = arn.find(":targetgroup/") + std::string_view(":targetgroup/").size();
  return arn.substr(start, arn.find('/', start) - start);
}

/// All failures of one kind in one group.
struct Sum {
  int64_t count = 0;
  WallTime last;
  std::string target;  ///< the last one's
};

/// What keeps connections from a target ("10.0.1.4:80") whose checks go to another port.
void look_between(const model::LoadBalancer& balancer, const std::string& target, const model::NetworkView& view, model::Because& because) {
  const size_t colon = target.rfind(':');
  const std::string address = target.substr(0, colon);
  for (const auto& node : balancer.nodes) {
    const model::Path path = model::trace(view, {.interface_id = node.network_interface_id}, {.ip = address}, {.protocol = "tcp", .port = std::atoi(target.c_str() + colon + 1)});
    if (path.is_reachable) continue;
    because.cause = path.cause;
    because.attribute = path.attribute;
    because.remedy = path.remedy;
    because.sentence += fmt::format(": {}", path.sentence);
    return;
  }
}

}  // namespace

std::map<std::string, model::Because> failures_of(const model::LoadBalancer& balancer, const std::vector<TargetState>& targets, const model::NetworkView& view, const std::map<std::string, std::string>& programs, WallTime now) {
  std::map<std::pair<std::string, const Kind*>, Sum> sums;
  for (const TargetState& target : targets) {
    for (const Failure& failure : target.failures) {
      const auto* kind = std::ranges::find(kKinds, failure.reason, &Kind::reason);
      if (kind == std::end(kKinds) || (kind->is_of_connecting && target.state != "healthy")) continue;
      Sum& sum = sums[{target.group_arn, kind}];
      sum.count += failure.count;
      if (failure.last <= sum.last) continue;
      sum.last = failure.last;
      sum.target = fmt::format("{}:{}", target.id, target.port);
    }
  }
  const std::string idle = model::load_balancer_attribute(balancer, "idle_timeout.timeout_seconds");
  std::map<std::string, model::Because> reasons;
  for (const auto& [at, sum] : sums) {
    if (now - sum.last > kTold) continue;
    const auto& [group_arn, kind] = at;
    const auto program = programs.find(group_arn);
    const bool is_program = kind->attribute.starts_with("application") && program != programs.end();
    model::Because because{.subject = group_arn, .code = fmt::format("{}{}", kPrefix, kind->code), .attribute = std::string(kind->attribute), .remedy = std::string(kind->remedy)};
    because.cause = kind->blames_balancer ? balancer.arn : is_program ? program->second : group_arn;
    const std::string fate = kind->status == kPassedOn ? " were reset" : kind->status == 0 ? "" : fmt::format(" got {}", kind->status);
    because.sentence = fmt::format("{} to target group {}{}: the program behind {} {}", kind->status == kPassedOn ? "connections" : "requests", name_of_group(group_arn), fate, sum.target, fmt::format(fmt::runtime(kind->what), idle));
    because.evidence = {{kind->status == kPassedOn ? "connections" : "requests", std::to_string(sum.count)}, {"last", iso8601(sum.last)}, {"target", sum.target}};
    because.since = sum.last;
    if (kind->code == kNotConnected) look_between(balancer, sum.target, view, because);
    reasons[because.key()] = std::move(because);
  }
  return reasons;
}

bool is_of_failures(const model::Because& because) { return because.code.starts_with(kPrefix); }

}  // namespace landfall::alb
