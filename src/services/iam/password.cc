#include <fmt/format.h>

#include "base/digest.h"
#include "base/ids.h"
#include "base/text.h"
#include "services/iam/inline_policies.h"

/// Passwords of users: the account's rules for them, and who has one. Nobody signs in with one here.
namespace landfall::services::iam {
namespace {

using model::LoginProfile;
using model::PasswordPolicy;

Error no_policy(const CallContext& context) { return {.code = "NoSuchEntity", .what = fmt::format("The Password Policy with domain name {} cannot be found.", context.account)}; }
Error no_profile(const std::optional<std::string>& user) { return {.code = "NoSuchEntity", .what = fmt::format("Login Profile for User {} cannot be found.", text(user))}; }

/// All that does not fit at once, as IAM tells it.
Result<void> check_policy_values(const shapes::UpdateAccountPasswordPolicyRequest& request) {
  std::vector<std::string> faults;
  const auto within = [&](const char* member, const std::optional<int32_t>& value, int low, int high) {
    if (value && *value > high) faults.push_back(fmt::format("Value at '{}' failed to satisfy constraint: Member must have value less than or equal to {}", member, high));
    if (value && *value < low) faults.push_back(fmt::format("Value at '{}' failed to satisfy constraint: Member must have value greater than or equal to {}", member, low));
  };
  within("minimumPasswordLength", request.minimum_password_length, 6, 128);
  within("passwordReusePrevention", request.password_reuse_prevention, 1, 24);
  within("maxPasswordAge", request.max_password_age, 1, 1095);
  if (faults.empty()) return {};
  return fail("ValidationError", fmt::format("{} validation error{} detected: {}", faults.size(), faults.size() == 1 ? "" : "s", join(faults, "; ")));
}

/// What is not given goes back to its default (API reference, UpdateAccountPasswordPolicy).
Result<shapes::UpdateAccountPasswordPolicyOutput> update_policy(const Deps& deps, const CallContext& context, const shapes::UpdateAccountPasswordPolicyRequest& request) {
  TRY(check_policy_values(request));
  return transact<shapes::UpdateAccountPasswordPolicyOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::UpdateAccountPasswordPolicyOutput> {
    store::put(tx, PasswordPolicy{.account = context.account, .minimum_length = request.minimum_password_length.value_or(6), .maximum_age_days = request.max_password_age.value_or(0), .reuse_prevention = request.password_reuse_prevention.value_or(0),
                                  .requires_symbols = request.require_symbols.value_or(false), .requires_numbers = request.require_numbers.value_or(false), .requires_uppercase = request.require_uppercase_characters.value_or(false),
                                  .requires_lowercase = request.require_lowercase_characters.value_or(false), .users_may_change = request.allow_users_to_change_password.value_or(false), .is_hard_expiry = request.hard_expiry.value_or(false)});
    return shapes::UpdateAccountPasswordPolicyOutput{};
  });
}

Result<shapes::GetAccountPasswordPolicyResponse> get_policy(const Deps& deps, const CallContext& context, const shapes::GetAccountPasswordPolicyInput&) {
  const auto policy = store::find<PasswordPolicy>(deps.store, context.account);
  if (!policy) return fail(no_policy(context));
  shapes::PasswordPolicy out{.allow_users_to_change_password = policy->users_may_change, .expire_passwords = policy->maximum_age_days > 0, .minimum_password_length = policy->minimum_length,
                             .require_lowercase_characters = policy->requires_lowercase, .require_numbers = policy->requires_numbers, .require_symbols = policy->requires_symbols, .require_uppercase_characters = policy->requires_uppercase};
  if (policy->is_hard_expiry) out.hard_expiry = true;
  if (policy->maximum_age_days > 0) out.max_password_age = policy->maximum_age_days;
  if (policy->reuse_prevention > 0) out.password_reuse_prevention = policy->reuse_prevention;
  return shapes::GetAccountPasswordPolicyResponse{.password_policy = out};
}

Result<shapes::DeleteAccountPasswordPolicyOutput> delete_policy(const Deps& deps, const CallContext& context, const shapes::DeleteAccountPasswordPolicyInput&) {
  return transact<shapes::DeleteAccountPasswordPolicyOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteAccountPasswordPolicyOutput> {
    if (!store::find<PasswordPolicy>(tx, context.account)) return fail("NoSuchEntity", "The account policy with name PasswordPolicy cannot be found.");
    store::erase<PasswordPolicy>(tx, context.account);
    return shapes::DeleteAccountPasswordPolicyOutput{};
  });
}

Result<void> check_password(const Transaction& tx, const CallContext& context, const std::string& password) {
  const PasswordPolicy policy = store::find<PasswordPolicy>(tx, context.account).value_or(PasswordPolicy{.account = context.account, .minimum_length = 8});
  const auto has = [&](auto kind) { return std::ranges::any_of(password, [&](char c) { return kind(static_cast<unsigned char>(c)) != 0; }); };
  const char* fault = static_cast<int>(password.size()) < policy.minimum_length                     ? "it is too short"
                      : password.size() > 128                                                       ? "it is too long"
                      : policy.requires_uppercase && !has([](int c) { return std::isupper(c); })    ? "it has no uppercase letter"
                      : policy.requires_lowercase && !has([](int c) { return std::islower(c); })    ? "it has no lowercase letter"
                      : policy.requires_numbers && !has([](int c) { return std::isdigit(c); })      ? "it has no number"
                      : policy.requires_symbols && !has([](int c) { return std::ispunct(c); })      ? "it has no symbol"
                                                                                                    : nullptr;
  if (fault != nullptr) return fail("PasswordPolicyViolation", fmt::format("Password does not conform to the account password policy: {}.", fault));
  return {};
}

