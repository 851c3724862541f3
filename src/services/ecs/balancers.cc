#include <fmt/format.h>

#include "model/load_balancing.h"
#include "services/ecs/support.h"

/// Load balancer blocks of services and task sets.
namespace landfall::services::ecs {
namespace {

using model::Because;
using model::ServiceLoadBalancer;
using model::TaskDefinition;

/// A refusal, with the reason that `why` will repeat.
struct Refusal {
  Error error;
  Because because;
};

std::string names_of(const TaskDefinition& definition) {
  std::string names;
  for (const auto& container : definition.containers) names += (names.empty() ? "" : ", ") + container.name;
  return names;
}

Because reason(std::string code, const std::string& cause, std::string attribute, std::string remedy) {
  return {.subject = {}, .code = std::move(code), .sentence = {}, .cause = cause, .attribute = std::move(attribute), .remedy = std::move(remedy), .evidence = {}, .since = {}};
}

/// Whether the load balancer block fits target group and task definition (ECS guide, Service load balancing).
std::optional<Refusal> check_balancer(const Transaction& tx, const TaskDefinition& definition, const ServiceLoadBalancer& balancer) {
  const auto refuse = [](std::string message, Because because) {
    because.sentence = message;
    because.evidence["message"] = message;
    return Refusal{{.code = "InvalidParameterException", .what = std::move(message)}, std::move(because)};
  };
  const auto group = store::find<model::TargetGroup>(tx, balancer.target_group_arn);
  if (!group) return refuse("The specified target group does not exist.", reason("TargetGroup.NotFound", balancer.target_group_arn, "", "create the target group"));
  if (group->target_type != "ip") {
    Because because = reason("TargetGroup.TargetTypeInstance", group->arn, "target_type", "set target_type = \"ip\" (this replaces the group: its listener must let go of it first)");
    because.evidence = {{"target_type", group->target_type}, {"network mode", definition.network_mode}};
    return refuse(fmt::format("The provided target group {} has target type {}, which is incompatible with the awsvpc network mode specified in the task definition.", group->arn, group->target_type), because);
  }
  const auto container = std::ranges::find(definition.containers, balancer.container_name, &model::ContainerDefinition::name);
  if (container == definition.containers.end()) {
    std::vector<std::string> names;
    for (const auto& c : definition.containers) names.push_back(c.name);
    const std::string near = names.size() == 1 ? names[0] : nearest(balancer.container_name, names);
    Because because = reason("Service.ContainerNotInTaskDefinition", "", "load_balancer.container_name", near.empty() ? "name a container of the task definition" : fmt::format("set container_name = \"{}\"", near));
    because.evidence = {{"container_name", balancer.container_name}, {"containers of " + definition.family, names_of(definition)}};
    return refuse(fmt::format("The container {} does not exist in the task definition.", balancer.container_name), because);
  }
  const bool maps = std::ranges::any_of(container->port_mappings, [&](const auto& p) { return p.container_port == balancer.container_port; });
  if (!maps) {
    std::string ports;
    for (const auto& p : container->port_mappings) ports += (ports.empty() ? "" : ", ") + std::to_string(p.container_port);
    Because because = reason("Service.ContainerPortNotMapped", "", "load_balancer.container_port", ports.empty() ? "map the port in the task definition" : "use a port that the container maps: " + ports);
    because.evidence = {{"container_port", std::to_string(balancer.container_port)}, {"ports of " + container->name, ports}};
    return refuse(fmt::format("The container {} did not have a container port {} defined.", balancer.container_name, balancer.container_port), because);
  }
  if (model::load_balancers_of(*group, store::all<model::Listener>(tx), store::all<model::Rule>(tx)).empty()) {
    return refuse(fmt::format("The target group with targetGroupArn {} does not have an associated load balancer.", group->arn),
                  reason("TargetGroup.NoLoadBalancer", group->arn, "", "forward to the target group from a listener's default action or a rule, and create that before the service"));
  }
  return std::nullopt;
}

}  // namespace

Result<std::vector<ServiceLoadBalancer>> read_balancers(const std::optional<std::vector<shapes::LoadBalancer>>& given) {
  std::vector<ServiceLoadBalancer> balancers;
  for (const auto& b : list(given)) {
    if (b.load_balancer_name) return fail("InvalidParameterException", "Classic load balancers are not supported with networkMode awsvpc.");
    balancers.push_back({.target_group_arn = text(b.target_group_arn), .container_name = text(b.container_name), .container_port = b.container_port.value_or(0)});
  }
  if (balancers.size() > 5) return fail("InvalidParameterException", fmt::format("A service has at most 5 load balancers; found {}", balancers.size()));
  return balancers;
}

Result<void> check_balancers(const Transaction& tx, const TaskDefinition& definition, const std::vector<ServiceLoadBalancer>& balancers, std::optional<Because>& because) {
  for (const auto& balancer : balancers) {
    if (auto refusal = check_balancer(tx, definition, balancer)) {
      because = refusal->because;
      return fail(refusal->error);
    }
  }
  return {};
}

}  // namespace landfall::services::ecs
