#include "services/s3/deposit.h"

#include <fmt/format.h>

#include "base/file.h"
#include "base/text.h"
#include "services/s3/checksum.h"
#include "services/s3/support.h"
#include "services/s3/version.h"

namespace landfall::services::s3 {

Result<void> deposit(const Deps& deps, const Deposit& given) {
  http::Request body;
  body.body = given.bytes;
  auto digests = TRY(verified_digests(body, {}));
  const std::string id = deps.ids.uuid();
  model::Object object{.bucket = given.bucket, .object_key = given.key, .etag = std::move(digests.md5), .content_type = given.content_type, .server_side_encryption = "AES256", .size = static_cast<int64_t>(given.bytes.size()),
                       .file = id.substr(0, 2) + "/" + id, .modified_at = deps.clock.wall(), .checksums = std::move(digests.checksums), .checksum_type = "FULL_OBJECT"};
  const auto file = file_of(deps, object);
  TRY(make_directories(file.parent_path(), 0700));
  TRY(write_file_atomic(file, given.bytes, 0600));
  Gone gone;
  const auto done = deps.store.transact([&](Transaction& tx) -> Result<void> {
    const auto bucket = store::find<model::Bucket>(tx, given.bucket);
    if (!bucket) return fail("NoSuchBucket", fmt::format("The bucket {} does not exist", given.bucket));
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

}  // namespace landfall::services::s3
