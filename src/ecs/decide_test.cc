#include "ecs/decide.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "ecs/scheduler.h"
#include "model/network.h"
#include "model/reason.h"
#include "store/table.h"

using namespace landfall;
using namespace landfall::ecs;
using model::Service;
using model::Task;

namespace {

const WallTime kNow{1'800'000'000'000};

View view_with(int desired, int minimum = 100, int maximum = 200) {
  View view;
  view.service = {.account = "0", .region = "r", .arn = "svc", .name = "web", .desired_count = desired, .minimum_healthy_percent = minimum, .maximum_percent = maximum};
  view.service.deployments = {{.id = "new", .network = {.subnets = {"subnet-a", "subnet-b"}}}};
  view.zone_of_subnet = {{"subnet-a", "a"}, {"subnet-b", "b"}};
  return view;
}

void add(View& view, const std::string& deployment, int count, const std::string& status = "RUNNING", const std::string& zone = "a") {
  for (int i = 0; i < count; ++i) {
    const std::string arn = "task/" + std::to_string(view.tasks.size());
    view.tasks.push_back({.arn = arn, .id = arn, .started_by = deployment, .service_arn = "svc", .last_status = status, .zone = zone, .created_at = kNow - std::chrono::hours(1),
                          .started_at = status == "RUNNING" ? kNow - std::chrono::hours(1) : WallTime{}});
  }
}

}  // namespace

TEST_CASE("a new service starts what is desired, spread over zones") {
  const Decisions d = decide(view_with(4), kNow);
  REQUIRE(d.starts.size() == 4);
  CHECK(std::ranges::count(d.starts, "subnet-a", &Start::subnet_id) == 2);
}

TEST_CASE("a rolling deployment keeps within its percentages") {
  struct Case {
    int desired, minimum, maximum, old;
    size_t starts, stops;
  };
  const Case cases[] = {{4, 50, 100, 4, 0, 2}, {2, 75, 200, 2, 2, 0}, {3, 100, 125, 3, 0, 0}, {1, 100, 200, 1, 1, 0}, {4, 100, 150, 4, 2, 0}, {2, 0, 100, 2, 0, 2}};
  for (const Case& c : cases) {
    View view = view_with(c.desired, c.minimum, c.maximum);
    view.service.deployments.push_back({.id = "old", .status = "ACTIVE"});
    add(view, "old", c.old);
    const Decisions d = decide(view, kNow);
    CHECK_MESSAGE(d.starts.size() == c.starts, c.desired, "/", c.minimum, "/", c.maximum);
    CHECK_MESSAGE(d.stops.size() == c.stops, c.desired, "/", c.minimum, "/", c.maximum);
  }
}

TEST_CASE("minimum 100 with maximum 100 is a dead end, and is said so") {
  View view = view_with(2, 100, 100);
  view.service.deployments.push_back({.id = "old", .status = "ACTIVE"});
  add(view, "old", 2);
  CHECK(decide(view, kNow).blocked.find("minimumHealthyPercent") != std::string::npos);
}

TEST_CASE("surplus goes from the fullest zone, tasks that do not run first") {
  View view = view_with(1);
  add(view, "new", 2, "RUNNING", "a");
  add(view, "new", 1, "PENDING", "b");
  const Decisions d = decide(view, kNow);
  REQUIRE(d.stops.size() == 2);
  CHECK(d.stops[0].task_arn == "task/2");
  CHECK(d.stops[0].reason == "Scaling activity initiated by (deployment new)");
}

TEST_CASE("an unhealthy task is replaced first and stopped when the replacement is healthy") {
  View view = view_with(1);
  view.service.deployments[0].load_balancers = {{"tg", "web", 80}};
  add(view, "new", 1);
  view.tasks[0].private_ip = "10.0.0.4";
  view.tasks[0].is_registered = true;
  view.targets = {{.target_group_arn = "tg", .id = "10.0.0.4", .port = 80, .state = "unhealthy", .description = "Request timed out"}};

  const Decisions first = decide(view, kNow);
  CHECK(first.starts.size() == 1);
  CHECK(first.starts[0].replaces_unhealthy);
  CHECK(first.stops.empty());

  add(view, "new", 1);
  view.tasks[1].private_ip = "10.0.0.5";
  view.tasks[1].is_registered = true;
  view.targets.push_back({.target_group_arn = "tg", .id = "10.0.0.5", .port = 80, .state = "healthy"});
  const Decisions second = decide(view, kNow);
  REQUIRE(second.stops.size() == 1);
  CHECK(second.stops[0].reason == "Task failed ELB health checks in (target-group tg)");
  CHECK(second.stops[0].event.ends_with("due to (reason Request timed out)"));
}

