#include <algorithm>

#include <fmt/format.h>

#include "aws/shapes/iam.h"
#include "base/clock.h"
#include "base/text.h"
#include "terraform/aws/iam.h"
#include "terraform/aws/more_types.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

/// More of what a user proves who it is with: passwords for one service, signing certificates, virtual MFA devices.
namespace landfall::terraform::aws_types {
namespace {

namespace iam = aws::iam;

/// The rest of "FIRST:SECOND[:…]".
Result<std::vector<std::string>> parts_of(const std::string& id, size_t count, const char* form) {
  auto parts = split(id, ':');
  if (parts.size() != count) return fail("Import.Id", fmt::format("unexpected format of ID ({}), expected {}", id, form));
  return parts;
}

Attribute status() { return text("status").defaults("Active").checked(one_of({"Active", "Inactive"})); }

/// aws_iam_service_specific_credential. The id is "SERVICE:USER:CREDENTIAL".
class ServiceCredential final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("service_name").required().forces_new(), text("user_name").required().forces_new(), status(), text("service_password").read_only().sensitive(), text("service_user_name").read_only(),
                                              text("service_specific_credential_id").read_only()}};
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    const iam::CreateServiceSpecificCredentialRequest request{.service_name = planned.text("service_name"), .user_name = planned.text("user_name")};
    const auto made = TRY(cloud.call<iam::CreateServiceSpecificCredentialResponse>("iam", "CreateServiceSpecificCredential", request));
    const auto& credential = *made.service_specific_credential;
    state.set("id", fmt::format("{}:{}:{}", planned.text("service_name"), planned.text("user_name"), credential.service_specific_credential_id.value_or("")));
    state.set("service_password", credential.service_password.value_or(""));
    state.set("service_specific_credential_id", credential.service_specific_credential_id.value_or(""));
    return planned.text("status") == "Active" ? Result<void>() : set_status(cloud, state, planned.text("status"));
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto parts = TRY(parts_of(state.text("id"), 3, "SERVICE_NAME:USER_NAME:SERVICE_SPECIFIC_CREDENTIAL_ID"));
    const auto found = TRY(look_up<iam::ListServiceSpecificCredentialsResponse>(cloud, "iam", "ListServiceSpecificCredentials", iam::ListServiceSpecificCredentialsRequest{.service_name = parts[0], .user_name = parts[1]}));
    if (!found) return false;
    for (const auto& credential : found->service_specific_credentials.value_or(std::vector<iam::ServiceSpecificCredentialMetadata>{})) {
      if (credential.service_specific_credential_id != parts[2]) continue;
      state.set("service_name", credential.service_name.value_or(""));
      state.set("user_name", credential.user_name.value_or(""));
      state.set("service_user_name", credential.service_user_name.value_or(""));
      state.set("service_specific_credential_id", parts[2]);
      state.set("status", credential.status.value_or(""));
      return true;
    }
    return false;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override { return set_status(cloud, prior, planned.text("status")); }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    const iam::DeleteServiceSpecificCredentialRequest request{.service_specific_credential_id = state.text("service_specific_credential_id"), .user_name = state.text("user_name")};
    return ignore_gone(cloud.call<iam::DeleteServiceSpecificCredentialOutput>("iam", "DeleteServiceSpecificCredential", request));
  }

 private:
  static Result<void> set_status(const Cloud& cloud, const Record& state, const std::string& status) {
    const iam::UpdateServiceSpecificCredentialRequest request{.service_specific_credential_id = state.text("service_specific_credential_id"), .status = status, .user_name = state.text("user_name")};
    TRY(cloud.call<iam::UpdateServiceSpecificCredentialOutput>("iam", "UpdateServiceSpecificCredential", request));
    return {};
  }
};

/// aws_iam_signing_certificate. The id is "CERTIFICATE:USER".
class SigningCertificate final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("certificate_id").read_only(), text("user_name").required().forces_new(), status(), text("certificate_body").required().forces_new().same_if([](const Value& there, const Value& wanted) {
                                 return there.has_value() && wanted.has_value() && trim(there.as_string()) == trim(wanted.as_string());
                               })}};
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    const iam::UploadSigningCertificateRequest request{.certificate_body = planned.text("certificate_body"), .user_name = planned.text("user_name")};
    const auto made = TRY(cloud.call<iam::UploadSigningCertificateResponse>("iam", "UploadSigningCertificate", request));
    const std::string certificate = made.certificate->certificate_id.value_or("");
    state.set("id", certificate + ":" + planned.text("user_name"));
    state.set("certificate_id", certificate);
    return planned.text("status") == "Active" ? Result<void>() : set_status(cloud, state, planned.text("status"));
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto parts = TRY(parts_of(state.text("id"), 2, "CERTIFICATE_ID:USER_NAME"));
    const auto found = TRY(look_up<iam::ListSigningCertificatesResponse>(cloud, "iam", "ListSigningCertificates", iam::ListSigningCertificatesRequest{.user_name = parts[1]}));
    if (!found) return false;
    for (const auto& certificate : found->certificates.value_or(std::vector<iam::SigningCertificate>{})) {
      if (certificate.certificate_id != parts[0]) continue;
      state.set("certificate_id", parts[0]);
      state.set("user_name", parts[1]);
      state.set("status", certificate.status.value_or(""));
      if (trim(state.text("certificate_body")) != trim(certificate.certificate_body.value_or(""))) state.set("certificate_body", certificate.certificate_body.value_or(""));
      return true;
    }
    return false;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override { return set_status(cloud, prior, planned.text("status")); }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    const iam::DeleteSigningCertificateRequest request{.certificate_id = state.text("certificate_id"), .user_name = state.text("user_name")};
    return ignore_gone(cloud.call<iam::DeleteSigningCertificateOutput>("iam", "DeleteSigningCertificate", request));
  }

 private:
  static Result<void> set_status(const Cloud& cloud, const Record& state, const std::string& status) {
    const iam::UpdateSigningCertificateRequest request{.certificate_id = state.text("certificate_id"), .status = status, .user_name = state.text("user_name")};
    TRY(cloud.call<iam::UpdateSigningCertificateOutput>("iam", "UpdateSigningCertificate", request));
    return {};
  }
};

