#include <algorithm>

#include <fmt/format.h>

#include "base/file.h"
#include "base/text.h"
#include "hcl/functions/files.h"
#include "terraform/aws/s3.h"
#include "terraform/aws/tags.h"

namespace landfall::terraform::aws_types {
namespace {

namespace s3 = aws::s3;

/// A change of one of these puts the object again.
constexpr const char* kOfContent[] = {"source", "content", "content_base64", "source_hash", "etag", "cache_control", "content_disposition", "content_encoding", "content_language", "content_type", "metadata",
                                      "server_side_encryption", "storage_class", "acl", "checksum_algorithm", "website_redirect"};

std::string supported_acl(const Value& acl) {
  static const auto check = one_of({"private", "public-read", "public-read-write", "authenticated-read", "aws-exec-read", "bucket-owner-read", "bucket-owner-full-control"});
  return check(acl);
}

std::string unquoted(const std::optional<std::string>& etag) {
  std::string plain = etag.value_or("");
  std::erase(plain, '"');
  return plain;
}

std::string tagging_of(const Pairs& tags) {
  std::vector<std::string> parts;
  for (const auto& [key, value] : tags) parts.push_back(percent_encode(key) + "=" + percent_encode(value));
  return join(parts, "&");
}

Result<std::string> body_of(const Record& planned) {
  if (!planned.text("source").empty()) return read_file(hcl::expand_home(planned.text("source"))).while_doing("reading the source of the object " + planned.text("key"));
  if (planned.has("content_base64")) return base64_decode(planned.text("content_base64"));
  return planned.text("content");
}

Result<void> put_object(const Cloud& cloud, const Record& planned) {
  s3::PutObjectRequest request;
  request.bucket = planned.text("bucket");
  request.key = planned.text("key");
  request.body = TRY(body_of(planned));
  request.content_length = static_cast<int64_t>(request.body->size());
  const auto give = [&](std::optional<std::string>& member, const char* name) {
    if (!planned.text(name).empty()) member = planned.text(name);
  };
  give(request.acl, "acl");
  give(request.cache_control, "cache_control");
  give(request.content_disposition, "content_disposition");
  give(request.content_encoding, "content_encoding");
  give(request.content_language, "content_language");
  give(request.content_type, "content_type");
  give(request.server_side_encryption, "server_side_encryption");
  give(request.storage_class, "storage_class");
  give(request.checksum_algorithm, "checksum_algorithm");
  give(request.website_redirect_location, "website_redirect");
  if (!request.content_type) request.content_type = "application/octet-stream";
  if (const auto metadata = planned.pairs("metadata"); !metadata.empty()) request.metadata = metadata;
  if (const Pairs tags = planned.pairs("tags_all"); !tags.empty()) request.tagging = tagging_of(tags);
  TRY(cloud.call<s3::PutObjectOutput>("s3", "PutObject", request));
  return {};
}

Schema make_schema(Attribute acl) {
  return tagged({.attributes = {
      text("id").read_only(), text("arn").read_only(), text("version_id").read_only(), text("bucket").required().forces_new(), text("key").required().forces_new(),
      text("source"), text("content"), text("content_base64"), text("source_hash"), text("etag").computed(), std::move(acl),
      text("cache_control"), text("content_disposition"), text("content_encoding"), text("content_language"), text("content_type").computed(), text_map("metadata"),
      text("server_side_encryption").computed().checked(one_of({"AES256"})).carried_if([](const Value& encryption) { return encryption.as_string() == "AES256"; }), text("storage_class").computed().checked(one_of({"STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER", "DEEP_ARCHIVE", "GLACIER_IR"})), flag("force_destroy").defaults(false),
      text("checksum_algorithm").checked(one_of({"CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"})), refused(flag("bucket_key_enabled")), refused(text("kms_key_id")), text("website_redirect"),
      refused(text("object_lock_legal_hold_status")), refused(text("object_lock_mode")), refused(text("object_lock_retain_until_date")), refused_blocks("override_provider"),
  }});
}

/// aws_s3_object, and aws_s3_bucket_object as it was called before provider version 4.
class ObjectType final : public ResourceType {
 public:
  explicit ObjectType(Attribute acl) : schema_(make_schema(std::move(acl))) {}
  const Schema& schema() const override { return schema_; }

