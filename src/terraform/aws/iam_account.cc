#include <algorithm>

#include <fmt/format.h>

#include "aws/shapes/iam.h"
#include "terraform/aws/more_types.h"
#include "terraform/aws/members.h"
#include "terraform/aws/types.h"

/// What an account has one of: its alias and its password policy.
namespace landfall::terraform::aws_types {
namespace {

namespace iam = aws::iam;

class AccountAlias final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("account_alias").required().forces_new()}};
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    iam::CreateAccountAliasRequest request;
    request.account_alias = planned.text("account_alias");
    TRY(cloud.call<iam::CreateAccountAliasOutput>("iam", "CreateAccountAlias", request));
    state.set("id", *request.account_alias);
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto found = TRY(cloud.call<iam::ListAccountAliasesResponse>("iam", "ListAccountAliases", iam::ListAccountAliasesRequest{}));
    const auto aliases = found.account_aliases.value_or(std::vector<std::string>{});
    if (std::ranges::count(aliases, state.text("id")) == 0) return false;
    state.set("account_alias", state.text("id"));
    return true;
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    iam::DeleteAccountAliasRequest request;
    request.account_alias = state.text("id");
    return ignore_gone(cloud.call<iam::DeleteAccountAliasOutput>("iam", "DeleteAccountAlias", request));
  }
};

class PasswordPolicy final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), flag("allow_users_to_change_password").defaults(true), flag("expire_passwords").read_only(), flag("hard_expiry").computed(), number("max_password_age").computed(),
                                              number("minimum_password_length").defaults(6), number("password_reuse_prevention").computed(), flag("require_lowercase_characters").computed(), flag("require_numbers").computed(),
                                              flag("require_symbols").computed(), flag("require_uppercase_characters").computed()}};
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    state.set("id", "iam-account-password-policy");
    return put(cloud, planned);
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto found = TRY(look_up<iam::GetAccountPasswordPolicyResponse>(cloud, "iam", "GetAccountPasswordPolicy", iam::GetAccountPasswordPolicyInput{}));
    if (!found || !found->password_policy) return false;
    const iam::PasswordPolicy& policy = *found->password_policy;
    state.set("allow_users_to_change_password", policy.allow_users_to_change_password.value_or(false));
    state.set("expire_passwords", policy.expire_passwords.value_or(false));
    state.set("hard_expiry", policy.hard_expiry.value_or(false));
    state.set("max_password_age", policy.max_password_age.value_or(0));
    state.set("minimum_password_length", policy.minimum_password_length.value_or(6));
    state.set("password_reuse_prevention", policy.password_reuse_prevention.value_or(0));
    state.set("require_lowercase_characters", policy.require_lowercase_characters.value_or(false));
    state.set("require_numbers", policy.require_numbers.value_or(false));
    state.set("require_symbols", policy.require_symbols.value_or(false));
    state.set("require_uppercase_characters", policy.require_uppercase_characters.value_or(false));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record&, const Record& planned) const override { return put(cloud, planned); }
  Result<void> destroy(const Cloud& cloud, const Record&) const override { return ignore_gone(cloud.call<iam::DeleteAccountPasswordPolicyOutput>("iam", "DeleteAccountPasswordPolicy", iam::DeleteAccountPasswordPolicyInput{})); }

 private:
  static Result<void> put(const Cloud& cloud, const Record& planned) {
    iam::UpdateAccountPasswordPolicyRequest request;
    request.allow_users_to_change_password = planned.flag("allow_users_to_change_password");
    request.hard_expiry = planned.flag("hard_expiry");
    set_number(planned, "max_password_age", request.max_password_age);
    set_number(planned, "minimum_password_length", request.minimum_password_length);
    set_number(planned, "password_reuse_prevention", request.password_reuse_prevention);
    request.require_lowercase_characters = planned.flag("require_lowercase_characters");
    request.require_numbers = planned.flag("require_numbers");
    request.require_symbols = planned.flag("require_symbols");
    request.require_uppercase_characters = planned.flag("require_uppercase_characters");
    TRY(cloud.call<iam::UpdateAccountPasswordPolicyOutput>("iam", "UpdateAccountPasswordPolicy", request));
    return {};
  }
};

}  // namespace

void add_iam_account(Provider& provider) {
  provider.resources["aws_iam_account_alias"] = std::make_unique<AccountAlias>();
  provider.resources["aws_iam_account_password_policy"] = std::make_unique<PasswordPolicy>();
}

}  // namespace landfall::terraform::aws_types
