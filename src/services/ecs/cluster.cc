#include <fmt/format.h>

#include "services/ecs/support.h"

namespace landfall::services::ecs {
namespace {

using model::Cluster;

constexpr size_t kMostClusters = 100;  // ECS API, DescribeClusters

/// Tasks and services of a cluster by what they run on, as `include` STATISTICS names them (ECS API, Cluster: statistics).
struct Counts {
  std::map<std::string, int> running, pending, active, draining;  ///< by launch type
  static int total(const std::map<std::string, int>& counts) {
    int sum = 0;
    for (const auto& [type, count] : counts) sum += count;
    return sum;
  }
};

template <class From>
Counts count(const From& from, const Cluster& cluster) {
  Counts counts;
  for (const auto& task : store::all<model::Task>(from)) {
    if (task.cluster_arn != cluster.arn) continue;
    counts.running[task.launch_type] += task.last_status == "RUNNING";
    counts.pending[task.launch_type] += task.last_status == "PENDING" || task.last_status == "PROVISIONING" || task.last_status == "ACTIVATING";
  }
  for (const auto& service : store::all<model::Service>(from)) {
    if (service.cluster_arn != cluster.arn) continue;
    counts.active[service.launch_type] += service.status == "ACTIVE";
    counts.draining[service.launch_type] += service.status == "DRAINING";
  }
  return counts;
}

std::vector<shapes::KeyValuePair> statistics_of(Counts counts) {
  std::vector<shapes::KeyValuePair> all;
  const std::pair<const char*, const char*> types[] = {{"EC2", "EC2"}, {"Fargate", "FARGATE"}, {"External", "EXTERNAL"}};
  const auto add = [&](const char* before, const char* type, const char* after, int count) { all.push_back({.name = fmt::format("{}{}{}", before, type, after), .value = std::to_string(count)}); };
  for (const auto& [name, type] : types) {
    add("running", name, "TasksCount", counts.running[type]);
    add("pending", name, "TasksCount", counts.pending[type]);
    add("active", name, "ServiceCount", counts.active[type]);
    add("draining", name, "ServiceCount", counts.draining[type]);
  }
  return all;
}

/// `include` of DescribeClusters: what is not asked for is an empty list.
shapes::Cluster render(const Deps& deps, const Cluster& cluster, const std::vector<std::string>& include = {"SETTINGS", "TAGS", "CONFIGURATIONS"}) {
  const Counts counts = count(deps.store, cluster);
  const auto wants = [&](const char* what) { return std::ranges::count(include, what) > 0; };
  shapes::Cluster out{.active_services_count = Counts::total(counts.active), .capacity_providers = cluster.capacity_providers, .cluster_arn = cluster.arn, .cluster_name = cluster.name,
                      .default_capacity_provider_strategy = strategy_list(cluster.default_strategy), .pending_tasks_count = Counts::total(counts.pending), .registered_container_instances_count = 0,
                      .running_tasks_count = Counts::total(counts.running), .settings = std::vector<shapes::ClusterSetting>{},
                      .statistics = wants("STATISTICS") ? statistics_of(counts) : std::vector<shapes::KeyValuePair>{}, .status = cluster.status, .tags = wants("TAGS") ? tag_list(cluster.tags) : std::vector<shapes::Tag>{}};
  if (wants("CONFIGURATIONS") && !cluster.configuration.empty()) out.configuration = from_json<shapes::ClusterConfiguration>(cluster.configuration);
  if (!cluster.connect_namespace.empty()) out.service_connect_defaults = shapes::ClusterServiceConnectDefaults{.namespace_ = cluster.connect_namespace};
  for (const auto& setting : wants("SETTINGS") ? cluster.settings : std::vector<model::NameValue>{}) out.settings->push_back({.name = setting.name, .value = setting.value});
  return out;
}

/// Source  ECS API, ClusterSetting
Result<std::vector<model::NameValue>> read_settings(const std::optional<std::vector<shapes::ClusterSetting>>& given) {
  std::vector<model::NameValue> settings;
  for (const auto& setting : list(given)) {
    if (text(setting.name) != "containerInsights") return fail("InvalidParameterException", fmt::format("Invalid cluster setting name: {}; wanted containerInsights", text(setting.name)));
    const std::string value = text(setting.value);
    if (value != "enabled" && value != "enhanced" && value != "disabled") return fail("InvalidParameterException", fmt::format("Invalid cluster setting value for containerInsights: {}; wanted enabled, enhanced or disabled", value));
    settings.push_back({.name = text(setting.name), .value = text(setting.value)});
  }
  return settings;
}

Result<std::vector<std::string>> read_providers(const Transaction& tx, const CallContext& context, const std::optional<std::vector<std::string>>& given) {
  for (const std::string& name : list(given)) {
    if (is_fargate_provider(name)) continue;
    const auto own = store::find<model::CapacityProvider>(tx, arn_of(context, "capacity-provider", name));
    if (!own || own->status != "ACTIVE") return fail("InvalidParameterException", fmt::format("The specified capacity provider '{}' was not found. Specify a valid capacity provider name and try again.", name));
  }
  return list(given);
}

Result<shapes::CreateClusterResponse> create(const Deps& deps, const CallContext& context, const shapes::CreateClusterRequest& request) {
  const std::string name = request.cluster_name.value_or("default");
  const bool plain = !name.empty() && name.size() <= 255 && std::ranges::all_of(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_'; });
  if (!plain) return fail("InvalidParameterException", fmt::format("Cluster name '{}' must be 1 to 255 letters, digits, hyphens and underscores.", name));
  auto its_settings = TRY(read_settings(request.settings));
  auto its_tags = TRY(tags_of(request.tags));
  auto its_configuration = TRY(read_cluster_configuration(request.configuration));
  Cluster cluster{.account = context.account, .region = context.region, .arn = arn_of(context, "cluster", name), .name = name, .settings = std::move(its_settings),
                  .configuration = std::move(its_configuration), .tags = std::move(its_tags)};
  return transact<shapes::CreateClusterResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateClusterResponse> {
    cluster.capacity_providers = TRY(read_providers(tx, context, request.capacity_providers));
    cluster.default_strategy = TRY(read_strategy(cluster.capacity_providers, request.default_capacity_provider_strategy));
    const auto existing = store::find<Cluster>(tx, cluster.arn);
    if (existing && existing->status == "ACTIVE") return shapes::CreateClusterResponse{.cluster = render(deps, *existing)};
    if (cluster.settings.empty()) cluster.settings.push_back({.name = "containerInsights", .value = effective_setting(tx, context, "containerInsights")});
    cluster.connect_namespace = TRY(connect_namespace(deps, tx, context, request.service_connect_defaults));
    store::put(tx, cluster);
    return shapes::CreateClusterResponse{.cluster = render(deps, cluster)};
  });
}

Result<shapes::DeleteClusterResponse> remove(const Deps& deps, const CallContext& context, const shapes::DeleteClusterRequest& request) {
  return transact<shapes::DeleteClusterResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteClusterResponse> {
    auto cluster = store::find<Cluster>(tx, cluster_arn(context, request.cluster));
    if (!cluster) return fail("ClusterNotFoundException", "Cluster not found.");
    for (const auto& service : store::all<model::Service>(tx)) {
      if (service.cluster_arn == cluster->arn && service.status != "INACTIVE") return fail("ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active.");
    }
    for (const auto& task : store::all<model::Task>(tx)) {
      if (task.cluster_arn == cluster->arn && task.last_status != "STOPPED") return fail("ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active.");
    }
    cluster->status = "INACTIVE";
    store::put(tx, *cluster);
    return shapes::DeleteClusterResponse{.cluster = render(deps, *cluster)};
  });
}

Result<shapes::DescribeClustersResponse> describe(const Deps& deps, const CallContext& context, const shapes::DescribeClustersRequest& request) {
  if (list(request.clusters).size() > kMostClusters) return fail("InvalidParameterException", fmt::format("Clusters can have at most {} items.", kMostClusters));
  shapes::DescribeClustersResponse result{.clusters = std::vector<shapes::Cluster>{}, .failures = std::vector<shapes::Failure>{}};
  for (const std::string& named : list(request.clusters).empty() ? std::vector<std::string>{"default"} : *request.clusters) {
    const std::string arn = cluster_arn(context, named);
    const auto cluster = store::find<Cluster>(deps.store, arn);
    if (cluster) result.clusters->push_back(render(deps, *cluster, list(request.include)));
    else result.failures->push_back({.arn = arn, .reason = "MISSING"});
  }
  return result;
}

Result<shapes::ListClustersResponse> list_clusters(const Deps& deps, const CallContext& context, const shapes::ListClustersRequest& request) {
  std::vector<std::string> arns;
  for (const Cluster& cluster : store::all<Cluster>(deps.store)) {
    if (cluster.account == context.account && cluster.region == context.region && cluster.status == "ACTIVE") arns.push_back(cluster.arn);
  }
  auto answer = TRY(page(std::move(arns), request.max_results, request.next_token));
  shapes::ListClustersResponse result{.cluster_arns = answer.items};
  if (!answer.next.empty()) result.next_token = answer.next;
  return result;
}

Result<shapes::UpdateClusterResponse> update(const Deps& deps, const CallContext& context, const shapes::UpdateClusterRequest& request) {
  const auto settings = TRY(read_settings(request.settings));
  const std::string configuration = TRY(read_cluster_configuration(request.configuration));
  return transact<shapes::UpdateClusterResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::UpdateClusterResponse> {
    Cluster cluster = TRY(active_cluster(tx, context, request.cluster));
    if (!settings.empty()) cluster.settings = settings;
    if (request.configuration) cluster.configuration = configuration;
    if (request.service_connect_defaults) cluster.connect_namespace = TRY(connect_namespace(deps, tx, context, request.service_connect_defaults));
    store::put(tx, cluster);
    return shapes::UpdateClusterResponse{.cluster = render(deps, cluster)};
  });
}

