#include <doctest/doctest.h>

#include <algorithm>

#include <fmt/format.h>

#include "scaling/controller.h"
#include "store/table.h"

namespace landfall::scaling {
namespace {

const std::string kScope = "000000000000/us-west-2/";
const std::string kPolicy = "arn:aws:autoscaling:us-west-2:000000000000:scalingPolicy:1:resource/ecs/service/c/web:policyName/p";

/// A service behind a scalable target of 1 to 4, watched by two alarms of 60 s; time is moved by hand.
struct Rig {
  std::unique_ptr<store::Store> store = store::open_memory();
  store::MetricStore metrics;
  SimClock clock;
  IdSource ids{7};
  Controller controller{*store, metrics, clock, ids};
  model::Service service{.account = "000000000000", .region = "us-west-2", .arn = "arn:aws:ecs:us-west-2:000000000000:service/c/web", .name = "web", .desired_count = 1, .deployments = {{.id = "d", .desired_count = 1, .running_count = 1, .rollout_state = "COMPLETED"}}};
  model::ScalableTarget target{.account = "000000000000", .region = "us-west-2", .service_namespace = "ecs", .resource_id = "service/c/web", .dimension = "ecs:service:DesiredCount", .min_capacity = 1, .max_capacity = 4};

  Rig() {
    put(service);
    put(target);
    put(model::ScalingPolicy{.account = "000000000000", .region = "us-west-2", .service_namespace = "ecs", .resource_id = "service/c/web", .dimension = "ecs:service:DesiredCount", .name = "p", .arn = kPolicy, .type = "TargetTrackingScaling",
                             .target_tracking = R"({"TargetValue":50.0,"ScaleInCooldown":60,"ScaleOutCooldown":60})", .alarm_names = {"high", "low"}});
    put_alarm("high", "GreaterThanThreshold", 50, 1);
    put_alarm("low", "LessThanThreshold", 45, 3);
  }