/// aws_iam_virtual_mfa_device. The id is its ARN; its seed is told once.
class VirtualMfaDevice final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged({.attributes = {text("id").read_only(), text("arn").read_only(), text("virtual_mfa_device_name").required().forces_new(), text("path").defaults("/").forces_new(), text("base_32_string_seed").read_only(), text("qr_code_png").read_only(),
                                                        text("enable_date").read_only(), text("user_name").read_only()}});
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    iam::CreateVirtualMFADeviceRequest request{.path = planned.text("path"), .virtual_mfa_device_name = planned.text("virtual_mfa_device_name")};
    if (const Pairs tags = planned.pairs("tags_all"); !tags.empty()) request.tags = to_tags<iam::Tag>(tags);
    const auto made = TRY(cloud.call<iam::CreateVirtualMFADeviceResponse>("iam", "CreateVirtualMFADevice", request));
    state.set("id", made.virtual_mfa_device->serial_number.value_or(""));
    state.set("base_32_string_seed", made.virtual_mfa_device->base32_string_seed.value_or(""));
    state.set("qr_code_png", base64_encode(made.virtual_mfa_device->qr_code_png.value_or("")));
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const std::string arn = state.text("id");
    iam::ListVirtualMFADevicesRequest request;
    do {
      const auto page = TRY(cloud.call<iam::ListVirtualMFADevicesResponse>("iam", "ListVirtualMFADevices", request));
      for (const auto& device : page.virtual_mfa_devices.value_or(std::vector<iam::VirtualMFADevice>{})) {
        if (device.serial_number == arn) return tell(cloud, device, state);
      }
      request.marker = page.marker;
    } while (request.marker);
    return false;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    const TagChange change = tag_change(prior, planned);
    const std::string arn = prior.text("id");
    if (!change.removed.empty()) TRY(cloud.call<iam::UntagMFADeviceOutput>("iam", "UntagMFADevice", iam::UntagMFADeviceRequest{.serial_number = arn, .tag_keys = change.removed}));
    if (!change.put.empty()) TRY(cloud.call<iam::TagMFADeviceOutput>("iam", "TagMFADevice", iam::TagMFADeviceRequest{.serial_number = arn, .tags = to_tags<iam::Tag>(change.put)}));
    return {};
  }

  /// Whose it is gives it up first.
  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    const std::string arn = state.text("id");
    if (!state.text("user_name").empty()) {
      TRY(ignore_gone(cloud.call<iam::DeactivateMFADeviceOutput>("iam", "DeactivateMFADevice", iam::DeactivateMFADeviceRequest{.serial_number = arn, .user_name = state.text("user_name")})));
    }
    return ignore_gone(cloud.call<iam::DeleteVirtualMFADeviceOutput>("iam", "DeleteVirtualMFADevice", iam::DeleteVirtualMFADeviceRequest{.serial_number = arn}));
  }

 private:
  /// "arn:aws:iam::ACCOUNT:mfa/PATH/NAME"
  static Result<bool> tell(const Cloud& cloud, const iam::VirtualMFADevice& device, Record& state) {
    const std::string arn = device.serial_number.value_or(""), resource = arn.substr(arn.find(":mfa") + sizeof(":mfa") - 1);
    const size_t name = resource.rfind('/') + 1;
    state.set("arn", arn);
    state.set("path", resource.substr(0, name));
    state.set("virtual_mfa_device_name", resource.substr(name));
    state.set("enable_date", device.enable_date ? iso8601(*device.enable_date) : "");
    state.set("user_name", device.user ? device.user->user_name.value_or("") : "");
    iam::ListMFADeviceTagsRequest request{.serial_number = arn};
    const auto tags = TRY(cloud.call<iam::ListMFADeviceTagsResponse>("iam", "ListMFADeviceTags", request));
    set_tags(cloud, state, from_tags(tags.tags));
    return true;
  }
};

}  // namespace

void add_iam_credential(Provider& provider) {
  provider.resources["aws_iam_service_specific_credential"] = std::make_unique<ServiceCredential>();
  provider.resources["aws_iam_signing_certificate"] = std::make_unique<SigningCertificate>();
  provider.resources["aws_iam_virtual_mfa_device"] = std::make_unique<VirtualMfaDevice>();
}

}  // namespace landfall::terraform::aws_types
