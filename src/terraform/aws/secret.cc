#include <algorithm>

#include <fmt/format.h>

#include "aws/shapes/secretsmanager.h"
#include "base/clock.h"
#include "base/text.h"
#include "terraform/aws/secret_replicas.h"
#include "terraform/aws/sources.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"
#include "terraform/ephemeral_source.h"

namespace landfall::terraform::aws_types {
namespace {

namespace sm = aws::secretsmanager;
constexpr const char* kService = "secretsmanager";
constexpr int kUsualWindow = 30;  // days

std::string check_window(const Value& days) {
  const auto number = days.as_number().as_int64().value_or(-1);
  return number == 0 || (number >= 7 && number <= 30) ? "" : fmt::format("to be 0 or in the range (7 - 30), got {}", number);
}

/// Nothing if it is gone or marked for deletion.
Result<std::optional<sm::DescribeSecretResponse>> find_secret(const Cloud& cloud, const std::string& id) {
  sm::DescribeSecretRequest request;
  request.secret_id = id;
  auto found = TRY(look_up<sm::DescribeSecretResponse>(cloud, kService, "DescribeSecret", request));
  if (found && found->deleted_date) found.reset();
  return found;
}

Result<std::string> secret_policy(const Cloud& cloud, const std::string& id) {
  sm::GetResourcePolicyRequest request;
  request.secret_id = id;
  return TRY(cloud.call<sm::GetResourcePolicyResponse>(kService, "GetResourcePolicy", request)).resource_policy.value_or("");
}

Result<void> put_policy(const Cloud& cloud, const std::string& id, const std::string& policy) {
  if (policy.empty() || policy == "{}") {
    sm::DeleteResourcePolicyRequest request;
    request.secret_id = id;
    TRY(cloud.call<sm::DeleteResourcePolicyResponse>(kService, "DeleteResourcePolicy", request));
    return {};
  }
  sm::PutResourcePolicyRequest request;
  request.secret_id = id;
  request.resource_policy = policy;
  TRY(cloud.call<sm::PutResourcePolicyResponse>(kService, "PutResourcePolicy", request));
  return {};
}

Result<void> update_tags(const Cloud& cloud, const std::string& id, const TagChange& change) {
  if (!change.removed.empty()) {
    sm::UntagResourceRequest request;
    request.secret_id = id;
    request.tag_keys = change.removed;
    TRY(cloud.call<sm::UntagResourceOutput>(kService, "UntagResource", request));
  }
  if (!change.put.empty()) {
    sm::TagResourceRequest request;
    request.secret_id = id;
    request.tags = to_tags<sm::Tag>(change.put);
    TRY(cloud.call<sm::TagResourceOutput>(kService, "TagResource", request));
  }
  return {};
}

class Secret final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged({.attributes = {
        text("id").read_only(), text("arn").read_only(), text("name").computed().forces_new(), text("name_prefix").computed().forces_new(), text("description"), text("kms_key_id"), text("policy").computed().same_if(is_same_json),
        number("recovery_window_in_days").defaults(kUsualWindow).checked(check_window), flag("force_overwrite_replica_secret").defaults(false), refused(text("rotation_lambda_arn")),
        refused_blocks("rotation_rules"),
    }, .blocks = {replica_block()}});
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    sm::CreateSecretRequest request;
    request.name = planned.has("name") ? planned.text("name") : (planned.has("name_prefix") ? planned.text("name_prefix") : "terraform-") + cloud.ids->hex(26);
    request.client_request_token = cloud.ids->uuid();
    if (!planned.text("description").empty()) request.description = planned.text("description");
    if (!planned.text("kms_key_id").empty()) request.kms_key_id = planned.text("kms_key_id");
    if (const Pairs tags = planned.pairs("tags_all"); !tags.empty()) request.tags = to_tags<sm::Tag>(tags);
    if (auto replicas = replicas_of(planned); !replicas.empty()) {
      request.add_replica_regions = std::move(replicas);
      request.force_overwrite_replica_secret = planned.flag("force_overwrite_replica_secret");
    }
    const auto made = TRY(cloud.call<sm::CreateSecretResponse>(kService, "CreateSecret", request));
    state.set("id", made.arn.value_or(""));
    if (!planned.has("name_prefix")) state.set("name_prefix", "");
    if (planned.text("policy").empty()) return {};
    return put_policy(cloud, state.text("id"), planned.text("policy"));
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto found = TRY(find_secret(cloud, state.text("id")));
    if (!found) return false;
    state.set("arn", found->arn.value_or(""));
    state.set("name", found->name.value_or(""));
    state.set("description", found->description.value_or(""));
    state.set("kms_key_id", found->kms_key_id.value_or(""));
    const Value policy = Value::string(TRY(secret_policy(cloud, state.text("id"))));
    if (!is_same_json(policy, state.value("policy"))) state.set("policy", policy);
    state.set("replica", replica_records(found->replication_status));
    set_tags(cloud, state, from_tags(found->tags));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    const std::string id = prior.text("id");
    if (prior.text("description") != planned.text("description") || prior.text("kms_key_id") != planned.text("kms_key_id")) {
      sm::UpdateSecretRequest request;
      request.secret_id = id;
      request.client_request_token = cloud.ids->uuid();
      request.description = planned.text("description");
      request.kms_key_id = planned.text("kms_key_id");
      TRY(cloud.call<sm::UpdateSecretResponse>(kService, "UpdateSecret", request));
    }
    if (planned.has("policy") && prior.text("policy") != planned.text("policy")) TRY(put_policy(cloud, id, planned.text("policy")));
    if (differs(prior, planned, "replica")) TRY(change_replicas(cloud, id, prior, planned));
    return update_tags(cloud, id, tag_change(prior, planned));
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    if (!state.blocks("replica").empty()) TRY(change_replicas(cloud, state.text("id"), state, Record()));
    sm::DeleteSecretRequest request;
    request.secret_id = state.text("id");
    // Nothing is known of it after an import: then the way that can be undone.
    const int64_t days = state.has("recovery_window_in_days") ? state.number("recovery_window_in_days") : kUsualWindow;
    if (days == 0) request.force_delete_without_recovery = true;
    else request.recovery_window_in_days = days;
    return ignore_gone(cloud.call<sm::DeleteSecretResponse>(kService, "DeleteSecret", request));
  }
};