  template <class T>
  void put(const T& record) {
    REQUIRE(store->transact([&](store::Transaction& tx) -> Result<void> { return store::put(tx, record), Result<void>(); }));
  }
  void put_alarm(const char* name, const char* comparison, int threshold, int periods) {
    put(model::Alarm{.account = "000000000000", .region = "us-west-2", .name = name, .configuration = fmt::format(R"({{"AlarmActions":["{}","arn:aws:sns:us-west-2:000000000000:ops"],"Namespace":"AWS/ECS","MetricName":"CPUUtilization","Statistic":"Average","Period":60,"EvaluationPeriods":{},"Threshold":{},"ComparisonOperator":"{}"}})", kPolicy, periods, threshold, comparison),
                     .configured_at = clock.wall(), .state_at = clock.wall()});
  }
  /// Minutes in which the metric has a value, seen second by second as the daemon would.
  void run(int minutes, std::optional<double> value) {
    for (int second = 0; second < minutes * 60; second += 10) {
      if (value) {
        auto point = store::measured(*value);
        point.at = clock.wall();
        metrics.add({.account = "000000000000", .region = "us-west-2", .space = "AWS/ECS", .name = "CPUUtilization"}, "Percent", point);
      }
      clock.advance(std::chrono::seconds(10));
      controller.step();
    }
  }
  int desired() { return store::find<model::Service>(*store, service.arn)->desired_count; }
  model::Alarm alarm(const char* name) { return *store::find<model::Alarm>(*store, kScope + name); }
  std::vector<model::ScalingActivity> activities() { return store::find<model::ScalingActivities>(*store, target.key()).value_or(model::ScalingActivities{}).all; }
};

}  // namespace

TEST_CASE("a busy service grows in proportion, an idle one shrinks, never out of its bounds") {
  Rig rig;
  CHECK(rig.alarm("high").state == "INSUFFICIENT_DATA");
  rig.run(2, 90);

  CHECK(rig.alarm("high").state == "ALARM");
  CHECK(rig.desired() == 2);
  REQUIRE_FALSE(rig.activities().empty());
  CHECK(rig.activities()[0].cause == "monitor alarm high in state ALARM triggered policy p");
  CHECK(store::find<model::Service>(*rig.store, rig.service.arn)->events.at(0).message.starts_with("Message: Successfully set desired count to 2. Waiting for change to be fulfilled by ecs. Cause: monitor alarm high"));

  rig.run(10, 500);
  CHECK(rig.desired() == 4);
  rig.run(10, 2);
  CHECK(rig.desired() == 1);
  CHECK(rig.alarm("high").state == "OK");
}

TEST_CASE("without data nothing scales") {
  Rig rig;
  rig.run(2, 60);
  rig.run(2, std::nullopt);
  CHECK(rig.desired() == 3);
  rig.run(20, std::nullopt);
  CHECK(rig.alarm("low").state == "INSUFFICIENT_DATA");
  CHECK(rig.desired() == 3);
}

TEST_CASE("an action that nobody takes is told in the alarm's history") {
  Rig rig;
  rig.run(2, 90);
  const auto history = store::find<model::AlarmHistory>(*rig.store, kScope + "high");
  REQUIRE(history);
  const auto told = [&](const char* summary) { return std::ranges::count(history->events, summary, &model::AlarmEvent::summary); };
  CHECK(told("Failed to execute action arn:aws:sns:us-west-2:000000000000:ops") == 1);
  CHECK(std::ranges::count_if(history->events, [](const auto& e) { return e.summary == "Successfully executed action " + kPolicy; }) == 1);
  CHECK(told("Alarm updated from INSUFFICIENT_DATA to ALARM") == 1);
}

TEST_CASE("an activity ends when the service has fulfilled it") {
  Rig rig;
  rig.run(2, 90);
  CHECK(rig.activities()[0].status == "InProgress");
  auto service = *store::find<model::Service>(*rig.store, rig.service.arn);
  service.deployments[0].running_count = service.desired_count;
  rig.put(service);
  rig.controller.step();
  CHECK(rig.activities()[0].status == "Successful");
  CHECK(rig.activities()[0].message == "Successfully set desired count to 2. Change successfully fulfilled by ecs.");
}

TEST_CASE("an activity of a service with task sets ends when each has its share") {
  Rig rig;
  rig.service.controller = "EXTERNAL";
  rig.service.deployments = {{.id = "blue", .status = "PRIMARY", .running_count = 1, .rollout_state = "", .scale = 50}, {.id = "green", .status = "ACTIVE", .rollout_state = "", .scale = 50}};
  rig.put(rig.service);
  rig.run(2, 90);
  CHECK(rig.desired() == 2);
  CHECK(rig.activities()[0].status == "InProgress");
  auto service = *store::find<model::Service>(*rig.store, rig.service.arn);
  CHECK(service.deployments[1].desired_count == 1);

  service.deployments[1].running_count = 1;
  rig.put(service);
  rig.controller.step();

  CHECK(rig.activities()[0].status == "Successful");
}

TEST_CASE("a scheduled action runs when its minute has come, and once if it was missed") {
  Rig rig;
  rig.put(model::ScheduledAction{.account = "000000000000", .region = "us-west-2", .service_namespace = "ecs", .resource_id = "service/c/web", .dimension = "ecs:service:DesiredCount", .name = "grow", .schedule = "rate(5 minutes)", .min_capacity = 3,
                                 .created_at = rig.clock.wall(), .looked_at = rig.clock.wall()});
  rig.run(4, 50);
  CHECK(rig.desired() == 1);
  rig.clock.advance(std::chrono::minutes(12));
  rig.controller.step();
  CHECK(rig.desired() == 3);
  CHECK(rig.activities().size() == 2);
  CHECK(store::find<model::ScalableTarget>(*rig.store, rig.target.key())->min_capacity == 3);
  rig.controller.step();
  CHECK(rig.activities().size() == 2);
}

TEST_CASE("a state set by hand holds for a period and its actions are carried out") {
  Rig rig;
  rig.run(2, 48);
  CHECK(rig.alarm("high").state == "OK");
  auto alarm = rig.alarm("high");
  alarm.state = "ALARM";
  alarm.reason_data = R"({"recentDatapoints":[150]})";
  alarm.set_at = alarm.state_at = rig.clock.wall();
  rig.put(alarm);
  rig.controller.step();
  CHECK(rig.desired() == 3);
  CHECK(rig.alarm("high").state == "ALARM");
  rig.run(2, 48);
  CHECK(rig.alarm("high").state == "OK");
}

TEST_CASE("a target whose service is gone goes, with its policies and their alarms") {
  Rig rig;
  rig.service.status = "INACTIVE";
  rig.put(rig.service);
  rig.controller.step();
  CHECK_FALSE(store::find<model::ScalableTarget>(*rig.store, rig.target.key()).has_value());
  CHECK(store::all<model::Alarm>(*rig.store).empty());
}

}  // namespace landfall::scaling
