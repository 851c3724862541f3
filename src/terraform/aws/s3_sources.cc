#include <algorithm>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/text.h"
#include "terraform/aws/s3.h"
#include "terraform/aws/sources.h"
#include "terraform/aws/tags.h"

namespace landfall::terraform::aws_types {
namespace {

namespace s3 = aws::s3;

Result<void> read_bucket(const Cloud& cloud, Record& state) {
  const std::string name = state.text("bucket");
  s3::HeadBucketRequest request;
  request.bucket = name;
  const auto found = TRY(look_up<s3::HeadBucketOutput>(cloud, "s3", "HeadBucket", request));
  if (!found) return fail("NotFound", fmt::format("failed getting S3 bucket ({}): couldn't find resource", name));
  const std::string region = found->bucket_region.value_or(cloud.region);
  state.set("id", name);
  state.set("arn", "arn:aws:s3:::" + name);
  state.set("region", region);
  state.set("bucket_region", region);
  state.set("bucket_domain_name", name + ".s3.amazonaws.com");
  state.set("bucket_regional_domain_name", fmt::format("{}.s3.{}.amazonaws.com", name, region));
  state.set("hosted_zone_id", website_zone(region));
  for (const char* of_website : {"website_domain", "website_endpoint"}) state.set(of_website, "");
  return {};
}

/// Bodies are for people and programs that read text; the official provider draws the same line.
bool is_text(const std::string& content_type) {
  static constexpr std::string_view kWords[] = {"application/json", "application/ld+json", "application/x-httpd-php", "application/xhtml+xml", "application/x-csh", "application/x-sh", "application/xml", "application/atom+xml",
                                                "application/x-sql", "application/yaml"};
  return content_type.starts_with("text/") || std::ranges::any_of(kWords, [&](std::string_view word) { return content_type.starts_with(word); });
}

/// Told where checksum_mode asks for them.
constexpr std::pair<const char*, std::optional<std::string> s3::GetObjectOutput::*> kChecksums[] = {
    {"checksum_crc32", &s3::GetObjectOutput::checksum_crc32}, {"checksum_crc32c", &s3::GetObjectOutput::checksum_crc32_c}, {"checksum_crc64nvme", &s3::GetObjectOutput::checksum_crc64_nvme},
    {"checksum_sha1", &s3::GetObjectOutput::checksum_sha1}, {"checksum_sha256", &s3::GetObjectOutput::checksum_sha256}};

Result<void> read_object(const Cloud& cloud, Record& state) {
  s3::GetObjectRequest request;
  request.bucket = state.text("bucket");
  request.key = state.text("key");
  if (!state.text("version_id").empty()) request.version_id = state.text("version_id");
  if (!state.text("range").empty()) request.range = state.text("range");
  if (!state.text("checksum_mode").empty()) request.checksum_mode = state.text("checksum_mode");
  const auto found = TRY(cloud.call<s3::GetObjectOutput>("s3", "GetObject", request).while_doing(fmt::format("reading the object {} of the bucket {}", *request.key, *request.bucket)));
  const auto set = [&](const char* name, const std::optional<std::string>& value) { state.set(name, value.value_or("")); };
  std::string etag = found.e_tag.value_or("");
  std::erase(etag, '"');
  state.set("id", *request.bucket + "/" + *request.key);
  state.set("arn", "arn:aws:s3:::" + *request.bucket + "/" + *request.key);
  state.set("etag", etag);
  state.set("content_length", found.content_length.value_or(0));
  state.set("last_modified", found.last_modified ? replace_all(http_date(*found.last_modified), "GMT", "UTC") : "");
  state.set("metadata", found.metadata.value_or(Pairs{}));
  state.set("storage_class", found.storage_class.value_or("STANDARD"));
  set("version_id", found.version_id);
  set("cache_control", found.cache_control);
  set("content_disposition", found.content_disposition);
  set("content_encoding", found.content_encoding);
  set("content_language", found.content_language);
  set("content_type", found.content_type);
  set("server_side_encryption", found.server_side_encryption);
  set("website_redirect_location", found.website_redirect_location);
  set("expiration", found.expiration);
  set("sse_kms_key_id", found.ssekms_key_id);
  set("object_lock_mode", found.object_lock_mode);
  set("object_lock_legal_hold_status", found.object_lock_legal_hold_status);
  state.set("object_lock_retain_until_date", found.object_lock_retain_until_date ? iso8601(*found.object_lock_retain_until_date) : "");
  state.set("expires", found.expires ? http_date(*found.expires) : "");
  state.set("bucket_key_enabled", found.bucket_key_enabled.value_or(false));
  if (is_text(found.content_type.value_or(""))) set("body", found.body);
  else state.clear("body");
  if (state.has("checksum_mode")) {
    for (const auto& [name, member] : kChecksums) set(name, found.*member);
  }
  s3::GetObjectTaggingRequest tagging;
  tagging.bucket = request.bucket;
  tagging.key = request.key;
  tagging.version_id = request.version_id;
  state.set("tags", from_tags(TRY(cloud.call<s3::GetObjectTaggingOutput>("s3", "GetObjectTagging", tagging)).tag_set));
  return {};
}

Schema object_schema() {
  Schema schema{.attributes = {text("id").read_only(), text("bucket").required(), text("key").required(), text("range"), text("version_id").computed(), number("content_length").read_only(), text_map("metadata").read_only(), text_map("tags").computed()}};
  for (const char* name : {"arn", "body", "cache_control", "content_disposition", "content_encoding", "content_language", "content_type", "etag", "expiration", "expires", "last_modified", "object_lock_legal_hold_status", "object_lock_mode",
                           "object_lock_retain_until_date", "server_side_encryption", "sse_kms_key_id", "storage_class", "website_redirect_location"}) {
    schema.attributes.push_back(text(name).read_only());
  }
  schema.attributes.push_back(flag("bucket_key_enabled").read_only());
  return schema;
}

}  // namespace

void add_s3_sources(Provider& provider) {
  add_source(provider, "aws_s3_bucket",
             {.attributes = {text("id").read_only(), text("bucket").required(), text("arn").read_only(), text("region").read_only(), text("bucket_region").read_only(), text("bucket_domain_name").read_only(), text("bucket_regional_domain_name").read_only(),
                              text("hosted_zone_id").read_only(), text("website_domain").read_only(), text("website_endpoint").read_only()}}, read_bucket);
  Schema of_object = object_schema();
  of_object.attributes.push_back(text("checksum_mode").checked(one_of({"ENABLED"})));
  for (const auto& [name, member] : kChecksums) of_object.attributes.push_back(text(name).read_only());
  add_source(provider, "aws_s3_object", std::move(of_object), read_object);
  add_source(provider, "aws_s3_bucket_object", object_schema(), read_object);
}

}  // namespace landfall::terraform::aws_types
