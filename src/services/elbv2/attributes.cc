#include <fmt/format.h>

#include "model/load_balancer_attribute.h"
#include "model/storage.h"
#include "services/elbv2/support.h"

namespace landfall::services::elbv2 {
namespace {

using Attributes = std::map<std::string, std::string>;

/// Which attributes a thing has, and what is said of one that only things of the other kind have.
struct Known {
  const Attributes& defaults;
  const Attributes& of_others;
  std::string noun, kind;  ///< "Load balancer", "load balancers with type 'network'"
  bool of_flows = false;
};

Known known_of(const model::LoadBalancer& balancer) {
  const bool is_network = balancer.type == "network";
  return {.defaults = model::load_balancer_attribute_defaults(balancer.type), .of_others = model::load_balancer_attribute_defaults(is_network ? "application" : "network"), .noun = "Load balancer", .kind = fmt::format("load balancers with type '{}'", balancer.type), .of_flows = is_network};
}

Known known_of(const model::TargetGroup& group) {
  static const model::TargetGroup of_flows{.protocol = "TCP"}, of_requests{.protocol = "HTTP"};
  const bool is_of_flows = model::is_of_flows(group.protocol);
  return {.defaults = model::target_group_attribute_defaults(group), .of_others = model::target_group_attribute_defaults(is_of_flows ? of_requests : of_flows), .noun = "Target group", .kind = fmt::format("target groups with the {} protocol", group.protocol), .of_flows = is_of_flows};
}

Known known_of(const model::Listener& listener) {
  const bool is_of_flows = model::is_of_flows(listener.protocol);
  return {.defaults = model::listener_attribute_defaults(listener.protocol), .of_others = model::listener_attribute_defaults(is_of_flows ? "HTTPS" : "TCP"), .noun = "Listener", .kind = fmt::format("listeners with the {} protocol", listener.protocol), .of_flows = is_of_flows};
}

/// Sets one attribute; values equal to the default are not kept, so that Describe always tells the same.
Result<void> set(Attributes& attributes, const Known& of, const std::string& key, const std::string& value) {
  const auto known = of.defaults.find(key);
  if (known == of.defaults.end() && (of.of_others.contains(key) || key == "tcp.idle_timeout.seconds")) return fail("InvalidConfigurationRequest", fmt::format("{} attribute key '{}' is not supported on {}", of.noun, key, of.kind));
  if (known == of.defaults.end()) return fail("InvalidConfigurationRequest", fmt::format("The attribute '{}' is not recognized", key));
  if (value == known->second) {
    attributes.erase(key);
    return {};
  }
  if (const auto checked = model::check_attribute(key, value, of.of_flows); !checked) {
    return fail(checked.error().code == "Attribute.Unsupported" ? "InvalidConfigurationRequest" : "ValidationError", checked.error().what);
  }
  attributes[key] = value;
  return {};
}

/// Logs need a bucket that is there (ALB user guide, Access logs: the call is refused else).
Result<void> check_logs(const Transaction& tx, const model::LoadBalancer& balancer) {
  for (const char* kind : {"access_logs", "connection_logs"}) {
    if (model::load_balancer_attribute(balancer, fmt::format("{}.s3.enabled", kind)) != "true") continue;  // a network one has no connection_logs
    const std::string bucket = model::load_balancer_attribute(balancer, fmt::format("{}.s3.bucket", kind));
    if (bucket.empty()) return fail("ValidationError", fmt::format("The attribute '{}.s3.bucket' must be set while '{}.s3.enabled' is true", kind, kind));
    if (!store::find<model::Bucket>(tx, bucket)) return fail("InvalidConfigurationRequest", fmt::format("Access Denied for bucket: {}. Please check S3bucket permission", bucket));
  }
  return {};
}

/// The rule, or the default one of a listener, that spreads its requests over the group and others without keeping clients to theirs.
std::optional<std::string> fickle_rule(const Transaction& tx, const std::string& group_arn) {
  const auto is_fickle = [&](const std::vector<model::Action>& actions) {
    return std::ranges::any_of(actions, [&](const model::Action& action) {
      return action.target_groups.size() > 1 && !action.group_stickiness && std::ranges::count(action.target_groups, group_arn, &model::WeightedTargetGroup::arn) > 0;
    });
  };
  for (const auto& listener : store::all<model::Listener>(tx)) {
    if (is_fickle(listener.default_actions)) return listener.default_rule_arn;
  }
  for (const auto& rule : store::all<model::Rule>(tx)) {
    if (is_fickle(rule.actions)) return rule.arn;
  }
  return std::nullopt;
}

/// Clients that leave a group at once cannot be kept to a target of it.
Result<void> check_stickiness(const Transaction& tx, const model::TargetGroup& group) {
  if (model::is_of_flows(group.protocol) || model::target_group_attribute(group, "stickiness.enabled") != "true") return {};
  const auto rule = fickle_rule(tx, group.arn);
  return rule ? fail("InvalidConfigurationRequest", fmt::format("This target group appears behind a rule with group stickiness disabled ({}). You must enable group stickiness before enabling target stickiness", *rule)) : Result<void>{};
}

template <class Attribute>
std::vector<Attribute> render(const Attributes& attributes, const Attributes& defaults) {
  std::vector<Attribute> all;
  for (const auto& [key, fallback] : defaults) {
    const auto found = attributes.find(key);
    all.push_back({.key = key, .value = found == attributes.end() ? fallback : found->second});
  }
  return all;
}

template <class Attribute>
Result<void> apply(const std::optional<std::vector<Attribute>>& wanted, Attributes& attributes, const Known& of) {
  for (const auto& attribute : list(wanted)) {
    TRY(set(attributes, of, text(attribute.key), text(attribute.value)));
  }
  return {};
}

}  // namespace

void register_load_balancer_attributes(aws::Registry& registry, const Deps& deps) {
  registry.add<shapes::DescribeLoadBalancerAttributesInput, shapes::DescribeLoadBalancerAttributesOutput>("elbv2", "DescribeLoadBalancerAttributes", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return transact<shapes::DescribeLoadBalancerAttributesOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DescribeLoadBalancerAttributesOutput> {
      const auto balancer = TRY(balancer_at(tx, c, r.load_balancer_arn));
      return shapes::DescribeLoadBalancerAttributesOutput{.attributes = render<shapes::LoadBalancerAttribute>(balancer.attributes, model::load_balancer_attribute_defaults(balancer.type))};
    });
  });
  registry.add<shapes::ModifyLoadBalancerAttributesInput, shapes::ModifyLoadBalancerAttributesOutput>("elbv2", "ModifyLoadBalancerAttributes", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return transact<shapes::ModifyLoadBalancerAttributesOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::ModifyLoadBalancerAttributesOutput> {
      auto balancer = TRY(balancer_at(tx, c, r.load_balancer_arn));
      TRY(apply(r.attributes, balancer.attributes, known_of(balancer)));
      if (balancer.type == "application" && model::load_balancer_attribute(balancer, "load_balancing.cross_zone.enabled") != "true") return fail("InvalidConfigurationRequest", "Cross-zone load balancing is always on for an Application Load Balancer; a target group may switch it off");
      TRY(check_logs(tx, balancer));
      store::put(tx, balancer);
      return shapes::ModifyLoadBalancerAttributesOutput{.attributes = render<shapes::LoadBalancerAttribute>(balancer.attributes, model::load_balancer_attribute_defaults(balancer.type))};
    });
  });
  registry.add<shapes::DescribeTargetGroupAttributesInput, shapes::DescribeTargetGroupAttributesOutput>("elbv2", "DescribeTargetGroupAttributes", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return transact<shapes::DescribeTargetGroupAttributesOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DescribeTargetGroupAttributesOutput> {
      const auto group = TRY(group_at(tx, c, r.target_group_arn));
      return shapes::DescribeTargetGroupAttributesOutput{.attributes = render<shapes::TargetGroupAttribute>(group.attributes, model::target_group_attribute_defaults(group))};
    });
  });
  registry.add<shapes::ModifyTargetGroupAttributesInput, shapes::ModifyTargetGroupAttributesOutput>("elbv2", "ModifyTargetGroupAttributes", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return transact<shapes::ModifyTargetGroupAttributesOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::ModifyTargetGroupAttributesOutput> {
      auto group = TRY(group_at(tx, c, r.target_group_arn));
      TRY(apply(r.attributes, group.attributes, known_of(group)));
      if (const auto checked = model::check_together(group); !checked) return fail("InvalidConfigurationRequest", checked.error().what);
      TRY(check_stickiness(tx, group));
      store::put(tx, group);
      return shapes::ModifyTargetGroupAttributesOutput{.attributes = render<shapes::TargetGroupAttribute>(group.attributes, model::target_group_attribute_defaults(group))};
    });
  });
  registry.add<shapes::DescribeListenerAttributesInput, shapes::DescribeListenerAttributesOutput>("elbv2", "DescribeListenerAttributes", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return transact<shapes::DescribeListenerAttributesOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DescribeListenerAttributesOutput> {
      const auto listener = TRY(listener_at(tx, c, r.listener_arn));
      return shapes::DescribeListenerAttributesOutput{.attributes = render<shapes::ListenerAttribute>(listener.attributes, model::listener_attribute_defaults(listener.protocol))};
    });
  });
  registry.add<shapes::ModifyListenerAttributesInput, shapes::ModifyListenerAttributesOutput>("elbv2", "ModifyListenerAttributes", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return transact<shapes::ModifyListenerAttributesOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::ModifyListenerAttributesOutput> {
      auto listener = TRY(listener_at(tx, c, r.listener_arn));
      TRY(apply(r.attributes, listener.attributes, known_of(listener)));
      store::put(tx, listener);
      return shapes::ModifyListenerAttributesOutput{.attributes = render<shapes::ListenerAttribute>(listener.attributes, model::listener_attribute_defaults(listener.protocol))};
    });
  });
  registry.add<shapes::DescribeCapacityReservationInput, shapes::DescribeCapacityReservationOutput>("elbv2", "DescribeCapacityReservation", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return transact<shapes::DescribeCapacityReservationOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DescribeCapacityReservationOutput> {
      TRY(balancer_at(tx, c, r.load_balancer_arn));
      return shapes::DescribeCapacityReservationOutput{.capacity_reservation_state = std::vector<shapes::ZonalCapacityReservationState>{}};
    });
  });
}

}  // namespace landfall::services::elbv2
