#include "alb/claims_token.h"

#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <fmt/format.h>

#include "base/ensure.h"
#include "base/json.h"
#include "base/text.h"

namespace landfall::alb {
namespace {

constexpr int64_t kHolds = 120;

std::string encode_url64_padded(std::string_view bytes) {
  std::string text = base64_encode(bytes);
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return text;
}

/// r and s, 32 bytes each (RFC 7518 3.4).
std::string sign(EVP_PKEY* key, std::string_view text) {
  unsigned char der[128];
  size_t size = sizeof der;
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key);
  const bool done = EVP_DigestSign(context, der, &size, reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1;
  EVP_MD_CTX_free(context);
  std::string signature(64, '\0');
  const unsigned char* at = der;
  ECDSA_SIG* parts = done ? d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size)) : nullptr;
  ENSURE(parts != nullptr, "the key was found to be one of P-256 when it was loaded");
  auto* into = reinterpret_cast<unsigned char*>(signature.data());
  BN_bn2binpad(ECDSA_SIG_get0_r(parts), into, 32);
  BN_bn2binpad(ECDSA_SIG_get0_s(parts), into + 32, 32);
  ECDSA_SIG_free(parts);
  return signature;
}

}  // namespace

Result<std::shared_ptr<const ClaimsSigner>> ClaimsSigner::create(std::string key_id, const std::string& pem, std::string arn) {
  BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  std::shared_ptr<EVP_PKEY> key(PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr), [](EVP_PKEY* k) { EVP_PKEY_free(k); });
  BIO_free(bio);
  ERR_clear_error();
  if (!key || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_EC || EVP_PKEY_get_bits(key.get()) != 256) return fail("Alb.BadClaimsKey", fmt::format("the key {} that signs claims does not load as a private key of P-256", key_id));
  auto made = std::make_shared<ClaimsSigner>();
  made->key_id_ = std::move(key_id);
  made->arn_ = std::move(arn);
  made->key_ = std::move(key);
  return std::shared_ptr<const ClaimsSigner>(made);
}

std::string ClaimsSigner::token(const model::AuthenticateOidc& provider, const std::string& claims, int64_t now) const {
  const json::object header{{"typ", "JWT"}, {"kid", key_id_}, {"alg", "ES256"}, {"iss", provider.issuer}, {"client", provider.client_id}, {"signer", arn_}, {"exp", now + kHolds}};
  const auto parsed = parse_json(claims);
  json::object content = parsed && parsed->is_object() ? parsed->get_object() : json::object();
  content["exp"] = now + kHolds;
  content["iss"] = provider.issuer;
  std::string text = encode_url64_padded(json::serialize(header)) + "." + encode_url64_padded(json::serialize(content));
  text += "." + encode_url64_padded(sign(key_.get(), text));
  return text;
}

}  // namespace landfall::alb
