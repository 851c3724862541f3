#include <fmt/format.h>

#include "services/ecs/support.h"

/// Capacity providers: FARGATE and FARGATE_SPOT, which every account has, and own ones of Auto Scaling groups. There
/// are no such groups here: what is placed on an own one waits for container instances.
namespace landfall::services::ecs {
namespace {

using model::CapacityProvider;

shapes::CapacityProvider render(const CapacityProvider& provider, bool with_tags) {
  shapes::CapacityProvider out{.auto_scaling_group_provider = from_json<shapes::AutoScalingGroupProvider>(provider.auto_scaling_group), .capacity_provider_arn = provider.arn, .name = provider.name, .status = provider.status,
                               .tags = with_tags ? tag_list(provider.tags) : std::vector<shapes::Tag>{}};
  return out;
}

shapes::CapacityProvider render_fargate(const CallContext& context, const std::string& name) {
  return {.capacity_provider_arn = arn_of(context, "capacity-provider", name), .name = name, .status = "ACTIVE", .tags = std::vector<shapes::Tag>{}};
}

/// What is not given has ECS's default (API reference, ManagedScaling).
void fill(shapes::AutoScalingGroupProvider& group) {
  if (!group.managed_scaling) group.managed_scaling = shapes::ManagedScaling{.status = "DISABLED"};
  auto& scaling = *group.managed_scaling;
  if (!scaling.status) scaling.status = "DISABLED";
  if (!scaling.target_capacity) scaling.target_capacity = 100;
  if (!scaling.minimum_scaling_step_size) scaling.minimum_scaling_step_size = 1;
  if (!scaling.maximum_scaling_step_size) scaling.maximum_scaling_step_size = 10'000;
  if (!scaling.instance_warmup_period) scaling.instance_warmup_period = 300;
  if (!group.managed_termination_protection) group.managed_termination_protection = "DISABLED";
  if (!group.managed_draining) group.managed_draining = "ENABLED";
}

Result<void> check(const shapes::AutoScalingGroupProvider& group) {
  const int target = *group.managed_scaling->target_capacity;
  if (target < 1 || target > 100) return invalid(fmt::format("The managed scaling target capacity {} must be between 1 and 100.", target));
  if (*group.managed_termination_protection == "ENABLED" && *group.managed_scaling->status != "ENABLED") {
    return invalid("The managed termination protection setting for the capacity provider is invalid. To enable managed termination protection for a capacity provider, managed scaling must be enabled.");
  }
  return {};
}

std::string arn_of_provider(const CallContext& context, const std::string& named) { return named.starts_with("arn:") ? named : arn_of(context, "capacity-provider", named); }

Result<CapacityProvider> active_provider(const Transaction& tx, const CallContext& context, const std::optional<std::string>& named) {
  auto provider = store::find<CapacityProvider>(tx, arn_of_provider(context, text(named)));
  if (!provider || provider->status != "ACTIVE") return invalid("The specified capacity provider does not exist. Specify a valid name or ARN and try again.");
  return std::move(*provider);
}

Result<shapes::CreateCapacityProviderResponse> create(const Deps& deps, const CallContext& context, const shapes::CreateCapacityProviderRequest& request) {
  const std::string name = text(request.name);
  const bool plain = !name.empty() && name.size() <= 255 && std::ranges::all_of(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_'; });
  if (!plain || name.starts_with("aws") || name.starts_with("ecs") || name.starts_with("fargate")) {
    return invalid(fmt::format("The specified capacity provider name '{}' is invalid. Up to 255 letters, numbers, hyphens, and underscores are allowed; it cannot begin with aws, ecs, or fargate.", name));
  }
  if (!request.auto_scaling_group_provider) return invalid("The specified capacity provider needs autoScalingGroupProvider.");
  auto group = *request.auto_scaling_group_provider;
  fill(group);
  TRY(check(group));
  CapacityProvider provider{.account = context.account, .region = context.region, .arn = arn_of(context, "capacity-provider", name), .name = name, .auto_scaling_group = to_json(group)};
  provider.tags = TRY(tags_of(request.tags));
  return transact<shapes::CreateCapacityProviderResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateCapacityProviderResponse> {
    if (const auto other = store::find<CapacityProvider>(tx, provider.arn); other && other->status == "ACTIVE") return invalid("The specified capacity provider already exists. To change the configuration of an existing capacity provider, update the capacity provider.");
    store::put(tx, provider);
    return shapes::CreateCapacityProviderResponse{.capacity_provider = render(provider, true)};
  });
}

Result<shapes::UpdateCapacityProviderResponse> update(const Deps& deps, const CallContext& context, const shapes::UpdateCapacityProviderRequest& request) {
  return transact<shapes::UpdateCapacityProviderResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::UpdateCapacityProviderResponse> {
    CapacityProvider provider = TRY(active_provider(tx, context, request.name));
    auto group = from_json<shapes::AutoScalingGroupProvider>(provider.auto_scaling_group);
    const auto given = request.auto_scaling_group_provider.value_or(shapes::AutoScalingGroupProviderUpdate{});
    const auto take = [](auto& member, const auto& value) {
      if (value) member = value;
    };
    take(group.managed_termination_protection, given.managed_termination_protection);
    take(group.managed_draining, given.managed_draining);
    if (given.managed_scaling) {
      take(group.managed_scaling->status, given.managed_scaling->status);
      take(group.managed_scaling->target_capacity, given.managed_scaling->target_capacity);
      take(group.managed_scaling->minimum_scaling_step_size, given.managed_scaling->minimum_scaling_step_size);
      take(group.managed_scaling->maximum_scaling_step_size, given.managed_scaling->maximum_scaling_step_size);
      take(group.managed_scaling->instance_warmup_period, given.managed_scaling->instance_warmup_period);
    }
    TRY(check(group));
    provider.auto_scaling_group = to_json(group);
    store::put(tx, provider);
    return shapes::UpdateCapacityProviderResponse{.capacity_provider = render(provider, true)};
  });
}

Result<shapes::DeleteCapacityProviderResponse> remove(const Deps& deps, const CallContext& context, const shapes::DeleteCapacityProviderRequest& request) {
  return transact<shapes::DeleteCapacityProviderResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteCapacityProviderResponse> {
    if (is_fargate_provider(text(request.capacity_provider))) return invalid("The specified capacity provider is reserved and cannot be deleted.");
    CapacityProvider provider = TRY(active_provider(tx, context, request.capacity_provider));
    for (const auto& cluster : store::all<model::Cluster>(tx)) {
      if (cluster.status == "ACTIVE" && cluster.region == context.region && std::ranges::count(cluster.capacity_providers, provider.name) > 0) {
        return invalid("The specified capacity provider is in use and cannot be removed. Remove the capacity provider from the cluster's capacity providers and try again.");
      }
    }
    store::erase<CapacityProvider>(tx, provider.key());
    auto told = render(provider, true);
    told.update_status = "DELETE_COMPLETE";
    told.status = "INACTIVE";
    return shapes::DeleteCapacityProviderResponse{.capacity_provider = told};
  });
}

