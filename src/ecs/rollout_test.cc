#include "ecs/rollout.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "ecs/decide.h"

using namespace landfall;
using namespace landfall::ecs;

namespace {

const WallTime kNow{1'800'000'000'000};

/// The deployment "ecs-svc/2" takes the place of "ecs-svc/1", and its rollout.
struct Rolling {
  model::Service service{.name = "web", .desired_count = 2, .deployments = {{.id = "ecs-svc/2", .running_count = 1}, {.id = "ecs-svc/1", .status = "ACTIVE", .running_count = 2, .rollout_state = "COMPLETED"}}};
  model::ServiceDeployment rollout{.sources = {{.deployment_id = "ecs-svc/1"}}, .target = {.deployment_id = "ecs-svc/2"}};
};

}  // namespace

TEST_CASE_FIXTURE(Rolling, "a rollout begins, counts, and succeeds with its deployment") {
  auto seen = followed(rollout, service, kNow);
  CHECK(seen.status == "IN_PROGRESS");
  CHECK(seen.started_at == kNow);
  CHECK(seen.target.running == 1);
  CHECK(seen.target.requested == 2);
  CHECK(seen.sources[0].running == 2);

  service.deployments = {{.id = "ecs-svc/2", .running_count = 2, .rollout_state = "COMPLETED"}};
  seen = followed(seen, service, kNow + std::chrono::seconds(9));
  CHECK(seen.status == "SUCCESSFUL");
  CHECK(seen.is_over());
  CHECK(seen.sources[0].running == 0);
}

TEST_CASE_FIXTURE(Rolling, "a rollout that the circuit breaker rolls back is over when the earlier deployment is steady again") {
  rollout.status = "IN_PROGRESS";
  std::swap(service.deployments[0], service.deployments[1]);
  service.deployments[0].is_rollback = true;
  service.deployments[1].rollout_state = "FAILED";

  auto seen = followed(rollout, service, kNow);
  CHECK(seen.status == "ROLLBACK_IN_PROGRESS");
  CHECK(seen.rollback_to == "ecs-svc/1");
  CHECK(seen.is_triggered);
  service.is_steady = true;
  CHECK(followed(seen, service, kNow).status == "ROLLBACK_SUCCESSFUL");
  service.deployments.insert(service.deployments.begin(), {.id = "ecs-svc/3"});
  CHECK(followed(seen, service, kNow).status == "ROLLBACK_FAILED");
}

TEST_CASE_FIXTURE(Rolling, "a rollout stops when a newer one, a failure without rollback or the service's end comes") {
  rollout.status = "IN_PROGRESS";
  SUBCASE("newer") { service.deployments.insert(service.deployments.begin(), {.id = "ecs-svc/3"}); }
  SUBCASE("failed") { service.deployments[0].rollout_state = "FAILED"; }
  SUBCASE("deleted") { service.status = "DRAINING"; }
  const auto seen = followed(rollout, service, kNow);
  CHECK(seen.status == "STOPPED");
  CHECK(seen.stopped_at == kNow);
  CHECK_FALSE(seen.finished_at);
}

TEST_CASE("task sets share the desired count, each rounded up, and none touches another's tasks") {
  View view;
  view.service = {.arn = "svc", .name = "web", .desired_count = 3, .launch_type = "", .controller = "EXTERNAL"};
  view.service.deployments = {{.id = "blue", .network = {.subnets = {"subnet-a"}}, .scale = 100}, {.id = "green", .status = "ACTIVE", .network = {.subnets = {"subnet-a"}}, .scale = 50}};
  view.tasks = {{.arn = "task/1", .started_by = "blue", .last_status = "RUNNING", .started_at = kNow - std::chrono::hours(1)}};

  const auto first = decide(view, kNow);
  CHECK(std::ranges::count(first.starts, "blue", &Start::deployment_id) == 2);
  CHECK(std::ranges::count(first.starts, "green", &Start::deployment_id) == 2);
  CHECK(first.stops.empty());

  view.service.deployments[0].status = "DRAINING";
  const auto later = decide(view, kNow);
  REQUIRE(later.stops.size() == 1);
  CHECK(later.stops[0].task_arn == "task/1");
  CHECK(later.starts.size() == 2);
}
