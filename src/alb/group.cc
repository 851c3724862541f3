#include "alb/group.h"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include "alb/transport.h"

namespace landfall::alb {
namespace {

int64_t milliseconds(TimePoint at) { return std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count(); }

/// A targets's share of what the others get, in thousandths: it grows in a line while the target starts slowly.
uint64_t share_of(const Target& target, std::chrono::seconds slow_start, int64_t now) {
  const int64_t from = target.slow_start_from.load(std::memory_order_relaxed);
  const uint64_t whole = target.is_anomalous.load(std::memory_order_relaxed) ? 100 : 1000;
  if (from == 0 || slow_start.count() == 0) return whole;
  const int64_t length = slow_start.count() * 1000, gone = now - from;
  if (gone >= length) return whole;
  return std::max<uint64_t>(10, whole * static_cast<uint64_t>(std::max<int64_t>(gone, 0)) / static_cast<uint64_t>(length));
}

/// Which members a node may use, counted once for each request.
struct Eligible {
  const Group& group;
  std::string_view zone;
  size_t registered = 0, healthy = 0;
  bool all = false;

  Eligible(const Group& of, std::string_view in) : group(of), zone(in) {
    for (const Group::Member& member : group.members) {
      if (!is_registered(member)) continue;
      ++registered;
      if (member.target->is_healthy.load(std::memory_order_relaxed)) ++healthy;
    }
    all = healthy < group.least_healthy || healthy * 100 < group.least_healthy_percent * registered;
  }
  bool is_registered(const Group::Member& member) const {
    const bool is_elsewhere = group.stays_in_zone && member.zone != zone && !member.zone.empty() && member.zone != "all";
    return !is_elsewhere && !member.drains;
  }
  bool has(const Group::Member& member) const { return is_registered(member) && (all || member.target->is_healthy.load(std::memory_order_relaxed)); }
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

std::shared_ptr<Target> target_for(const GroupConfig& config, const model::Target& wanted, const Group* before) {
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
  if (target->is_draining && !drains) {  // registered again: initial, and checked at once
    target->next_check = target->first_check = {};
    target->health = Health();
    target->is_healthy = false;
  }
  if (model::is_of_flows(config.group.protocol)) target->health.tell_less();
  target->is_draining = drains;
  target->is_cut = false;
  target->ends_flows_on_deregistration = model::target_group_attribute(config.group, "deregistration_delay.connection_termination.enabled") == "true";
  target->ends_flows_when_unhealthy = model::target_group_attribute(config.group, "target_health_state.unhealthy.connection_termination.enabled") == "true";
  return target;
}

}  // namespace

Target* Group::choose(std::string_view zone, TimePoint now, uint64_t chance) const {
  const Eligible eligible(*this, zone);
  const size_t count = eligible.count();
  if (count == 0) return nullptr;
  const size_t turn = algorithm == Algorithm::weighted_random ? chance >> 16 : static_cast<size_t>(state->tally.add(Tally::turns));
  if (algorithm == Algorithm::least_outstanding_requests) return least_outstanding(eligible, turn);
  const int64_t at = milliseconds(now);
  Target* chosen = eligible.at(turn % count);
  for (size_t tries = 1; tries < count && is_passed_over(share_of(*chosen, slow_start, at), chance); ++tries) chosen = eligible.at((turn + tries) % count);
  return chosen;
}

/// The highest of numbers that are each target's own for this flow: who comes or goes moves only what it takes or had.
Target* Group::choose_for_flow(std::string_view zone, uint64_t flow) const {
  const Eligible eligible(*this, zone);
  Target* best = nullptr;
  uint64_t highest = 0;
  for (const Member& member : members) {
    if (!eligible.has(member)) continue;
    const uint64_t number = mixed(flow ^ member.target->mark);
    if (best == nullptr || number > highest) best = member.target.get(), highest = number;
  }
  return best;
}

Target* Group::sticky(uint64_t target_mark, std::string_view zone) const {
  for (const Member& member : members) {
    if (member.target->mark != target_mark) continue;
    return Eligible(*this, zone).has(member) ? member.target.get() : nullptr;
  }
  return nullptr;
}

bool Group::fails_open(std::string_view zone) const {
  const Eligible eligible(*this, zone);
  return eligible.all && eligible.registered > 0;
}

Group Group::compile(const GroupConfig& config, const Group* before, const model::LoadBalancer& balancer) {
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
  const bool is_sticky = text_of(g, "stickiness.enabled") == "true";
  if (model::is_of_flows(g.protocol)) {
    made.flows = {.sticks_to_source = is_sticky, .preserves_client = text_of(g, "preserve_client_ip.enabled") == "true", .writes_proxy_header = text_of(g, "proxy_protocol_v2.enabled") == "true"};
  } else if (is_sticky) {
    made.stickiness = text_of(g, "stickiness.type") == "app_cookie" ? Stickiness::app_cookie : Stickiness::lb_cookie;
    made.app_cookie = text_of(g, "stickiness.app_cookie.cookie_name");
    made.sticky_for = std::chrono::seconds(number_of(g, made.stickiness == Stickiness::app_cookie ? "stickiness.app_cookie.duration_seconds" : "stickiness.lb_cookie.duration_seconds"));
  }
  for (const model::Target& wanted : config.targets) made.members.push_back({.target = target_for(config, wanted, before), .zone = wanted.zone, .drains = wanted.desired == "draining"});
  return made;
}

}  // namespace landfall::alb
