#include <fmt/format.h>

#include "services/iam/inline_policies.h"

/// The account itself: its alias and how much of everything it has.
namespace landfall::services::iam {
namespace {

using model::AccountAlias;

Result<shapes::CreateAccountAliasOutput> create_alias(const Deps& deps, const CallContext& context, const shapes::CreateAccountAliasRequest& request) {
  return transact<shapes::CreateAccountAliasOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateAccountAliasOutput> {
    for (const AccountAlias& other : store::all<AccountAlias>(tx)) {
      if (other.alias == text(request.account_alias) && other.account != context.account) return fail("EntityAlreadyExists", fmt::format("The account alias {} already exists.", other.alias));
    }
    store::put(tx, AccountAlias{.account = context.account, .alias = text(request.account_alias)});
    return shapes::CreateAccountAliasOutput{};
  });
}

Result<shapes::DeleteAccountAliasOutput> delete_alias(const Deps& deps, const CallContext& context, const shapes::DeleteAccountAliasRequest& request) {
  return transact<shapes::DeleteAccountAliasOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteAccountAliasOutput> {
    const auto alias = store::find<AccountAlias>(tx, context.account);
    if (!alias || alias->alias != text(request.account_alias)) return fail("NoSuchEntity", fmt::format("The account alias with name {} cannot be found.", text(request.account_alias)));
    store::erase<AccountAlias>(tx, context.account);
    return shapes::DeleteAccountAliasOutput{};
  });
}

Result<shapes::ListAccountAliasesResponse> list_aliases(const Deps& deps, const CallContext& context, const shapes::ListAccountAliasesRequest&) {
  shapes::ListAccountAliasesResponse answer{.account_aliases = std::vector<std::string>{}, .is_truncated = false};
  if (const auto alias = store::find<AccountAlias>(deps.store, context.account)) answer.account_aliases->push_back(alias->alias);
  return answer;
}

Result<shapes::GetAccountSummaryResponse> summary(const Deps& deps, const CallContext& context, const shapes::GetAccountSummaryInput&) {
  const std::string mine = context.account + "/";
  const auto count = [](const auto& records) { return static_cast<int32_t>(records.size()); };
  const std::string arns = fmt::format("arn:aws:iam::{}:", context.account);
  const auto devices = store::all<model::MfaDevice>(deps.store, arns);
  int32_t policies = 0, versions = 0;
  for (const auto& policy : store::all<model::Policy>(deps.store)) {
    if (policy.account != context.account) continue;
    ++policies;
    versions += count(policy.versions);
  }
  return shapes::GetAccountSummaryResponse{.summary_map = std::map<std::string, int32_t>{
      {"Users", count(store::all<model::User>(deps.store, mine))}, {"UsersQuota", 5000}, {"Groups", count(store::all<model::Group>(deps.store, mine))}, {"GroupsQuota", 300},
      {"Roles", count(store::all<model::Role>(deps.store, mine))}, {"RolesQuota", 1000}, {"Policies", policies}, {"PoliciesQuota", 1500}, {"PolicyVersionsInUse", versions},
      {"PolicyVersionsInUseQuota", 10000}, {"InstanceProfiles", count(store::all<model::InstanceProfile>(deps.store, mine))}, {"InstanceProfilesQuota", 1000},
      {"VersionsPerPolicyQuota", 5}, {"AccessKeysPerUserQuota", 2}, {"GroupsPerUserQuota", 10}, {"AttachedPoliciesPerUserQuota", 10}, {"AttachedPoliciesPerGroupQuota", 10},
      {"AttachedPoliciesPerRoleQuota", 10}, {"PolicySizeQuota", 6144}, {"UserPolicySizeQuota", 2048}, {"GroupPolicySizeQuota", 5120}, {"RolePolicySizeQuota", 10240}, {"AssumeRolePolicySizeQuota", 2048},
      {"SigningCertificatesPerUserQuota", 2}, {"ServerCertificates", count(store::all<model::ServerCertificate>(deps.store, mine))}, {"ServerCertificatesQuota", 20}, {"Providers", count(store::all<model::IdentityProvider>(deps.store, arns))}, {"MFADevices", count(devices)}, {"MFADevicesInUse", static_cast<int32_t>(std::ranges::count_if(devices, [](const auto& d) { return !d.user_name.empty(); }))},
      {"AccountMFAEnabled", 0}, {"AccountAccessKeysPresent", 1}, {"AccountPasswordPresent", 0}, {"AccountSigningCertificatesPresent", 0}, {"GlobalEndpointTokenVersion", 1}}};
}

}  // namespace

void register_account(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::CreateAccountAliasRequest, shapes::CreateAccountAliasOutput>("iam", "CreateAccountAlias", {"*"}, bind(create_alias));
  registry.add<shapes::DeleteAccountAliasRequest, shapes::DeleteAccountAliasOutput>("iam", "DeleteAccountAlias", {"*"}, bind(delete_alias));
  registry.add<shapes::ListAccountAliasesRequest, shapes::ListAccountAliasesResponse>("iam", "ListAccountAliases", {"*"}, bind(list_aliases));
  registry.add<shapes::GetAccountSummaryInput, shapes::GetAccountSummaryResponse>("iam", "GetAccountSummary", {"*"}, bind(summary));
}

}  // namespace landfall::services::iam
