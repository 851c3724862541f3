#include <fmt/format.h>

#include "terraform/aws/more_types.h"
#include "terraform/aws/ecs.h"
#include "terraform/aws/members.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace ecs = aws::ecs;

/// aws_ecs_account_setting_default. The id is the ARN of whom it is for: the account.
class AccountSetting final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("name").required().forces_new(), text("value").required(), text("principal_arn").read_only()}};
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    const ecs::Setting made = TRY(put(cloud, planned));
    state.set("id", made.principal_arn.value_or(""));
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    ecs::ListAccountSettingsRequest request;
    request.name = state.text("name");
    request.effective_settings = true;
    request.principal_arn = fmt::format("arn:aws:iam::{}:root", cloud.account);
    const auto found = TRY(cloud.call<ecs::ListAccountSettingsResponse>("ecs", "ListAccountSettings", request));
    if (!found.settings || found.settings->empty()) return false;
    const ecs::Setting& setting = found.settings->front();
    state.set("name", setting.name.value_or(""));
    state.set("value", setting.value.value_or(""));
    state.set("principal_arn", setting.principal_arn.value_or(""));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record&, const Record& planned) const override {
    TRY(put(cloud, planned));
    return {};
  }

  /// Back to what it was before anybody set it, as the official provider leaves it; formats of ARNs cannot go back.
  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    const std::string name = state.text("name");
    if (name.ends_with("LongArnFormat")) return {};
    Record usual = state;
    usual.set("value", name == "fargateTaskRetirementWaitPeriod" ? "7" : name == "tagResourceAuthorization" || name == "guardDutyActivate" ? "off" : "disabled");
    TRY(put(cloud, usual));
    return {};
  }

  Result<Record> import(const Cloud& cloud, const std::string& id) const override {
    Record record;
    record.set("id", fmt::format("arn:aws:iam::{}:root", cloud.account));
    record.set("name", id);
    return record;
  }

 private:
  static Result<ecs::Setting> put(const Cloud& cloud, const Record& planned) {
    ecs::PutAccountSettingDefaultRequest request;
    request.name = planned.text("name");
    request.value = planned.text("value");
    return TRY(cloud.call<ecs::PutAccountSettingDefaultResponse>("ecs", "PutAccountSettingDefault", request)).setting.value_or(ecs::Setting{});
  }
};

}  // namespace

void add_ecs_account_setting(Provider& provider) { provider.resources["aws_ecs_account_setting_default"] = std::make_unique<AccountSetting>(); }

}  // namespace landfall::terraform::aws_types
