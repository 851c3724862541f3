#include "services/s3/customer_key.h"

#include "base/digest.h"
#include "base/text.h"

namespace landfall::services::s3 {
namespace {

constexpr size_t kKeySize = 32;  // AES-256
constexpr const char* kName = "x-amz-server-side-encryption";

}  // namespace

Result<std::string> checked_key(const CallContext& context, const CustomerKey& given, const std::optional<std::string>& encryption) {
  if (!given.is_given()) return std::string();
  const auto bad = [&](std::string what) { return fail(bad_argument(context, kName, "null", std::move(what))); };
  if (encryption) return fail(bad_argument(context, kName, *encryption, "Server Side Encryption with Customer provided key is incompatible with the encryption method specified"));
  if (!given.algorithm) return bad("Requests specifying Server Side Encryption with Customer provided keys must provide a valid encryption algorithm.");
  if (!given.key) return bad("Requests specifying Server Side Encryption with Customer provided keys must provide an appropriate secret key.");
  if (!given.md5) return bad("Requests specifying Server Side Encryption with Customer provided keys must provide the client calculated MD5 of the secret key.");
  if (*given.algorithm != "AES256") {
    tell_about(context, {{"ArgumentName", kName}, {"ArgumentValue", *given.algorithm}});
    return fail("InvalidEncryptionAlgorithmError", "The Encryption request you specified is not valid. Supported value: AES256.");
  }
  const auto key = base64_decode(*given.key);
  if (!key || key->size() != kKeySize) return bad("The secret key was invalid for the specified algorithm.");
  if (base64_encode(md5(*key)) != *given.md5) return bad("The calculated MD5 hash of the key did not match the hash that was provided.");
  return *given.md5;
}

Result<void> check_key(const CallContext& context, const CustomerKey& given, const model::Object& object) {
  if (object.customer_key.empty()) {
    if (given.is_given()) return fail("InvalidRequest", "The encryption parameters are not applicable to this object.");
    return {};
  }
  if (!given.md5) return fail("InvalidRequest", "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.");
  if (*given.md5 != object.customer_key) return fail("AccessDenied", "Requests specifying Server Side Encryption with Customer provided keys must provide the correct secret key.");
  TRY(checked_key(context, given));
  return {};
}

Result<void> check_part_key(const CallContext& context, const CustomerKey& given, const model::Object& upload) {
  const std::string key = TRY(checked_key(context, given));
  if (key == upload.customer_key) return {};
  if (key.empty() || upload.customer_key.empty()) return fail("InvalidRequest", "The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate encryption parameters.");
  return fail("InvalidRequest", "The provided encryption parameters did not match the ones used originally.");
}

std::string etag_for(const Deps& deps, const model::Object& object, std::string md5) { return object.customer_key.empty() ? std::move(md5) : replace_all(deps.ids.uuid(), "-", ""); }

}  // namespace landfall::services::s3
