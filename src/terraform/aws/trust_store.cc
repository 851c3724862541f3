#include "terraform/aws/elbv2.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace elbv2 = aws::elbv2;

template <class Request>
void fill_bundle(const Record& planned, Request& request) {
  request.ca_certificates_bundle_s3_bucket = planned.text("ca_certificates_bundle_s3_bucket");
  request.ca_certificates_bundle_s3_key = planned.text("ca_certificates_bundle_s3_key");
  if (!planned.text("ca_certificates_bundle_s3_object_version").empty()) request.ca_certificates_bundle_s3_object_version = planned.text("ca_certificates_bundle_s3_object_version");
}

/// aws_lb_trust_store. Where its bundle came from is known to the state alone.
class TrustStore final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged({.attributes = {text("id").read_only(), text("arn").read_only(), text("arn_suffix").read_only(), text("name").computed().forces_new(), text("name_prefix").computed().forces_new(),
                                                        text("ca_certificates_bundle_s3_bucket").required(), text("ca_certificates_bundle_s3_key").required(), text("ca_certificates_bundle_s3_object_version")}});
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    elbv2::CreateTrustStoreInput request;
    request.name = planned.has("name") ? planned.text("name") : (planned.has("name_prefix") ? planned.text("name_prefix") : "tf-") + cloud.ids->hex(26);
    fill_bundle(planned, request);
    const Pairs tags = planned.pairs("tags_all");
    if (!tags.empty()) request.tags = to_tags<elbv2::Tag>(tags);
    const auto made = TRY(cloud.call<elbv2::CreateTrustStoreOutput>("elbv2", "CreateTrustStore", request));
    state.set("id", made.trust_stores->front().trust_store_arn.value_or(""));
    if (!planned.has("name_prefix")) state.set("name_prefix", "");
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const std::string arn = state.text("id");
    elbv2::DescribeTrustStoresInput request;
    request.trust_store_arns = std::vector<std::string>{arn};
    const auto found = TRY(look_up<elbv2::DescribeTrustStoresOutput>(cloud, "elbv2", "DescribeTrustStores", request));
    if (!found || !found->trust_stores || found->trust_stores->empty()) return false;
    state.set("arn", arn);
    state.set("arn_suffix", arn.substr(arn.rfind(':') + 1));
    state.set("name", found->trust_stores->front().name.value_or(""));
    TRY(read_elb_tags(cloud, arn, state));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    if (differs(prior, planned, {"ca_certificates_bundle_s3_bucket", "ca_certificates_bundle_s3_key", "ca_certificates_bundle_s3_object_version"})) {
      elbv2::ModifyTrustStoreInput request;
      request.trust_store_arn = prior.text("id");
      fill_bundle(planned, request);
      TRY(cloud.call<elbv2::ModifyTrustStoreOutput>("elbv2", "ModifyTrustStore", request));
    }
    return update_elb_tags(cloud, prior.text("id"), prior, planned);
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    elbv2::DeleteTrustStoreInput request;
    request.trust_store_arn = state.text("id");
    return ignore_gone(cloud.call<elbv2::DeleteTrustStoreOutput>("elbv2", "DeleteTrustStore", request));
  }
};

/// aws_lb_trust_store_revocation. The id is "ARN,NUMBER".
class TrustStoreRevocation final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), number("revocation_id").read_only(), text("trust_store_arn").required().forces_new(), text("revocations_s3_bucket").required().forces_new(),
                                              text("revocations_s3_key").required().forces_new(), text("revocations_s3_object_version").forces_new()}};
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    elbv2::AddTrustStoreRevocationsInput request;
    request.trust_store_arn = planned.text("trust_store_arn");
    auto& content = request.revocation_contents.emplace().emplace_back();
    content.s3_bucket = planned.text("revocations_s3_bucket");
    content.s3_key = planned.text("revocations_s3_key");
    if (!planned.text("revocations_s3_object_version").empty()) content.s3_object_version = planned.text("revocations_s3_object_version");
    const auto made = TRY(cloud.call<elbv2::AddTrustStoreRevocationsOutput>("elbv2", "AddTrustStoreRevocations", request));
    const int64_t number = made.trust_store_revocations->front().revocation_id.value_or(0);
    state.set("id", planned.text("trust_store_arn") + "," + std::to_string(number));
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    elbv2::DescribeTrustStoreRevocationsInput request;
    request.trust_store_arn = arn_in(state);
    request.revocation_ids = std::vector<int64_t>{number_in(state)};
    const auto found = TRY(look_up<elbv2::DescribeTrustStoreRevocationsOutput>(cloud, "elbv2", "DescribeTrustStoreRevocations", request));
    if (!found || !found->trust_store_revocations || found->trust_store_revocations->empty()) return false;
    state.set("trust_store_arn", arn_in(state));
    state.set("revocation_id", number_in(state));
    return true;
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    elbv2::RemoveTrustStoreRevocationsInput request;
    request.trust_store_arn = arn_in(state);
    request.revocation_ids = std::vector<int64_t>{number_in(state)};
    return ignore_gone(cloud.call<elbv2::RemoveTrustStoreRevocationsOutput>("elbv2", "RemoveTrustStoreRevocations", request));
  }

 private:
  static std::string arn_in(const Record& state) {
    const std::string id = state.text("id");
    return id.substr(0, id.rfind(','));
  }
  static int64_t number_in(const Record& state) {
    const std::string id = state.text("id");
    return std::atoll(id.c_str() + id.rfind(',') + 1);
  }
};

}  // namespace

void add_trust_store(Provider& provider) {
  provider.resources["aws_lb_trust_store"] = std::make_unique<TrustStore>();
  provider.resources["aws_lb_trust_store_revocation"] = std::make_unique<TrustStoreRevocation>();
}

}  // namespace landfall::terraform::aws_types
