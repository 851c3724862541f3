#include <fmt/format.h>

#include "services/ecs/support.h"

namespace landfall::services::ecs {
namespace {

constexpr size_t kMaxShares = 20;  // ECS API, CapacityProviderStrategyItem
constexpr int kMaxWeight = 1000, kMaxBase = 100'000;

}  // namespace

bool is_fargate_provider(std::string_view name) { return name == "FARGATE" || name == "FARGATE_SPOT"; }

Result<std::vector<model::CapacityShare>> read_strategy(const std::vector<std::string>& of_cluster, const std::optional<std::vector<shapes::CapacityProviderStrategyItem>>& strategy) {
  std::vector<model::CapacityShare> shares;
  if (list(strategy).size() > kMaxShares) return invalid(fmt::format("The specified capacity provider strategy contains too many capacity providers: {}; at most {}", strategy->size(), kMaxShares));
  int bases = 0, fargate = 0;
  for (const auto& item : list(strategy)) {
    model::CapacityShare share{.provider = text(item.capacity_provider), .weight = item.weight.value_or(0), .base = item.base.value_or(0)};
    if (std::ranges::count(of_cluster, share.provider) == 0) return invalid("The specified capacity provider strategy cannot contain a capacity provider that is not associated with the cluster. Associate the capacity provider with the cluster and try again.");
    if (std::ranges::count(shares, share.provider, &model::CapacityShare::provider) > 0) return invalid("The specified capacity provider strategy cannot contain duplicate capacity providers. Remove the duplicate capacity provider and try again.");
    if (share.weight < 0 || share.weight > kMaxWeight) return invalid(fmt::format("The specified weight {} of a capacity provider must be between 0 and {}.", share.weight, kMaxWeight));
    if (share.base < 0 || share.base > kMaxBase) return invalid(fmt::format("The specified base {} of a capacity provider must be between 0 and {}.", share.base, kMaxBase));
    bases += share.base > 0;
    fargate += is_fargate_provider(share.provider);
    shares.push_back(std::move(share));
  }
  if (bases > 1) return invalid("The specified capacity provider strategy cannot contain more than one capacity provider with a base value greater than 0.");
  if (fargate > 0 && fargate < static_cast<int>(shares.size())) return invalid("The specified capacity provider strategy cannot contain a mix of capacity providers using Auto Scaling groups and Fargate. Specify one or the other and try again.");
  return shares;
}

std::vector<shapes::CapacityProviderStrategyItem> strategy_list(const std::vector<model::CapacityShare>& shares) {
  std::vector<shapes::CapacityProviderStrategyItem> items;
  for (const auto& share : shares) items.push_back({.base = share.base, .capacity_provider = share.provider, .weight = share.weight});
  return items;
}

Result<Launch> choose_launch(const model::Cluster& cluster, const model::TaskDefinition& definition, const std::optional<std::string>& launch_type, const std::optional<std::vector<shapes::CapacityProviderStrategyItem>>& strategy) {
  if (launch_type && !list(strategy).empty()) return invalid("Specify either Launch Type or Capacity Provider Strategy, but not both.");
  Launch launch{.type = launch_type.value_or(""), .shares = list(strategy).empty() ? std::vector<model::CapacityShare>{} : TRY(read_strategy(cluster.capacity_providers, strategy))};
  if (!launch_type && launch.shares.empty()) launch.shares = cluster.default_strategy;
  if (!launch.shares.empty()) launch.type = is_fargate_provider(launch.shares[0].provider) ? "FARGATE" : "EC2";
  else if (!launch_type) launch.type = definition.is_for_instances ? "EC2" : "FARGATE";
  const bool fits = launch.type == "FARGATE" ? !definition.is_for_instances : launch.type != "EXTERNAL" || definition.network_mode != "awsvpc";
  if (!fits) return invalid(fmt::format("Task definition does not support launch_type {}.", launch.type));
  return launch;
}

}  // namespace landfall::services::ecs
