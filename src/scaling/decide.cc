#include "scaling/decide.h"

#include <algorithm>

#include <fmt/format.h>

namespace landfall::scaling {
namespace {

using model::ScalingActivity;

/// One policy's wish.
struct Wish {
  const PolicyView* policy;
  const Trigger* trigger;
  int capacity;
};

ScalingActivity set_count(int count, std::string cause, WallTime now) {
  return {.id = {}, .description = fmt::format("Setting desired count to {}.", count), .cause = std::move(cause), .status = "InProgress", .message = fmt::format("Successfully set desired count to {}. Waiting for change to be fulfilled by ecs.", count), .not_scaled = {}, .wanted = count, .started_at = now, .ended_at = {}};
}

std::string cause_of(const Wish& wish) { return fmt::format("monitor alarm {} in state {} triggered policy {}", wish.trigger->alarm, wish.trigger->state, wish.policy->policy.name); }

class Decider {
 public:
  Decider(const View& view, WallTime now) : view_(view), now_(now), capacity_(view.capacity) {
    done_.min_capacity = view.target.min_capacity;
    done_.max_capacity = view.target.max_capacity;
  }

  Decisions all() {
    run_schedule();
    if (view_.target.has_new_bounds || done_.min_capacity != view_.target.min_capacity || done_.max_capacity != view_.target.max_capacity) keep_bounds();
    follow_policies();
    return std::move(done_);
  }

 private:
  void run_schedule() {
    if (view_.target.is_scheduled_suspended) return;
    for (const Due& due : view_.due) {
      if (due.min_capacity >= 0) done_.min_capacity = due.min_capacity;
      if (due.max_capacity >= 0) done_.max_capacity = due.max_capacity;
      // One bound alone pushes the other along: a minimum above the maximum cannot be meant.
      if (due.min_capacity < 0) done_.min_capacity = std::min(done_.min_capacity, done_.max_capacity);
      else done_.max_capacity = std::max(done_.max_capacity, done_.min_capacity);
      const std::string bounds = due.min_capacity < 0 ? fmt::format("max capacity to {}", due.max_capacity) : due.max_capacity < 0 ? fmt::format("min capacity to {}", due.min_capacity) : fmt::format("min capacity to {} and max capacity to {}", due.min_capacity, due.max_capacity);
      done_.activities.push_back({.id = {}, .description = "Setting " + bounds, .cause = fmt::format("scheduled action name {} was triggered", due.name), .status = "Successful", .message = "Successfully set " + bounds, .not_scaled = {}, .started_at = now_, .ended_at = now_});
    }
  }

  void keep_bounds() {
    const int wanted = std::clamp(capacity_, done_.min_capacity, done_.max_capacity);
    if (wanted == capacity_) return;
    done_.activities.push_back(set_count(wanted, fmt::format("{} capacity was set to {}", wanted > capacity_ ? "minimum" : "maximum", wanted), now_));
    done_.capacity = capacity_ = wanted;
  }

  /// While its cooldown lasts, a scale-out counts as not done yet: only what asks for more than it gave goes further. A
  /// scale-in waits.
  std::optional<int> wish_of(const PolicyView& p, const Trigger& trigger) const {
    const auto cools = [&](WallTime since, bool out) { return since && now_ - since < p.rule.cooldown(out); };
    const bool is_cooling_out = cools(p.policy.scaled_out_at, true);
    auto wanted = wanted_capacity(p.rule, capacity_, trigger.breach);
    if (!wanted) return wanted;
    if (*wanted > capacity_ && is_cooling_out) {
      wanted = wanted_capacity(p.rule, std::min(p.policy.scaled_out_from, capacity_), trigger.breach);
      if (!wanted || *wanted <= capacity_) return std::nullopt;
    }
    if (*wanted < capacity_ && cools(p.policy.scaled_in_at, false)) return std::nullopt;
    return wanted;
  }

  void follow_policies() {
    std::vector<Wish> out, in;
    for (const PolicyView& p : view_.policies) {
      for (const Trigger& trigger : p.triggers) {
        const auto wanted = wish_of(p, trigger);
        if (!wanted) continue;
        // An alarm above its target never takes tasks away, one below never adds any.
        if (p.rule.tracking && trigger.breach.is_above != (*wanted > capacity_)) {
          if (trigger.is_new && *wanted == capacity_) tell_not_scaled({&p, &trigger, *wanted}, "AlreadyAtDesiredCapacity");
          continue;
        }
        if (*wanted > capacity_) out.push_back({&p, &trigger, *wanted});
        if (*wanted < capacity_) in.push_back({&p, &trigger, *wanted});
      }
    }
    if (!out.empty() && !view_.target.is_out_suspended) return scale(*std::ranges::max_element(out, {}, &Wish::capacity), true);
    if (out.empty() && !in.empty() && !view_.target.is_in_suspended) scale_in(std::move(in));
  }

  void scale_in(std::vector<Wish> in) {
    for (const PolicyView& p : view_.policies) {
      if (!p.rule.tracking || !p.rule.tracking->scales_in) continue;
      if (!p.low_alarm) return;
      if (const auto wanted = wish_of(p, *p.low_alarm)) in.push_back({&p, &*p.low_alarm, *wanted});
      else return;
    }
    const Wish& largest = *std::ranges::max_element(in, {}, &Wish::capacity);
    if (largest.capacity >= capacity_) return;
    if (view_.is_deploying) {
      if (largest.trigger->is_new) tell_not_scaled(largest, "TargetServicePutResourceAsUnscalable");
      return;
    }
    scale(largest, false);
  }

  /// Somebody may have set the count outside of the bounds: the first step leads to the nearer one.
  void scale(const Wish& wish, bool out) {
    int wanted = std::clamp(wish.capacity, done_.min_capacity, done_.max_capacity);
    if (out && capacity_ < done_.min_capacity) wanted = done_.min_capacity;
    if (out ? wanted <= capacity_ : wanted >= capacity_) {
      if (wish.trigger->is_new) tell_not_scaled(wish, out ? "AlreadyAtMaxCapacity" : "AlreadyAtMinCapacity");
      return;
    }
    done_.activities.push_back(set_count(wanted, cause_of(wish), now_));
    done_.capacity = capacity_ = wanted;
    done_.policy = wish.policy->policy.name;
    done_.is_out = out;
  }

  void tell_not_scaled(const Wish& wish, const char* why) {
    done_.activities.push_back({.id = {}, .description = "Attempting to scale due to alarm triggered", .cause = cause_of(wish), .status = "Unfulfilled", .message = {}, .not_scaled = why, .current = capacity_, .min_capacity = done_.min_capacity, .max_capacity = done_.max_capacity, .started_at = now_, .ended_at = now_});
  }

  const View& view_;
  WallTime now_;
  int capacity_;
  Decisions done_;
};

}  // namespace

Decisions decide(const View& view, WallTime now) { return Decider(view, now).all(); }

}  // namespace landfall::scaling
