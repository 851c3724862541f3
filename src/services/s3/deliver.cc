#include "services/s3/deliver.h"

#include "base/text.h"
#include "services/iam/evaluate.h"
#include "services/s3/checksum.h"
#include "services/s3/setting.h"
#include "services/s3/support.h"
#include "services/s3/version.h"

namespace landfall::services::s3 {

Result<void> deliver(const Deps& deps, const Delivery& delivery) {
  const std::string id = deps.ids.uuid();
  http::Request body;
  body.body = delivery.bytes;
  Digests digests = TRY(verified_digests(body, {}));
  model::Object object{.bucket = delivery.bucket, .object_key = delivery.key, .etag = std::move(digests.md5), .content_type = delivery.content_type, .server_side_encryption = "AES256", .file = id.substr(0, 2) + "/" + id,
                       .modified_at = deps.clock.wall(), .checksums = std::move(digests.checksums), .checksum_type = "FULL_OBJECT"};
  object.size = TRY(store_bytes(body, file_of(deps, object)));
  Gone gone;
  const auto done = deps.store.transact([&](Transaction& tx) -> Result<void> {
    const auto bucket = store::find<model::Bucket>(tx, delivery.bucket);
    if (!bucket) return fail("NoSuchBucket", "The specified bucket does not exist");
    gone.clear();
    put_current(tx, *bucket, object, replace_all(id, "-", ""), deps.store.revision(), gone);
    return {};
  });
  if (!done) {
    remove_file(deps, object);
    return fail(done.error());
  }
  for (const model::Object& old : gone) remove_file(deps, old);
  return {};
}

bool lets_service_put(const model::Bucket& bucket, const std::string& key, const std::string& service) {
  const std::string document = setting(bucket, "policy");
  if (document.empty() || document == kGone) return false;
  const iam::Question question{.action = "s3:PutObject", .resource = "arn:aws:s3:::" + bucket.name + "/" + key, .keys = {{"aws:sourceaccount", bucket.account}, {"s3:x-amz-acl", "bucket-owner-full-control"}}};
  const auto verdict = iam::evaluate_resource(document, question, {.account = bucket.account, .arn = {}, .role_arn = {}, .service = service});
  return !verdict.is_denied && verdict.grant == iam::Grant::to_caller;
}

}  // namespace landfall::services::s3
