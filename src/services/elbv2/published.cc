#include "services/elbv2/published.h"

#include <fmt/format.h>

#include "aws/sigv4.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/text.h"
#include "model/identity.h"
#include "model/storage.h"
#include "services/s3/support.h"

namespace landfall::services::elbv2 {
namespace {

constexpr std::string_view kAccount = "elasticloadbalancing";  // no number: no caller's
constexpr int kSeconds = 600;

std::string bucket_of(std::string_view region) { return fmt::format("elasticloadbalancing-trust-stores-{}", region); }
std::string folder_of(std::string_view trust_store_arn) { return std::string(trust_store_arn.substr(trust_store_arn.find("truststore/"))) + "/"; }

/// The service's own key, made when it is first needed.
model::AccessKey own_key(const Deps& deps, Transaction& tx) {
  for (const auto& key : store::all<model::AccessKey>(tx)) {
    if (key.account == kAccount) return key;
  }
  const model::AccessKey made{.id = "AKIA" + upper(deps.ids.hex(16)), .secret = deps.ids.hex(40), .account = std::string(kAccount), .principal_arn = fmt::format("arn:aws:iam::{}:root", kAccount), .created_at = deps.clock.wall()};
  store::put(tx, made);
  return made;
}

}  // namespace

Result<std::string> publish(const Deps& deps, Transaction& tx, const CallContext& context, const std::string& trust_store_arn, const std::string& bytes) {
  const std::string bucket = bucket_of(context.region), digest = to_hex(sha256(bytes));
  if (!store::find<model::Bucket>(tx, bucket)) store::put(tx, model::Bucket{.account = std::string(kAccount), .region = context.region, .name = bucket, .created_at = deps.clock.wall()});
  const std::string id = to_hex(sha256(trust_store_arn + digest)).substr(0, 32);
  const model::Object object{.bucket = bucket, .object_key = folder_of(trust_store_arn) + digest + ".pem", .etag = to_hex(md5(bytes)), .content_type = "application/x-pem-file", .size = static_cast<int64_t>(bytes.size()),
                             .file = id.substr(0, 2) + "/" + id, .modified_at = deps.clock.wall()};
  const auto file = s3::file_of(deps, object);
  TRY(make_directories(file.parent_path(), 0700));
  TRY(write_file_atomic(file, bytes, 0600));
  store::put(tx, object);
  const model::AccessKey key = own_key(deps, tx);
  const std::string_view host = context.request->headers.find("host").value_or("localhost");
  const std::string url = fmt::format("{}://{}/{}/{}", context.request->is_tls ? "https" : "http", host, bucket, object.object_key);
  return aws::presigned(url, {.access_key = key.id, .secret_key = key.secret, .session_token = ""}, context.region, kSeconds, deps.clock.wall());
}

void unpublish(const Deps& deps, const std::string& trust_store_arn) {
  std::vector<model::Object> gone;
  const std::string region = split(trust_store_arn, ':').at(3);
  const auto done = deps.store.transact([&](Transaction& tx) -> Result<void> {
    gone = store::all<model::Object>(tx, bucket_of(region) + "/" + folder_of(trust_store_arn));
    for (const auto& object : gone) store::erase<model::Object>(tx, object.key());
    return {};
  });
  if (!done) return;  // the records still name the files
  for (const auto& object : gone) s3::remove_file(deps, object);
}

}  // namespace landfall::services::elbv2
