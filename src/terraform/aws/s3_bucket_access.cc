#include "terraform/aws/s3.h"

/// Who may use a bucket, as resources: policy, public access block, ownership.
namespace landfall::terraform::aws_types {
namespace {

namespace s3 = aws::s3;

class BucketPolicy final : public BucketSetting {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("bucket").required().forces_new(), policy_argument("policy").required()}};
    return schema;
  }
  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const std::string found = TRY(bucket_policy(cloud, state));
    if (found.empty()) return false;
    const Value policy = Value::string(found);
    if (!is_same_json(policy, state.value("policy"))) state.set("policy", policy);
    return true;
  }
  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    return take_away_setting<s3::DeleteBucketPolicyOutput>(cloud, "DeleteBucketPolicy", of_bucket<s3::DeleteBucketPolicyRequest>(state));
  }

 private:
  Result<void> put(const Cloud& cloud, const Record& planned) const override { return put_bucket_policy(cloud, planned, planned.text("policy")); }
};

class PublicAccessBlock final : public BucketSetting {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("bucket").required().forces_new(), flag("block_public_acls").defaults(false), flag("block_public_policy").defaults(false),
                                              flag("ignore_public_acls").defaults(false), flag("restrict_public_buckets").defaults(false), flag("skip_destroy")}};
    return schema;
  }
  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto found = TRY(look_up_setting<s3::GetPublicAccessBlockOutput>(cloud, "GetPublicAccessBlock", of_bucket<s3::GetPublicAccessBlockRequest>(state), "NoSuchPublicAccessBlockConfiguration"));
    if (!found || !found->public_access_block_configuration) return false;
    const auto& told = *found->public_access_block_configuration;
    state.set("block_public_acls", told.block_public_acls.value_or(false));
    state.set("block_public_policy", told.block_public_policy.value_or(false));
    state.set("ignore_public_acls", told.ignore_public_acls.value_or(false));
    state.set("restrict_public_buckets", told.restrict_public_buckets.value_or(false));
    return true;
  }
  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    if (state.flag("skip_destroy")) return {};
    return take_away_setting<s3::DeletePublicAccessBlockOutput>(cloud, "DeletePublicAccessBlock", of_bucket<s3::DeletePublicAccessBlockRequest>(state));
  }

 private:
  Result<void> put(const Cloud& cloud, const Record& planned) const override {
    auto request = of_bucket<s3::PutPublicAccessBlockRequest>(planned);
    auto& wanted = request.public_access_block_configuration.emplace();
    wanted.block_public_acls = planned.flag("block_public_acls");
    wanted.block_public_policy = planned.flag("block_public_policy");
    wanted.ignore_public_acls = planned.flag("ignore_public_acls");
    wanted.restrict_public_buckets = planned.flag("restrict_public_buckets");
    TRY(cloud.call<s3::PutPublicAccessBlockOutput>("s3", "PutPublicAccessBlock", request));
    return {};
  }
};

class OwnershipControls final : public BucketSetting {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("bucket").required().forces_new()},
                               .blocks = {one_block("rule", {.attributes = {text("object_ownership").required().checked(one_of({"BucketOwnerPreferred", "ObjectWriter", "BucketOwnerEnforced"}))}}).required()}};
    return schema;
  }
  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto found = TRY(look_up_setting<s3::GetBucketOwnershipControlsOutput>(cloud, "GetBucketOwnershipControls", of_bucket<s3::GetBucketOwnershipControlsRequest>(state), "OwnershipControlsNotFoundError"));
    if (!found || !found->ownership_controls) return false;
    std::vector<Record> rules;
    for (const auto& rule : found->ownership_controls->rules.value_or(std::vector<s3::OwnershipControlsRule>{})) rules.emplace_back().set("object_ownership", rule.object_ownership.value_or(""));
    state.set("rule", rules);
    return true;
  }
  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    return take_away_setting<s3::DeleteBucketOwnershipControlsOutput>(cloud, "DeleteBucketOwnershipControls", of_bucket<s3::DeleteBucketOwnershipControlsRequest>(state));
  }

 private:
  Result<void> put(const Cloud& cloud, const Record& planned) const override {
    auto request = of_bucket<s3::PutBucketOwnershipControlsRequest>(planned);
    request.ownership_controls.emplace().rules.emplace().emplace_back().object_ownership = planned.block("rule").text("object_ownership");
    TRY(cloud.call<s3::PutBucketOwnershipControlsOutput>("s3", "PutBucketOwnershipControls", request));
    return {};
  }
};

}  // namespace

void add_s3_bucket_access(Provider& provider) {
  provider.resources["aws_s3_bucket_policy"] = std::make_unique<BucketPolicy>();
  provider.resources["aws_s3_bucket_public_access_block"] = std::make_unique<PublicAccessBlock>();
  provider.resources["aws_s3_bucket_ownership_controls"] = std::make_unique<OwnershipControls>();
}

}  // namespace landfall::terraform::aws_types
