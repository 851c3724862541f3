#include <algorithm>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/text.h"
#include "terraform/aws/members.h"
#include "terraform/aws/more_types.h"
#include "terraform/aws/s3.h"
#include "terraform/aws/shaped.h"
#include "terraform/aws/tags.h"

namespace landfall::terraform::aws_types {
namespace {

namespace s3 = aws::s3;

/// What CopyObject takes under its own names; a change of any of it copies again.
const Schema& copied() {
  static const Schema schema{.attributes = {
      text("acl").computed().checked(one_of({"private", "public-read", "public-read-write", "authenticated-read", "aws-exec-read", "bucket-owner-read", "bucket-owner-full-control"})), text("cache_control").computed(), text("checksum_algorithm").checked(one_of({"CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"})),
      text("content_disposition").computed(), text("content_encoding").computed(), text("content_language").computed(), text("content_type").computed(), text("copy_if_match"), text("copy_if_modified_since"), text("copy_if_none_match"),
      text("copy_if_unmodified_since"), text("expected_bucket_owner"), text("expected_source_bucket_owner"), text("expires"), text_map("metadata").computed(), text("metadata_directive").checked(one_of({"COPY", "REPLACE"})),
      text("object_lock_legal_hold_status").computed().checked(one_of({"ON", "OFF"})), text("object_lock_mode").computed().checked(one_of({"GOVERNANCE", "COMPLIANCE"})), text("object_lock_retain_until_date").computed(), text("request_payer").checked(one_of({"requester"})),
      text("server_side_encryption").computed().checked(one_of({"AES256"})), text("storage_class").computed(), text("tagging_directive").checked(one_of({"COPY", "REPLACE"})), text("website_redirect").computed()}};
  return schema;
}

const Renamed& copied_names() {
  static const Renamed names{{"copy_if_match", "CopySourceIfMatch"}, {"copy_if_none_match", "CopySourceIfNoneMatch"}, {"copy_if_modified_since", "CopySourceIfModifiedSince"}, {"copy_if_unmodified_since", "CopySourceIfUnmodifiedSince"},
                             {"website_redirect", "WebsiteRedirectLocation"}, {"acl", "ACL"}};
  return names;
}

/// aws_s3_object_copy: an object made of another. The id is its key.
class ObjectCopy final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = [] {
      Schema made = tagged({.attributes = {text("id").read_only(), text("arn").read_only(), text("bucket").required().forces_new(), text("key").required().forces_new(), text("source").required(), flag("force_destroy").defaults(false), text("etag").read_only(),
                                           text("expiration").read_only(), text("last_modified").read_only(), flag("request_charged").read_only(), text("source_version_id").read_only(), text("version_id").read_only(), refused(flag("bucket_key_enabled").computed()),
                                           refused(text("kms_key_id").computed().sensitive()), refused(text("kms_encryption_context").computed().sensitive()), refused(text("customer_algorithm").computed()), refused(text("customer_key").sensitive()), refused(text("customer_key_md5").computed()),
                                           refused(text("source_customer_algorithm")), refused(text("source_customer_key").sensitive()), refused(text("source_customer_key_md5")), refused_blocks("grant"), refused_blocks("override_provider")}});
      for (const char* name : {"checksum_crc32", "checksum_crc32c", "checksum_crc64nvme", "checksum_sha1", "checksum_sha256"}) made.attributes.push_back(text(name).read_only());
      made.attributes.insert(made.attributes.end(), copied().attributes.begin(), copied().attributes.end());
      return made;
    }();
    return schema;
  }

  Result<void> adjust(const Cloud&, const Planned& change) const override {
    if (change.prior == nullptr || !is_other_copy(*change.prior, change.planned)) return {};
    for (const char* name : {"etag", "last_modified", "version_id", "source_version_id"}) change.planned.set(name, Value::unknown(Type::string()));
    return {};
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    auto request = TRY(filled<s3::CopyObjectRequest>(copied(), planned, copied_names()));
    request.bucket = planned.text("bucket");
    request.key = planned.text("key");
    request.copy_source = percent_encode(planned.text("source"), true);
    if (const Pairs tags = planned.pairs("tags_all"); !tags.empty()) {
      std::vector<std::string> parts;
      for (const auto& [key, value] : tags) parts.push_back(percent_encode(key) + "=" + percent_encode(value));
      request.tagging = join(parts, "&");  // taken where tagging_directive says REPLACE
    }
    const auto made = TRY(cloud.call<s3::CopyObjectOutput>("s3", "CopyObject", request));
    state.set("id", planned.text("key"));
    state.set("source_version_id", made.copy_source_version_id.value_or(""));
    state.set("expiration", made.expiration.value_or(""));
    state.set("request_charged", made.request_charged.has_value());
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const s3::HeadObjectRequest request{.bucket = state.text("bucket"), .checksum_mode = "ENABLED", .key = state.text("key")};
    const auto found = TRY(look_up_setting<s3::HeadObjectOutput>(cloud, "HeadObject", request, "NoSuchKey"));
    if (!found) return false;
    Record told_now;
    const Schema kept{.attributes = {text("cache_control"), text("content_disposition"), text("content_encoding"), text("content_language"), text("content_type"), text_map("metadata"), text("object_lock_legal_hold_status"), text("object_lock_mode"),
                                     text("object_lock_retain_until_date"), text("server_side_encryption"), text("storage_class"), text("website_redirect"), text("checksum_crc32"), text("checksum_crc32c"), text("checksum_crc64nvme"),
                                     text("checksum_sha1"), text("checksum_sha256"), text("version_id")}};
    tell_structure(s3::HeadObjectOutput::shape(), kept, &*found, copied_names(), told_now);
    for (const Attribute& attribute : kept.attributes) state.set(attribute.name, told_now.value(attribute.name));
    std::string etag = found->e_tag.value_or("");
    std::erase(etag, '"');
    state.set("arn", "arn:aws:s3:::" + state.text("bucket") + "/" + state.text("key"));
    state.set("etag", etag);
    state.set("storage_class", found->storage_class.value_or("STANDARD"));
    state.set("last_modified", found->last_modified ? iso8601(*found->last_modified) : "");
    const auto tags = TRY(look_up_setting<s3::GetObjectTaggingOutput>(cloud, "GetObjectTagging", s3::GetObjectTaggingRequest{.bucket = request.bucket, .key = request.key}, "NoSuchKey"));
    set_tags(cloud, state, tags ? from_tags(tags->tag_set) : Pairs{});
    return true;
  }

  Result<void> update_state(const Cloud& cloud, const Record& prior, const Record& planned, Record& state) const override {
    return is_other_copy(prior, planned) || differs(prior, planned, "tags_all") ? create(cloud, planned, state) : Result<void>();
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    if (!state.text("version_id").empty()) return delete_versions(cloud, state.text("bucket"), state.text("key"));
    return ignore_gone(cloud.call<s3::DeleteObjectOutput>("s3", "DeleteObject", s3::DeleteObjectRequest{.bucket = state.text("bucket"), .key = state.text("key")}));
  }

  Result<Record> import(const Cloud&, const std::string&) const override { return fail("Import.Unsupported", "resource aws_s3_object_copy doesn't support import"); }

 private:
  static bool is_other_copy(const Record& prior, const Record& planned) {
    return differs(prior, planned, "source") || std::ranges::any_of(copied().attributes, [&](const Attribute& attribute) { return differs(prior, planned, attribute.name); });
  }
};

}  // namespace

void add_s3_object_copy(Provider& provider) { provider.resources["aws_s3_object_copy"] = std::make_unique<ObjectCopy>(); }

}  // namespace landfall::terraform::aws_types
