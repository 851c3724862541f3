#include "base/json.h"
#include "services/ecr/support.h"

/// What an account's registry is set to: its policy, replication, settings of the account.
namespace landfall::services::ecr {
namespace {

using model::RegistrySettings;

template <class From>
RegistrySettings settings_of(const From& from, const CallContext& context) {
  return store::find<RegistrySettings>(from, context.account + "/" + context.region).value_or(RegistrySettings{.account = context.account, .region = context.region});
}

/// Changes the settings; what `apply` fills is the answer.
template <class Answer, class Change>
Result<Answer> change(const Deps& deps, const CallContext& context, Change apply) {
  return transact<Answer>(deps.store, [&](Transaction& tx) -> Result<Answer> {
    RegistrySettings settings = settings_of(tx, context);
    Answer answer{};
    TRY(apply(settings, answer));
    store::put(tx, settings);
    return answer;
  });
}

Error no_policy(const CallContext& context) { return {.code = "RegistryPolicyNotFoundException", .what = fmt::format("Registry policy does not exist in the registry with id '{}'", context.account)}; }

Result<shapes::PutRegistryPolicyResponse> put_policy(const Deps& deps, const CallContext& context, const shapes::PutRegistryPolicyRequest& request) {
  if (!is_resource_policy(*request.policy_text, true)) return invalid_member("PolicyText", "Invalid registry policy provided");
  return change<shapes::PutRegistryPolicyResponse>(deps, context, [&](RegistrySettings& settings, auto& answer) -> Result<void> {
    settings.policy = *request.policy_text;
    answer.policy_text = settings.policy;
    answer.registry_id = context.account;
    return {};
  });
}

Result<shapes::GetRegistryPolicyResponse> get_policy(const Deps& deps, const CallContext& context, const shapes::GetRegistryPolicyRequest&) {
  const RegistrySettings settings = settings_of(deps.store, context);
  if (settings.policy.empty()) return fail(no_policy(context));
  return shapes::GetRegistryPolicyResponse{.policy_text = settings.policy, .registry_id = context.account};
}

Result<shapes::DeleteRegistryPolicyResponse> delete_policy(const Deps& deps, const CallContext& context, const shapes::DeleteRegistryPolicyRequest&) {
  return change<shapes::DeleteRegistryPolicyResponse>(deps, context, [&](RegistrySettings& settings, auto& answer) -> Result<void> {
    if (settings.policy.empty()) return fail(no_policy(context));
    answer.policy_text = std::exchange(settings.policy, "");
    answer.registry_id = context.account;
    return {};
  });
}

shapes::ReplicationConfiguration replication_of(const RegistrySettings& settings) {
  auto configuration = from_json<shapes::ReplicationConfiguration>(settings.replication);
  if (!configuration.rules) configuration.rules.emplace();
  return configuration;
}

Result<shapes::DescribeRegistryResponse> describe(const Deps& deps, const CallContext& context, const shapes::DescribeRegistryRequest&) {
  return shapes::DescribeRegistryResponse{.registry_id = context.account, .replication_configuration = replication_of(settings_of(deps.store, context))};
}

/// Source  ECR API, ReplicationConfiguration
Result<void> check_rules(const CallContext& context, const std::vector<shapes::ReplicationRule>& rules) {
  constexpr size_t kMostRules = 10, kMostDestinations = 25;
  if (rules.size() > kMostRules) return invalid_member("replicationConfiguration", fmt::format("Member must have length less than or equal to {}", kMostRules));
  size_t destinations = 0;
  for (const auto& rule : rules) {
    for (const auto& destination : *rule.destinations) {
      ++destinations;
      if (*destination.registry_id != context.account) return invalid_parameter(fmt::format("Landfall does not support replication to the registry of another account yet; found {}", *destination.registry_id));
      if (*destination.region == context.region) return invalid_member("replicationConfiguration", "Replication destination cannot be the same as the source registry");
    }
  }
  if (destinations > kMostDestinations) return invalid_member("replicationConfiguration", fmt::format("At most {} unique destinations are allowed across all rules", kMostDestinations));
  return {};
}

Result<shapes::PutReplicationConfigurationResponse> put_replication(const Deps& deps, const CallContext& context, const shapes::PutReplicationConfigurationRequest& request) {
  TRY(check_rules(context, *request.replication_configuration->rules));
  return change<shapes::PutReplicationConfigurationResponse>(deps, context, [&](RegistrySettings& settings, auto& answer) -> Result<void> {
    settings.replication = to_json(*request.replication_configuration);
    answer.replication_configuration = replication_of(settings);
    return {};
  });
}

/// The first value is the default.
const std::map<std::string, std::vector<std::string>>& known() {
  static const std::map<std::string, std::vector<std::string>> settings{{"BASIC_SCAN_TYPE_VERSION", {"AWS_NATIVE", "CLAIR"}}, {"REGISTRY_POLICY_SCOPE", {"V2", "V1"}}};
  return settings;
}

Result<void> check_setting(const std::string& name) {
  if (!known().contains(name)) return invalid_member("name", "Unknown account setting name: " + name);
  return {};
}

Result<shapes::GetAccountSettingResponse> get_setting(const Deps& deps, const CallContext& context, const shapes::GetAccountSettingRequest& request) {
  TRY(check_setting(*request.name));
  const RegistrySettings settings = settings_of(deps.store, context);
  const auto own = settings.account_settings.find(*request.name);
  return shapes::GetAccountSettingResponse{.name = request.name, .value = own == settings.account_settings.end() ? known().at(*request.name)[0] : own->second};
}

Result<shapes::PutAccountSettingResponse> put_setting(const Deps& deps, const CallContext& context, const shapes::PutAccountSettingRequest& request) {
  TRY(check_setting(*request.name));
  if (std::ranges::count(known().at(*request.name), *request.value) == 0) return invalid_member("value", fmt::format("Invalid value for {}: {}", *request.name, *request.value));
  return change<shapes::PutAccountSettingResponse>(deps, context, [&](RegistrySettings& settings, auto& answer) -> Result<void> {
    settings.account_settings[*request.name] = *request.value;
    answer.name = request.name;
    answer.value = request.value;
    return {};
  });
}

}  // namespace

void register_registry_settings(aws::Registry& registry, const Deps& deps) {
  const auto bind = binder(deps);
  registry.add<shapes::PutRegistryPolicyRequest, shapes::PutRegistryPolicyResponse>("ecr", "PutRegistryPolicy", {"*"}, bind(put_policy));
  registry.add<shapes::GetRegistryPolicyRequest, shapes::GetRegistryPolicyResponse>("ecr", "GetRegistryPolicy", {"*"}, bind(get_policy));
  registry.add<shapes::DeleteRegistryPolicyRequest, shapes::DeleteRegistryPolicyResponse>("ecr", "DeleteRegistryPolicy", {"*"}, bind(delete_policy));
  registry.add<shapes::DescribeRegistryRequest, shapes::DescribeRegistryResponse>("ecr", "DescribeRegistry", {"*"}, bind(describe));
  registry.add<shapes::PutReplicationConfigurationRequest, shapes::PutReplicationConfigurationResponse>("ecr", "PutReplicationConfiguration", {"*"}, bind(put_replication));
  registry.add<shapes::GetAccountSettingRequest, shapes::GetAccountSettingResponse>("ecr", "GetAccountSetting", {"*"}, bind(get_setting));
  registry.add<shapes::PutAccountSettingRequest, shapes::PutAccountSettingResponse>("ecr", "PutAccountSetting", {"*"}, bind(put_setting));
}

}  // namespace landfall::services::ecr
