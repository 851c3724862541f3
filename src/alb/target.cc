#include "alb/target.h"

#include <algorithm>

namespace landfall::alb {

uint64_t stable_hash(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325ull;  // FNV-1a
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  return hash;
}

void NodeView::begin_check(TimePoint now, std::chrono::milliseconds interval, size_t index, size_t nodes) {
  const bool is_first = next_check == TimePoint();
  next_check = now + interval;
  if (is_first) next_check += interval * static_cast<int64_t>(index) / static_cast<int64_t>(nodes);
}

void Target::set_healthy(size_t slot, bool healthy) {
  const uint32_t bit = 1u << slot;
  if (healthy) healthy_at.fetch_or(bit, std::memory_order_relaxed);
  else healthy_at.fetch_and(~bit, std::memory_order_relaxed);
}

bool Target::starts_slowly(size_t slot, std::chrono::seconds slow_start, int64_t now) const {
  const int64_t from = slow_start_from[slot].load(std::memory_order_relaxed);
  return from != 0 && now - from < slow_start.count() * 1000;
}

void Target::follow(std::span<const Node> nodes, bool starts_slowly) {
  const bool is_new = std::ranges::all_of(views, [](const auto& view) { return view == nullptr; });
  for (const Node& node : nodes) {
    auto& view = views[node.slot];
    if (view && view->node == node.address) continue;
    view = std::make_unique<NodeView>();
    view->node = node.address;
    view->starts_at_once = !is_new || !starts_slowly;
    set_healthy(node.slot, false);
    slow_start_from[node.slot] = 0;
  }
}

void Target::start_over() {
  for (size_t slot = 0; slot < kMaxSlots; ++slot) {
    views[slot].reset();
    slow_start_from[slot] = 0;
  }
  healthy_at = 0;
  is_told_healthy = false;
}

void Target::note_check(NodeView& view, bool was_unhealthy, TimePoint now) {
  const bool passed = view.health.last_check().empty();
  if (passed) view.passed_at = now;
  if (!was_unhealthy && view.health.state() == "unhealthy") view.fell_at = now;
  view.is_alone = !passed && was_unhealthy && std::ranges::any_of(views, [&](const auto& other) { return other != nullptr && other->health.is_healthy() && other->passed_at > view.fell_at; });
  const auto is_one_healthy = std::ranges::any_of(views, [](const auto& any) { return any != nullptr && any->health.is_healthy(); });
  const auto is_none_against = std::ranges::all_of(views, [](const auto& any) { return any == nullptr || any->health.is_healthy() || any->is_alone; });
  is_told_healthy = is_one_healthy && (is_told_healthy || is_none_against);
}

void Target::recall(std::span<const Node> nodes, const TargetState& told, TimePoint now) {
  is_told_healthy = told.state == "healthy";
  for (const Node& node : nodes) {
    const auto at = told.found.find(node.zone);
    if (at == told.found.end() || at->second == "initial") continue;
    const std::string& found = at->second;
    NodeView& view = *views[node.slot];
    if (found == "healthy") {
      view.health.recall({.state = found, .reason = {}, .description = {}});
      view.passed_at = now;
      continue;
    }
    view.is_alone = found != "unhealthy";  // then it tells what it has met
    view.fell_at = view.is_alone ? TimePoint() : now;
    if (told.state == "unhealthy") view.health.recall({.state = told.state, .reason = told.reason, .description = told.description, .last_check = told.last_check});
    else view.health.recall({.state = "unhealthy", .reason = "Target.FailedHealthChecks", .description = "Health checks failed", .last_check = view.is_alone ? found : "failed"});
  }
}

const Health& Target::told(std::span<const Node> nodes) const {
  const Health* best = nullptr;
  const auto rank = [this](const Health& health) {
    if (health.is_healthy()) return is_told_healthy ? 3 : -1;
    return health.state() != "initial" ? 0 : health.last_check().empty() ? 1 : 2;
  };
  for (const Node& node : nodes) {
    const Health& found = views[node.slot]->health;
    if (best == nullptr || rank(found) > rank(*best)) best = &found;
  }
  return *best;
}

uint64_t mixed(uint64_t number) {
  number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9ull;  // splitmix64's end
  number = (number ^ (number >> 27)) * 0x94d049bb133111ebull;
  return number ^ (number >> 31);
}

}  // namespace landfall::alb