// ── data sources ──

Result<void> read_secret(const Cloud& cloud, Record& state) {
  const std::string id = state.has("arn") ? state.text("arn") : state.text("name");
  if (id.empty()) return fail("Secret.NoName", "one of `arn,name` must be specified");
  const auto found = TRY(find_secret(cloud, id));
  if (!found) return fail("NotFound", fmt::format("reading Secrets Manager Secret ({}): couldn't find resource", id));
  state.set("id", found->arn.value_or(""));
  state.set("arn", found->arn.value_or(""));
  state.set("name", found->name.value_or(""));
  state.set("description", found->description.value_or(""));
  state.set("kms_key_id", found->kms_key_id.value_or(""));
  state.set("policy", TRY(secret_policy(cloud, state.text("id"))));
  state.set("created_date", found->created_date ? iso8601(*found->created_date) : "");
  state.set("last_changed_date", found->last_changed_date ? iso8601(*found->last_changed_date) : "");
  state.set("tags", from_tags(found->tags));
  return {};
}

Result<void> read_secret_version(const Cloud& cloud, Record& state) {
  sm::GetSecretValueRequest request;
  request.secret_id = state.text("secret_id");
  if (!state.text("version_id").empty()) request.version_id = state.text("version_id");
  else request.version_stage = state.text("version_stage").empty() ? "AWSCURRENT" : state.text("version_stage");
  const auto found = TRY(cloud.call<sm::GetSecretValueResponse>(kService, "GetSecretValue", request).while_doing("reading the value of the secret " + *request.secret_id));
  state.set("id", *request.secret_id + "|" + found.version_id.value_or(""));
  state.set("arn", found.arn.value_or(""));
  state.set("version_id", found.version_id.value_or(""));
  state.set("version_stages", found.version_stages.value_or(std::vector<std::string>{}));
  state.set("secret_string", found.secret_string.value_or(""));
  state.set("secret_binary", found.secret_binary.value_or(""));
  state.set("created_date", found.created_date ? iso8601(*found.created_date) : "");
  return {};
}

constexpr int kUsualLength = 32;
constexpr std::pair<const char*, std::optional<bool> sm::GetRandomPasswordRequest::*> kPasswordFlags[] = {
    {"exclude_lowercase", &sm::GetRandomPasswordRequest::exclude_lowercase}, {"exclude_numbers", &sm::GetRandomPasswordRequest::exclude_numbers},
    {"exclude_punctuation", &sm::GetRandomPasswordRequest::exclude_punctuation}, {"exclude_uppercase", &sm::GetRandomPasswordRequest::exclude_uppercase},
    {"include_space", &sm::GetRandomPasswordRequest::include_space}, {"require_each_included_type", &sm::GetRandomPasswordRequest::require_each_included_type}};

Result<void> make_password(const Cloud& cloud, Record& state) {
  sm::GetRandomPasswordRequest request;
  request.password_length = state.number("password_length");
  if (state.has("exclude_characters")) request.exclude_characters = state.text("exclude_characters");
  for (const auto& [name, member] : kPasswordFlags) {
    if (state.has(name)) request.*member = state.flag(name);
  }
  const auto made = TRY(cloud.call<sm::GetRandomPasswordResponse>(kService, "GetRandomPassword", request));
  state.set("random_password", made.random_password.value_or(""));
  return {};
}

}  // namespace

void add_secret(Provider& provider) {
  provider.resources["aws_secretsmanager_secret"] = std::make_unique<Secret>();
  add_source(provider, "aws_secretsmanager_secret",
             {.attributes = {text("id").read_only(), text("arn").computed(), text("name").computed(), text("description").read_only(), text("kms_key_id").read_only(), text("policy").read_only(), text("created_date").read_only(),
                             text("last_changed_date").read_only(), text_map("tags").read_only()}}, read_secret);
  add_source(provider, "aws_secretsmanager_secret_version",
             {.attributes = {text("id").read_only(), text("secret_id").required(), text("version_id").computed(), text("version_stage").defaults("AWSCURRENT"), text("arn").read_only(), text_set("version_stages").read_only(),
                             text("secret_string").read_only().sensitive(), text("secret_binary").read_only().sensitive(), text("created_date").read_only()}}, read_secret_version);
  add_ephemeral(provider, "aws_secretsmanager_secret_version",
                {.attributes = {text("secret_id").required(), text("version_id").computed(), text("version_stage").computed(), text("arn").read_only(), texts("version_stages").read_only(), text("secret_string").read_only().sensitive(),
                                text("secret_binary").read_only().sensitive(), text("created_date").read_only()}}, read_secret_version);
  Schema of_password{.attributes = {text("exclude_characters"), number("password_length").defaults(kUsualLength), text("random_password").read_only().sensitive()}};
  for (const auto& [name, member] : kPasswordFlags) of_password.attributes.push_back(flag(name));
  add_ephemeral(provider, "aws_secretsmanager_random_password", std::move(of_password), make_password);
}

}  // namespace landfall::terraform::aws_types
