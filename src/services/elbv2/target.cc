#include <algorithm>

#include <fmt/format.h>

#include "base/ip.h"
#include "model/addressing.h"
#include "model/unusable_address.h"
#include "services/elbv2/quotas.h"
#include "services/elbv2/support.h"

namespace landfall::services::elbv2 {
namespace {

using model::Target;
using model::TargetGroup;

/// ALB user guide, Target groups: addresses of the VPC, RFC 1918 and RFC 6598; never public ones.
Result<void> check_address(const Transaction& tx, const CallContext& context, const TargetGroup& group, const std::string& id, const std::string& zone) {
  const auto ip = parse_ipv4(id);
  if (!ip) return fail("ValidationError", fmt::format("The IP address '{}' is not a valid IPv4 address", id));
  const auto vpc = store::find<model::Vpc>(tx, context.account + "/" + context.region + "/" + group.vpc_id);
  if (vpc && model::is_inside(*vpc, *ip)) return {};
  for (const char* range : {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"}) {
    if (!parse_cidr(range)->contains(*ip)) continue;
    if (zone != "all") return fail("ValidationError", fmt::format("You must specify an Availability Zone 'all' for the IP address '{}', which is outside the VPC", id));
    return {};
  }
  return fail("InvalidTarget", fmt::format("The IP address '{}' is not within a supported range of IP addresses", id));
}

std::string zone_of(const Transaction& tx, const CallContext& context, const TargetGroup& group, const std::string& id) {
  const auto ip = parse_ipv4(id);
  for (const auto& subnet : store::all<model::Subnet>(tx, context.account + "/" + context.region + "/")) {
    if (ip && subnet.vpc_id == group.vpc_id && parse_cidr(subnet.cidr)->contains(*ip)) return subnet.zone;
  }
  return "all";
}

Result<shapes::RegisterTargetsOutput> register_targets(const Deps& deps, const CallContext& context, const shapes::RegisterTargetsInput& request) {
  return transact<shapes::RegisterTargetsOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::RegisterTargetsOutput> {
    const TargetGroup group = TRY(group_at(tx, context, request.target_group_arn));
    for (const auto& wanted : list(request.targets)) {
      if (group.target_type == "instance") return fail("InvalidTarget", fmt::format("The following targets are not in a running state and cannot be registered: '{}'", text(wanted.id)));
      TRY(check_address(tx, context, group, text(wanted.id), text(wanted.availability_zone)));
      Target target{.target_group_arn = group.arn, .id = text(wanted.id), .port = wanted.port.value_or(group.port), .zone = zone_of(tx, context, group, text(wanted.id)), .state_since = deps.clock.wall()};
      const auto existing = store::find<Target>(tx, target.key());
      if (!existing || existing->desired == "draining") store::put(tx, target);
    }
    TRY(quotas::check_targets(tx, group));
    return shapes::RegisterTargetsOutput{};
  });
}

Result<shapes::DeregisterTargetsOutput> deregister(const Deps& deps, const CallContext& context, const shapes::DeregisterTargetsInput& request) {
  return transact<shapes::DeregisterTargetsOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeregisterTargetsOutput> {
    const TargetGroup group = TRY(group_at(tx, context, request.target_group_arn));
    const int delay = std::stoi(model::target_group_attribute(group, "deregistration_delay.timeout_seconds"));
    for (const auto& wanted : list(request.targets)) {
      for (Target target : store::all<Target>(tx, group.arn + "#")) {
        if (target.id != text(wanted.id) || (wanted.port && *wanted.port != target.port) || target.desired == "draining") continue;
        target.desired = "draining";
        target.drain_until = deps.clock.wall() + std::chrono::seconds(delay);
        target.state = "draining";
        target.reason = "Target.DeregistrationInProgress";
        target.description = "Target deregistration is in progress";
        target.state_since = deps.clock.wall();
        store::put(tx, target);
      }
    }
    return shapes::DeregisterTargetsOutput{};
  });
}

/// What the health of a group's targets is told from besides their records.
struct Surroundings {
  std::vector<model::LoadBalancer> balancers;  ///< all
  std::vector<model::LoadBalancer> users;      ///< those that forward to the group
};

/// Why a registered target gets no request, whatever its checks said: as things are now, for load balancers come and go.
std::optional<shapes::TargetHealth> unused(const TargetGroup& group, const Target& target, const Surroundings& around) {
  if (target.desired != "registered") return std::nullopt;
  if (model::is_address_of_balancer(around.balancers, group, target.id)) return shapes::TargetHealth{.description = "The IP address cannot be used as a target, as it is in use by a load balancer", .reason = "Target.IpUnusable", .state = "unused"};
  if (around.users.empty()) return shapes::TargetHealth{.description = "Target group is not configured to receive traffic from the load balancer", .reason = "Target.NotInUse", .state = "unused"};
  const bool is_in_zone = std::ranges::any_of(around.users, [&](const model::LoadBalancer& user) { return model::is_zone_enabled(user, target.zone); });
  if (!is_in_zone) return shapes::TargetHealth{.description = "Target is in an Availability Zone that is not enabled for the load balancer", .reason = "Target.NotInUse", .state = "unused"};
  return std::nullopt;
}

shapes::TargetHealthDescription render(const TargetGroup& group, const Target& target, const Surroundings& around) {
  shapes::TargetHealth health{.state = target.state};
  if (target.state != "healthy") {
    health.reason = target.reason;
    health.description = target.description;
  }
  shapes::TargetHealthDescription out{.target = shapes::TargetDescription{.availability_zone = target.zone, .id = target.id, .port = target.port}, .target_health = unused(group, target, around).value_or(health)};
  out.health_check_port = group.health_check.port == "traffic-port" ? std::to_string(target.port) : group.health_check.port;
  return out;
}

Result<shapes::DescribeTargetHealthOutput> describe(const Deps& deps, const CallContext& context, const shapes::DescribeTargetHealthInput& request) {
  return transact<shapes::DescribeTargetHealthOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DescribeTargetHealthOutput> {
    const TargetGroup group = TRY(group_at(tx, context, request.target_group_arn));
    Surroundings around{.balancers = store::all<model::LoadBalancer>(tx), .users = {}};
    const auto users = model::load_balancers_of(group, store::all<model::Listener>(tx), store::all<model::Rule>(tx));
    std::ranges::copy_if(around.balancers, std::back_inserter(around.users), [&](const model::LoadBalancer& balancer) { return std::ranges::count(users, balancer.arn) > 0; });
    const auto targets = store::all<Target>(tx, group.arn + "#");
    shapes::DescribeTargetHealthOutput result{.target_health_descriptions = std::vector<shapes::TargetHealthDescription>{}};
    if (!request.targets) {
      for (const Target& target : targets) result.target_health_descriptions->push_back(render(group, target, around));
      return result;
    }
    for (const auto& wanted : *request.targets) {
      const auto found = std::ranges::find_if(targets, [&](const Target& t) { return t.id == text(wanted.id) && (!wanted.port || *wanted.port == t.port); });
      if (found != targets.end()) {
        result.target_health_descriptions->push_back(render(group, *found, around));
        continue;
      }
      const shapes::TargetHealth health{.description = "Target is not registered to the target group", .reason = "Target.NotRegistered", .state = "unused"};
      result.target_health_descriptions->push_back({.target = shapes::TargetDescription{.id = wanted.id, .port = wanted.port.value_or(group.port)}, .target_health = health});
    }
    return result;
  });
}

}  // namespace

void register_target(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::RegisterTargetsInput, shapes::RegisterTargetsOutput>("elbv2", "RegisterTargets", {"TargetGroupArn", "Targets.Id", "Targets.Port", "Targets.AvailabilityZone"}, bind(register_targets));
  registry.add<shapes::DeregisterTargetsInput, shapes::DeregisterTargetsOutput>("elbv2", "DeregisterTargets", {"TargetGroupArn", "Targets.Id", "Targets.Port", "Targets.AvailabilityZone"}, bind(deregister));
  registry.add<shapes::DescribeTargetHealthInput, shapes::DescribeTargetHealthOutput>("elbv2", "DescribeTargetHealth", {"TargetGroupArn", "Targets.Id", "Targets.Port", "Targets.AvailabilityZone"}, bind(describe));
}

}  // namespace landfall::services::elbv2
