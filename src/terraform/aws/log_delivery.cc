#include "aws/shapes/logs.h"
#include "terraform/aws/members.h"
#include "terraform/aws/more_types.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

/// Where vended logs could be delivered, and who may send there.
namespace landfall::terraform::aws_types {
namespace {

namespace logs = aws::logs;

Result<Record> named(const std::string& attribute, const std::string& id) {
  Record record;
  record.set(attribute, id);
  return record;
}

/// aws_cloudwatch_log_delivery_destination
class DeliveryDestination final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = [] {
      Schema made = tagged({.attributes = {text("arn").read_only(), text("name").required().forces_new(), text("delivery_destination_type").read_only(), text("output_format").forces_new().checked(one_of({"json", "plain", "w3c", "raw", "parquet"}))},
                            .blocks = {one_block("delivery_destination_configuration", {.attributes = {text("destination_resource_arn").required()}}).required()}});
      made.is_exact = true;
      return made;
    }();
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override { return put(cloud, planned, state.pairs("tags_all")); }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto found = TRY(look_up<logs::GetDeliveryDestinationResponse>(cloud, "logs", "GetDeliveryDestination", logs::GetDeliveryDestinationRequest{.name = state.text("name")}));
    if (!found || !found->delivery_destination) return false;
    const logs::DeliveryDestination& destination = *found->delivery_destination;
    state.set("arn", destination.arn.value_or(""));
    state.set("delivery_destination_type", destination.delivery_destination_type.value_or(""));
    keep(state, "output_format", destination.output_format);
    Record configuration;
    if (destination.delivery_destination_configuration) configuration.set("destination_resource_arn", destination.delivery_destination_configuration->destination_resource_arn.value_or(""));
    state.set("delivery_destination_configuration", std::vector<Record>{configuration});
    const auto tags = TRY(cloud.call<logs::ListTagsForResourceResponse>("logs", "ListTagsForResource", logs::ListTagsForResourceRequest{.resource_arn = destination.arn}));
    set_tags(cloud, state, tags.tags.value_or(Pairs{}));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    if (differs(prior, planned, "delivery_destination_configuration")) TRY(put(cloud, planned, {}));
    const TagChange change = tag_change(prior, planned);
    const std::string arn = prior.text("arn");
    if (!change.removed.empty()) TRY(cloud.call<logs::UntagResourceOutput>("logs", "UntagResource", logs::UntagResourceRequest{.resource_arn = arn, .tag_keys = change.removed}));
    if (!change.put.empty()) TRY(cloud.call<logs::TagResourceOutput>("logs", "TagResource", logs::TagResourceRequest{.resource_arn = arn, .tags = change.put}));
    return {};
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    return ignore_gone(cloud.call<logs::DeleteDeliveryDestinationOutput>("logs", "DeleteDeliveryDestination", logs::DeleteDeliveryDestinationRequest{.name = state.text("name")}));
  }

  Result<Record> import(const Cloud&, const std::string& id) const override { return named("name", id); }

 private:
  static Result<void> put(const Cloud& cloud, const Record& planned, const Pairs& tags) {
    logs::PutDeliveryDestinationRequest request{.name = planned.text("name")};
    request.delivery_destination_configuration.emplace().destination_resource_arn = planned.block("delivery_destination_configuration").text("destination_resource_arn");
    set_text(planned, "output_format", request.output_format);
    if (!tags.empty()) request.tags = tags;
    TRY(cloud.call<logs::PutDeliveryDestinationResponse>("logs", "PutDeliveryDestination", request));
    return {};
  }
};

/// aws_cloudwatch_log_delivery_destination_policy
class DeliveryDestinationPolicy final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("delivery_destination_name").required().forces_new(), text("delivery_destination_policy").required().same_if(is_same_json).checked(check_json)}, .is_exact = true};
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record&) const override { return update(cloud, Record(), planned); }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto found = TRY(look_up<logs::GetDeliveryDestinationPolicyResponse>(cloud, "logs", "GetDeliveryDestinationPolicy", logs::GetDeliveryDestinationPolicyRequest{.delivery_destination_name = state.text("delivery_destination_name")}));
    if (!found || !found->policy || !found->policy->delivery_destination_policy) return false;
    const Value document = Value::string(*found->policy->delivery_destination_policy);
    if (!is_same_json(document, state.value("delivery_destination_policy"))) state.set("delivery_destination_policy", document);
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record&, const Record& planned) const override {
    const logs::PutDeliveryDestinationPolicyRequest request{.delivery_destination_name = planned.text("delivery_destination_name"), .delivery_destination_policy = planned.text("delivery_destination_policy")};
    TRY(cloud.call<logs::PutDeliveryDestinationPolicyResponse>("logs", "PutDeliveryDestinationPolicy", request));
    return {};
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    return ignore_gone(cloud.call<logs::DeleteDeliveryDestinationPolicyOutput>("logs", "DeleteDeliveryDestinationPolicy", logs::DeleteDeliveryDestinationPolicyRequest{.delivery_destination_name = state.text("delivery_destination_name")}));
  }

  Result<Record> import(const Cloud&, const std::string& id) const override { return named("delivery_destination_name", id); }
};

}  // namespace

void add_log_delivery(Provider& provider) {
  provider.resources["aws_cloudwatch_log_delivery_destination"] = std::make_unique<DeliveryDestination>();
  provider.resources["aws_cloudwatch_log_delivery_destination_policy"] = std::make_unique<DeliveryDestinationPolicy>();
}

}  // namespace landfall::terraform::aws_types
