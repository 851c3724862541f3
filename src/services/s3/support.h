#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "aws/endpoint.h"
#include "aws/shapes/s3.h"
#include "model/storage.h"
#include "services/deps.h"
#include "services/support/text.h"
#include "services/support/transact.h"
#include "store/table.h"

/// What the S3 handlers share.
namespace landfall::services::s3 {

namespace shapes = landfall::aws::s3;
using aws::CallContext;
using store::Transaction;


Result<model::Bucket> checked_bucket(std::optional<model::Bucket> bucket, const CallContext& context, const std::optional<std::string>& expected_owner);

/// The caller's bucket, of the region that the call is signed for. Errors: "NoSuchBucket", "AccessDenied" (another
/// account's, or not the expected owner's), "AuthorizationHeaderMalformed" (another region).
template <class From>
Result<model::Bucket> bucket_named(const From& from, const CallContext& context, const std::optional<std::string>& name, const std::optional<std::string>& expected_owner) {
  return checked_bucket(store::find<model::Bucket>(from, text(name)), context, expected_owner);
}

Error no_such_key();
std::string in_quotes(std::string_view etag);        ///< `"…"`, as etags go over the wire
shapes::Owner owner_of(const std::string& account);  ///< an id made from the account's number

/// Tags as the x-amz-tagging header and query strings write them: "a=1&b=2". Errors: "InvalidTag".
Result<model::Tags> tags_of_header(const std::optional<std::string>& given);

/// Where the bytes of an object lie.
std::filesystem::path file_of(const Deps& deps, const model::Object& object);
/// Keeps the body of an upload, synced; its size. A spooled body is renamed, not copied.
Result<int64_t> store_bytes(const http::Request& request, const std::filesystem::path& target);
/// Removes bytes that no record names any more.
void remove_file(const Deps& deps, const model::Object& object);

void register_bucket(aws::Registry&, const Deps&);
void register_bucket_settings(aws::Registry&, const Deps&);
void register_bucket_access(aws::Registry&, const Deps&);
void register_bucket_absent(aws::Registry&, const Deps&);
void register_put_object(aws::Registry&, const Deps&);
void register_get_object(aws::Registry&, const Deps&);
void register_delete_object(aws::Registry&, const Deps&);
void register_object_list(aws::Registry&, const Deps&);
void register_version_list(aws::Registry&, const Deps&);
void register_copy_object(aws::Registry&, const Deps&);
void register_multipart(aws::Registry&, const Deps&);
void register_object_tagging(aws::Registry&, const Deps&);

}  // namespace landfall::services::s3