void set_password(LoginProfile& profile, const std::string& password) {
  profile.salt = to_hex(secret_bytes(16));
  profile.digest = to_hex(sha256(profile.salt + password));
}

shapes::LoginProfile told(const LoginProfile& profile) { return {.create_date = profile.created_at, .password_reset_required = profile.needs_reset, .user_name = profile.user_name}; }

Result<LoginProfile> profile_of(const Transaction& tx, const CallContext& context, const std::optional<std::string>& user) {
  TRY(user_named(tx, context, user));
  auto profile = store::find<LoginProfile>(tx, context.account + "/" + text(user));
  if (!profile) return fail(no_profile(user));
  return std::move(*profile);
}

Result<shapes::CreateLoginProfileResponse> create(const Deps& deps, const CallContext& context, const shapes::CreateLoginProfileRequest& request) {
  return transact<shapes::CreateLoginProfileResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateLoginProfileResponse> {
    const auto user = TRY(user_named(tx, context, request.user_name));
    LoginProfile profile{.account = context.account, .user_name = user.name, .salt = {}, .digest = {}, .needs_reset = request.password_reset_required.value_or(false), .created_at = deps.clock.wall()};
    if (store::find<LoginProfile>(tx, profile.key())) return fail("EntityAlreadyExists", fmt::format("Login Profile for user {} already exists.", user.name));
    TRY(check_password(tx, context, text(request.password)));
    set_password(profile, text(request.password));
    store::put(tx, profile);
    return shapes::CreateLoginProfileResponse{.login_profile = told(profile)};
  });
}

Result<shapes::GetLoginProfileResponse> get(const Deps& deps, const CallContext& context, const shapes::GetLoginProfileRequest& request) {
  return transact<shapes::GetLoginProfileResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::GetLoginProfileResponse> {
    return shapes::GetLoginProfileResponse{.login_profile = told(TRY(profile_of(tx, context, request.user_name)))};
  });
}

Result<shapes::UpdateLoginProfileOutput> update(const Deps& deps, const CallContext& context, const shapes::UpdateLoginProfileRequest& request) {
  return transact<shapes::UpdateLoginProfileOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::UpdateLoginProfileOutput> {
    LoginProfile profile = TRY(profile_of(tx, context, request.user_name));
    if (request.password) {
      TRY(check_password(tx, context, *request.password));
      set_password(profile, *request.password);
    }
    if (request.password_reset_required) profile.needs_reset = *request.password_reset_required;
    store::put(tx, profile);
    return shapes::UpdateLoginProfileOutput{};
  });
}

Result<shapes::DeleteLoginProfileOutput> remove(const Deps& deps, const CallContext& context, const shapes::DeleteLoginProfileRequest& request) {
  return transact<shapes::DeleteLoginProfileOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteLoginProfileOutput> {
    store::erase<LoginProfile>(tx, TRY(profile_of(tx, context, request.user_name)).key());
    return shapes::DeleteLoginProfileOutput{};
  });
}

/// The caller's own.
Result<shapes::ChangePasswordOutput> change(const Deps& deps, const CallContext& context, const shapes::ChangePasswordRequest& request) {
  const size_t at = context.principal_arn.find(":user/");
  if (at == std::string::npos) return fail("InvalidUserType", "Only IAM Users can change their own password");
  return transact<shapes::ChangePasswordOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::ChangePasswordOutput> {
    LoginProfile profile = TRY(profile_of(tx, context, context.principal_arn.substr(context.principal_arn.rfind('/') + 1)));
    if (to_hex(sha256(profile.salt + text(request.old_password))) != profile.digest) return fail("AccessDenied", "The old password was incorrect.");
    TRY(check_password(tx, context, text(request.new_password)));
    set_password(profile, text(request.new_password));
    profile.needs_reset = false;
    store::put(tx, profile);
    return shapes::ChangePasswordOutput{};
  });
}

}  // namespace

void register_password(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::UpdateAccountPasswordPolicyRequest, shapes::UpdateAccountPasswordPolicyOutput>("iam", "UpdateAccountPasswordPolicy", {"*"}, bind(update_policy));
  registry.add<shapes::GetAccountPasswordPolicyInput, shapes::GetAccountPasswordPolicyResponse>("iam", "GetAccountPasswordPolicy", {"*"}, bind(get_policy));
  registry.add<shapes::DeleteAccountPasswordPolicyInput, shapes::DeleteAccountPasswordPolicyOutput>("iam", "DeleteAccountPasswordPolicy", {"*"}, bind(delete_policy));
  registry.add<shapes::CreateLoginProfileRequest, shapes::CreateLoginProfileResponse>("iam", "CreateLoginProfile", {"*"}, bind(create));
  registry.add<shapes::GetLoginProfileRequest, shapes::GetLoginProfileResponse>("iam", "GetLoginProfile", {"*"}, bind(get));
  registry.add<shapes::UpdateLoginProfileRequest, shapes::UpdateLoginProfileOutput>("iam", "UpdateLoginProfile", {"*"}, bind(update));
  registry.add<shapes::DeleteLoginProfileRequest, shapes::DeleteLoginProfileOutput>("iam", "DeleteLoginProfile", {"*"}, bind(remove));
  registry.add<shapes::ChangePasswordRequest, shapes::ChangePasswordOutput>("iam", "ChangePassword", {"*"}, bind(change));
}

}  // namespace landfall::services::iam
