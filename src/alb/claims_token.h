#pragma once

#include <openssl/types.h>

#include <cstdint>
#include <memory>
#include <string>

#include "base/error.h"
#include "model/load_balancing.h"

namespace landfall::alb {

/// Signs what targets are told of users: x-amzn-oidc-data (ALB user guide, Authenticate users: User claims encoding and signature
/// verification).
class ClaimsSigner {
 public:
  /// `pem`  an unencrypted private key of P-256; errors: "Alb.BadClaimsKey"
  /// `arn`  of the load balancer: the token's signer
  static Result<std::shared_ptr<const ClaimsSigner>> create(std::string key_id, const std::string& pem, std::string arn);
  /// ES256, in base64url with padding, unlike RFC 7515. Holds for two minutes from `now` (seconds since 1970).
  /// `claims`  a JSON object; its own exp and iss do not count
  std::string token(const model::AuthenticateOidc& provider, const std::string& claims, int64_t now) const;

 private:
  std::string key_id_, arn_;
  std::shared_ptr<EVP_PKEY> key_;
};

}  // namespace landfall::alb
