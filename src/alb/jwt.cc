#include "alb/jwt.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"

namespace landfall::alb {
namespace {

constexpr size_t kMaxSet = 150 * 1024, kMaxKeys = 10;

constexpr std::string_view kBadForm = "JWTRequestFormatInvalid", kBadSignature = "JWTSignatureValidationError", kNoClaim = "JWTClaimNotPresent", kBadClaim = "JWTClaimFormatInvalid", kWrongClaim = "JWTClaimValueInvalid";

std::optional<json::object> object_in(std::string_view part) {
  const auto text = decode_url64(part);
  if (!text) return std::nullopt;
  const auto value = parse_json(*text);
  if (!value || !value->is_object()) return std::nullopt;
  return value->get_object();
}

/// One value of DER.
std::string der(char tag, const std::string& content) {
  std::string text(1, tag);
  if (content.size() < 128) return text + static_cast<char>(content.size()) + content;
  std::string size;
  for (size_t left = content.size(); left > 0; left >>= 8) size.insert(size.begin(), static_cast<char>(left & 255));
  return text + static_cast<char>(0x80 | size.size()) + size + content;
}

std::string der_number(std::string bytes) {
  bytes.erase(0, std::min(bytes.find_first_not_of('\0'), bytes.size()));
  if (bytes.empty() || (bytes[0] & 0x80) != 0) bytes.insert(bytes.begin(), '\0');
  return der(0x02, bytes);
}

/// By its SubjectPublicKeyInfo: the form that every TLS library reads.
std::shared_ptr<EVP_PKEY> rsa_key(const std::string& modulus, const std::string& exponent) {
  static const std::string rsa_encryption("\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00", 15);
  std::string numbers = der_number(modulus);
  numbers.append(der_number(exponent));
  std::string bits(1, '\0');
  bits.append(der(0x30, numbers));
  const std::string info = der(0x30, rsa_encryption + der(0x03, bits));
  const auto* at = reinterpret_cast<const unsigned char*>(info.data());
  std::shared_ptr<EVP_PKEY> key(d2i_PUBKEY(nullptr, &at, static_cast<long>(info.size())), [](EVP_PKEY* k) { EVP_PKEY_free(k); });
  ERR_clear_error();
  return key;
}

bool is_signed_by(EVP_PKEY* key, std::string_view text, const std::string& signature) {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  const bool ok = EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr, key) == 1 &&
                  EVP_DigestVerify(context, reinterpret_cast<const unsigned char*>(signature.data()), signature.size(), reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1;
  EVP_MD_CTX_free(context);
  ERR_clear_error();
  return ok;
}

/// A moment that a claim names: exp, nbf, iat.
std::string_view check_moment(const json::object& claims, std::string_view name, bool is_required, const auto& holds) {
  if (claims.if_contains(name) == nullptr) return is_required ? kNoClaim : std::string_view();
  const auto moment = number_member(claims, name);
  if (!moment || !std::isfinite(*moment)) return kBadClaim;
  return holds(*moment) ? std::string_view() : kWrongClaim;
}

/// All wanted values must be there; more may be.
std::string_view check_claim(const json::object& claims, const model::JwtClaim& wanted) {
  const json::value* found = claims.if_contains(wanted.name);
  if (found == nullptr) return kNoClaim;
  std::vector<std::string> values;
  if (wanted.format == "string-array") {
    if (!found->is_array() || !std::ranges::all_of(found->get_array(), [](const json::value& one) { return one.is_string(); })) return kBadClaim;
    values = strings_member(claims, wanted.name);
  } else {
    if (!found->is_string()) return kBadClaim;
    const std::string text(string_member(claims, wanted.name));
    values = wanted.format == "single-string" ? std::vector{text} : split(text, ' ');
  }
  return std::ranges::all_of(wanted.values, [&](const std::string& value) { return std::ranges::count(values, value) > 0; }) ? std::string_view() : kWrongClaim;
}

}  // namespace

std::optional<std::string> decode_url64(std::string_view text) {
  std::string plain(text);
  for (char& c : plain) {
    if (c == '+' || c == '/' || c == '=') return std::nullopt;
    if (c == '-') c = '+';
    if (c == '_') c = '/';
  }
  plain.append((4 - plain.size() % 4) % 4, '=');
  auto bytes = base64_decode(plain);
  return bytes ? std::optional(std::move(*bytes)) : std::nullopt;
}

Result<KeyList> parse_key_set(std::string_view text) {
  if (text.size() > kMaxSet) return fail("JWKSResponseSizeExceeded", fmt::format("the key set has {} bytes; wanted at most {}", text.size(), kMaxSet));
  const auto value = parse_json(text, "the key set");
  if (!value) return fail("JWKSResponseInvalid", value.error().what);
  const json::array* given = value->is_object() ? array_member(value->get_object(), "keys") : nullptr;
  if (given == nullptr) return fail("JWKSResponseInvalid", "the key set has no list 'keys'");
  if (given->size() > kMaxKeys) return fail("JWKSResponseSizeExceeded", fmt::format("the key set has {} keys; wanted at most {}", given->size(), kMaxKeys));
  KeyList keys;
  for (const json::value& one : *given) {
    if (!one.is_object()) return fail("JWKSResponseInvalid", "a key of the key set is no object");
    const json::object& member = one.get_object();
    const std::string_view use = string_member(member, "use"), algorithm = string_member(member, "alg");
    if (string_member(member, "kty") != "RSA" || (!use.empty() && use != "sig") || (!algorithm.empty() && algorithm != "RS256")) continue;
    const auto modulus = decode_url64(string_member(member, "n")), exponent = decode_url64(string_member(member, "e"));
    auto key = modulus && exponent && !modulus->empty() && !exponent->empty() && modulus->size() <= 2048 ? rsa_key(*modulus, *exponent) : nullptr;
    if (!key) return fail("JWKSResponseInvalid", fmt::format("the RSA key '{}' of the key set does not load", string_member(member, "kid")));
    keys.push_back({.id = std::string(string_member(member, "kid")), .key = std::move(key)});
  }
  return keys;
}

std::string_view refusal_of(std::string_view token, const KeyList& keys, const model::JwtValidation& wanted, int64_t now, bool& knows_key) {
  knows_key = true;
  const size_t first = token.find('.'), last = token.rfind('.');
  if (first == std::string_view::npos || first == last || token.find('.', first + 1) != last) return kBadForm;
  const auto header = object_in(token.substr(0, first)), claims = object_in(token.substr(first + 1, last - first - 1));
  const auto signature = decode_url64(token.substr(last + 1));
  if (!header || !claims || !signature) return kBadForm;
  if (string_member(*header, "alg") != "RS256" || header->if_contains("crit") != nullptr) return kBadForm;
  const std::string_view id = string_member(*header, "kid");
  knows_key = id.empty() || std::ranges::count(keys, id, &PublicKey::id) > 0;
  const bool is_signed = std::ranges::any_of(keys, [&](const PublicKey& one) { return (id.empty() || one.id == id) && is_signed_by(one.key.get(), token.substr(0, last), *signature); });
  if (!is_signed) return kBadSignature;

  const auto at = static_cast<double>(now);
  if (claims->if_contains("iss") == nullptr) return kNoClaim;
  if (string_member(*claims, "iss") != wanted.issuer) return kWrongClaim;
  if (const auto why = check_moment(*claims, "exp", true, [&](double moment) { return at < moment; }); !why.empty()) return why;
  for (const char* name : {"nbf", "iat"}) {
    if (const auto why = check_moment(*claims, name, false, [&](double moment) { return moment <= at; }); !why.empty()) return why;
  }
  for (const model::JwtClaim& claim : wanted.claims) {
    if (const auto why = check_claim(*claims, claim); !why.empty()) return why;
  }
  return {};
}

}  // namespace landfall::alb
