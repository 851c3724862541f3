#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "model/log_export.h"
#include "services/logs/support.h"

/// Delivery destinations: where vended logs could go, and who may send there. No service here vends logs this way: delivery
/// sources and deliveries are refused by name.
namespace landfall::services::logs {
namespace {

using model::DeliveryDestination;

Error no_destination() { return {.code = "ResourceNotFoundException", .what = "Requested Delivery Destination does not exist in this account."}; }

template <class From>
Result<DeliveryDestination> destination_named(const From& from, const CallContext& context, const std::optional<std::string>& name) {
  auto found = store::find<DeliveryDestination>(from, group_key(context, text(name)));
  if (!found) return fail(no_destination());
  return std::move(*found);
}

shapes::DeliveryDestination told(const DeliveryDestination& d) {
  shapes::DeliveryDestination out{.arn = fmt::format("arn:aws:logs:{}:{}:delivery-destination:{}", d.region, d.account, d.name), .delivery_destination_configuration = shapes::DeliveryDestinationConfiguration{.destination_resource_arn = d.resource_arn}, .delivery_destination_type = d.kind, .name = d.name};
  if (!d.output_format.empty()) out.output_format = d.output_format;
  if (!d.tags.empty()) out.tags = d.tags;
  return out;
}

/// "S3" or "CWL"; what the ARN names must be there.
Result<std::string> kind_of(const Transaction& tx, const CallContext& context, const std::string& arn) {
  if (arn.starts_with("arn:aws:s3:::")) {
    const std::string bucket = arn.substr(13, arn.find('/') == std::string::npos ? arn.find('/') : arn.find('/') - 13);
    if (!store::find<model::Bucket>(tx, bucket)) return fail("ResourceNotFoundException", fmt::format("The bucket {} does not exist.", bucket));
    return "S3";
  }
  if (const auto group = name_of_arn(arn)) {
    TRY(group_named(tx, context, group));
    return "CWL";
  }
  return fail("ValidationException", fmt::format("Landfall does not support the delivery destination {} yet; wanted a bucket or a log group", arn));
}

Result<shapes::PutDeliveryDestinationResponse> put(const Deps& deps, const CallContext& context, const shapes::PutDeliveryDestinationRequest& request) {
  return transact<shapes::PutDeliveryDestinationResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::PutDeliveryDestinationResponse> {
    if (!request.delivery_destination_configuration) return fail("ValidationException", "DeliveryDestinationConfiguration is required.");
    const std::string arn = text(request.delivery_destination_configuration->destination_resource_arn);
    auto destination = store::find<DeliveryDestination>(tx, group_key(context, text(request.name))).value_or(DeliveryDestination{.account = context.account, .region = context.region, .name = text(request.name)});
    destination.kind = TRY(kind_of(tx, context, arn));
    if (request.output_format && !destination.resource_arn.empty() && *request.output_format != destination.output_format) return fail("ValidationException", "Update to existing Delivery Destination with new Output Format is not allowed. Please create a new Delivery Destination instead.");
    destination.resource_arn = arn;
    destination.output_format = request.output_format.value_or(destination.output_format);
    for (const auto& [key, value] : request.tags.value_or(std::map<std::string, std::string>{})) destination.tags[key] = value;
    store::put(tx, destination);
    return shapes::PutDeliveryDestinationResponse{.delivery_destination = told(destination)};
  });
}

Result<shapes::GetDeliveryDestinationResponse> get(const Deps& deps, const CallContext& context, const shapes::GetDeliveryDestinationRequest& request) {
  return shapes::GetDeliveryDestinationResponse{.delivery_destination = told(TRY(destination_named(deps.store, context, request.name)))};
}

Result<shapes::DescribeDeliveryDestinationsResponse> describe(const Deps& deps, const CallContext& context, const shapes::DescribeDeliveryDestinationsRequest& request) {
  std::vector<shapes::DeliveryDestination> found;
  for (const auto& destination : store::all<DeliveryDestination>(deps.store, group_key(context, ""))) found.push_back(told(destination));
  auto answer = TRY(page_of(std::move(found), request.limit.value_or(50), request.next_token, bad_token()));
  shapes::DescribeDeliveryDestinationsResponse result{.delivery_destinations = std::move(answer.items)};
  if (!answer.next.empty()) result.next_token = answer.next;
  return result;
}

Result<shapes::DeleteDeliveryDestinationOutput> remove(const Deps& deps, const CallContext& context, const shapes::DeleteDeliveryDestinationRequest& request) {
  return transact<shapes::DeleteDeliveryDestinationOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteDeliveryDestinationOutput> {
    store::erase<DeliveryDestination>(tx, TRY(destination_named(tx, context, request.name)).key());
    return shapes::DeleteDeliveryDestinationOutput{};
  });
}

