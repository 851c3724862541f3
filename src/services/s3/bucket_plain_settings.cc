#include <fmt/format.h>

#include "services/s3/setting.h"

/// Sub-resources of buckets that are kept and told because nobody loses by it (payer, acceleration: nobody pays here, and
/// nothing is far), and those that may be put empty alone, since nothing would carry them out.
namespace landfall::services::s3 {
namespace {

Result<shapes::GetBucketRequestPaymentOutput> payment(const Deps& deps, const CallContext& context, const shapes::GetBucketRequestPaymentRequest& request) {
  const std::string payer = setting(TRY(bucket_named(deps.store, context, request.bucket, request.expected_bucket_owner)), "requestPayment");
  return shapes::GetBucketRequestPaymentOutput{.payer = payer.empty() ? "BucketOwner" : payer};
}

Result<shapes::PutBucketRequestPaymentOutput> put_payment(const Deps& deps, const CallContext& context, const shapes::PutBucketRequestPaymentRequest& request) {
  return keep<shapes::PutBucketRequestPaymentOutput>(deps, context, request, "requestPayment", text(request.request_payment_configuration->payer));
}

Result<shapes::GetBucketAccelerateConfigurationOutput> acceleration(const Deps& deps, const CallContext& context, const shapes::GetBucketAccelerateConfigurationRequest& request) {
  const std::string status = setting(TRY(bucket_named(deps.store, context, request.bucket, request.expected_bucket_owner)), "accelerate");
  return shapes::GetBucketAccelerateConfigurationOutput{.status = unless_empty(status)};
}

Result<shapes::PutBucketAccelerateConfigurationOutput> put_acceleration(const Deps& deps, const CallContext& context, const shapes::PutBucketAccelerateConfigurationRequest& request) {
  const std::string status = text(request.accelerate_configuration->status);
  if (status != "Enabled" && status != "Suspended") return fail("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema");
  if (text(request.bucket).find('.') != std::string::npos) return fail("InvalidRequest", "S3 Transfer Acceleration is not supported for buckets with periods (.) in their names");
  return keep<shapes::PutBucketAccelerateConfigurationOutput>(deps, context, request, "accelerate", status);
}

Result<shapes::PutBucketNotificationConfigurationOutput> put_notification(const Deps& deps, const CallContext& context, const shapes::PutBucketNotificationConfigurationRequest& request) {
  TRY(bucket_named(deps.store, context, request.bucket, request.expected_bucket_owner));
  const auto& configuration = *request.notification_configuration;
  const char* asked = configuration.queue_configurations ? "QueueConfigurations" : configuration.topic_configurations ? "TopicConfigurations" : configuration.lambda_function_configurations ? "LambdaFunctionConfigurations" : configuration.event_bridge_configuration ? "EventBridgeConfiguration" : nullptr;
  if (asked != nullptr) return fail("NotImplemented", fmt::format("Landfall does not support notifications of buckets ({}) yet", asked));
  return shapes::PutBucketNotificationConfigurationOutput{};
}

}  // namespace

void register_plain_settings(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  const std::vector<std::string> plain{"Bucket", "ExpectedBucketOwner"};
  registry.add<shapes::GetBucketRequestPaymentRequest, shapes::GetBucketRequestPaymentOutput>("s3", "GetBucketRequestPayment", plain, bind(payment));
  registry.add<shapes::PutBucketRequestPaymentRequest, shapes::PutBucketRequestPaymentOutput>("s3", "PutBucketRequestPayment", {"Bucket", "ExpectedBucketOwner", "ContentMD5", "ChecksumAlgorithm", "RequestPaymentConfiguration.*"}, bind(put_payment));
  registry.add<shapes::GetBucketAccelerateConfigurationRequest, shapes::GetBucketAccelerateConfigurationOutput>("s3", "GetBucketAccelerateConfiguration", plain, bind(acceleration));
  registry.add<shapes::PutBucketAccelerateConfigurationRequest, shapes::PutBucketAccelerateConfigurationOutput>("s3", "PutBucketAccelerateConfiguration", {"Bucket", "ExpectedBucketOwner", "ChecksumAlgorithm", "AccelerateConfiguration.*"}, bind(put_acceleration));
  registry.add<shapes::PutBucketNotificationConfigurationRequest, shapes::PutBucketNotificationConfigurationOutput>("s3", "PutBucketNotificationConfiguration", {"*"}, bind(put_notification));
}

}  // namespace landfall::services::s3
