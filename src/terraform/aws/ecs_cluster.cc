#include "terraform/aws/ecs.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace ecs = aws::ecs;

Result<std::optional<ecs::Cluster>> find_cluster(const Cloud& cloud, const std::string& id) {
  ecs::DescribeClustersRequest request;
  request.clusters = std::vector<std::string>{id};
  request.include = std::vector<std::string>{"TAGS", "SETTINGS", "CONFIGURATIONS"};
  auto found = TRY(look_up<ecs::DescribeClustersResponse>(cloud, "ecs", "DescribeClusters", request));
  if (!found || !found->clusters || found->clusters->empty() || found->clusters->front().status == "INACTIVE") return std::optional<ecs::Cluster>();
  return std::optional<ecs::Cluster>(std::move(found->clusters->front()));
}

std::vector<ecs::ClusterSetting> settings_of(const Record& record) {
  std::vector<ecs::ClusterSetting> settings;
  for (const Record& setting : record.blocks("setting")) {
    auto& api = settings.emplace_back();
    api.name = setting.text("name");
    api.value = setting.text("value");
  }
  return settings;
}

class Cluster final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged({.attributes = {text("id").read_only(), text("arn").read_only(), text("name").required().forces_new(), text_set("capacity_providers").computed(),
                                                        refused_blocks("configuration"), refused_blocks("service_connect_defaults")},
                                         .blocks = {set_block("default_capacity_provider_strategy", {.attributes = {text("capacity_provider").required(), number("base").defaults(0), number("weight").defaults(0)}}).computed(),
                                                    set_block("setting", {.attributes = {text("name").required().checked(one_of({"containerInsights"})), text("value").required()}}).computed()}});
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    ecs::CreateClusterRequest request;
    request.cluster_name = planned.text("name");
    if (!planned.blocks("setting").empty()) request.settings = settings_of(planned);
    if (!planned.texts("capacity_providers").empty()) request.capacity_providers = planned.texts("capacity_providers");
    if (!planned.blocks("default_capacity_provider_strategy").empty()) request.default_capacity_provider_strategy = strategy_of(planned, "default_capacity_provider_strategy");
    const Pairs tags = planned.pairs("tags_all");
    if (!tags.empty()) request.tags = to_tags<ecs::Tag>(tags);
    const auto made = TRY(cloud.call<ecs::CreateClusterResponse>("ecs", "CreateCluster", request));
    state.set("id", made.cluster->cluster_arn.value_or(""));
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto cluster = TRY(find_cluster(cloud, state.text("id")));
    if (!cluster) return false;
    state.set("id", cluster->cluster_arn.value_or(""));
    state.set("arn", cluster->cluster_arn.value_or(""));
    state.set("name", cluster->cluster_name.value_or(""));
    state.set("capacity_providers", cluster->capacity_providers.value_or(std::vector<std::string>{}));
    state.set("default_capacity_provider_strategy", to_records(cluster->default_capacity_provider_strategy));
    std::vector<Record> settings;
    for (const auto& api : cluster->settings.value_or(std::vector<ecs::ClusterSetting>{})) {
      Record& setting = settings.emplace_back();
      setting.set("name", api.name.value_or(""));
      setting.set("value", api.value.value_or(""));
    }
    state.set("setting", settings);
    set_tags(cloud, state, from_tags(cluster->tags));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    const std::string arn = prior.text("id");
    if (differs(prior, planned, "setting")) {
      ecs::UpdateClusterRequest request;
      request.cluster = arn;
      request.settings = settings_of(planned);
      TRY(cloud.call<ecs::UpdateClusterResponse>("ecs", "UpdateCluster", request));
    }
    if (differs(prior, planned, "capacity_providers") || differs(prior, planned, "default_capacity_provider_strategy")) {
      ecs::PutClusterCapacityProvidersRequest request;
      request.cluster = arn;
      request.capacity_providers = planned.texts("capacity_providers");
      request.default_capacity_provider_strategy = strategy_of(planned, "default_capacity_provider_strategy");
      TRY(cloud.call<ecs::PutClusterCapacityProvidersResponse>("ecs", "PutClusterCapacityProviders", request));
    }
    return update_ecs_tags(cloud, arn, prior, planned);
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    ecs::DeleteClusterRequest request;
    request.cluster = state.text("id");
    const auto is_passing = [](const Error& e) { return e.code == "ClusterContainsServicesException" || e.code == "ClusterContainsTasksException" || e.code == "UpdateInProgressException"; };
    return cloud.retry_while(std::chrono::seconds(600), is_passing, [&] { return ignore_gone(cloud.call<ecs::DeleteClusterResponse>("ecs", "DeleteCluster", request)); });
  }

  Result<Record> import(const Cloud&, const std::string& id) const override {
    Record record;
    record.set("id", id);
    record.set("name", id.substr(id.rfind('/') + 1));
    return record;
  }
};

class CapacityProviders final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("cluster_name").required().forces_new(), text_set("capacity_providers")},
                               .blocks = {set_block("default_capacity_provider_strategy", {.attributes = {text("capacity_provider").required(), number("base").defaults(0), number("weight").defaults(0)}})}};
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    state.set("id", planned.text("cluster_name"));
    return put(cloud, planned.text("cluster_name"), planned);
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto cluster = TRY(find_cluster(cloud, state.text("id")));
    if (!cluster) return false;
    state.set("cluster_name", cluster->cluster_name.value_or(""));
    state.set("capacity_providers", cluster->capacity_providers.value_or(std::vector<std::string>{}));
    state.set("default_capacity_provider_strategy", to_records(cluster->default_capacity_provider_strategy));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override { return put(cloud, prior.text("id"), planned); }
  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    if (!TRY(find_cluster(cloud, state.text("id")))) return {};
    return put(cloud, state.text("id"), Record());
  }

 private:
  static Result<void> put(const Cloud& cloud, const std::string& cluster, const Record& planned) {
    ecs::PutClusterCapacityProvidersRequest request;
    request.cluster = cluster;
    request.capacity_providers = planned.texts("capacity_providers");
    request.default_capacity_provider_strategy = strategy_of(planned, "default_capacity_provider_strategy");
    TRY(cloud.call<ecs::PutClusterCapacityProvidersResponse>("ecs", "PutClusterCapacityProviders", request));
    return {};
  }
};

}  // namespace

void add_ecs_cluster(Provider& provider) {
  provider.resources["aws_ecs_cluster"] = std::make_unique<Cluster>();
  provider.resources["aws_ecs_cluster_capacity_providers"] = std::make_unique<CapacityProviders>();
}

}  // namespace landfall::terraform::aws_types
