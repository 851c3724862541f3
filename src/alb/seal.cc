#include "alb/seal.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <cstring>

#include "base/text.h"

namespace landfall::alb {
namespace {

constexpr size_t kNonce = 12, kTag = 16;

unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

}  // namespace

Result<CookieSeal> CookieSeal::open(const std::filesystem::path& file) {
  CookieSeal seal;
  if (const auto known = read_file(file); known && known->size() == seal.key_.size()) {
    std::memcpy(seal.key_.data(), known->data(), seal.key_.size());
    return seal;
  }
  if (RAND_bytes(seal.key_.data(), static_cast<int>(seal.key_.size())) != 1) return fail("Alb.NoRandomness", "the system gave no random bytes for the key of cookies");
  TRY(write_file_atomic(file, {reinterpret_cast<const char*>(seal.key_.data()), seal.key_.size()}, 0600));
  return seal;
}

std::string CookieSeal::seal(char kind, std::string_view content) const {
  std::string plain(1, kind);
  plain += content;
  std::string sealed(kNonce + plain.size() + kTag, '\0');
  unsigned char* at = bytes_of(sealed);
  RAND_bytes(at, kNonce);
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  int size = 0;
  EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), nullptr, key_.data(), at);
  EVP_EncryptUpdate(context, at + kNonce, &size, bytes_of(plain), static_cast<int>(plain.size()));
  EVP_EncryptFinal_ex(context, at + kNonce + size, &size);
  EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, kTag, at + kNonce + plain.size());
  EVP_CIPHER_CTX_free(context);
  return base64_encode(sealed);
}

std::optional<std::string> CookieSeal::unseal(char kind, std::string_view text) const {
  auto sealed = base64_decode(text);
  if (!sealed || sealed->size() <= kNonce + kTag) return std::nullopt;
  std::string plain(sealed->size() - kNonce - kTag, '\0');
  unsigned char* at = bytes_of(*sealed);
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  int size = 0;
  EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), nullptr, key_.data(), at);
  EVP_DecryptUpdate(context, bytes_of(plain), &size, at + kNonce, static_cast<int>(plain.size()));
  EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, kTag, at + kNonce + plain.size());
  const bool whole = EVP_DecryptFinal_ex(context, bytes_of(plain) + size, &size) == 1;
  EVP_CIPHER_CTX_free(context);
  if (!whole || plain[0] != kind) return std::nullopt;
  return plain.substr(1);
}

}  // namespace landfall::alb
