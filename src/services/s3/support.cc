#include "services/s3/support.h"

#include <set>

#include <fmt/format.h>

#include "aws/rest.h"
#include "base/digest.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "services/s3/s3.h"

namespace landfall::services::s3 {

Result<model::Bucket> checked_bucket(std::optional<model::Bucket> bucket, const CallContext& context, const std::optional<std::string>& expected_owner) {
  if (!bucket) return fail("NoSuchBucket", "The specified bucket does not exist");
  if (bucket->account != context.account || expected_owner.value_or(bucket->account) != bucket->account) return fail("AccessDenied", "Access Denied");
  if (bucket->region != context.region && !context.region.empty()) {  // a signature of version 2 names no region
    tell_about(context, {{"Region", bucket->region}, {"x-amz-bucket-region", bucket->region}});
    return fail("AuthorizationHeaderMalformed", fmt::format("The authorization header is malformed; the region '{}' is wrong; expecting '{}'", context.region, bucket->region));
  }
  return std::move(*bucket);
}

Result<void> check_encryption(const CallContext& context, const std::optional<std::string>& algorithm) {
  const std::string given = algorithm.value_or("AES256");
  if (given == "AES256") return {};
  if (!given.starts_with("aws:")) return fail(bad_argument(context, "x-amz-server-side-encryption", given, "The encryption method specified is not supported"));
  return fail("NotImplemented", fmt::format("Landfall does not support the encryption '{}' yet; wanted AES256", given));
}

Result<void> check_storage_class(const CallContext& context, const std::optional<std::string>& name) {
  static const std::set<std::string> kept{"STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"};
  const std::string given = name.value_or("STANDARD");
  if (kept.contains(given)) return {};
  tell_about(context, {{"StorageClassRequested", given}});
  return fail("InvalidStorageClass", "The storage class you specified is not valid");
}

void tell_about(const CallContext& context, const std::vector<std::pair<std::string, std::string>>& members) {
  json::object object;
  for (const auto& [name, value] : members) object[name] = value;
  context.error_members = json::serialize(object);
}

Error failed_condition(const CallContext& context, const std::string& header) {
  tell_about(context, {{"Condition", header}});
  return {.code = "PreconditionFailed", .what = "At least one of the pre-conditions you specified did not hold"};
}

Error conflicting(const CallContext& context, const std::string& header) {
  tell_about(context, {{"Condition", header}});
  return {.code = "ConditionalRequestConflict", .what = "The conditional request cannot succeed due to a conflicting operation against this resource."};
}

Error bad_argument(const CallContext& context, const std::string& name, const std::optional<std::string>& value, std::string what) {
  std::vector<std::pair<std::string, std::string>> members{{"ArgumentName", name}};
  if (value) members.emplace_back("ArgumentValue", *value);
  tell_about(context, members);
  return {.code = "InvalidArgument", .what = std::move(what)};
}

Error is_delete_marker(const CallContext& context) {
  tell_about(context, {{"Method", context.request == nullptr ? "GET" : context.request->method}, {"ResourceType", "DeleteMarker"}, {"x-amz-delete-marker", "true"}});
  return {.code = "MethodNotAllowed", .what = "The specified method is not allowed against this resource."};
}

Error malformed_xml() { return {.code = "MalformedXML", .what = "The XML you provided was not well-formed or did not validate against our published schema"}; }

void tell_region(const CallContext& context, const model::Bucket& bucket) {
  if (!context.raw_answer) context.raw_answer.emplace();
  context.raw_answer->headers.set("x-amz-bucket-region", bucket.region);
}

Address address_of(const http::Request& request) {
  http::Request copy;
  copy.path = request.path;
  copy.headers = request.headers;
  aws::to_path_style(copy);
  const std::string path = percent_decode(copy.path.substr(copy.path.starts_with('/') ? 1 : 0));
  const size_t slash = path.find('/');
  return {.bucket = path.substr(0, slash), .key = slash == std::string::npos ? "" : path.substr(slash + 1)};
}

Error no_such_key() { return {.code = "NoSuchKey", .what = "The specified key does not exist."}; }

Error no_such_key(const CallContext& context, const std::string& key) {
  tell_about(context, {{"Key", key}});
  return no_such_key();
}

std::string in_quotes(std::string_view etag) { return fmt::format("\"{}\"", etag); }

shapes::Owner owner_of(const std::string& account) { return {.id = to_hex(sha256("landfall owner " + account))}; }

std::filesystem::path file_of(const Deps& deps, const model::Object& object) { return std::filesystem::path(deps.data_dir) / "objects" / object.file; }

void remove_file(const Deps& deps, const model::Object& object) {
  std::error_code error;
  std::filesystem::remove(file_of(deps, object), error);
  if (error) log_warn("object file not removed", {{"file", object.file}, {"error", error.message()}});
}

void register_s3(aws::Registry& registry, const Deps& deps) {
  register_bucket(registry, deps);
  register_bucket_settings(registry, deps);
  register_bucket_access(registry, deps);
  register_bucket_absent(registry, deps);
  register_put_object(registry, deps);
  register_get_object(registry, deps);
  register_delete_object(registry, deps);
  register_object_list(registry, deps);
  register_version_list(registry, deps);
  register_copy_object(registry, deps);
  register_multipart(registry, deps);
  register_upload_list(registry, deps);
  register_object_tagging(registry, deps);
  register_object_attributes(registry, deps);
  register_object_acl(registry, deps);
  register_lifecycle(registry, deps);
  register_upload_part_copy(registry, deps);
  register_cors(registry, deps);
  register_website(registry, deps);
  register_object_lock(registry, deps);
  register_plain_settings(registry, deps);
  register_restore(registry, deps);
  register_configurations(registry, deps);
  register_logging(registry, deps);
}

}  // namespace landfall::services::s3
