#include <fmt/format.h>

#include "aws/shapes/secretsmanager.h"
#include "terraform/aws/more_types.h"
#include "terraform/aws/sources.h"
#include "terraform/aws/types.h"

/// A secret's policy as a resource of its own; and data sources that look over all secrets, or make a password.
namespace landfall::terraform::aws_types {
namespace {

namespace sm = aws::secretsmanager;
constexpr const char* kService = "secretsmanager";

/// aws_secretsmanager_secret_policy. The id is the secret's ARN.
class SecretPolicy final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("secret_arn").required().forces_new(), text("policy").required().same_if(is_same_json).checked(check_json), flag("block_public_policy")}};
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    TRY(put(cloud, planned));
    state.set("id", planned.text("secret_arn"));
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    sm::GetResourcePolicyRequest request;
    request.secret_id = state.text("id");
    const auto found = TRY(look_up<sm::GetResourcePolicyResponse>(cloud, kService, "GetResourcePolicy", request));
    if (!found || !found->resource_policy || found->resource_policy->empty()) return false;
    state.set("secret_arn", found->arn.value_or(state.text("id")));
    const Value policy = Value::string(*found->resource_policy);
    if (!is_same_json(policy, state.value("policy"))) state.set("policy", policy);
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record&, const Record& planned) const override { return put(cloud, planned); }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    sm::DeleteResourcePolicyRequest request;
    request.secret_id = state.text("id");
    return ignore_gone(cloud.call<sm::DeleteResourcePolicyResponse>(kService, "DeleteResourcePolicy", request));
  }

 private:
  static Result<void> put(const Cloud& cloud, const Record& planned) {
    sm::PutResourcePolicyRequest request;
    request.secret_id = planned.text("secret_arn");
    request.resource_policy = planned.text("policy");
    if (planned.has("block_public_policy")) request.block_public_policy = planned.flag("block_public_policy");
    TRY(cloud.call<sm::PutResourcePolicyResponse>(kService, "PutResourcePolicy", request));
    return {};
  }
};

Result<void> read_password(const Cloud& cloud, Record& state) {
  sm::GetRandomPasswordRequest request;
  request.password_length = state.number("password_length");
  if (!state.text("exclude_characters").empty()) request.exclude_characters = state.text("exclude_characters");
  request.exclude_lowercase = state.flag("exclude_lowercase");
  request.exclude_numbers = state.flag("exclude_numbers");
  request.exclude_punctuation = state.flag("exclude_punctuation");
  request.exclude_uppercase = state.flag("exclude_uppercase");
  request.include_space = state.flag("include_space");
  request.require_each_included_type = state.flag("require_each_included_type");
  const auto made = TRY(cloud.call<sm::GetRandomPasswordResponse>(kService, "GetRandomPassword", request));
  state.set("id", made.random_password.value_or(""));
  state.set("random_password", made.random_password.value_or(""));
  return {};
}

Result<void> read_secrets(const Cloud& cloud, Record& state) {
  sm::ListSecretsRequest request;
  for (const Record& filter : state.blocks("filter")) {
    if (!request.filters) request.filters.emplace();
    auto& one = request.filters->emplace_back();
    one.key = filter.text("name");
    one.values = filter.texts("values");
  }
  std::vector<std::string> arns, names;
  do {
    const auto found = TRY(cloud.call<sm::ListSecretsResponse>(kService, "ListSecrets", request));
    for (const auto& secret : found.secret_list.value_or(std::vector<sm::SecretListEntry>{})) {
      arns.push_back(secret.arn.value_or(""));
      names.push_back(secret.name.value_or(""));
    }
    request.next_token = found.next_token;
  } while (request.next_token);
  state.set("id", cloud.region);
  state.set("arns", arns);
  state.set("names", names);
  return {};
}

}  // namespace

void add_secret_policy(Provider& provider) {
  provider.resources["aws_secretsmanager_secret_policy"] = std::make_unique<SecretPolicy>();
  add_source(provider, "aws_secretsmanager_random_password", {.attributes = {text("id").read_only(), text("exclude_characters"), flag("exclude_lowercase"), flag("exclude_numbers"), flag("exclude_punctuation"), flag("exclude_uppercase"),
                                                                             flag("include_space"), number("password_length").defaults(32), text("random_password").read_only(), flag("require_each_included_type")}}, read_password);
  add_source(provider, "aws_secretsmanager_secrets", {.attributes = {text("id").read_only(), text_set("arns").read_only(), text_set("names").read_only()}, .blocks = {set_block("filter", {.attributes = {text("name").required(), text_set("values").required()}})}}, read_secrets);
}

}  // namespace landfall::terraform::aws_types