  Result<void> adjust(const Cloud&, const Planned& change) const override {
    int given = 0;
    for (const char* name : {"source", "content", "content_base64"}) given += change.planned.value(name).is_null() ? 0 : 1;
    if (given > 1) return fail("Object.Conflict", "\"source\", \"content\" and \"content_base64\" conflict: only one of them may be set");
    if (change.prior == nullptr) return {};
    const bool is_put = std::ranges::any_of(kOfContent, [&](const char* name) { return differs(*change.prior, change.planned, name); });
    if (!is_put) return {};
    change.planned.set("version_id", Value::unknown(Type::string()));
    if (!differs(*change.prior, change.planned, "etag")) change.planned.set("etag", Value::unknown(Type::string()));
    return {};
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    TRY(put_object(cloud, planned));
    state.set("id", planned.text("key"));
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    s3::HeadObjectRequest request;
    request.bucket = state.text("bucket");
    request.key = state.text("key");
    const auto found = TRY(look_up_setting<s3::HeadObjectOutput>(cloud, "HeadObject", request, "NoSuchKey"));
    if (!found) return false;
    const auto set = [&](const char* name, const std::optional<std::string>& value) { state.set(name, value.value_or("")); };
    state.set("arn", "arn:aws:s3:::" + state.text("bucket") + "/" + state.text("key"));
    state.set("etag", unquoted(found->e_tag));
    state.set("storage_class", found->storage_class.value_or("STANDARD"));
    state.set("metadata", found->metadata.value_or(Pairs{}));
    set("version_id", found->version_id);
    set("cache_control", found->cache_control);
    set("content_disposition", found->content_disposition);
    set("content_encoding", found->content_encoding);
    set("content_language", found->content_language);
    set("content_type", found->content_type);
    set("server_side_encryption", found->server_side_encryption);
    set("website_redirect", found->website_redirect_location);
    s3::GetObjectTaggingRequest tagging;
    tagging.bucket = request.bucket;
    tagging.key = request.key;
    const auto tags = TRY(look_up_setting<s3::GetObjectTaggingOutput>(cloud, "GetObjectTagging", tagging, "NoSuchKey"));
    set_tags(cloud, state, tags ? from_tags(tags->tag_set) : Pairs{});
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    if (std::ranges::any_of(kOfContent, [&](const char* name) { return differs(prior, planned, name); })) return put_object(cloud, planned);
    const Pairs tags = planned.pairs("tags_all");
    if (prior.pairs("tags_all") == tags) return {};
    if (tags.empty()) {
      s3::DeleteObjectTaggingRequest request;
      request.bucket = planned.text("bucket");
      request.key = planned.text("key");
      TRY(cloud.call<s3::DeleteObjectTaggingOutput>("s3", "DeleteObjectTagging", request));
      return {};
    }
    s3::PutObjectTaggingRequest request;
    request.bucket = planned.text("bucket");
    request.key = planned.text("key");
    request.tagging.emplace().tag_set = to_tags<s3::Tag>(tags);
    TRY(cloud.call<s3::PutObjectTaggingOutput>("s3", "PutObjectTagging", request));
    return {};
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    if (!state.text("version_id").empty()) return delete_versions(cloud, state.text("bucket"), state.text("key"));
    s3::DeleteObjectRequest request;
    request.bucket = state.text("bucket");
    request.key = state.text("key");
    return ignore_gone(cloud.call<s3::DeleteObjectOutput>("s3", "DeleteObject", request));
  }

  /// "bucket/key" or "s3://bucket/key"
  Result<Record> import(const Cloud&, const std::string& id) const override {
    const std::string plain = id.starts_with("s3://") ? id.substr(5) : id;
    const size_t slash = plain.find('/');
    if (slash == std::string::npos || slash == 0 || slash + 1 == plain.size()) return fail("Import.Id", fmt::format("id {} should be in format <bucket>/<key> or s3://<bucket>/<key>", id));
    Record record;
    record.set("bucket", plain.substr(0, slash));
    record.set("key", plain.substr(slash + 1));
    record.set("id", plain.substr(slash + 1));
    return record;
  }

 private:
  Schema schema_;
};

}  // namespace

void add_s3_object(Provider& provider) {
  provider.resources["aws_s3_object"] = std::make_unique<ObjectType>(text("acl").checked(supported_acl));
  provider.resources["aws_s3_bucket_object"] = std::make_unique<ObjectType>(text("acl").defaults("private").checked(supported_acl));
}

}  // namespace landfall::terraform::aws_types
