#include <map>

#include <fmt/format.h>

#include "services/ecs/support.h"

/// Account settings: a principal's own before the account's default before ECS's.
namespace landfall::services::ecs {
namespace {

using model::AccountSetting;

/// The first is the default. Only what Landfall does may be set: a setting that would promise something else is refused.
const std::map<std::string, std::vector<std::string>>& known() {
  static const std::map<std::string, std::vector<std::string>> settings{
      {"serviceLongArnFormat", {"enabled"}}, {"taskLongArnFormat", {"enabled"}}, {"containerInstanceLongArnFormat", {"enabled"}}, {"awsvpcTrunking", {"disabled", "enabled"}}, {"containerInsights", {"disabled", "enabled", "enhanced"}},
      {"fargateFIPSMode", {"disabled"}}, {"fargateTaskRetirementWaitPeriod", {"7", "0", "14"}}, {"tagResourceAuthorization", {"off"}}, {"guardDutyActivate", {"off"}}};
  return settings;
}

Result<void> check(const std::string& name, const std::string& value) {
  const auto found = known().find(name);
  if (found == known().end()) return invalid(fmt::format("Landfall does not support the account setting {} yet", name));
  if (std::ranges::count(found->second, value) == 0) return invalid(fmt::format("Landfall does not support the account setting {}={} yet; wanted {}", name, value, join(found->second, " or ")));
  return {};
}

std::string root_of(const CallContext& context) { return fmt::format("arn:aws:iam::{}:root", context.account); }

/// The principal that a request names; the default's is "".
Result<std::string> principal_named(const CallContext& context, const std::optional<std::string>& given) {
  if (!given) return principal_of(context);
  if (!given->starts_with(fmt::format("arn:aws:iam::{}:", context.account))) return invalid(fmt::format("Principal ARN format not valid: {}", *given));
  return *given;
}

shapes::Setting told(const CallContext& context, const AccountSetting& setting) {
  return {.name = setting.name, .principal_arn = setting.principal.empty() ? root_of(context) : setting.principal, .type = "user", .value = setting.value};
}

Result<shapes::Setting> put(const Deps& deps, const CallContext& context, const std::string& principal, const std::optional<std::string>& name, const std::optional<std::string>& value) {
  TRY(check(text(name), text(value)));
  return transact<shapes::Setting>(deps.store, [&](Transaction& tx) -> Result<shapes::Setting> {
    const AccountSetting setting{.account = context.account, .region = context.region, .principal = principal, .name = *name, .value = *value};
    store::put(tx, setting);
    return told(context, setting);
  });
}

Result<shapes::PutAccountSettingResponse> put_own(const Deps& deps, const CallContext& context, const shapes::PutAccountSettingRequest& request) {
  return shapes::PutAccountSettingResponse{.setting = TRY(put(deps, context, TRY(principal_named(context, request.principal_arn)), request.name, request.value))};
}

Result<shapes::PutAccountSettingDefaultResponse> put_default(const Deps& deps, const CallContext& context, const shapes::PutAccountSettingDefaultRequest& request) {
  return shapes::PutAccountSettingDefaultResponse{.setting = TRY(put(deps, context, "", request.name, request.value))};
}

Result<shapes::DeleteAccountSettingResponse> remove(const Deps& deps, const CallContext& context, const shapes::DeleteAccountSettingRequest& request) {
  const std::string principal = TRY(principal_named(context, request.principal_arn));
  return transact<shapes::DeleteAccountSettingResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteAccountSettingResponse> {
    AccountSetting setting{.account = context.account, .region = context.region, .principal = principal, .name = text(request.name), .value = ""};
    if (const auto before = store::find<AccountSetting>(tx, setting.key())) setting.value = before->value;
    store::erase<AccountSetting>(tx, setting.key());
    return shapes::DeleteAccountSettingResponse{.setting = told(context, setting)};
  });
}

/// The principal's own value, else the account's, else ECS's.
template <class From>
std::string counting(const From& from, AccountSetting setting, const std::string& of_ecs) {
  if (const auto own = store::find<AccountSetting>(from, setting.key())) return own->value;
  setting.principal = "";
  const auto of_account = store::find<AccountSetting>(from, setting.key());
  return of_account ? of_account->value : of_ecs;
}

Result<shapes::ListAccountSettingsResponse> list_settings(const Deps& deps, const CallContext& context, const shapes::ListAccountSettingsRequest& request) {
  const std::string principal = TRY(principal_named(context, request.principal_arn));
  if (request.value && !request.name) return invalid("You must specify a name when you specify a value.");
  std::vector<shapes::Setting> settings;
  for (const auto& [name, values] : known()) {
    AccountSetting setting{.account = context.account, .region = context.region, .principal = principal, .name = name, .value = ""};
    if (!request.effective_settings.value_or(false) && !store::find<AccountSetting>(deps.store, setting.key())) continue;
    setting.value = counting(deps.store, setting, values[0]);
    if ((!request.name || *request.name == name) && (!request.value || *request.value == setting.value)) settings.push_back(told(context, setting));
  }
  auto answer = TRY(page(std::move(settings), request.max_results, request.next_token));
  shapes::ListAccountSettingsResponse result{.settings = answer.items};
  if (!answer.next.empty()) result.next_token = answer.next;
  return result;
}

}  // namespace

std::string effective_setting(const Transaction& tx, const CallContext& context, const std::string& name) {
  return counting(tx, {.account = context.account, .region = context.region, .principal = principal_of(context), .name = name, .value = ""}, known().at(name)[0]);
}

std::string principal_of(const CallContext& context) {
  const size_t role = context.principal_arn.find(":assumed-role/");
  if (role == std::string::npos) return context.principal_arn;
  const std::string name = context.principal_arn.substr(role + 14);
  return fmt::format("arn:aws:iam::{}:role/{}", context.account, name.substr(0, name.find('/')));
}

void register_account_setting(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::PutAccountSettingRequest, shapes::PutAccountSettingResponse>("ecs", "PutAccountSetting", {"*"}, bind(put_own));
  registry.add<shapes::PutAccountSettingDefaultRequest, shapes::PutAccountSettingDefaultResponse>("ecs", "PutAccountSettingDefault", {"*"}, bind(put_default));
  registry.add<shapes::DeleteAccountSettingRequest, shapes::DeleteAccountSettingResponse>("ecs", "DeleteAccountSetting", {"*"}, bind(remove));
  registry.add<shapes::ListAccountSettingsRequest, shapes::ListAccountSettingsResponse>("ecs", "ListAccountSettings", {"*"}, bind(list_settings));
}

}  // namespace landfall::services::ecs