TEST_CASE("health reports are ignored for replacement during the grace period") {
  View view = view_with(1);
  view.service.health_check_grace_period_seconds = 60;
  add(view, "new", 1);
  view.tasks[0].started_at = kNow - std::chrono::seconds(59);
  view.tasks[0].health_status = "UNHEALTHY";
  CHECK(decide(view, kNow).starts.empty());
  CHECK(decide(view, kNow + std::chrono::seconds(2)).starts.size() == 1);
}

TEST_CASE("a stopped task is released when its targets have drained, or are idle") {
  View view = view_with(0);
  view.service.deployments[0].load_balancers = {{"tg", "web", 80}};
  add(view, "new", 1);
  view.tasks[0].desired_status = "STOPPED";
  view.tasks[0].private_ip = "10.0.0.4";
  view.tasks[0].is_registered = true;
  view.targets = {{.target_group_arn = "tg", .id = "10.0.0.4", .port = 80, .state = "healthy"}};
  CHECK(decide(view, kNow).deregister_tasks.size() == 1);
  view.targets[0].desired = "draining";
  view.targets[0].drain_until = kNow + std::chrono::seconds(300);
  CHECK(decide(view, kNow).released_tasks.empty());
  view.targets[0].is_idle = true;
  CHECK(decide(view, kNow).released_tasks.size() == 1);
  view.targets[0].is_idle = false;
  CHECK(decide(view, kNow + std::chrono::seconds(301)).released_tasks.size() == 1);
}

TEST_CASE("back-off doubles up to fifteen minutes, the breaker clamps") {
  CHECK(back_off(1) == std::chrono::seconds(1));
  CHECK(back_off(4) == std::chrono::seconds(8));
  CHECK(back_off(100) == std::chrono::minutes(15));
  CHECK(breaker_threshold(1) == 3);
  CHECK(breaker_threshold(20) == 10);
  CHECK(breaker_threshold(1000) == 200);
}

namespace {

constexpr Duration kForgotten = std::chrono::minutes(5);  // after its end; the agent's is an hour

/// Plays the agent: moves tasks on at random, kills some; for hours of simulated time.
class World {
 public:
  explicit World(unsigned seed) : random_(seed), ids_(seed), scheduler_(*store_, clock_, ids_) {
    const auto made = store_->transact([&](store::Transaction& tx) -> Result<void> {
      for (const char* zone : {"a", "b", "c"}) store::put(tx, model::Subnet{.account = "0", .region = "r", .id = std::string("subnet-") + zone, .zone = zone});
      store::put(tx, model::TaskDefinition{.account = "0", .region = "r", .arn = "td:1", .containers = {{.name = "web"}}});
      store::put(tx, model::TaskDefinition{.account = "0", .region = "r", .arn = "td:2", .containers = {{.name = "web"}}});
      Service service{.account = "0", .region = "r", .arn = "svc", .name = "web", .cluster_arn = "cluster/c", .desired_count = 5, .minimum_healthy_percent = 60, .maximum_percent = 150};
      service.deployments = {{.id = "d1", .task_definition_arn = "td:1", .network = {.subnets = {"subnet-a", "subnet-b", "subnet-c"}}, .desired_count = 5, .created_at = clock_.wall()}};
      store::put(tx, service);
      return {};
    });
    REQUIRE(made);
  }

  void tick(bool with_deaths) {
    scheduler_.step();
    check_bounds();
    const auto moved = store_->transact([&](store::Transaction& tx) -> Result<void> {
      for (Task task : store::all<Task>(tx)) {
        const bool is_old = task.last_status == "STOPPED" && task.stopped_at && clock_.wall() - task.stopped_at > kForgotten;
        if (is_old) store::erase<Task>(tx, task.key());
        else if (move(task, with_deaths)) store::put(tx, task);
      }
      return {};
    });
    REQUIRE(moved);
    clock_.advance(std::chrono::seconds(5));
  }

  void deploy() {
    const auto done = store_->transact([&](store::Transaction& tx) -> Result<void> {
      store::update<Service>(tx, "svc", [&](Service& service) {
        for (auto& d : service.deployments) d.status = "ACTIVE";
        model::Deployment next = service.deployments[0];
        next.id = "d2";
        next.status = "PRIMARY";
        next.task_definition_arn = "td:2";
        next.rollout_state = "IN_PROGRESS";
        service.deployments.insert(service.deployments.begin(), next);
      });
      return {};
    });
    REQUIRE(done);
  }

