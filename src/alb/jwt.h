#pragma once

#include <openssl/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "model/load_balancing.h"

/// JSON Web Tokens of clients (RFC 7515, 7517, 7519) as the action jwt-validation reads them (ALB user guide, Verify JWTs).
namespace landfall::alb {

struct PublicKey {
  std::string id;  ///< kid; may be empty
  std::shared_ptr<EVP_PKEY> key;
};

using KeyList = std::vector<PublicKey>;

/// Base64 without padding, in the alphabet for URLs (RFC 7515 2).
std::optional<std::string> decode_url64(std::string_view text);

/// RSA keys of a JSON Web Key Set that sign with RS256; others in it are passed over. Errors: "JWKSResponseInvalid",
/// "JWKSResponseSizeExceeded": more than 150 KB or 10 keys.
Result<KeyList> parse_key_set(std::string_view text);

/// What is wrong with a token at `now` (seconds since 1970), in the words of AWS's access log: "JWTClaimValueInvalid"; empty:
/// nothing. `knows_key` false: it names a key that is not in the list.
std::string_view refusal_of(std::string_view token, const KeyList& keys, const model::JwtValidation& wanted, int64_t now, bool& knows_key);

}  // namespace landfall::alb
