#include <fmt/format.h>

#include "base/text.h"
#include "services/logs/filter_pattern.h"
#include "services/logs/support.h"

/// Subscription filters and destinations. Streams, delivery streams and functions that could take events are not here: what
/// names one gets the answer that AWS gives when it does not find it.
namespace landfall::services::logs {
namespace {

std::unexpected<Error> invalid(std::string what) { return fail("InvalidParameterException", std::move(what)); }
std::unexpected<Error> no_destination() { return fail("ResourceNotFoundException", "The specified destination does not exist."); }

/// "arn:aws:kinesis:R:A:stream/x" -> {"kinesis", "A"}.
struct Target {
  std::string vendor, account;
};
Result<Target> target_of(const std::string& arn) {
  const std::vector<std::string> parts = split(arn, ':');
  if (parts.size() < 6 || parts[0] != "arn") return invalid("Invalid destinationArn");
  if (parts[2] != "kinesis" && parts[2] != "firehose" && parts[2] != "lambda" && parts[2] != "logs") return invalid(fmt::format("PutSubscriptionFilter operation cannot work with destinationArn for vendor {}", parts[2]));
  return Target{.vendor = parts[2], .account = parts[4]};
}

Result<shapes::PutSubscriptionFilterOutput> put(const Deps& deps, const CallContext& context, const shapes::PutSubscriptionFilterRequest& request) {
  const Target target = TRY(target_of(text(request.destination_arn)));
  if (target.vendor == "lambda" && target.account != context.account) return fail("AccessDeniedException", "Cross-account lambda invocation passing is not allowed. You must use DestinationPolicies to create cross account lambda triggers.");
  if (target.vendor != "lambda" && target.vendor != "logs" && !request.role_arn) return invalid(fmt::format("destinationArn for vendor {} cannot be used without roleArn", target.vendor));
  TRY(group_named(deps.store, context, request.log_group_name));
  (void)TRY(FilterPattern::parse(text(request.filter_pattern)));
  if (target.vendor == "lambda") return invalid("Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function.");
  if (target.vendor == "logs") return no_destination();
  return invalid(fmt::format("Could not deliver test message to specified {0} stream. Check if the given {1} stream is in ACTIVE state.", target.vendor == "kinesis" ? "Kinesis" : "Firehose", target.vendor == "kinesis" ? "kinesis" : "Firehose"));
}

/// There are none.
Result<shapes::DescribeSubscriptionFiltersResponse> describe(const Deps& deps, const CallContext& context, const shapes::DescribeSubscriptionFiltersRequest& request) {
  TRY(group_named(deps.store, context, request.log_group_name));
  return shapes::DescribeSubscriptionFiltersResponse{.subscription_filters = std::vector<shapes::SubscriptionFilter>{}};
}

Result<shapes::DeleteSubscriptionFilterOutput> remove(const Deps& deps, const CallContext& context, const shapes::DeleteSubscriptionFilterRequest& request) {
  TRY(group_named(deps.store, context, request.log_group_name));
  return fail("ResourceNotFoundException", "The specified subscription filter does not exist.");
}

Result<shapes::PutDestinationResponse> put_destination(const Deps&, const CallContext&, const shapes::PutDestinationRequest& request) {
  TRY(target_of(text(request.target_arn)));
  return invalid("Could not deliver test message to specified destination. Check if the destination is valid.");
}

Result<shapes::DescribeDestinationsResponse> describe_destinations(const Deps&, const CallContext&, const shapes::DescribeDestinationsRequest&) {
  return shapes::DescribeDestinationsResponse{.destinations = std::vector<shapes::Destination>{}};
}

Result<shapes::PutDestinationPolicyOutput> put_destination_policy(const Deps&, const CallContext&, const shapes::PutDestinationPolicyRequest&) {
  return no_destination();
}

Result<shapes::DeleteDestinationOutput> delete_destination(const Deps&, const CallContext&, const shapes::DeleteDestinationRequest&) {
  return no_destination();
}

}  // namespace

void register_subscriptions(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::PutSubscriptionFilterRequest, shapes::PutSubscriptionFilterOutput>("logs", "PutSubscriptionFilter", {"*"}, bind(put));
  registry.add<shapes::DescribeSubscriptionFiltersRequest, shapes::DescribeSubscriptionFiltersResponse>("logs", "DescribeSubscriptionFilters", {"*"}, bind(describe));
  registry.add<shapes::DeleteSubscriptionFilterRequest, shapes::DeleteSubscriptionFilterOutput>("logs", "DeleteSubscriptionFilter", {"*"}, bind(remove));
  registry.add<shapes::PutDestinationRequest, shapes::PutDestinationResponse>("logs", "PutDestination", {"*"}, bind(put_destination));
  registry.add<shapes::PutDestinationPolicyRequest, shapes::PutDestinationPolicyOutput>("logs", "PutDestinationPolicy", {"*"}, bind(put_destination_policy));
  registry.add<shapes::DescribeDestinationsRequest, shapes::DescribeDestinationsResponse>("logs", "DescribeDestinations", {"*"}, bind(describe_destinations));
  registry.add<shapes::DeleteDestinationRequest, shapes::DeleteDestinationOutput>("logs", "DeleteDestination", {"*"}, bind(delete_destination));
}

}  // namespace landfall::services::logs
