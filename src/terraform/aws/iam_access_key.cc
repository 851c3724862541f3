#include <algorithm>

#include "aws/shapes/iam.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/text.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace iam = aws::iam;

/// The password for SES's SMTP endpoint in a region, which follows from the secret key.
/// Source  Amazon SES developer guide, Obtaining SMTP credentials (converting existing AWS credentials).
std::string smtp_password(const std::string& secret, const std::string& region) {
  std::string key = hmac_sha256("AWS4" + secret, "11111111");
  for (const std::string& part : {region, std::string("ses"), std::string("aws4_request"), std::string("SendRawEmail")}) key = hmac_sha256(key, part);
  return base64_encode("\x04" + key);
}

class AccessKey final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("user").required().forces_new(), text("status").defaults("Active").checked(one_of({"Active", "Inactive"})), text("create_date").read_only(), text("secret").read_only().sensitive(),
                                              text("ses_smtp_password_v4").read_only().sensitive(), refused(text("pgp_key")), text("key_fingerprint").read_only(), text("encrypted_secret").read_only(), text("encrypted_ses_smtp_password_v4").read_only()}};
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    iam::CreateAccessKeyRequest request;
    request.user_name = planned.text("user");
    const auto made = TRY(cloud.call<iam::CreateAccessKeyResponse>("iam", "CreateAccessKey", request));
    const std::string secret = made.access_key->secret_access_key.value_or("");
    state.set("id", made.access_key->access_key_id.value_or(""));
    state.set("secret", secret);
    state.set("ses_smtp_password_v4", smtp_password(secret, cloud.region));
    if (planned.text("status") == "Active") return {};
    return set_status(cloud, planned.text("user"), state.text("id"), planned.text("status"));
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    iam::ListAccessKeysRequest request;
    request.user_name = state.text("user");
    const auto found = TRY(look_up<iam::ListAccessKeysResponse>(cloud, "iam", "ListAccessKeys", request));
    if (!found) return false;
    for (const auto& key : found->access_key_metadata.value_or(std::vector<iam::AccessKeyMetadata>{})) {
      if (key.access_key_id != state.text("id")) continue;
      state.set("status", key.status.value_or(""));
      state.set("create_date", key.create_date ? iso8601(*key.create_date) : "");
      return true;
    }
    return false;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override { return set_status(cloud, prior.text("user"), prior.text("id"), planned.text("status")); }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    iam::DeleteAccessKeyRequest request;
    request.user_name = state.text("user");
    request.access_key_id = state.text("id");
    return ignore_gone(cloud.call<iam::DeleteAccessKeyOutput>("iam", "DeleteAccessKey", request));
  }

  /// Its secret is not told again.
  Result<Record> import(const Cloud& cloud, const std::string& id) const override {
    iam::GetAccessKeyLastUsedRequest request;
    request.access_key_id = id;
    const auto found = TRY(cloud.call<iam::GetAccessKeyLastUsedResponse>("iam", "GetAccessKeyLastUsed", request));
    Record record;
    record.set("id", id);
    record.set("user", found.user_name.value_or(""));
    return record;
  }

 private:
  static Result<void> set_status(const Cloud& cloud, const std::string& user, const std::string& id, const std::string& status) {
    iam::UpdateAccessKeyRequest request;
    request.user_name = user;
    request.access_key_id = id;
    request.status = status;
    TRY(cloud.call<iam::UpdateAccessKeyOutput>("iam", "UpdateAccessKey", request));
    return {};
  }
};

}  // namespace

void add_iam_access_key(Provider& provider) { provider.resources["aws_iam_access_key"] = std::make_unique<AccessKey>(); }

}  // namespace landfall::terraform::aws_types
