#include "base/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/ensure.h"

namespace landfall {
namespace {

std::string digest(const EVP_MD* method, std::string_view bytes) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  ENSURE(EVP_Digest(bytes.data(), bytes.size(), out, &length, method, nullptr) == 1, "OpenSSL has this digest");
  return {reinterpret_cast<char*>(out), length};
}

}  // namespace

std::string md5(std::string_view bytes) { return digest(EVP_md5(), bytes); }
std::string sha1(std::string_view bytes) { return digest(EVP_sha1(), bytes); }
std::string sha256(std::string_view bytes) { return digest(EVP_sha256(), bytes); }
std::string sha512(std::string_view bytes) { return digest(EVP_sha512(), bytes); }

Sha256::Sha256() : context_(EVP_MD_CTX_new()) { ENSURE(EVP_DigestInit_ex(static_cast<EVP_MD_CTX*>(context_.get()), EVP_sha256(), nullptr) == 1, "OpenSSL has this digest"); }
Sha256::~Sha256() = default;
void Sha256::Free::operator()(void* context) const { EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context)); }
void Sha256::add(std::string_view piece) { EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_.get()), piece.data(), piece.size()); }
std::string Sha256::finish() {
  unsigned char out[32];
  EVP_DigestFinal_ex(static_cast<EVP_MD_CTX*>(context_.get()), out, nullptr);
  return {reinterpret_cast<char*>(out), sizeof out};
}

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(bytes.data()),
       bytes.size(), out, &length);
  return {reinterpret_cast<char*>(out), length};
}

}  // namespace landfall
