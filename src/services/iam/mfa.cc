#include <fmt/format.h>

#include "base/digest.h"
#include "base/ids.h"
#include "base/text.h"
#include "services/iam/inline_policies.h"
#include "services/iam/qr_code.h"

/// Virtual MFA devices: their codes are checked when one is enabled or set right (RFC 6238: SHA-1, 6 digits, 30 s). Nothing
/// asks for a code later.
namespace landfall::services::iam {
namespace {

using model::MfaDevice;

constexpr int64_t kStep = 30'000;  // ms
constexpr int kWindow = 2;         // steps that a device's clock may be wrong

std::string hmac_sha1(std::string key, std::string_view bytes) {
  key.resize(64, '\0');
  std::string inner = key, outer = key;
  for (char& c : inner) c = static_cast<char>(c ^ 0x36);
  for (char& c : outer) c = static_cast<char>(c ^ 0x5c);
  return sha1(outer + sha1(inner + std::string(bytes)));
}

constexpr size_t kSeed = 64;  // characters, as AWS's
constexpr size_t kMostDevices = 8;  // IAM quotas: of one user
constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

std::string from_base32(std::string_view text) {
  std::string bytes;
  unsigned bits = 0, value = 0;
  for (const char c : text) {
    value = (value << 5) | static_cast<unsigned>(kBase32.find(c));
    bits += 5;
    if (bits >= 8) bytes += static_cast<char>((value >> (bits -= 8)) & 0xff);
  }
  return bytes;
}

std::string code_at(const std::string& seed, int64_t step) {
  std::string counter(8, '\0');
  for (size_t i = 0; i < 8; ++i) counter[7 - i] = static_cast<char>((static_cast<uint64_t>(step) >> (8 * i)) & 0xff);
  const std::string mac = hmac_sha1(from_base32(seed), counter);
  const size_t at = static_cast<unsigned char>(mac[19]) & 0xf;
  uint32_t number = 0;
  for (size_t i = 0; i < 4; ++i) number = (number << 8) | static_cast<unsigned char>(mac[at + i]);
  return fmt::format("{:06}", (number & 0x7fffffffU) % 1'000'000U);
}

Result<MfaDevice> device_at(const Transaction& tx, const std::optional<std::string>& serial) {
  auto device = store::find<MfaDevice>(tx, text(serial));
  if (!device) return fail("NoSuchEntity", fmt::format("MFA Device with serial number {} does not exist.", text(serial)));
  return std::move(*device);
}

Result<shapes::CreateVirtualMFADeviceResponse> create(const Deps& deps, const CallContext& context, const shapes::CreateVirtualMFADeviceRequest& request) {
  TRY(check_name("virtualMFADeviceName", text(request.virtual_mfa_device_name)));
  TRY(check_path(request.path));
  std::string seed;
  for (const char byte : secret_bytes(kSeed)) seed += kBase32[static_cast<unsigned char>(byte) % 32];
  MfaDevice device{.account = context.account, .serial = fmt::format("arn:aws:iam::{}:mfa{}{}", context.account, request.path.value_or("/"), *request.virtual_mfa_device_name), .seed = seed, .user_name = {}, .enabled_at = {}};
  device.tags = TRY(checked_tags(request.tags));
  const std::string picture = TRY(qr_code_png(fmt::format("otpauth://totp/Amazon%20Web%20Services:{0}@{1}?secret={2}&issuer=Amazon%20Web%20Services", *request.virtual_mfa_device_name, context.account, seed)));
  return transact<shapes::CreateVirtualMFADeviceResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateVirtualMFADeviceResponse> {
    if (store::find<MfaDevice>(tx, device.serial)) return fail("EntityAlreadyExists", "MFA device already exists.");
    store::put(tx, device);
    return shapes::CreateVirtualMFADeviceResponse{.virtual_mfa_device = shapes::VirtualMFADevice{.base32_string_seed = device.seed, .qr_code_png = picture, .serial_number = device.serial, .tags = tags_if_any(request.tags)}};
  });
}

/// Two codes that follow each other.
Result<void> check_codes(const Deps& deps, const MfaDevice& device, const std::optional<std::string>& first, const std::optional<std::string>& second) {
  const int64_t now = deps.clock.wall().ms / kStep;
  for (int64_t step = now - kWindow; step <= now + kWindow; ++step) {
    if (code_at(device.seed, step) == text(first) && code_at(device.seed, step + 1) == text(second)) return {};
  }
  return fail("InvalidAuthenticationCode", "Authentication code for device is not valid.");
}

Result<shapes::EnableMFADeviceOutput> enable(const Deps& deps, const CallContext& context, const shapes::EnableMFADeviceRequest& request) {
  return transact<shapes::EnableMFADeviceOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::EnableMFADeviceOutput> {
    const auto user = TRY(user_named(tx, context, request.user_name));
    MfaDevice device = TRY(device_at(tx, request.serial_number));
    if (!device.user_name.empty()) return fail("EntityAlreadyExists", "MFA Device is already in use.");
    const auto all = store::all<MfaDevice>(tx);
    const auto count = std::ranges::count_if(all, [&](const MfaDevice& other) { return other.account == user.account && other.user_name == user.name; });
    if (static_cast<size_t>(count) >= kMostDevices) return fail("LimitExceeded", fmt::format("Cannot exceed quota for MFADevicesPerUser: {}", kMostDevices));
    TRY(check_codes(deps, device, request.authentication_code1, request.authentication_code2));
    device.user_name = user.name;
    device.enabled_at = deps.clock.wall();
    store::put(tx, device);
    return shapes::EnableMFADeviceOutput{};
  });
}

