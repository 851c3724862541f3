#include <algorithm>

#include "terraform/aws/s3.h"
#include "terraform/aws/s3_bucket_blocks.h"
#include "terraform/aws/s3_lifecycle.h"
#include "terraform/aws/tags.h"

namespace landfall::terraform::aws_types {
namespace {

namespace s3 = aws::s3;

/// Arguments of provider versions before 4; later ones tell what there is.
Schema make_schema() {
  Schema schema = tagged({.attributes = {text("id").read_only(), text("bucket").computed().forces_new(), text("bucket_prefix").computed().forces_new(), text("bucket_domain_name").read_only(),
                                         text("bucket_regional_domain_name").read_only(), text("region").computed().forces_new(), flag("force_destroy").defaults(false), text("acl").checked(private_acl).carried_if([](const Value& acl) { return private_acl(acl).empty(); }),
                                         policy_argument("policy").computed()},
                          .blocks = {one_block("versioning", {.attributes = {flag("enabled").defaults(false), refused(flag("mfa_delete"))}}).computed(),
                                     one_block("server_side_encryption_configuration", {.blocks = {one_block("rule", encryption_rule()).required()}}).computed(),
                                     bucket_lifecycle_block()}});
  for (const char* name : {"arn", "hosted_zone_id", "website_domain", "website_endpoint"}) schema.attributes.push_back(text(name).computed());  // could be written before version 4, to no effect
  for (const char* name : {"grant", "replication_configuration"}) schema.attributes.push_back(refused_blocks(name).computed());
  std::ranges::move(bucket_setting_attributes(), std::back_inserter(schema.attributes));
  std::ranges::move(bucket_setting_blocks(), std::back_inserter(schema.blocks));
  return schema;
}

class Bucket final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = make_schema();
    return schema;
  }

  Result<void> adjust(const Cloud& cloud, const Planned& change) const override {
    const std::string region = change.planned.text("region");
    if (!region.empty() && region != cloud.region) return fail("Bucket.Region", "region is \"" + region + "\", and the provider's is \"" + cloud.region + "\": Landfall makes buckets in the provider's region only");
    return {};
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    s3::CreateBucketRequest request;
    request.bucket = planned.has("bucket") ? planned.text("bucket") : (planned.has("bucket_prefix") ? planned.text("bucket_prefix") : "terraform-") + cloud.ids->hex(26);
    if (cloud.region != "us-east-1") request.create_bucket_configuration.emplace().location_constraint = cloud.region;
    if (planned.flag("object_lock_enabled") || !planned.blocks("object_lock_configuration").empty()) request.object_lock_enabled_for_bucket = true;
    TRY(cloud.call<s3::CreateBucketOutput>("s3", "CreateBucket", request));
    state.set("id", *request.bucket);
    if (!planned.has("bucket_prefix")) state.set("bucket_prefix", "");
    TRY(put_tags(cloud, *request.bucket, planned.pairs("tags_all"), false));
    Record nothing = state;
    for (const char* name : {"policy", "versioning", "server_side_encryption_configuration", "lifecycle_rule", "cors_rule", "website", "logging", "object_lock_configuration", "acceleration_status", "request_payer"}) nothing.clear(name);
    nothing.set("bucket", *request.bucket);
    return change_settings(cloud, nothing, planned);
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const std::string name = state.text("id");
    s3::HeadBucketRequest head;
    head.bucket = name;
    const auto found = TRY(look_up<s3::HeadBucketOutput>(cloud, "s3", "HeadBucket", head));
    if (!found) return false;
    state.set("bucket", name);
    state.set("arn", "arn:aws:s3:::" + name);
    state.set("hosted_zone_id", website_zone(cloud.region));
    state.set("bucket_domain_name", name + ".s3.amazonaws.com");
    state.set("bucket_regional_domain_name", name + ".s3." + cloud.region + ".amazonaws.com");
    state.set("region", cloud.region);
    TRY(read_settings(cloud, state));
    TRY(read_bucket_settings(cloud, state));
    s3::GetBucketTaggingRequest request;
    request.bucket = name;
    const auto tags = TRY(look_up_setting<s3::GetBucketTaggingOutput>(cloud, "GetBucketTagging", request, "NoSuchTagSet"));
    set_tags(cloud, state, tags ? from_tags(tags->tag_set) : Pairs{});
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    TRY(change_settings(cloud, prior, planned));
    if (prior.pairs("tags_all") == planned.pairs("tags_all")) return {};
    return put_tags(cloud, prior.text("id"), planned.pairs("tags_all"), true);
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    const std::string name = state.text("id");
    if (state.flag("force_destroy")) TRY(delete_versions(cloud, name, ""));
    s3::DeleteBucketRequest request;
    request.bucket = name;
    return ignore_gone(cloud.call<s3::DeleteBucketOutput>("s3", "DeleteBucket", request));
  }

 private:
  /// What is written of the arguments that are resources of their own since provider version 4; `bucket` has its name.
  static Result<void> change_settings(const Cloud& cloud, const Record& bucket, const Record& planned) {
    if (planned.has("policy") && differs(bucket, planned, "policy")) {
      if (!planned.text("policy").empty()) TRY(put_bucket_policy(cloud, bucket, planned.text("policy")));
      else if (!bucket.text("policy").empty()) TRY(take_away_setting<s3::DeleteBucketPolicyOutput>(cloud, "DeleteBucketPolicy", of_bucket<s3::DeleteBucketPolicyRequest>(bucket)));
    }
    const bool was_enabled = bucket.block("versioning").flag("enabled"), is_enabled = planned.block("versioning").flag("enabled");
    if (was_enabled != is_enabled && planned.has("versioning")) TRY(put_bucket_versioning(cloud, bucket, is_enabled ? "Enabled" : "Suspended"));
    const std::vector<Record> rules = planned.block("server_side_encryption_configuration").blocks("rule");
    if (!rules.empty() && differs(bucket, planned, "server_side_encryption_configuration")) TRY(put_bucket_encryption(cloud, bucket, rules));
    if (planned.has("lifecycle_rule") && !is_same_lifecycle(rules_of_bucket(bucket), rules_of_bucket(planned))) TRY(put_lifecycle(cloud, bucket, rules_of_bucket(planned)));
    return change_bucket_settings(cloud, bucket, planned);
  }

  static Result<void> read_settings(const Cloud& cloud, Record& state) {
    const Value policy = Value::string(TRY(bucket_policy(cloud, state)));
    if (!is_same_json(policy, state.value("policy"))) state.set("policy", policy);
    const std::string status = TRY(bucket_versioning(cloud, state)).value_or("");
    Record versioning;
    versioning.set("enabled", status == "Enabled");
    versioning.set("mfa_delete", false);
    state.set("versioning", std::vector<Record>{versioning});
    Record encryption;
    encryption.set("rule", TRY(bucket_encryption(cloud, state)).value_or(std::vector<Record>{}));
    state.set("server_side_encryption_configuration", std::vector<Record>{encryption});
    const LifecycleRules rules = TRY(lifecycle_of(cloud, state)).value_or(LifecycleRules{});
    if (!state.has("lifecycle_rule") || !is_same_lifecycle(rules, rules_of_bucket(state))) state.set("lifecycle_rule", bucket_records(rules));
    return {};
  }

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
};

}  // namespace

void add_s3_bucket(Provider& provider) { provider.resources["aws_s3_bucket"] = std::make_unique<Bucket>(); }

}  // namespace landfall::terraform::aws_types
