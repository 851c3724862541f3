#include "why/health.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"

namespace landfall::why {
namespace {

using model::Because;

constexpr Duration kLongStart = std::chrono::minutes(10);  // a program that listens on nothing for so long never will

bool is_loopback(const std::string& address) { return address.starts_with("127.") || address == "::1"; }

/// The task metadata endpoint listens in the task's namespace too.
bool is_own(const ListeningSocket& socket) { return socket.address.starts_with("169.254."); }

bool accepts(std::string_view matcher, int status) {
  for (const std::string& part : split(matcher, ',')) {
    const size_t dash = part.find('-');
    const int low = std::atoi(part.c_str()), high = dash == std::string::npos ? low : std::atoi(part.c_str() + dash + 1);
    if (status >= low && status <= high) return true;
  }
  return false;
}

class Judge {
 public:
  explicit Judge(const TargetEvidence& evidence) : at_(evidence), port_(checked_port(evidence.group, evidence.target)) {}

  std::vector<Because> run() {
    if (at_.sockets && checks_wrong_port()) return std::move(found_);
    const bool is_cut = at_.path && !at_.path->is_reachable;
    if (is_cut) tell_path();
    const bool listens = !at_.sockets || judge_sockets();
    if (!is_cut && listens) judge_answer();
    if (found_.empty()) tell_unknown();
    return std::move(found_);
  }

 private:
  std::string where() const { return fmt::format("{}:{}", at_.target.id, port_); }
  std::string definition() const { return at_.task ? at_.task->task_definition_arn : ""; }
  std::string program() const { return at_.container.empty() ? "the program" : fmt::format("container {}", at_.container); }

  void tell(std::string code, std::string cause, std::string attribute, std::string sentence, std::string remedy) {
    Because because{.subject = at_.group.arn, .code = "Target." + code, .sentence = std::move(sentence), .cause = std::move(cause), .attribute = std::move(attribute), .remedy = std::move(remedy), .evidence = {}, .since = {}};
    because.evidence["target"] = where();
    if (!at_.target.last_check.empty()) because.evidence["last check"] = at_.target.last_check;
    if (at_.sockets) because.evidence["listening sockets"] = sockets_text();
    if (at_.replay) because.evidence["the same check from inside the task"] = at_.replay->status != 0 ? fmt::format("{}", at_.replay->status) : at_.replay->error;
    if (at_.path) because.evidence["path from the load balancer"] = at_.path->is_reachable ? "open" : at_.path->code;
    found_.push_back(std::move(because));
  }

  std::string sockets_text() const {
    std::string text;
    for (const ListeningSocket& socket : *at_.sockets) {
      if (!is_own(socket)) text += fmt::format("{}{}:{}", text.empty() ? "" : ", ", socket.address, socket.port);
    }
    return text.empty() ? "none" : text;
  }

  bool listens_on(int port) const {
    return std::ranges::any_of(*at_.sockets, [&](const ListeningSocket& s) { return s.port == port && !is_loopback(s.address) && !is_own(s); });
  }

  /// health_check.port names a port that nothing has, and the registered one is served.
  bool checks_wrong_port() {
    if (port_ == at_.target.port || listens_on(port_) || !listens_on(at_.target.port)) return false;
    tell("WrongPort", at_.group.arn, "health_check.port", fmt::format("the checks of target group {} go to port {}, where nothing listens; the targets are registered and served on port {}", at_.group.name, port_, at_.target.port),
         "set health_check.port = \"traffic-port\"");
    return true;
  }

  void tell_path() {
    const model::Path& path = *at_.path;
    const bool is_group = path.cause.starts_with("sg-") || path.code.find("SG") != std::string::npos;
    const bool is_acl = path.cause.starts_with("acl-");
    tell(is_group ? "SecurityGroupRefuses" : is_acl ? "NetworkAclRefuses" : "NotRouted", path.cause, path.attribute, fmt::format("health checks of target group {} do not reach {}: {}", at_.group.name, where(), path.sentence), path.remedy);
  }