Result<shapes::UpdateClusterSettingsResponse> update_settings(const Deps& deps, const CallContext& context, const shapes::UpdateClusterSettingsRequest& request) {
  return shapes::UpdateClusterSettingsResponse{.cluster = TRY(update(deps, context, {.cluster = request.cluster, .settings = request.settings})).cluster};
}

Result<shapes::PutClusterCapacityProvidersResponse> put_providers(const Deps& deps, const CallContext& context, const shapes::PutClusterCapacityProvidersRequest& request) {
  return transact<shapes::PutClusterCapacityProvidersResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::PutClusterCapacityProvidersResponse> {
    Cluster cluster = TRY(active_cluster(tx, context, request.cluster));
    const auto providers = TRY(read_providers(tx, context, request.capacity_providers));
    for (const auto& service : store::all<model::Service>(tx)) {
      for (const auto& share : service.cluster_arn == cluster.arn && service.status != "INACTIVE" ? service.capacity_providers : std::vector<model::CapacityShare>{}) {
        if (std::ranges::count(providers, share.provider) == 0) return fail("ResourceInUseException", "The specified capacity provider is in use and cannot be removed.");
      }
    }
    cluster.capacity_providers = providers;
    cluster.default_strategy = TRY(read_strategy(providers, request.default_capacity_provider_strategy));
    store::put(tx, cluster);
    return shapes::PutClusterCapacityProvidersResponse{.cluster = render(deps, cluster)};
  });
}

}  // namespace

