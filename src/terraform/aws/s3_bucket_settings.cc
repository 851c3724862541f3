#include <fmt/format.h>

#include "terraform/aws/s3.h"

/// How the objects of a bucket lie, as resources: versioning and encryption.
namespace landfall::terraform::aws_types {
namespace {

namespace s3 = aws::s3;

class Versioning final : public BucketSetting {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("bucket").required().forces_new(), text("expected_bucket_owner").forces_new(), refused(text("mfa"))},
                               .blocks = {one_block("versioning_configuration", {.attributes = {text("status").required().checked(one_of({"Enabled", "Suspended", "Disabled"})),
                                                                                                text("mfa_delete").computed().checked(one_of({"Disabled"}))}}).required()}};
    return schema;
  }

  Result<void> adjust(const Cloud&, const Planned& change) const override {
    if (change.prior == nullptr) return {};
    const std::string was = change.prior->block("versioning_configuration").text("status"), is = change.planned.block("versioning_configuration").text("status");
    if (is != "Disabled" || was == "Disabled" || was.empty()) return {};
    return fail("Versioning.Disabled", fmt::format("versioning_configuration.status cannot be updated from '{}' to '{}'", was, is));
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto status = TRY(bucket_versioning(cloud, state));
    if (!status) return false;
    Record configuration;
    configuration.set("status", *status);
    configuration.set("mfa_delete", state.block("versioning_configuration").text("mfa_delete"));
    state.set("versioning_configuration", std::vector<Record>{configuration});
    return true;
  }

  /// What had versions once can be suspended only.
  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    if (state.block("versioning_configuration").text("status") == "Disabled") return {};
    const auto done = put_bucket_versioning(cloud, state, "Suspended");
    if (done || is_gone(done.error())) return {};
    return done;
  }

 private:
  Result<void> put(const Cloud& cloud, const Record& planned) const override {
    const std::string status = planned.block("versioning_configuration").text("status");
    if (status == "Disabled") return {};
    return put_bucket_versioning(cloud, planned, status);
  }
};

class Encryption final : public BucketSetting {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("bucket").required().forces_new(), text("expected_bucket_owner").forces_new()}, .blocks = {set_block("rule", encryption_rule()).required()}};
    return schema;
  }
  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto rules = TRY(bucket_encryption(cloud, state));
    if (rules) state.set("rule", *rules);
    return rules.has_value();
  }
  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    return take_away_setting<s3::DeleteBucketEncryptionOutput>(cloud, "DeleteBucketEncryption", of_bucket<s3::DeleteBucketEncryptionRequest>(state));
  }

 private:
  Result<void> put(const Cloud& cloud, const Record& planned) const override { return put_bucket_encryption(cloud, planned, planned.blocks("rule")); }
};

}  // namespace

void add_s3_bucket_settings(Provider& provider) {
  provider.resources["aws_s3_bucket_versioning"] = std::make_unique<Versioning>();
  provider.resources["aws_s3_bucket_server_side_encryption_configuration"] = std::make_unique<Encryption>();
}

}  // namespace landfall::terraform::aws_types