  /// False: nothing listens where the checks go.
  bool judge_sockets() {
    if (listens_on(port_)) return true;
    const auto on_port = [&](const ListeningSocket& s) { return s.port == port_ && is_loopback(s.address); };
    const auto elsewhere = [&](const ListeningSocket& s) { return s.port != port_ && !is_own(s); };
    const auto loopback = std::ranges::find_if(*at_.sockets, on_port), other = std::ranges::find_if(*at_.sockets, elsewhere);
    if (loopback != at_.sockets->end()) {
      tell("ListensOnLoopback", definition(), "application: listen address", fmt::format("{} listens on {}:{} only, where nothing outside the task can reach it", program(), loopback->address, port_), "let the program listen on 0.0.0.0");
    } else if (other != at_.sockets->end()) {
      tell("ListensElsewhere", definition(), "application: listen port", fmt::format("{} listens on port {}; the target group, the service and containerPort say {}, where nothing listens", program(), other->port, port_),
           fmt::format("let the program listen on {}, or change containerPort, container_port and the security group to {}", port_, other->port));
    } else if (at_.service && at_.age < kLongStart) {
      const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(at_.age).count();
      const model::HealthCheck& check = at_.group.health_check;
      tell("NotListeningYet", at_.service->arn, "health_check_grace_period_seconds",
           fmt::format("{} s after its start {} does not listen on any port yet; health_check_grace_period_seconds is {}, and {} failed checks {} s apart then end the task before it is ready", seconds, program(), at_.service->health_check_grace_period_seconds,
                       check.unhealthy_threshold, check.interval_seconds),
           fmt::format("set health_check_grace_period_seconds above the start-up time of the program, which is more than {} s", seconds));
    } else {
      tell("ListensNowhere", definition(), "application: listen port", fmt::format("{} does not listen on any port", program()), fmt::format("let the program listen on port {}", port_));
    }
    return false;
  }

  void judge_answer() {
    const model::HealthCheck& check = at_.group.health_check;
    if (check.protocol == "TCP") return;  // who listens and can be reached has passed
    if (at_.group.protocol_version == "HTTP2" || at_.group.protocol_version == "GRPC") return judge_version();
    if (at_.replay && at_.replay->status == 0) {
      tell("NoAnswer", definition(), fmt::format("application: answer to {}", check.path), fmt::format("{} takes connections on port {} and does not answer {} ({})", program(), port_, check.path, at_.replay->error), "let the program answer that path");
      return;
    }
    if (at_.replay && accepts(check.matcher, at_.replay->status)) return judge_time();
    const int status = at_.replay ? at_.replay->status : status_in(at_.target.last_check);
    if (status != 0) judge_status(status);
  }

  /// The same check over HTTP/1.1 is not the same: what answers it says that the program does not speak HTTP/2.
  void judge_version() {
    const model::HealthCheck& check = at_.group.health_check;
    const std::string& version = at_.group.protocol_version;
    const int status = status_in(at_.target.last_check);
    if (at_.target.last_check == "no HTTP/2 answer") {
      const bool speaks_http1 = at_.replay && at_.replay->status != 0;
      tell("NotHttp2", at_.group.arn, "protocol_version",
           fmt::format("{} does not speak HTTP/2 on port {}{}; protocol_version of target group {} is {}", program(), port_, speaks_http1 ? fmt::format(", and answers HTTP/1.1 there with {}", at_.replay->status) : "", at_.group.name, version),
           "set protocol_version = \"HTTP1\", or let the program speak HTTP/2 (in clear: with prior knowledge)");
    } else if (at_.target.last_check == "no grpc-status in the answer") {
      tell("NotGrpc", at_.group.arn, "protocol_version", fmt::format("{} answers {} over HTTP/2 without a grpc-status: it does not speak gRPC, and protocol_version of target group {} is GRPC", program(), check.path, at_.group.name), "set protocol_version = \"HTTP2\"");
    } else if (status != 0 && version == "HTTP2") {
      judge_status(status);
    } else if (at_.target.last_check.starts_with("status ")) {
      tell("GrpcStatusMismatch", at_.group.arn, "health_check.matcher", fmt::format("calls of {} end with grpc-status {}; target group {} accepts {}", check.path, status, at_.group.name, check.matcher),
           fmt::format("set health_check.matcher to accept {}, or health_check.path to a method that ends with {}", status, check.matcher));
    }
  }

