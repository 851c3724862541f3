#pragma once

#include <optional>
#include <string>

#include "services/s3/support.h"

/// Keys that customers bring (S3 user guide, Using server-side encryption with customer-provided keys).
namespace landfall::services::s3 {

/// The headers "…-customer-algorithm", "…-customer-key", "…-customer-key-MD5", of a request or of a copy's source.
struct CustomerKey {
  std::optional<std::string> algorithm, key, md5;
  bool is_given() const { return algorithm || key || md5; }
};

template <class Request>
CustomerKey customer_key_of(const Request& request) { return {.algorithm = request.sse_customer_algorithm, .key = request.sse_customer_key, .md5 = request.sse_customer_key_md5}; }
template <class Request>
CustomerKey source_key_of(const Request& request) { return {.algorithm = request.copy_source_sse_customer_algorithm, .key = request.copy_source_sse_customer_key, .md5 = request.copy_source_sse_customer_key_md5}; }

/// What is kept of the key of something new; "" without one. `encryption` the other way that was asked for. Errors:
/// "InvalidArgument", "InvalidEncryptionAlgorithmError".
Result<std::string> checked_key(const CallContext& context, const CustomerKey& given, const std::optional<std::string>& encryption = std::nullopt);

/// Whether the object may be read with what was given. Errors: "InvalidRequest", "AccessDenied", those of checked_key.
Result<void> check_key(const CallContext& context, const CustomerKey& given, const model::Object& object);

/// Whether a part fits its upload. Error: "InvalidRequest".
Result<void> check_part_key(const CallContext& context, const CustomerKey& given, const model::Object& upload);

/// An ETag of what has a customer's key: no MD5 of its bytes.
std::string etag_for(const Deps& deps, const model::Object& object, std::string md5);

/// Tells how it is encrypted.
template <class Answer>
void tell_encryption(const model::Object& object, Answer& answer) {
  if (object.customer_key.empty()) {
    answer.server_side_encryption = object.server_side_encryption;
    return;
  }
  answer.server_side_encryption.reset();
  answer.sse_customer_algorithm = "AES256";
  answer.sse_customer_key_md5 = object.customer_key;
}

}  // namespace landfall::services::s3
