#include <fmt/format.h>

#include "services/s3/support.h"

/// Sub-resources of buckets that Landfall does not do: asked for, they are as on a bucket that never had them; putting
/// one is refused by name (the operation is not registered).
namespace landfall::services::s3 {
namespace {

/// The bucket must be there all the same.
template <class Request, class Answer>
void add_absent(aws::Registry& registry, const Deps& deps, const char* operation, const char* code, const char* sentence) {
  registry.add<Request, Answer>("s3", operation, {"Bucket", "ExpectedBucketOwner"}, [&deps, code, sentence](const CallContext& context, const Request& request) -> Result<Answer> {
    TRY(bucket_named(deps.store, context, request.bucket, request.expected_bucket_owner));
    return fail(code, sentence);
  });
}

template <class Request, class Answer>
void add_plain(aws::Registry& registry, const Deps& deps, const char* operation, Answer answer) {
  registry.add<Request, Answer>("s3", operation, {"Bucket", "ExpectedBucketOwner"}, [&deps, answer](const CallContext& context, const Request& request) -> Result<Answer> {
    TRY(bucket_named(deps.store, context, request.bucket, request.expected_bucket_owner));
    return answer;
  });
}

}  // namespace

void register_bucket_absent(aws::Registry& registry, const Deps& deps) {
  add_absent<shapes::GetBucketReplicationRequest, shapes::GetBucketReplicationOutput>(registry, deps, "GetBucketReplication", "ReplicationConfigurationNotFoundError", "The replication configuration was not found");
  add_plain<shapes::GetBucketNotificationConfigurationRequest>(registry, deps, "GetBucketNotificationConfiguration", shapes::NotificationConfiguration{});
}

}  // namespace landfall::services::s3
