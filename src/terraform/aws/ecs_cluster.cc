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

Block configuration_block() {
  const Block logs = one_block("log_configuration", {.attributes = {flag("cloud_watch_encryption_enabled"), text("cloud_watch_log_group_name"), text("s3_bucket_name"), flag("s3_bucket_encryption_enabled"), text("s3_key_prefix")}});
  const Block exec = one_block("execute_command_configuration", {.attributes = {text("kms_key_id"), text("logging").defaults("DEFAULT").checked(one_of({"NONE", "DEFAULT", "OVERRIDE"}))}, .blocks = {logs}});
  return one_block("configuration", {.attributes = {refused_blocks("managed_storage_configuration")}, .blocks = {exec}});
}

ecs::ClusterConfiguration configuration_of(const Record& record) {
  ecs::ClusterConfiguration configuration;
  for (const Record& exec : record.block("configuration").blocks("execute_command_configuration")) {
    auto& api = configuration.execute_command_configuration.emplace();
    if (!exec.text("kms_key_id").empty()) api.kms_key_id = exec.text("kms_key_id");
    api.logging = exec.text("logging");
    for (const Record& logs : exec.blocks("log_configuration")) {
      auto& to = api.log_configuration.emplace();
      if (logs.flag("cloud_watch_encryption_enabled")) to.cloud_watch_encryption_enabled = true;
      if (!logs.text("cloud_watch_log_group_name").empty()) to.cloud_watch_log_group_name = logs.text("cloud_watch_log_group_name");
      if (!logs.text("s3_bucket_name").empty()) to.s3_bucket_name = logs.text("s3_bucket_name");
      if (logs.flag("s3_bucket_encryption_enabled")) to.s3_encryption_enabled = true;
      if (!logs.text("s3_key_prefix").empty()) to.s3_key_prefix = logs.text("s3_key_prefix");
    }
  }
  return configuration;
}

std::vector<Record> configuration_rows(const std::optional<ecs::ClusterConfiguration>& configuration) {
  std::vector<Record> rows, execs, places;
  if (!configuration) return rows;
  if (const auto& api = configuration->execute_command_configuration) {
    if (const auto& to = api->log_configuration) {
      Record& logs = places.emplace_back();
      logs.set("cloud_watch_encryption_enabled", to->cloud_watch_encryption_enabled.value_or(false));
      logs.set("cloud_watch_log_group_name", to->cloud_watch_log_group_name.value_or(""));
      logs.set("s3_bucket_name", to->s3_bucket_name.value_or(""));
      logs.set("s3_bucket_encryption_enabled", to->s3_encryption_enabled.value_or(false));
      logs.set("s3_key_prefix", to->s3_key_prefix.value_or(""));
    }
    Record& exec = execs.emplace_back();
    exec.set("kms_key_id", api->kms_key_id.value_or(""));
    exec.set("logging", api->logging.value_or("DEFAULT"));
    exec.set("log_configuration", places);
  }
  rows.emplace_back().set("execute_command_configuration", execs);
  return rows;
}

ecs::ClusterServiceConnectDefaultsRequest connect_defaults_of(const Record& record) {
  ecs::ClusterServiceConnectDefaultsRequest defaults;
  defaults.namespace_ = record.block("service_connect_defaults").text("namespace");
  return defaults;
}

class Cluster final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged({.attributes = {text("id").read_only(), text("arn").read_only(), text("name").required().forces_new(), text_set("capacity_providers").computed()},
                                         .blocks = {configuration_block(), one_block("service_connect_defaults", {.attributes = {text("namespace").required()}}),
                                                    set_block("default_capacity_provider_strategy", {.attributes = {text("capacity_provider").required(), number("base").defaults(0), number("weight").defaults(0)}}).computed(),
                                                    set_block("setting", {.attributes = {text("name").required().checked(one_of({"containerInsights"})), text("value").required()}}).computed()}});
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    ecs::CreateClusterRequest request;
    request.cluster_name = planned.text("name");
    if (!planned.blocks("setting").empty()) request.settings = settings_of(planned);
    if (!planned.texts("capacity_providers").empty()) request.capacity_providers = planned.texts("capacity_providers");
    if (!planned.blocks("default_capacity_provider_strategy").empty()) request.default_capacity_provider_strategy = strategy_of(planned, "default_capacity_provider_strategy");
    if (!planned.blocks("configuration").empty()) request.configuration = configuration_of(planned);
    if (!planned.blocks("service_connect_defaults").empty()) request.service_connect_defaults = connect_defaults_of(planned);
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
    state.set("configuration", configuration_rows(cluster->configuration));
    std::vector<Record> defaults;
    if (cluster->service_connect_defaults) defaults.emplace_back().set("namespace", cluster->service_connect_defaults->namespace_.value_or(""));
    state.set("service_connect_defaults", defaults);
    set_tags(cloud, state, from_tags(cluster->tags));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    const std::string arn = prior.text("id");
    const bool new_setting = differs(prior, planned, "setting"), new_configuration = differs(prior, planned, "configuration"), new_defaults = differs(prior, planned, "service_connect_defaults");
    if (new_setting || new_configuration || new_defaults) {
      ecs::UpdateClusterRequest request;
      request.cluster = arn;
      if (new_setting) request.settings = settings_of(planned);
      if (new_configuration) request.configuration = configuration_of(planned);
      if (new_defaults) request.service_connect_defaults = connect_defaults_of(planned);
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
    // A service that goes at the same time holds them until it is gone; the official provider waits as long.
    return cloud.retry_while(std::chrono::seconds(600), is_in_use, [&]() -> Result<void> {
      TRY(cloud.call<ecs::PutClusterCapacityProvidersResponse>("ecs", "PutClusterCapacityProviders", request));
      return {};
    });
  }
};

}  // namespace

void add_ecs_cluster(Provider& provider) {
  provider.resources["aws_ecs_cluster"] = std::make_unique<Cluster>();
  provider.resources["aws_ecs_cluster_capacity_providers"] = std::make_unique<CapacityProviders>();
}

}  // namespace landfall::terraform::aws_types
