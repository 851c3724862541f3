#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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

/// What the error that is answered names besides code and sentence, in this order.
void tell_about(const CallContext& context, const std::vector<std::pair<std::string, std::string>>& members);
/// The condition of a request that did not hold, by its header.
Error failed_condition(const CallContext& context, const std::string& header);
/// A write whose key changed while it was under way; what S3 says instead of 412.
Error conflicting(const CallContext& context, const std::string& header);
/// "InvalidArgument" of a header, parameter or element, with its value if that is told.
Error bad_argument(const CallContext& context, const std::string& name, const std::optional<std::string>& value, std::string what);
/// The header region of an answer about the bucket's objects.
void tell_region(const CallContext& context, const model::Bucket& bucket);

Error no_such_key();
/// Of a key that the request does not name: a copy's source.
Error no_such_key(const CallContext& context, const std::string& key);
/// The version is a delete marker: "MethodNotAllowed".
Error is_delete_marker(const CallContext& context);
Error malformed_xml();
std::string in_quotes(std::string_view etag);        ///< `"…"`, as etags go over the wire
shapes::Owner owner_of(const std::string& account);  ///< an id made from the account's number

/// Tags as the x-amz-tagging header and query strings write them: "a=1&b=2". Error: "InvalidArgument".
Result<model::Tags> tags_of_header(const CallContext& context, const std::optional<std::string>& given);

/// What a write may ask for: encryption, storage class. Error: "NotImplemented" names what is not carried.
Result<void> check_encryption(const CallContext& context, const std::optional<std::string>& algorithm);
Result<void> check_storage_class(const CallContext& context, const std::optional<std::string>& name);
/// The storage class as answers tell it.
inline std::string class_of(const model::Object& object) { return object.storage_class.empty() ? "STANDARD" : object.storage_class; }
inline std::optional<std::string> told_class(const model::Object& object) { return object.storage_class.empty() ? std::nullopt : std::optional(object.storage_class); }
inline std::optional<std::string> unless_empty(const std::string& value) { return value.empty() ? std::nullopt : std::optional(value); }

/// Bucket and key that a request names, in either style; "" without.
struct Address {
  std::string bucket, key;
};
Address address_of(const http::Request& request);

/// The headers that a write gives an object and a read tells again.
template <class Request>
void keep_headers(const Request& request, model::Object& object) {
  object.cache_control = text(request.cache_control);
  object.content_disposition = text(request.content_disposition);
  object.content_language = text(request.content_language);
  object.website_redirect = text(request.website_redirect_location);
  object.expires_at = request.expires.value_or(WallTime{});
  object.storage_class = request.storage_class.value_or("STANDARD") == "STANDARD" ? "" : *request.storage_class;
}

/// Conditions of a write that S3 does not do: 501.
Result<void> check_write_headers(const CallContext& context, const std::optional<std::string>& if_match, const std::optional<std::string>& if_none_match);

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
void register_upload_list(aws::Registry&, const Deps&);
void register_object_tagging(aws::Registry&, const Deps&);
void register_object_attributes(aws::Registry&, const Deps&);
void register_lifecycle(aws::Registry&, const Deps&);
void register_object_acl(aws::Registry&, const Deps&);
void register_upload_part_copy(aws::Registry&, const Deps&);
void register_cors(aws::Registry&, const Deps&);
void register_website(aws::Registry&, const Deps&);
void register_object_lock(aws::Registry&, const Deps&);
void register_plain_settings(aws::Registry&, const Deps&);
void register_restore(aws::Registry&, const Deps&);
void register_configurations(aws::Registry&, const Deps&);
void register_logging(aws::Registry&, const Deps&);

}  // namespace landfall::services::s3