void register_cluster(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::CreateClusterRequest, shapes::CreateClusterResponse>("ecs", "CreateCluster", {"clusterName", "settings.*", "configuration.executeCommandConfiguration.*", "serviceConnectDefaults.*", "capacityProviders.*", "defaultCapacityProviderStrategy.*", "tags.*"}, bind(create));
  registry.add<shapes::DeleteClusterRequest, shapes::DeleteClusterResponse>("ecs", "DeleteCluster", {"cluster"}, bind(remove));
  registry.add<shapes::DescribeClustersRequest, shapes::DescribeClustersResponse>("ecs", "DescribeClusters", {"*"}, bind(describe));
  registry.add<shapes::ListClustersRequest, shapes::ListClustersResponse>("ecs", "ListClusters", {"*"}, bind(list_clusters));
  registry.add<shapes::UpdateClusterRequest, shapes::UpdateClusterResponse>("ecs", "UpdateCluster", {"cluster", "settings.*", "configuration.executeCommandConfiguration.*", "serviceConnectDefaults.*"}, bind(update));
  registry.add<shapes::UpdateClusterSettingsRequest, shapes::UpdateClusterSettingsResponse>("ecs", "UpdateClusterSettings", {"cluster", "settings.*"}, bind(update_settings));
  registry.add<shapes::PutClusterCapacityProvidersRequest, shapes::PutClusterCapacityProvidersResponse>("ecs", "PutClusterCapacityProviders", {"cluster", "capacityProviders.*", "defaultCapacityProviderStrategy.*"}, bind(put_providers));
}

}  // namespace landfall::services::ecs
