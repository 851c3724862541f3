// Reads any bytes as a client's token and as a set of keys that an endpoint publishes. A token that nobody signed never passes.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "alb/jwt.h"

using namespace landfall::alb;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const landfall::model::JwtValidation wanted{.jwks_endpoint = "", .issuer = "me", .claims = {{.name = "scope", .format = "space-separated-values", .values = {"a"}}, {.name = "aud", .format = "string-array", .values = {"b"}}}};
  static const KeyList none;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto keys = parse_key_set(text);
  bool knows_key = false;
  if (refusal_of(text, none, wanted, 1000, knows_key).empty()) abort();
  if (keys && refusal_of("e30.e30.", *keys, wanted, 1000, knows_key).empty()) abort();
  return 0;
}