Result<shapes::DescribeCapacityProvidersResponse> describe(const Deps& deps, const CallContext& context, const shapes::DescribeCapacityProvidersRequest& request) {
  const bool with_tags = std::ranges::count(list(request.include), "TAGS") > 0;
  std::vector<shapes::CapacityProvider> found;
  shapes::DescribeCapacityProvidersResponse result{.failures = std::vector<shapes::Failure>{}};
  for (const std::string& named : list(request.capacity_providers)) {
    const std::string arn = arn_of_provider(context, named), name = arn.substr(arn.rfind('/') + 1);
    const auto own = store::find<CapacityProvider>(deps.store, arn);
    if (is_fargate_provider(name)) found.push_back(render_fargate(context, name));
    else if (own) found.push_back(render(*own, with_tags));
    else result.failures->push_back({.arn = arn, .reason = "MISSING"});
  }
  if (!request.capacity_providers) {
    for (const char* name : {"FARGATE", "FARGATE_SPOT"}) found.push_back(render_fargate(context, name));
    for (const auto& own : store::all<CapacityProvider>(deps.store, arn_of(context, "capacity-provider", ""))) found.push_back(render(own, with_tags));
  }
  auto answer = TRY(page(std::move(found), request.max_results, request.next_token));
  result.capacity_providers = std::move(answer.items);
  if (!answer.next.empty()) result.next_token = answer.next;
  return result;
}

}  // namespace

void register_capacity_provider(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::CreateCapacityProviderRequest, shapes::CreateCapacityProviderResponse>("ecs", "CreateCapacityProvider", {"name", "autoScalingGroupProvider.*", "tags.*"}, bind(create));
  registry.add<shapes::UpdateCapacityProviderRequest, shapes::UpdateCapacityProviderResponse>("ecs", "UpdateCapacityProvider", {"name", "autoScalingGroupProvider.*"}, bind(update));
  registry.add<shapes::DeleteCapacityProviderRequest, shapes::DeleteCapacityProviderResponse>("ecs", "DeleteCapacityProvider", {"capacityProvider"}, bind(remove));
  registry.add<shapes::DescribeCapacityProvidersRequest, shapes::DescribeCapacityProvidersResponse>("ecs", "DescribeCapacityProviders", {"capacityProviders", "include", "maxResults", "nextToken"}, bind(describe));
}

}  // namespace landfall::services::ecs