  Service service() const { return *store::find<Service>(*store_, "svc"); }
  std::vector<Task> alive() const {
    auto tasks = store::all<Task>(*store_);
    std::erase_if(tasks, [](const Task& t) { return t.last_status == "STOPPED"; });
    return tasks;
  }

 private:
  bool chance(int percent) { return std::uniform_int_distribution<int>(1, 100)(random_) <= percent; }

  bool move(Task& task, bool with_deaths) {
    if (task.last_status == "STOPPED") return false;
    if (task.desired_status == "STOPPED") {
      if (!task.is_deregistered || !chance(70)) return false;
      task.last_status = "STOPPED";
      task.stopped_at = clock_.wall();
      return true;
    }
    if (with_deaths && chance(2)) {
      task.desired_status = task.last_status = "STOPPED";
      task.stop_code = task.started_at ? "EssentialContainerExited" : "TaskFailedToStart";
      task.stopped_at = clock_.wall();
      return true;
    }
    if (task.last_status == "RUNNING" || !chance(60)) return false;
    task.last_status = task.last_status == "PROVISIONING" ? "PENDING" : "RUNNING";
    if (task.last_status == "RUNNING") task.started_at = clock_.wall();
    return true;
  }

  void check_bounds() const {
    const auto tasks = alive();
    CHECK(tasks.size() <= 7);  // floor(5 * 150 %)
  }

  SimClock clock_;
  std::unique_ptr<store::Store> store_ = store::open_memory();
  std::mt19937 random_;
  IdSource ids_;
  Scheduler scheduler_;
};

}  // namespace

TEST_CASE("a deployment without room is explained until its percentages leave some") {
  SimClock clock;
  IdSource ids(1);
  const auto store = store::open_memory();
  Scheduler scheduler(*store, clock, ids);
  const auto set_maximum = [&](int maximum) {
    REQUIRE(store->transact([&](store::Transaction& tx) -> Result<void> {
      Service service{.account = "0", .region = "r", .arn = "svc", .name = "web", .cluster_arn = "cluster/c", .desired_count = 1, .minimum_healthy_percent = 100, .maximum_percent = maximum};
      service.deployments = {{.id = "new", .task_definition_arn = "td:2"}, {.id = "old", .status = "ACTIVE", .task_definition_arn = "td:1"}};
      store::put(tx, service);
      store::put(tx, Task{.account = "0", .region = "r", .arn = "task/1", .id = "1", .started_by = "old", .service_arn = "svc", .last_status = "RUNNING", .started_at = clock.wall()});
      return {};
    }));
    clock.advance(std::chrono::minutes(1));
    scheduler.step();
    return store::find<model::Because>(*store, "svc#Service.DeploymentBlocked");
  };
  const auto told = set_maximum(100);
  REQUIRE(told);
  CHECK(told->evidence.at("deployment_maximum_percent") == "100");
  CHECK_FALSE(set_maximum(200));
}

TEST_CASE("what a rollback goes back to stays while its tasks have gone, until another deployment is completed") {
  for (const bool succeeds : {false, true}) {
    CAPTURE(succeeds);
    SimClock clock;
    IdSource ids(1);
    const auto store = store::open_memory();
    Scheduler scheduler(*store, clock, ids);
    const auto ids_of_deployments = [&] {
      std::vector<std::string> found;
      const auto service = store::find<Service>(*store, "svc");
      for (const auto& deployment : service->deployments) found.push_back(deployment.id);
      return found;
    };
    REQUIRE(store->transact([&](store::Transaction& tx) -> Result<void> {
      Service service{.account = "0", .region = "r", .arn = "svc", .name = "web", .cluster_arn = "cluster/c", .desired_count = 1, .circuit_breaker = true, .circuit_breaker_rollback = true};
      service.deployments = {{.id = "new", .task_definition_arn = "td:2"}, {.id = "old", .status = "ACTIVE", .task_definition_arn = "td:1", .rollout_state = "COMPLETED"}};
      store::put(tx, service);
      store::put(tx, Task{.account = "0", .region = "r", .arn = "task/1", .id = "1", .started_by = "new", .service_arn = "svc", .last_status = "PENDING"});
      return {};
    }));
    scheduler.step();
    CHECK(ids_of_deployments() == std::vector<std::string>{"new", "old"});
    REQUIRE(store->transact([&](store::Transaction& tx) -> Result<void> {
      if (succeeds) store::update<Task>(tx, "task/1", [&](Task& task) { task.last_status = "RUNNING", task.started_at = clock.wall(); });
      for (const char* id : {"1", "2", "3"}) {
        const Task failed{.account = "0", .region = "r", .arn = std::string("task/") + id, .id = id, .started_by = "new", .service_arn = "svc", .desired_status = "STOPPED", .last_status = "STOPPED", .stop_code = "TaskFailedToStart", .stopped_at = clock.wall()};
        if (!succeeds) store::put(tx, failed);
      }
      return {};
    }));
    clock.advance(std::chrono::minutes(1));
    scheduler.step();
    CHECK(ids_of_deployments() == std::vector<std::string>{succeeds ? "new" : "old"});
  }
}

