#include "terraform/aws/more_types.h"
#include "terraform/aws/s3.h"
#include "terraform/aws/s3_bucket_blocks.h"

/// Object lock, acceleration and payer of a bucket as resources.
namespace landfall::terraform::aws_types {
namespace {

std::vector<Attribute> of_a_bucket(std::initializer_list<Attribute> more) {
  std::vector<Attribute> attributes{text("id").read_only(), text("bucket").required().forces_new(), text("expected_bucket_owner").forces_new()};
  attributes.insert(attributes.end(), more.begin(), more.end());
  return attributes;
}

/// A lock cannot be taken off: what goes is the rule.
class ObjectLock final : public BucketSetting {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = of_a_bucket({text("object_lock_enabled").defaults("Enabled").forces_new().checked(one_of({"Enabled"})), text("token").sensitive()}), .blocks = {one_block("rule", retention_rule())}};
    return schema;
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto rules = TRY(object_lock_of(cloud, state));
    if (!rules) return false;
    state.set("object_lock_enabled", "Enabled");
    state.set("rule", *rules);
    return true;
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    const auto done = put_object_lock(cloud, state, Record(), state.text("token"));
    return done || done.error().code == "ObjectLockConfigurationNotFoundError" ? Result<void>() : ignore_gone(done);
  }

 private:
  Result<void> put(const Cloud& cloud, const Record& planned) const override { return put_object_lock(cloud, planned, planned, planned.text("token")); }
};

class Acceleration final : public BucketSetting {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = of_a_bucket({text("status").required().checked(one_of({"Enabled", "Suspended"}))})};
    return schema;
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const std::string status = TRY(acceleration_of(cloud, state));
    state.set("status", status);
    return !status.empty();
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override { return ignore_gone(put_acceleration(cloud, state, "Suspended")); }

 private:
  Result<void> put(const Cloud& cloud, const Record& planned) const override { return put_acceleration(cloud, planned, planned.text("status")); }
};

class RequestPayment final : public BucketSetting {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = of_a_bucket({text("payer").required().checked(one_of({"BucketOwner", "Requester"}))})};
    return schema;
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const std::string payer = TRY(payer_of(cloud, state));
    state.set("payer", payer);
    return !payer.empty();
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override { return ignore_gone(put_payer(cloud, state, "BucketOwner")); }

 private:
  Result<void> put(const Cloud& cloud, const Record& planned) const override { return put_payer(cloud, planned, planned.text("payer")); }
};

}  // namespace

void add_s3_bucket_guards(Provider& provider) {
  provider.resources["aws_s3_bucket_object_lock_configuration"] = std::make_unique<ObjectLock>();
  provider.resources["aws_s3_bucket_accelerate_configuration"] = std::make_unique<Acceleration>();
  provider.resources["aws_s3_bucket_request_payment_configuration"] = std::make_unique<RequestPayment>();
}

}  // namespace landfall::terraform::aws_types
