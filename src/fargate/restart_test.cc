#include <doctest/doctest.h>

#include "fargate/life.h"

using namespace landfall;
using namespace landfall::fargate;

TEST_CASE("a container is started again if its policy says so, it ran long enough, and its exit code is not ignored") {
  const model::RestartPolicy policy{.is_enabled = true, .ignored_exit_codes = {0}, .attempt_period_seconds = 60};
  const auto ended = [](int seconds, std::optional<int> code) { return model::TaskContainer{.exit_code = code, .started_at = WallTime{1'000'000}, .stopped_at = WallTime{1'000'000} + std::chrono::seconds(seconds)}; };
  CHECK(may_restart(policy, ended(60, 1)));
  CHECK_FALSE(may_restart(policy, ended(59, 1)));
  CHECK_FALSE(may_restart(policy, ended(60, 0)));
  CHECK_FALSE(may_restart(policy, ended(60, std::nullopt)));
  CHECK_FALSE(may_restart({}, ended(600, 1)));
}