TEST_CASE("why tasks did not start is told until the service is steady, and after a rollback until the next deployment") {
  for (const bool is_rollback : {false, true}) {
    CAPTURE(is_rollback);
    SimClock clock;
    IdSource ids(1);
    const auto store = store::open_memory();
    Scheduler scheduler(*store, clock, ids);
    const auto is_told = [&](const char* code) { return store::find<model::Because>(*store, std::string("svc#") + code).has_value(); };
    REQUIRE(store->transact([&](store::Transaction& tx) -> Result<void> {
      Service service{.account = "0", .region = "r", .arn = "svc", .name = "web", .cluster_arn = "cluster/c", .desired_count = 2};
      service.deployments = {{.id = "d", .task_definition_arn = "td:1", .is_rollback = is_rollback, .created_at = clock.wall()}};
      store::put(tx, service);
      store::put(tx, Task{.account = "0", .region = "r", .arn = "task/1", .id = "1", .started_by = "d", .service_arn = "svc", .last_status = "RUNNING", .started_at = clock.wall()});
      store::put(tx, Task{.account = "0", .region = "r", .arn = "task/2", .id = "2", .started_by = "d", .service_arn = "svc", .last_status = "PENDING"});
      store::put(tx, model::Because{.subject = "svc", .code = "Task.CannotReachRegistry", .cause = "rtb-1", .since = clock.wall()});
      store::put(tx, model::Because{.subject = "svc", .code = "Image.NotFound", .cause = "td:1", .since = clock.wall()});
      return {};
    }));
    clock.advance(std::chrono::minutes(1));
    scheduler.step();
    CHECK(is_told("Task.CannotReachRegistry"));
    CHECK(is_told("Image.NotFound"));
    REQUIRE(store->transact([&](store::Transaction& tx) -> Result<void> {
      store::update<Task>(tx, "task/2", [&](Task& task) { task.last_status = "RUNNING", task.started_at = clock.wall(); });
      return {};
    }));
    clock.advance(std::chrono::minutes(1));
    scheduler.step();
    scheduler.step();
    CHECK(is_told("Task.CannotReachRegistry") == is_rollback);
    CHECK_FALSE(is_told("Image.NotFound"));
  }
}

TEST_CASE("simulated hours with deaths and a deployment converge within the bounds") {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    World world(seed);
    for (int i = 0; i < 200; ++i) world.tick(true);
    world.deploy();
    for (int i = 0; i < 200; ++i) world.tick(true);
    for (int i = 0; i < 400; ++i) world.tick(false);

    CHECK(world.service().is_steady);
    CHECK(world.service().deployments.size() == 1);
    CHECK(world.service().deployments[0].rollout_state == "COMPLETED");
    const auto tasks = world.alive();
    CHECK(tasks.size() == 5);
    for (const Task& task : tasks) CHECK(task.started_by == "d2");
  }
}

TEST_CASE("a protected task outlives scaling and deployments until its time is over") {
  View view = view_with(1);
  add(view, "new", 2);
  view.tasks[0].protected_until = view.tasks[1].protected_until = kNow + std::chrono::minutes(1);
  CHECK(decide(view, kNow).stops.empty());
  CHECK(decide(view, kNow + std::chrono::minutes(2)).stops.size() == 1);
  view.service.status = "DRAINING";
  CHECK(decide(view, kNow).stops.size() == 2);
}

TEST_CASE("a service for container instances starts nothing and says why") {
  View view = view_with(2);
  view.service.launch_type = "EC2";
  const Decisions d = decide(view, kNow);
  CHECK(d.starts.empty());
  CHECK(d.blocked.find("No Container Instances were found in your cluster") != std::string::npos);
  view.service.desired_count = 0;
  CHECK(decide(view, kNow).blocked.empty());
}