/// A device that the user does not have is not there.
Result<MfaDevice> device_of(const Transaction& tx, const model::User& user, const std::optional<std::string>& serial) {
  MfaDevice device = TRY(device_at(tx, serial));
  if (device.account != user.account || device.user_name != user.name) return fail("NoSuchEntity", fmt::format("MFA Device with serial number {} does not exist.", device.serial));
  return device;
}

/// The device's clock is not kept: codes that fit are all that is asked for.
Result<shapes::ResyncMFADeviceOutput> resync(const Deps& deps, const CallContext& context, const shapes::ResyncMFADeviceRequest& request) {
  return transact<shapes::ResyncMFADeviceOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::ResyncMFADeviceOutput> {
    const MfaDevice device = TRY(device_of(tx, TRY(user_named(tx, context, request.user_name)), request.serial_number));
    TRY(check_codes(deps, device, request.authentication_code1, request.authentication_code2));
    return shapes::ResyncMFADeviceOutput{};
  });
}

Result<shapes::GetMFADeviceResponse> get(const Deps& deps, const CallContext& context, const shapes::GetMFADeviceRequest& request) {
  return transact<shapes::GetMFADeviceResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::GetMFADeviceResponse> {
    const MfaDevice device = request.user_name ? TRY(device_of(tx, TRY(user_named(tx, context, request.user_name)), request.serial_number)) : TRY(device_at(tx, request.serial_number));
    shapes::GetMFADeviceResponse told{.serial_number = device.serial};
    if (!device.user_name.empty()) {
      told.user_name = device.user_name;
      told.enable_date = device.enabled_at;
    }
    return told;
  });
}

Result<shapes::DeactivateMFADeviceOutput> deactivate(const Deps& deps, const CallContext& context, const shapes::DeactivateMFADeviceRequest& request) {
  return transact<shapes::DeactivateMFADeviceOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeactivateMFADeviceOutput> {
    const model::User user = TRY(user_or_caller(tx, context, request.user_name));
    MfaDevice device = TRY(device_of(tx, user, request.serial_number));
    device.user_name.clear();
    device.enabled_at = {};
    store::put(tx, device);
    return shapes::DeactivateMFADeviceOutput{};
  });
}

Result<shapes::DeleteVirtualMFADeviceOutput> remove(const Deps& deps, const CallContext&, const shapes::DeleteVirtualMFADeviceRequest& request) {
  return transact<shapes::DeleteVirtualMFADeviceOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteVirtualMFADeviceOutput> {
    const MfaDevice device = TRY(device_at(tx, request.serial_number));
    if (!device.user_name.empty()) return fail("DeleteConflict", "MFA VirtualDevice in use. Must deactivate first.");
    store::erase<MfaDevice>(tx, device.serial);
    return shapes::DeleteVirtualMFADeviceOutput{};
  });
}

Result<shapes::ListMFADevicesResponse> list(const Deps& deps, const CallContext& context, const shapes::ListMFADevicesRequest& request) {
  const bool is_user = context.principal_arn.find(":user/") != std::string::npos;
  const std::string name = request.user_name || is_user ? TRY(user_or_caller(deps.store, context, request.user_name)).name : "";
  std::vector<shapes::MFADevice> found;
  for (const MfaDevice& device : store::all<MfaDevice>(deps.store, fmt::format("arn:aws:iam::{}:", context.account))) {
    if (!device.user_name.empty() && (name.empty() || device.user_name == name)) found.push_back({.enable_date = device.enabled_at, .serial_number = device.serial, .user_name = device.user_name});
  }
  return listed(shapes::ListMFADevicesResponse{}, &shapes::ListMFADevicesResponse::mfa_devices, std::move(found), request.max_items, request.marker);
}

