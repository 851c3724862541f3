#include "aws/shapes/dynamodb.h"
#include "terraform/aws/more_types.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace dynamodb = aws::dynamodb;

/// aws_dynamodb_resource_policy: who may use a table or stream. The id is its ARN.
class ResourcePolicy final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("resource_arn").required().forces_new(), text("policy").required().same_if(is_same_json).checked(check_json), flag("confirm_remove_self_resource_access").computed(), text("revision_id").read_only()}};
    return schema;
  }

  Result<void> adjust(const Cloud&, const Planned& change) const override {
    if (change.prior != nullptr && differs(*change.prior, change.planned, "policy")) change.planned.set("revision_id", Value::unknown(Type::string()));
    return {};
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    TRY(update(cloud, Record(), planned));
    state.set("id", planned.text("resource_arn"));
    if (!planned.has("confirm_remove_self_resource_access")) state.set("confirm_remove_self_resource_access", false);
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto found = TRY(look_up<dynamodb::GetResourcePolicyOutput>(cloud, "dynamodb", "GetResourcePolicy", dynamodb::GetResourcePolicyInput{.resource_arn = state.text("id")}));
    if (!found) return false;
    state.set("resource_arn", state.text("id"));
    state.set("revision_id", found->revision_id.value_or(""));
    const Value document = Value::string(found->policy.value_or(""));
    if (!is_same_json(document, state.value("policy"))) state.set("policy", document);
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record&, const Record& planned) const override {
    dynamodb::PutResourcePolicyInput request{.policy = planned.text("policy"), .resource_arn = planned.text("resource_arn")};
    if (planned.flag("confirm_remove_self_resource_access")) request.confirm_remove_self_resource_access = true;
    TRY(cloud.call<dynamodb::PutResourcePolicyOutput>("dynamodb", "PutResourcePolicy", request));
    return {};
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    return ignore_gone(cloud.call<dynamodb::DeleteResourcePolicyOutput>("dynamodb", "DeleteResourcePolicy", dynamodb::DeleteResourcePolicyInput{.resource_arn = state.text("id")}));
  }
};

}  // namespace

void add_dynamodb_policy(Provider& provider) { provider.resources["aws_dynamodb_resource_policy"] = std::make_unique<ResourcePolicy>(); }

}  // namespace landfall::terraform::aws_types
