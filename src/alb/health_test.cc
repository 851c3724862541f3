#include "alb/health.h"

#include <doctest/doctest.h>

using namespace landfall;
using namespace landfall::alb;

namespace {

CheckResult code(int status) { return {.kind = CheckResult::Kind::answered, .status = status}; }

}  // namespace

TEST_CASE("the codes of all failed checks that made a target unhealthy are told, each once, in their order") {
  const model::HealthCheck check{.healthy_threshold = 2, .unhealthy_threshold = 3};
  Health health;
  for (const int status : {404, 502, 404}) health.take(code(status), check);
  CHECK(health.description() == "Health checks failed with these codes: [404, 502]");
  CHECK(health.last_check() == "status 404");
  health.take(code(503), check);
  CHECK(health.description() == "Health checks failed with these codes: [404, 502, 503]");

  health.take(code(200), check);
  CHECK(health.description() == "Health checks failed with these codes: [404, 502, 503]");  // not yet healthy
  health.take(code(500), check);
  CHECK(health.description() == "Health checks failed with these codes: [500]");
}

TEST_CASE("codes before a pass do not count") {
  const model::HealthCheck check{.unhealthy_threshold = 2};
  Health health;
  health.take(code(500), check);
  health.take(code(200), check);
  CHECK(health.is_healthy());
  health.take(code(302), check);
  health.take(code(201), check);  // a code outside the matcher, whatever its class
  CHECK(health.reason() == "Target.ResponseCodeMismatch");
  CHECK(health.description() == "Health checks failed with these codes: [302, 201]");
}

TEST_CASE("what a target is told to have: reason and sentence of each outcome") {
  const model::HealthCheck check{.unhealthy_threshold = 2};
  const auto told = [&](const CheckResult& result) {
    Health health;
    health.take(result, check);
    CHECK(health.state() == "initial");  // until the threshold
    CHECK(health.reason() == "Elb.InitialHealthChecking");
    CHECK(health.description() == "Initial health checks in progress");
    health.take(result, check);
    return health.state() + " " + health.reason() + ": " + health.description();
  };
  CHECK(told(code(502)) == "unhealthy Target.ResponseCodeMismatch: Health checks failed with these codes: [502]");
  CHECK(told({.kind = CheckResult::Kind::timed_out}) == "unhealthy Target.Timeout: Request timed out");
  CHECK(told({.kind = CheckResult::Kind::failed, .detail = "connection refused"}) == "unhealthy Target.FailedHealthChecks: Health checks failed");
  Health health;
  health.take(code(200), check);
  CHECK((health.is_healthy() && health.reason().empty() && health.description().empty()));
}

TEST_CASE("what another worker has found counts until the first check of one's own") {
  const model::HealthCheck check{.healthy_threshold = 2, .unhealthy_threshold = 2};
  Health passes, fails, sick;
  for (Health* health : {&passes, &fails}) health->recall({.state = "healthy", .reason = {}, .description = {}});
  sick.recall({.state = "unhealthy", .reason = "Target.Timeout", .description = "Request timed out", .last_check = "timed out"});

  CHECK_FALSE(passes.take(code(200), check));
  CHECK_FALSE(passes.take(code(500), check));
  CHECK(passes.is_healthy());  // its own pass counts like any other
  CHECK(fails.take(code(500), check));
  CHECK(fails.state() == "initial");  // so that nobody believes what may be old
  fails.take(code(500), check);
  CHECK(fails.state() == "unhealthy");

  CHECK(sick.description() == "Request timed out");
  CHECK_FALSE(sick.take(code(200), check));
  CHECK(sick.take(code(200), check));
  CHECK(sick.is_healthy());
}

TEST_CASE("a matcher is codes and ranges") {
  for (const int status : {200, 202, 299, 404}) CHECK(matcher_accepts("200-299,404", status));
  for (const int status : {199, 300, 403, 405}) CHECK_FALSE(matcher_accepts("200-299,404", status));
  CHECK_FALSE(matcher_accepts("200", 301));
}