Result<shapes::ListVirtualMFADevicesResponse> list_virtual(const Deps& deps, const CallContext& context, const shapes::ListVirtualMFADevicesRequest& request) {
  const std::string wanted = request.assignment_status.value_or("Any");
  std::vector<shapes::VirtualMFADevice> found;
  for (const MfaDevice& device : store::all<MfaDevice>(deps.store, fmt::format("arn:aws:iam::{}:", context.account))) {
    if (wanted != "Any" && (wanted == "Assigned") == device.user_name.empty()) continue;
    shapes::VirtualMFADevice out{.serial_number = device.serial};
    if (const auto user = store::find<model::User>(deps.store, context.account + "/" + device.user_name); user && !device.user_name.empty()) {
      out.user = shapes::User{.arn = user->arn, .create_date = user->created_at, .path = user->path, .user_id = user->id, .user_name = user->name};
      out.enable_date = device.enabled_at;
    }
    found.push_back(std::move(out));
  }
  return listed(shapes::ListVirtualMFADevicesResponse{}, &shapes::ListVirtualMFADevicesResponse::virtual_mfa_devices, std::move(found), request.max_items, request.marker);
}

}  // namespace

void register_mfa(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::CreateVirtualMFADeviceRequest, shapes::CreateVirtualMFADeviceResponse>("iam", "CreateVirtualMFADevice", {"*"}, bind(create));
  registry.add<shapes::EnableMFADeviceRequest, shapes::EnableMFADeviceOutput>("iam", "EnableMFADevice", {"*"}, bind(enable));
  registry.add<shapes::DeactivateMFADeviceRequest, shapes::DeactivateMFADeviceOutput>("iam", "DeactivateMFADevice", {"*"}, bind(deactivate));
  registry.add<shapes::DeleteVirtualMFADeviceRequest, shapes::DeleteVirtualMFADeviceOutput>("iam", "DeleteVirtualMFADevice", {"*"}, bind(remove));
  registry.add<shapes::ResyncMFADeviceRequest, shapes::ResyncMFADeviceOutput>("iam", "ResyncMFADevice", {"*"}, bind(resync));
  registry.add<shapes::GetMFADeviceRequest, shapes::GetMFADeviceResponse>("iam", "GetMFADevice", {"*"}, bind(get));
  registry.add<shapes::TagMFADeviceRequest, shapes::TagMFADeviceOutput>("iam", "TagMFADevice", {"*"}, [&deps](const CallContext&, const auto& r) {
    return change_holder<shapes::TagMFADeviceOutput>(deps, [&](const Transaction& tx) { return device_at(tx, r.serial_number); }, [&](const Transaction&, MfaDevice& device) { return add_tags(device.tags, r.tags); });
  });
  registry.add<shapes::UntagMFADeviceRequest, shapes::UntagMFADeviceOutput>("iam", "UntagMFADevice", {"*"}, [&deps](const CallContext&, const auto& r) {
    return change_holder<shapes::UntagMFADeviceOutput>(deps, [&](const Transaction& tx) { return device_at(tx, r.serial_number); }, [&](const Transaction&, MfaDevice& device) -> Result<void> {
      for (const std::string& key : *r.tag_keys) device.tags.erase(key);
      return {};
    });
  });
  registry.add<shapes::ListMFADeviceTagsRequest, shapes::ListMFADeviceTagsResponse>("iam", "ListMFADeviceTags", {"*"}, [&deps](const CallContext&, const auto& r) {
    return transact<shapes::ListMFADeviceTagsResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::ListMFADeviceTagsResponse> {
      return listed(shapes::ListMFADeviceTagsResponse{}, &shapes::ListMFADeviceTagsResponse::tags, *tag_list(TRY(device_at(tx, r.serial_number)).tags), r.max_items, r.marker);
    });
  });
  registry.add<shapes::ListMFADevicesRequest, shapes::ListMFADevicesResponse>("iam", "ListMFADevices", {"*"}, bind(list));
  registry.add<shapes::ListVirtualMFADevicesRequest, shapes::ListVirtualMFADevicesResponse>("iam", "ListVirtualMFADevices", {"*"}, bind(list_virtual));
}

}  // namespace landfall::services::iam
