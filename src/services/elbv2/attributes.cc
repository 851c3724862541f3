#include <fmt/format.h>

#include "services/elbv2/support.h"

namespace landfall::services::elbv2 {
namespace {

/// Attributes whose only supported value is the default one: the rest would be accepted and ignored.
bool is_carried(const std::string& key) {
  static const std::vector<std::string> carried{"idle_timeout.timeout_seconds", "client_keep_alive.seconds", "deletion_protection.enabled", "routing.http.drop_invalid_header_fields.enabled",
                                                "routing.http.preserve_host_header.enabled", "routing.http.xff_client_port.enabled", "routing.http.xff_header_processing.mode",
                                                "deregistration_delay.timeout_seconds", "load_balancing.cross_zone.enabled"};
  return std::ranges::count(carried, key) > 0;
}

/// Sets one attribute; values equal to the default are not kept, so that Describe always tells the same.
Result<void> set(std::map<std::string, std::string>& attributes, const std::map<std::string, std::string>& defaults, const std::string& key, const std::string& value) {
  const auto known = defaults.find(key);
  if (known == defaults.end()) return fail("InvalidConfigurationRequest", fmt::format("The attribute '{}' is not recognized", key));
  if (value == known->second) {
    attributes.erase(key);
    return {};
  }
  if (!is_carried(key)) return fail("InvalidConfigurationRequest", fmt::format("Landfall does not support the value '{}' of the attribute '{}' yet; wanted '{}'", value, key, known->second));
  attributes[key] = value;
  return {};
}

Result<void> check_range(const std::string& key, const std::string& value, int low, int high) {
  const int number = value.find_first_not_of("0123456789") == std::string::npos && value.size() < 8 && !value.empty() ? std::stoi(value) : -1;
  if (number < low || number > high) return fail("ValidationError", fmt::format("'{}' is not a valid value for {}; wanted {} to {}", value, key, low, high));
  return {};
}

Result<void> check_value(const std::string& key, const std::string& value) {
  if (key == "idle_timeout.timeout_seconds") return check_range(key, value, 1, 4000);
  if (key == "client_keep_alive.seconds") return check_range(key, value, 60, 604800);
  if (key == "deregistration_delay.timeout_seconds") return check_range(key, value, 0, 3600);
  if (key.ends_with(".enabled") && value != "true" && value != "false" && value != "use_load_balancer_configuration") return fail("ValidationError", fmt::format("'{}' is not a valid value for {}; wanted true or false", value, key));
  if (key == "routing.http.xff_header_processing.mode" && value != "append" && value != "preserve" && value != "remove") return fail("ValidationError", fmt::format("'{}' is not a valid value for {}; wanted append, preserve or remove", value, key));
  return {};
}

template <class Attribute>
std::vector<Attribute> render(const std::map<std::string, std::string>& attributes, const std::map<std::string, std::string>& defaults) {
  std::vector<Attribute> all;
  for (const auto& [key, fallback] : defaults) {
    const auto found = attributes.find(key);
    all.push_back({.key = key, .value = found == attributes.end() ? fallback : found->second});
  }
  return all;
}

template <class Attribute>
Result<void> apply(const std::optional<std::vector<Attribute>>& wanted, std::map<std::string, std::string>& attributes, const std::map<std::string, std::string>& defaults) {
  for (const auto& attribute : list(wanted)) {
    TRY(check_value(text(attribute.key), text(attribute.value)));
    TRY(set(attributes, defaults, text(attribute.key), text(attribute.value)));
  }
  return {};
}

}  // namespace

void register_load_balancer_attributes(aws::Registry& registry, const Deps& deps) {
  registry.add<shapes::DescribeLoadBalancerAttributesInput, shapes::DescribeLoadBalancerAttributesOutput>("elbv2", "DescribeLoadBalancerAttributes", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return transact<shapes::DescribeLoadBalancerAttributesOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DescribeLoadBalancerAttributesOutput> {
      const auto balancer = TRY(balancer_at(tx, c, r.load_balancer_arn));
      return shapes::DescribeLoadBalancerAttributesOutput{.attributes = render<shapes::LoadBalancerAttribute>(balancer.attributes, model::load_balancer_attribute_defaults())};
    });
  });
  registry.add<shapes::ModifyLoadBalancerAttributesInput, shapes::ModifyLoadBalancerAttributesOutput>("elbv2", "ModifyLoadBalancerAttributes", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return transact<shapes::ModifyLoadBalancerAttributesOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::ModifyLoadBalancerAttributesOutput> {
      auto balancer = TRY(balancer_at(tx, c, r.load_balancer_arn));
      TRY(apply(r.attributes, balancer.attributes, model::load_balancer_attribute_defaults()));
      store::put(tx, balancer);
      return shapes::ModifyLoadBalancerAttributesOutput{.attributes = render<shapes::LoadBalancerAttribute>(balancer.attributes, model::load_balancer_attribute_defaults())};
    });
  });
  registry.add<shapes::DescribeTargetGroupAttributesInput, shapes::DescribeTargetGroupAttributesOutput>("elbv2", "DescribeTargetGroupAttributes", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return transact<shapes::DescribeTargetGroupAttributesOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DescribeTargetGroupAttributesOutput> {
      const auto group = TRY(group_at(tx, c, r.target_group_arn));
      return shapes::DescribeTargetGroupAttributesOutput{.attributes = render<shapes::TargetGroupAttribute>(group.attributes, model::target_group_attribute_defaults())};
    });
  });
  registry.add<shapes::ModifyTargetGroupAttributesInput, shapes::ModifyTargetGroupAttributesOutput>("elbv2", "ModifyTargetGroupAttributes", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return transact<shapes::ModifyTargetGroupAttributesOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::ModifyTargetGroupAttributesOutput> {
      auto group = TRY(group_at(tx, c, r.target_group_arn));
      TRY(apply(r.attributes, group.attributes, model::target_group_attribute_defaults()));
      store::put(tx, group);
      return shapes::ModifyTargetGroupAttributesOutput{.attributes = render<shapes::TargetGroupAttribute>(group.attributes, model::target_group_attribute_defaults())};
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
      TRY(apply(r.attributes, listener.attributes, model::listener_attribute_defaults(listener.protocol)));
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
