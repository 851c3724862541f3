#include <doctest/doctest.h>

#include "scaling/decide.h"

namespace landfall::scaling {
namespace {

constexpr WallTime kNow{1'800'000'000'000};

PolicyRule tracking(double target, bool scales_in = true) { return {.steps = {}, .tracking = TrackingRule{.target = target, .scales_in = scales_in}}; }
PolicyRule stepping(Adjustment adjustment, std::vector<Step> steps) { return {.steps = StepRule{.adjustment = adjustment, .steps = std::move(steps)}, .tracking = {}}; }
Trigger high(double value, double threshold = 50) { return {.alarm = "high", .state = "ALARM", .breach = {.value = value, .threshold = threshold}, .is_new = true}; }
Trigger low(double value) { return {.alarm = "low", .state = "ALARM", .breach = {.value = value, .threshold = 45, .is_above = false}, .is_new = true}; }

PolicyView asked(PolicyRule rule, Trigger trigger, const char* name = "p") {
  PolicyView view{.policy = {.name = name}, .rule = std::move(rule), .triggers = {trigger}, .low_alarm = {}};
  if (!trigger.breach.is_above) view.low_alarm = trigger;
  return view;
}
View with(int capacity, std::vector<PolicyView> policies = {}) { return {.target = {.min_capacity = 1, .max_capacity = 10}, .capacity = capacity, .policies = std::move(policies), .due = {}}; }

}  // namespace

TEST_CASE("steps are found by how far the metric is from the threshold") {
  const PolicyRule out = stepping(Adjustment::change, {{.lower = 0, .upper = 10, .adjustment = 1}, {.lower = 10, .adjustment = 3}});
  const PolicyRule in = stepping(Adjustment::change, {{.lower = -10, .upper = 0, .adjustment = -1}, {.upper = -10, .adjustment = -2}});
  const auto above = [&](double value) { return wanted_capacity(out, 4, {.value = value, .threshold = 50}); };
  const auto below = [&](double value) { return wanted_capacity(in, 4, {.value = value, .threshold = 50, .is_above = false}); };

  CHECK(above(50) == 5);
  CHECK(above(59.9) == 5);
  CHECK(above(60) == 7);
  CHECK(below(50) == 3);
  CHECK(below(40.1) == 3);
  CHECK(below(40) == 2);
  CHECK(wanted_capacity(out, 4, {.value = std::nullopt, .threshold = 50}) == 5);
  CHECK(wanted_capacity(out, 4, {.value = 30, .threshold = 50}) == std::nullopt);
}

TEST_CASE("a step is found by the aggregate of what breached in the evaluated periods") {
  PolicyRule out = stepping(Adjustment::change, {{.lower = 0, .upper = 10, .adjustment = 1}, {.lower = 10, .upper = 20, .adjustment = 2}, {.lower = 20, .adjustment = 3}});
  const auto wanted = [&](Aggregation aggregation) {
    out.steps->aggregation = aggregation;
    return wanted_capacity(out, 4, {.value = 55, .breaching = {75, 55}, .threshold = 50});
  };

  CHECK(wanted(Aggregation::minimum) == 5);
  CHECK(wanted(Aggregation::average) == 6);
  CHECK(wanted(Aggregation::maximum) == 7);
}

TEST_CASE("percentages are rounded as the guide says, and have a least magnitude") {
  const auto change = [](int capacity, int percent, int least = 0) {
    PolicyRule rule = stepping(Adjustment::percent, {{.adjustment = percent}});
    rule.steps->least_magnitude = least;
    return *wanted_capacity(rule, capacity, {.value = 1}) - capacity;
  };

  CHECK(change(10, 27) == 2);
  CHECK(change(3, 10) == 1);
  CHECK(change(3, -10) == -1);
  CHECK(change(10, -27) == -2);
  CHECK(change(10, 10, 4) == 4);
}

TEST_CASE("target tracking keeps the metric in proportion, within the bounds") {
  CHECK(decide(with(2, {asked(tracking(50), high(120))}), kNow).capacity == 5);
  CHECK(decide(with(4, {asked(tracking(50), high(400))}), kNow).capacity == 10);
  CHECK(decide(with(4, {asked(tracking(50), low(12))}), kNow).capacity == 1);
  CHECK(decide(with(4, {asked(tracking(50), low(26))}), kNow).capacity == 3);
  CHECK_FALSE(decide(with(4, {asked(tracking(50, false), low(1))}), kNow).capacity.has_value());
  CHECK_FALSE(decide(with(4, {asked(tracking(50), {.alarm = "high", .state = "ALARM"})}), kNow).capacity.has_value());
}

TEST_CASE("a target is meant per minute, whatever period the alarm's sum has") {
  CHECK(wanted_capacity(tracking(60), 2, {.value = 40, .threshold = 10, .per_minute = 6}) == 8);
}

TEST_CASE("out if any policy says so, in only if all that track do, and the largest wins") {
  PolicyView busy = asked(tracking(50), high(100), "cpu"), calm = asked(tracking(50), low(1), "memory");
  CHECK(decide(with(4, {busy, calm}), kNow).capacity == 8);
  CHECK(decide(with(4, {asked(tracking(50), high(60), "a"), asked(tracking(50), high(100), "b")}), kNow).policy == "b");

  PolicyView undecided{.policy = {.name = "requests"}, .rule = tracking(50), .triggers = {}, .low_alarm = {}};
  CHECK_FALSE(decide(with(4, {calm, undecided}), kNow).capacity.has_value());
  undecided.low_alarm = low(25);
  CHECK(decide(with(4, {calm, undecided}), kNow).capacity == 2);
}

TEST_CASE("a scale-out that cools down counts as not done yet; a scale-in waits") {
  PolicyView p = asked(tracking(50), high(100));
  p.policy.scaled_out_at = kNow - std::chrono::seconds(60);
  p.policy.scaled_out_from = 2;
  CHECK_FALSE(decide(with(4, {p}), kNow).capacity.has_value());
  CHECK(decide(with(3, {p}), kNow).capacity == 4);
  CHECK(decide(with(4, {p}), kNow + std::chrono::seconds(300)).capacity == 8);

  PolicyView in = asked(tracking(50), low(20));
  in.policy.scaled_in_at = kNow - std::chrono::seconds(60);
  CHECK_FALSE(decide(with(4, {in}), kNow).capacity.has_value());
  CHECK(decide(with(4, {in}), kNow + std::chrono::seconds(300)).capacity == 2);
  in.triggers = {high(100)};
  CHECK(decide(with(4, {in}), kNow).capacity == 8);
}

TEST_CASE("suspended scaling and a deployment hold back what they are said to hold back") {
  View view = with(4, {asked(tracking(50), high(100))});
  view.is_deploying = true;
  CHECK(decide(view, kNow).capacity == 8);
  view.target.is_out_suspended = true;
  CHECK_FALSE(decide(view, kNow).capacity.has_value());

  view = with(4, {asked(tracking(50), low(10))});
  view.is_deploying = true;
  const Decisions held = decide(view, kNow);
  CHECK_FALSE(held.capacity.has_value());
  REQUIRE(held.activities.size() == 1);
  CHECK(held.activities[0].not_scaled == "TargetServicePutResourceAsUnscalable");
}

TEST_CASE("new bounds bring the capacity between them at once; a hand outside of them is left alone") {
  View view = with(0);
  CHECK_FALSE(decide(view, kNow).capacity.has_value());
  view.target.has_new_bounds = true;
  const Decisions done = decide(view, kNow);

  CHECK(done.capacity == 1);
  REQUIRE(done.activities.size() == 1);
  CHECK(done.activities[0].description == "Setting desired count to 1.");
  CHECK(done.activities[0].cause == "minimum capacity was set to 1");
  view.capacity = 12;
  CHECK(decide(view, kNow).activities.at(0).cause == "maximum capacity was set to 10");
}

TEST_CASE("a scheduled action sets bounds, and the capacity follows; suspended it does nothing") {
  View view = with(2);
  view.due = {{.name = "morning", .min_capacity = 4, .max_capacity = 8}};
  const Decisions done = decide(view, kNow);

  CHECK(done.min_capacity == 4);
  CHECK(done.max_capacity == 8);
  CHECK(done.capacity == 4);
  REQUIRE(done.activities.size() == 2);
  CHECK(done.activities[0].description == "Setting min capacity to 4 and max capacity to 8");
  CHECK(done.activities[0].cause == "scheduled action name morning was triggered");
  view.target.is_scheduled_suspended = true;
  CHECK(decide(view, kNow).activities.empty());
}

TEST_CASE("at its maximum a service says so once") {
  PolicyView p = asked(tracking(50), high(100));
  const Decisions done = decide(with(10, {p}), kNow);
  REQUIRE(done.activities.size() == 1);
  CHECK(done.activities[0].not_scaled == "AlreadyAtMaxCapacity");
  p.triggers[0].is_new = false;
  CHECK(decide(with(10, {p}), kNow).activities.empty());
}

}  // namespace landfall::scaling
