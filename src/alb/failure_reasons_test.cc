#include "alb/failure_reasons.h"

#include <doctest/doctest.h>

using namespace landfall;
using namespace landfall::alb;

namespace {

const WallTime kNow{1'800'000'000'000};
const std::string kGroup = "arn:aws:elasticloadbalancing:r:0:targetgroup/web/1";

TargetState with(std::string reason, int64_t count, Duration ago) {
  return {.group_arn = kGroup, .id = "10.0.0.4", .port = 80, .failures = {{.reason = std::move(reason), .count = count, .last = kNow - ago}}};
}

std::map<std::string, model::Because> told(const std::vector<TargetState>& targets) {
  model::LoadBalancer balancer{.arn = "lb"};
  balancer.attributes["idle_timeout.timeout_seconds"] = "7";
  return failures_of(balancer, targets, {}, {{kGroup, "td:1"}}, kNow);
}

}  // namespace

TEST_CASE("a slow program is told with the idle timeout that ended its requests, all targets of a group together") {
  const auto reasons = told({with("target_idle_timeout", 2, std::chrono::seconds(5)), with("target_idle_timeout", 3, std::chrono::seconds(9))});
  REQUIRE(reasons.size() == 1);
  const model::Because& because = reasons.begin()->second;
  CHECK(because.code == "Requests.IdleTimeout");
  CHECK(because.subject == kGroup);
  CHECK(because.cause == "lb");
  CHECK(because.attribute == "idle_timeout");
  CHECK(because.sentence == "requests to target group web got 504: the program behind 10.0.0.4:80 took the request and sent nothing for the 7 s of idle_timeout");
  CHECK(because.evidence.at("requests") == "5");
  CHECK(is_of_failures(because));
}

TEST_CASE("what the program does is the program's, and old failures are not told") {
  CHECK(told({with("response_malformed", 1, {})}).begin()->second.cause == "td:1");
  CHECK(told({with("kept_connection_closed", 1, {})}).begin()->second.cause == "lb");
  CHECK(told({with("target_not_http2", 1, {})}).begin()->second.cause == kGroup);
  CHECK(told({with("target_not_http2", 1, {})}).begin()->second.attribute == "protocol_version");
  CHECK(told({with("response_malformed", 1, kTold + Duration(1))}).empty());
  CHECK(told({with("target_unreachable", 1, {})}).empty());
}

TEST_CASE("a target that takes no connection or no TLS is told while its checks, which go elsewhere, pass") {
  const auto of = [](std::string reason, std::string state) {
    TargetState target = with(std::move(reason), 1, {});
    target.state = std::move(state);
    return told({target});
  };
  CHECK(of("target_tls_failed", "unhealthy").empty());
  CHECK(of("target_tls_failed", "healthy").begin()->second.code == "Requests.NotTls");
  CHECK(of("target_tls_timeout", "healthy").begin()->second.cause == kGroup);
  CHECK(of("target_tls_timeout", "healthy").begin()->second.attribute == "protocol");
  CHECK(of("target_refused", "healthy").begin()->second.cause == "td:1");
  CHECK(of("target_connect_timeout", "healthy").begin()->second.code == "Requests.NotConnected");
}

TEST_CASE("a program's own errors are told as its own") {
  const auto reasons = told({with("target_5xx", 3, {})});
  CHECK(reasons.begin()->second.cause == "td:1");
  CHECK(reasons.begin()->second.sentence == "requests to target group web: the program behind 10.0.0.4:80 answered with a status of 500 or above itself");
}
