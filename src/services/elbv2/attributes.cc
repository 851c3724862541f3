#include <fmt/format.h>

#include "model/load_balancer_attribute.h"
#include "model/storage.h"
#include "services/elbv2/support.h"

namespace landfall::services::elbv2 {
namespace {

/// Sets one attribute; values equal to the default are not kept, so that Describe always tells the same.
Result<void> set(std::map<std::string, std::string>& attributes, const std::map<std::string, std::string>& defaults, const std::string& key, const std::string& value) {
  const auto known = defaults.find(key);
  if (known == defaults.end()) return fail("InvalidConfigurationRequest", fmt::format("The attribute '{}' is not recognized", key));
  if (value == known->second) {
    attributes.erase(key);
    return {};
  }
  if (const auto checked = model::check_attribute(key, value); !checked) {
    return fail(checked.error().code == "Attribute.Unsupported" ? "InvalidConfigurationRequest" : "ValidationError", checked.error().what);
  }
  attributes[key] = value;
  return {};
}

/// Logs need a bucket that is there (ALB user guide, Access logs: the call is refused else).
Result<void> check_logs(const Transaction& tx, const model::LoadBalancer& balancer) {
  for (const char* kind : {"access_logs", "connection_logs"}) {
    if (model::load_balancer_attribute(balancer, fmt::format("{}.s3.enabled", kind)) != "true") continue;
    const std::string bucket = model::load_balancer_attribute(balancer, fmt::format("{}.s3.bucket", kind));
    if (bucket.empty()) return fail("ValidationError", fmt::format("The attribute '{}.s3.bucket' must be set while '{}.s3.enabled' is true", kind, kind));
    if (!store::find<model::Bucket>(tx, bucket)) return fail("InvalidConfigurationRequest", fmt::format("Access Denied for bucket: {}. Please check S3bucket permission", bucket));
  }
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
      if (model::load_balancer_attribute(balancer, "load_balancing.cross_zone.enabled") != "true") return fail("InvalidConfigurationRequest", "Cross-zone load balancing is always on for an Application Load Balancer; a target group may switch it off");
      TRY(check_logs(tx, balancer));
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
      if (const auto checked = model::check_together(group); !checked) return fail("InvalidConfigurationRequest", checked.error().what);
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
