#include "aws/shapes/ecr.h"
#include "terraform/aws/members.h"
#include "terraform/aws/more_types.h"
#include "terraform/aws/shaped.h"
#include "terraform/aws/sources.h"
#include "terraform/aws/types.h"

/// What an account's registry is set to. The ids are the registry's.
namespace landfall::terraform::aws_types {
namespace {

namespace ecr = aws::ecr;

class RegistryPolicy final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("registry_id").read_only(), text("policy").required().same_if(is_same_json).checked(check_json)}};
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    const auto made = TRY(cloud.call<ecr::PutRegistryPolicyResponse>("ecr", "PutRegistryPolicy", ecr::PutRegistryPolicyRequest{.policy_text = planned.text("policy")}));
    state.set("id", made.registry_id.value_or(""));
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto found = TRY(look_up<ecr::GetRegistryPolicyResponse>(cloud, "ecr", "GetRegistryPolicy", ecr::GetRegistryPolicyRequest{}));
    if (!found) return false;
    state.set("registry_id", found->registry_id.value_or(""));
    const Value document = Value::string(found->policy_text.value_or(""));
    if (!is_same_json(document, state.value("policy"))) state.set("policy", document);
    return true;
  }

  Result<void> update_state(const Cloud& cloud, const Record&, const Record& planned, Record& state) const override { return create(cloud, planned, state); }
  Result<void> destroy(const Cloud& cloud, const Record&) const override { return ignore_gone(cloud.call<ecr::DeleteRegistryPolicyResponse>("ecr", "DeleteRegistryPolicy", ecr::DeleteRegistryPolicyRequest{})); }
};

/// How images are scanned; without it a registry scans as it is asked.
class ScanningConfiguration final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = [] {
      Schema made = parts();
      made.attributes.push_back(text("id").read_only());
      made.attributes.push_back(text("registry_id").read_only());
      return made;
    }();
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    TRY(update(cloud, Record(), planned));
    state.set("id", cloud.account);
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto found = TRY(cloud.call<ecr::GetRegistryScanningConfigurationResponse>("ecr", "GetRegistryScanningConfiguration", ecr::GetRegistryScanningConfigurationRequest{}));
    if (!found.scanning_configuration) return false;
    state.set("registry_id", found.registry_id.value_or(""));
    tell_structure(ecr::RegistryScanningConfiguration::shape(), parts(), &*found.scanning_configuration, {}, state);
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record&, const Record& planned) const override {
    auto request = TRY(filled<ecr::PutRegistryScanningConfigurationRequest>(parts(), planned));
    if (!request.rules) request.rules.emplace();
    TRY(cloud.call<ecr::PutRegistryScanningConfigurationResponse>("ecr", "PutRegistryScanningConfiguration", request));
    return {};
  }

  /// There always is one: the plain one takes its place.
  Result<void> destroy(const Cloud& cloud, const Record&) const override {
    Record plain;
    plain.set("scan_type", "BASIC");
    return update(cloud, Record(), plain);
  }

 private:
  static const Schema& parts() {
    static const Schema schema{.attributes = {text("scan_type").required().checked(one_of({"BASIC", "ENHANCED"}))},
                               .blocks = {set_block("rule", {.attributes = {text("scan_frequency").required().checked(one_of({"SCAN_ON_PUSH", "CONTINUOUS_SCAN", "MANUAL"}))},
                                                             .blocks = {set_block("repository_filter", {.attributes = {text("filter").required(), text("filter_type").required().checked(one_of({"WILDCARD"}))}}).required()}})}};
    return schema;
  }
};

class AccountSetting final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("name").required().forces_new(), text("value").required()}, .is_exact = true};
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record&) const override { return put(cloud, planned); }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto found = TRY(cloud.call<ecr::GetAccountSettingResponse>("ecr", "GetAccountSetting", ecr::GetAccountSettingRequest{.name = state.text("name")}));
    state.set("value", found.value.value_or(""));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record&, const Record& planned) const override { return put(cloud, planned); }
  /// It stays as it is.
  Result<void> destroy(const Cloud&, const Record&) const override { return {}; }

  Result<Record> import(const Cloud&, const std::string& id) const override {
    Record record;
    record.set("name", id);
    return record;
  }

 private:
  static Result<void> put(const Cloud& cloud, const Record& planned) {
    TRY(cloud.call<ecr::PutAccountSettingResponse>("ecr", "PutAccountSetting", ecr::PutAccountSettingRequest{.name = planned.text("name"), .value = planned.text("value")}));
    return {};
  }
};

class Replication final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("registry_id").read_only()}, .blocks = {one_block("replication_configuration", rules())}};
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    TRY(update(cloud, Record(), planned));
    state.set("id", cloud.account);
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto found = TRY(cloud.call<ecr::DescribeRegistryResponse>("ecr", "DescribeRegistry", ecr::DescribeRegistryRequest{}));
    state.set("registry_id", found.registry_id.value_or(""));
    std::vector<Record> rows;
    if (found.replication_configuration && found.replication_configuration->rules && !found.replication_configuration->rules->empty()) rows.push_back(told(*found.replication_configuration, rules()));
    state.set("replication_configuration", rows);
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record&, const Record& planned) const override {
    auto configuration = TRY(filled<ecr::ReplicationConfiguration>(rules(), planned.block("replication_configuration")));
    if (!configuration.rules) configuration.rules.emplace();
    TRY(cloud.call<ecr::PutReplicationConfigurationResponse>("ecr", "PutReplicationConfiguration", ecr::PutReplicationConfigurationRequest{.replication_configuration = std::move(configuration)}));
    return {};
  }

  Result<void> destroy(const Cloud& cloud, const Record&) const override { return update(cloud, Record(), Record()); }

 private:
  static const Schema& rules() {
    static const Schema schema{.blocks = {list_block("rule", {.blocks = {list_block("destination", {.attributes = {text("region").required(), text("registry_id").required()}}).required(),
                                                                         list_block("repository_filter", {.attributes = {text("filter").required(), text("filter_type").required().checked(one_of({"PREFIX_MATCH"}))}})}}).required()}};
    return schema;
  }
};

}  // namespace

void add_ecr_registry(Provider& provider) {
  provider.resources["aws_ecr_registry_policy"] = std::make_unique<RegistryPolicy>();
  provider.resources["aws_ecr_registry_scanning_configuration"] = std::make_unique<ScanningConfiguration>();
  provider.resources["aws_ecr_account_setting"] = std::make_unique<AccountSetting>();
  provider.resources["aws_ecr_replication_configuration"] = std::make_unique<Replication>();
}

}  // namespace landfall::terraform::aws_types