  void judge_time() {
    const model::HealthCheck& check = at_.group.health_check;
    if (at_.replay->took < std::chrono::seconds(check.timeout_seconds)) return;
    tell("TooSlow", at_.group.arn, "health_check.timeout", fmt::format("{} answers {} after {:.1f} s, and the checks of target group {} wait {} s", program(), check.path, static_cast<double>(at_.replay->took.count()) / 1000, at_.group.name, check.timeout_seconds),
         "raise health_check.timeout (below its interval), or check a path that answers sooner");
  }

  static int status_in(const std::string& check) { return check.starts_with("status ") ? std::atoi(check.c_str() + 7) : 0; }

  void judge_status(int status) {
    const model::HealthCheck& check = at_.group.health_check;
    const std::string wanted = fmt::format("target group {} accepts {}", at_.group.name, check.matcher);
    if (at_.as_site && accepts(check.matcher, at_.as_site->status)) {
      tell("HostRefused", definition(), "application: host allow-list", fmt::format("{} answers {} with {} to the host {}, which checks send, and with {} to {}", program(), check.path, status, at_.target.id, at_.as_site->status, at_.site),
           "let the program answer the health path for every host");
    } else if (status >= 300 && status < 400) {
      const bool is_https = at_.as_https && accepts(check.matcher, at_.as_https->status);
      tell("Redirected", at_.group.arn, "health_check.path",
           fmt::format("checks of {} are answered with {}{}{}; {}, and checks do not follow redirects", check.path, status, at_.replay && !at_.replay->location.empty() ? " to " + at_.replay->location : "",
                       is_https ? fmt::format(" (with X-Forwarded-Proto: https it is {})", at_.as_https->status) : "", wanted),
           "check a path that is not redirected; a wider matcher would also accept a program that only redirects");
    } else if (status == 404) {
      tell("PathNotFound", at_.group.arn, "health_check.path", fmt::format("checks of {} are answered with 404; {}", check.path, wanted),
           at_.other_paths.empty() ? "set health_check.path to a path that the program answers with 200" : fmt::format("set health_check.path to a path that the program answers with 200: {}", join(at_.other_paths, ", ")));
    } else if (status >= 500) {
      tell("ProgramFails", definition(), fmt::format("application: answer to {}", check.path), fmt::format("checks of {} are answered with {}: {} itself fails there{}", check.path, status, program(), first_words()), "see the program's log, or check a path that depends on less");
    } else if (status == 401 || status == 403) {
      tell("AccessDenied", at_.group.arn, "health_check.path", fmt::format("checks of {} are answered with {}: that path wants credentials, which checks do not have; {}", check.path, status, wanted), "check a path that needs no credentials");
    } else if (status >= 200 && status < 300) {
      tell("MatcherTooNarrow", at_.group.arn, "health_check.matcher", fmt::format("checks of {} are answered with {}; {}", check.path, status, wanted), fmt::format("set health_check.matcher to accept {}", status));
    } else {
      tell("CodeMismatch", at_.group.arn, "health_check.path", fmt::format("checks of {} are answered with {}; {}{}", check.path, status, wanted, first_words()), "check a path that the program answers with 200");
    }
  }

  std::string first_words() const { return at_.replay && !at_.replay->body.empty() ? fmt::format(" (it says: {})", trim(at_.replay->body.substr(0, 200))) : ""; }

  void tell_unknown() {
    tell("Unexplained", at_.group.arn, "", fmt::format("{} of target group {} fails its checks ({}), and the cause is not known", where(), at_.group.name, at_.target.description.empty() ? at_.target.last_check : at_.target.description),
         "look at the program's log; checked were routes and security groups, the task's sockets and a check from inside the task, as far as the evidence says");
  }

  const TargetEvidence& at_;
  int port_;
  std::vector<Because> found_;
};

}  // namespace

int checked_port(const model::TargetGroup& group, const model::Target& target) { return group.health_check.port == "traffic-port" ? target.port : std::atoi(group.health_check.port.c_str()); }

Because not_in_use(const model::TargetGroup& group) {
  return {.subject = group.arn, .code = std::string(kNotInUse), .sentence = fmt::format("target group {} has targets, and no listener and no rule forwards to it: they get no request", group.name), .cause = group.arn, .attribute = "listener or rule",
          .remedy = "forward to it from a listener's default action or a rule", .evidence = {}, .since = {}};
}

std::vector<Because> judge(const TargetEvidence& evidence) { return Judge(evidence).run(); }

}  // namespace landfall::why