Result<shapes::PutDeliveryDestinationPolicyResponse> put_policy(const Deps& deps, const CallContext& context, const shapes::PutDeliveryDestinationPolicyRequest& request) {
  const auto document = parse_json(text(request.delivery_destination_policy), "the policy");
  if (!document || !document->is_object() || !document->get_object().contains("Statement")) return fail("ValidationException", "Invalid delivery destination policy: it must be JSON with a Statement.");
  return transact<shapes::PutDeliveryDestinationPolicyResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::PutDeliveryDestinationPolicyResponse> {
    DeliveryDestination destination = TRY(destination_named(tx, context, request.delivery_destination_name));
    destination.policy = *request.delivery_destination_policy;
    store::put(tx, destination);
    return shapes::PutDeliveryDestinationPolicyResponse{.policy = shapes::Policy{.delivery_destination_policy = destination.policy}};
  });
}

Result<shapes::GetDeliveryDestinationPolicyResponse> get_policy(const Deps& deps, const CallContext& context, const shapes::GetDeliveryDestinationPolicyRequest& request) {
  const DeliveryDestination destination = TRY(destination_named(deps.store, context, request.delivery_destination_name));
  shapes::GetDeliveryDestinationPolicyResponse answer{.policy = shapes::Policy{}};
  if (!destination.policy.empty()) answer.policy->delivery_destination_policy = destination.policy;
  return answer;
}

Result<shapes::DeleteDeliveryDestinationPolicyOutput> delete_policy(const Deps& deps, const CallContext& context, const shapes::DeleteDeliveryDestinationPolicyRequest& request) {
  return transact<shapes::DeleteDeliveryDestinationPolicyOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteDeliveryDestinationPolicyOutput> {
    DeliveryDestination destination = TRY(destination_named(tx, context, request.delivery_destination_name));
    destination.policy.clear();
    store::put(tx, destination);
    return shapes::DeleteDeliveryDestinationPolicyOutput{};
  });
}

}  // namespace

void register_delivery_destinations(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::PutDeliveryDestinationRequest, shapes::PutDeliveryDestinationResponse>("logs", "PutDeliveryDestination", {"name", "outputFormat", "deliveryDestinationConfiguration.*", "tags.*"}, bind(put));
  registry.add<shapes::GetDeliveryDestinationRequest, shapes::GetDeliveryDestinationResponse>("logs", "GetDeliveryDestination", {"*"}, bind(get));
  registry.add<shapes::DescribeDeliveryDestinationsRequest, shapes::DescribeDeliveryDestinationsResponse>("logs", "DescribeDeliveryDestinations", {"*"}, bind(describe));
  registry.add<shapes::DeleteDeliveryDestinationRequest, shapes::DeleteDeliveryDestinationOutput>("logs", "DeleteDeliveryDestination", {"*"}, bind(remove));
  registry.add<shapes::PutDeliveryDestinationPolicyRequest, shapes::PutDeliveryDestinationPolicyResponse>("logs", "PutDeliveryDestinationPolicy", {"*"}, bind(put_policy));
  registry.add<shapes::GetDeliveryDestinationPolicyRequest, shapes::GetDeliveryDestinationPolicyResponse>("logs", "GetDeliveryDestinationPolicy", {"*"}, bind(get_policy));
  registry.add<shapes::DeleteDeliveryDestinationPolicyRequest, shapes::DeleteDeliveryDestinationPolicyOutput>("logs", "DeleteDeliveryDestinationPolicy", {"*"}, bind(delete_policy));
}

}  // namespace landfall::services::logs
