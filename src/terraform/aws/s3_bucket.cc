#include "aws/shapes/s3.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace s3 = aws::s3;

class Bucket final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged({.attributes = {text("id").read_only(), text("arn").read_only(), text("bucket").computed().forces_new(), text("bucket_prefix").computed().forces_new(), text("bucket_domain_name").read_only(),
                                                        text("bucket_regional_domain_name").read_only(), text("region").read_only(), flag("force_destroy").defaults(false), text("acl").checked(one_of({"private"})),
                                                        refused(flag("object_lock_enabled")), refused(text("policy"))},
                                         .blocks = {list_block("versioning", {.attributes = {refused(flag("enabled"))}})}});
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    s3::CreateBucketRequest request;
    request.bucket = planned.has("bucket") ? planned.text("bucket") : (planned.has("bucket_prefix") ? planned.text("bucket_prefix") : "terraform-") + cloud.ids->hex(26);
    if (cloud.region != "us-east-1") request.create_bucket_configuration.emplace().location_constraint = cloud.region;
    TRY(cloud.call<s3::CreateBucketOutput>("s3", "CreateBucket", request));
    state.set("id", *request.bucket);
    if (!planned.has("bucket_prefix")) state.set("bucket_prefix", "");
    return put_tags(cloud, *request.bucket, planned.pairs("tags_all"), false);
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const std::string name = state.text("id");
    s3::HeadBucketRequest head;
    head.bucket = name;
    const auto found = TRY(look_up<s3::HeadBucketOutput>(cloud, "s3", "HeadBucket", head));
    if (!found) return false;
    state.set("bucket", name);
    state.set("arn", "arn:aws:s3:::" + name);
    state.set("bucket_domain_name", name + ".s3.amazonaws.com");
    state.set("bucket_regional_domain_name", name + ".s3." + cloud.region + ".amazonaws.com");
    state.set("region", cloud.region);
    s3::GetBucketTaggingRequest request;
    request.bucket = name;
    const auto tags = cloud.call<s3::GetBucketTaggingOutput>("s3", "GetBucketTagging", request);
    if (!tags && tags.error().code != "NoSuchTagSet") return std::unexpected(tags.error());
    set_tags(cloud, state, tags ? from_tags(tags->tag_set) : Pairs{});
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    if (prior.pairs("tags_all") == planned.pairs("tags_all")) return {};
    return put_tags(cloud, prior.text("id"), planned.pairs("tags_all"), true);
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    const std::string name = state.text("id");
    if (state.flag("force_destroy")) TRY(empty(cloud, name));
    s3::DeleteBucketRequest request;
    request.bucket = name;
    return ignore_gone(cloud.call<s3::DeleteBucketOutput>("s3", "DeleteBucket", request));
  }

 private:
  static Result<void> put_tags(const Cloud& cloud, const std::string& name, const Pairs& tags, bool takes_away) {
    if (tags.empty() && takes_away) {
      s3::DeleteBucketTaggingRequest request;
      request.bucket = name;
      TRY(cloud.call<s3::DeleteBucketTaggingOutput>("s3", "DeleteBucketTagging", request));
    } else if (!tags.empty()) {
      s3::PutBucketTaggingRequest request;
      request.bucket = name;
      request.tagging.emplace().tag_set = to_tags<s3::Tag>(tags);
      TRY(cloud.call<s3::PutBucketTaggingOutput>("s3", "PutBucketTagging", request));
    }
    return {};
  }

  static Result<void> empty(const Cloud& cloud, const std::string& name) {
    for (;;) {
      s3::ListObjectsV2Request list;
      list.bucket = name;
      const auto found = TRY(look_up<s3::ListObjectsV2Output>(cloud, "s3", "ListObjectsV2", list));
      if (!found || !found->contents || found->contents->empty()) return {};
      for (const auto& object : *found->contents) {
        s3::DeleteObjectRequest request;
        request.bucket = name;
        request.key = object.key;
        TRY(cloud.call<s3::DeleteObjectOutput>("s3", "DeleteObject", request));
      }
    }
  }
};

}  // namespace

void add_s3_bucket(Provider& provider) { provider.resources["aws_s3_bucket"] = std::make_unique<Bucket>(); }

}  // namespace landfall::terraform::aws_types
