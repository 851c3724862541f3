#include "dns/health.h"

#include <doctest/doctest.h>

#include "base/clock.h"
#include "dns/health_checker.h"
#include "model/scaling.h"
#include "store/table.h"

namespace landfall::dns {
namespace {

TEST_CASE("an endpoint changes its state after as many looks in a row as the threshold says") {
  const model::DnsHealthCheck check{.account = "0", .id = "h", .type = "TCP", .failure_threshold = 3};
  const Look bad{.is_up = false, .status = "Failure: refused"}, good{.is_up = true, .status = "Success"};
  model::DnsHealth health;

  health = after(check, after(check, health, bad, {1}), bad, {2});
  CHECK(health.is_healthy);
  health = after(check, health, good, {3});
  health = after(check, after(check, health, bad, {4}), bad, {5});
  CHECK(health.is_healthy);
  health = after(check, health, bad, {6});
  CHECK_FALSE(health.is_healthy);
  CHECK(health.last_failure == "Failure: refused");
  health = after(check, after(check, after(check, health, good, {7}), good, {8}), good, {9});
  CHECK(health.is_healthy);
  CHECK(health.failed_at == WallTime{6});
}

TEST_CASE("inversion turns the outcome, and a disabled check counts as healthy before it") {
  model::DnsHealthCheck check{.account = "0", .id = "h", .type = "TCP", .failure_threshold = 1};
  const Look bad{.is_up = false, .status = "Failure"};
  check.is_inverted = true;
  CHECK(after(check, {}, bad, {1}).is_healthy);
  check.is_disabled = true;
  CHECK_FALSE(after(check, {}, bad, {1}).is_healthy);
  check.is_inverted = false;
  CHECK(after(check, {}, bad, {1}).is_healthy);
}

TEST_CASE("checks of checks and of alarms follow them, endpoints are looked at when they are due") {
  const auto store = store::open_memory();
  SimClock clock;
  bool is_up = false;
  int looks = 0;
  std::string asked;
  HealthChecker checker(*store, clock, [&](const model::DnsHealthCheck&, const std::string& address) {
    ++looks;
    asked = address;
    return Look{.is_up = is_up, .status = is_up ? "Success" : "Failure"};
  });
  REQUIRE(store->transact([&](store::Transaction& tx) -> Result<void> {
    store::put(tx, model::DnsHealthCheck{.account = "0", .id = "end", .type = "TCP", .ip = "198.18.0.9", .port = 80, .request_interval = 10, .failure_threshold = 1});
    store::put(tx, model::DnsHealthCheck{.account = "0", .id = "sum", .type = "CALCULATED", .health_threshold = 1, .children = {"end"}});
    store::put(tx, model::DnsHealthCheck{.account = "0", .id = "alarm", .type = "CLOUDWATCH_METRIC", .alarm_region = "us-west-2", .alarm_name = "a", .insufficient_data_status = "Unhealthy"});
    return {};
  }));
  const auto health = [&](const std::string& id) { return store::find<model::DnsHealth>(*store, "0/" + id).value_or(model::DnsHealth{}).is_healthy; };

  checker.step();
  CHECK(asked == "198.18.0.9");
  CHECK_FALSE(health("end"));
  CHECK_FALSE(health("sum"));
  CHECK_FALSE(health("alarm"));

  is_up = true;
  checker.step();
  CHECK(looks == 1);
  clock.advance(std::chrono::seconds(10));
  REQUIRE(store->transact([&](store::Transaction& tx) -> Result<void> {
    store::put(tx, model::Alarm{.account = "0", .region = "us-west-2", .name = "a", .arn = {}, .configuration = {}, .state = "OK"});
    return {};
  }));
  checker.step();
  CHECK(looks == 2);
  CHECK(health("end"));
  CHECK(health("sum"));
  CHECK(health("alarm"));
}

}  // namespace
}  // namespace landfall::dns
