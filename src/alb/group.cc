#include "alb/group.h"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include "alb/transport.h"

namespace landfall::alb {
namespace {

int64_t milliseconds(TimePoint at) { return std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count(); }

/// A targets's share of what the others get, in thousandths: it grows in a line while the target starts slowly.
uint64_t share_of(const Target& target, size_t slot, std::chrono::seconds slow_start, int64_t now) {
  const uint64_t whole = target.is_anomalous.load(std::memory_order_relaxed) ? 100 : 1000;
  if (!target.starts_slowly(slot, slow_start, now)) return whole;
  const int64_t gone = now - target.slow_start_from[slot].load(std::memory_order_relaxed);
  return std::max<uint64_t>(10, whole * static_cast<uint64_t>(std::max<int64_t>(gone, 0)) / static_cast<uint64_t>(slow_start.count() * 1000));
}

/// Which members a node may use, counted once for each request.
struct Eligible {
  const Group& group;
  const Node& node;
  size_t registered = 0, healthy = 0;
  bool all = false;

  Eligible(const Group& of, const Node& at) : group(of), node(at) {
    for (const Group::Member& member : group.members) {
      if (!is_registered(member)) continue;
      ++registered;
      if (member.target->is_healthy(node.slot)) ++healthy;
    }
    all = healthy < group.least_healthy || healthy * 100 < group.least_healthy_percent * registered;
  }
  bool is_registered(const Group::Member& member) const {
    return !member.drains && (!group.stays_in_zone || member.is_in(node));
  }
  bool has(const Group::Member& member) const { return is_registered(member) && (all || member.target->is_healthy(node.slot)); }
  size_t count() const { return all ? registered : healthy; }
  Target* at(size_t index) const {
    for (const Group::Member& member : group.members) {
      if (has(member) && index-- == 0) return member.target.get();
    }
    return nullptr;
  }
};

/// Some other target if this one has not its whole share yet: as often as its share is small.
bool is_passed_over(uint64_t share, uint64_t& chance) {
  if (share >= 1000) return false;
  chance = chance * 6364136223846793005ull + 1442695040888963407ull;
  return (chance >> 33) % 1000 >= share;
}

Target* least_outstanding(const Eligible& eligible, size_t start) {
  Target* best = nullptr;
  int64_t least = 0;
  const size_t size = eligible.group.members.size();
  for (size_t i = 0; i < size; ++i) {
    const Group::Member& member = eligible.group.members[(start + i) % size];
    if (!eligible.has(member)) continue;
    const int64_t in_flight = member.target->tally.sum(Tally::in_flight);
    if (best == nullptr || in_flight < least) best = member.target.get(), least = in_flight;
  }
  return best;
}

size_t number_of(const model::TargetGroup& group, std::string_view attribute) {
  return static_cast<size_t>(std::atoi(model::target_group_attribute(group, attribute).c_str()));  // "off" is 0
}

std::string text_of(const model::TargetGroup& group, std::string_view attribute) { return model::target_group_attribute(group, attribute); }

/// Whether targets that come now would be the first: those need no slow start (ALB user guide, Target groups: slow start mode).
bool is_empty(const Group* group) {
  return group == nullptr || std::ranges::all_of(group->members, [](const Group::Member& member) { return member.drains; });
}

std::shared_ptr<Target> target_for(const GroupConfig& config, const model::Target& wanted, const Group* before, std::span<const Node> nodes) {
  std::shared_ptr<Target> target;
  if (before != nullptr) {
    for (const auto& old : before->members) {
      if (old.target->address == wanted.id && old.target->port == wanted.port) target = old.target;
    }
  }
  if (!target) {  // of one that is there already the lanes read who it is at this moment
    target = std::make_shared<Target>();
    target->group_arn = config.group.arn;
    target->address = wanted.id;
    target->port = wanted.port;
    target->address_and_port = fmt::format("{}:{}", wanted.id, wanted.port);
    target->at = address_of(wanted.id, wanted.port);
    target->mark = stable_hash(target->key());
  }
  const bool drains = wanted.desired == "draining";
  if (target->is_draining && !drains) target->start_over();  // registered again
  target->follow(nodes, !is_empty(before));
  for (const Node& node : nodes) {
    if (model::is_of_flows(config.group.protocol)) target->views[node.slot]->health.tell_less();
  }
  if (number_of(config.group, "slow_start.duration_seconds") == 0) {
    for (auto& from : target->slow_start_from) from = 0;
  }
  target->is_draining = drains;
  target->is_cut = false;
  target->ends_flows_on_deregistration = model::target_group_attribute(config.group, "deregistration_delay.connection_termination.enabled") == "true";
  target->ends_flows_when_unhealthy = model::target_group_attribute(config.group, "target_health_state.unhealthy.connection_termination.enabled") == "true";
  return target;
}

}  // namespace

int64_t GroupState::sum(Tally::Count what) const {
  int64_t sum = 0;
  for (const Tally& tally : tallies_) sum += tally.sum(what);
  return sum;
}

Target* Group::choose(const Node& node, TimePoint now, uint64_t chance) const {
  const Eligible eligible(*this, node);
  const size_t count = eligible.count();
  if (count == 0) return nullptr;
  if (eligible.all) state->tally(node).add(Tally::failed_open);
  const size_t turn = algorithm == Algorithm::weighted_random ? chance >> 16 : static_cast<size_t>(state->tally(node).add(Tally::turns));
  if (algorithm == Algorithm::least_outstanding_requests) return least_outstanding(eligible, turn);
  const int64_t at = milliseconds(now);
  Target* chosen = eligible.at(turn % count);
  for (size_t tries = 1; tries < count && is_passed_over(share_of(*chosen, node.slot, slow_start, at), chance); ++tries) chosen = eligible.at((turn + tries) % count);
  return chosen;
}

/// The highest of numbers that are each target's own for this flow: who comes or goes moves only what it takes or had.
Target* Group::choose_for_flow(const Node& node, uint64_t flow) const {
  const Eligible eligible(*this, node);
  Target* best = nullptr;
  uint64_t highest = 0;
  for (const Member& member : members) {
    if (!eligible.has(member)) continue;
    const uint64_t number = mixed(flow ^ member.target->mark);
    if (best == nullptr || number > highest) best = member.target.get(), highest = number;
  }
  return best;
}

Target* Group::sticky(uint64_t target_mark, const Node& node) const {
  for (const Member& member : members) {
    if (member.target->mark != target_mark) continue;
    const Eligible eligible(*this, node);
    if (!eligible.has(member)) return nullptr;
    if (eligible.all) state->tally(node).add(Tally::failed_open);
    return member.target.get();
  }
  return nullptr;
}

void Group::note_health(const Node& node, int64_t now) const {
  const size_t slot = node.slot;
  const bool others = std::ranges::any_of(members, [&](const Member& member) {
    return !member.drains && member.target->is_healthy(slot) && !member.target->starts_slowly(slot, slow_start, now);
  });
  for (const Member& member : members) {
    Target& target = *member.target;
    NodeView& view = *target.views[slot];
    const bool healthy = view.health.is_healthy();
    if (healthy == target.is_healthy(slot)) continue;
    const bool starts_slowly = healthy && others && slow_start.count() > 0 && !view.starts_at_once;
    target.slow_start_from[slot] = starts_slowly ? now : 0;
    if (healthy) view.starts_at_once = false;
    target.set_healthy(slot, healthy);
    if (!healthy) ++target.falls[slot];
  }
}

bool Group::fails_open(const Node& node) const {
  const Eligible eligible(*this, node);
  return eligible.all && eligible.registered > 0;
}

Group::Hosts Group::hosts(const Node& node) const {
  Hosts found;
  const Eligible eligible(*this, node);
  for (const Member& member : members) {
    if (!eligible.is_registered(member)) continue;
    const Health& health = member.target->views[node.slot]->health;
    ++found.registered;
    found.healthy += health.is_healthy() ? 1 : 0;
    found.unhealthy += health.state() == "unhealthy" ? 1 : 0;
  }
  return found;
}

bool Group::is_healthy_for_dns(const Node& node) const {
  const Hosts found = hosts(node);
  const auto least = static_cast<int64_t>(least_healthy_for_dns), percent = static_cast<int64_t>(least_healthy_percent_for_dns);
  return found.healthy >= least && found.healthy * 100 >= percent * found.registered;
}

Group Group::compile(const GroupConfig& config, const Group* before, const model::LoadBalancer& balancer, std::span<const Node> nodes) {
  const model::TargetGroup& g = config.group;
  Group made{.group = g, .members = {}, .state = before != nullptr ? before->state : std::make_shared<GroupState>()};
  made.mark = stable_hash(g.arn);
  made.is_tls = g.protocol == "HTTPS" || g.protocol == "TLS";
  made.version = g.protocol_version == "GRPC" ? ProtocolVersion::grpc : g.protocol_version == "HTTP2" ? ProtocolVersion::http2 : ProtocolVersion::http1;
  made.stays_in_zone = !model::crosses_zones(g, balancer);
  const std::string algorithm = text_of(g, "load_balancing.algorithm.type");
  made.algorithm = algorithm == "least_outstanding_requests" ? Algorithm::least_outstanding_requests : algorithm == "weighted_random" ? Algorithm::weighted_random : Algorithm::round_robin;
  made.slow_start = std::chrono::seconds(number_of(g, "slow_start.duration_seconds"));
  made.least_healthy = number_of(g, "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count");
  made.least_healthy_percent = number_of(g, "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage");
  if (made.least_healthy == 0) made.least_healthy = 1;
  made.least_healthy_for_dns = number_of(g, "target_group_health.dns_failover.minimum_healthy_targets.count");
  made.least_healthy_percent_for_dns = number_of(g, "target_group_health.dns_failover.minimum_healthy_targets.percentage");
  const bool is_sticky = text_of(g, "stickiness.enabled") == "true";
  if (model::is_of_flows(g.protocol)) {
    made.flows = {.sticks_to_source = is_sticky, .preserves_client = text_of(g, "preserve_client_ip.enabled") == "true", .writes_proxy_header = text_of(g, "proxy_protocol_v2.enabled") == "true"};
  } else if (is_sticky) {
    made.stickiness = text_of(g, "stickiness.type") == "app_cookie" ? Stickiness::app_cookie : Stickiness::lb_cookie;
    made.app_cookie = text_of(g, "stickiness.app_cookie.cookie_name");
    made.sticky_for = std::chrono::seconds(number_of(g, made.stickiness == Stickiness::app_cookie ? "stickiness.app_cookie.duration_seconds" : "stickiness.lb_cookie.duration_seconds"));
  }
  for (const model::Target& wanted : config.targets) made.members.push_back({.target = target_for(config, wanted, before, nodes), .zone = wanted.zone, .drains = wanted.desired == "draining"});
  return made;
}

}  // namespace landfall::alb
