#include "services/acm/locked_key.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <memory>

namespace landfall::services::acm {
namespace {

struct Free {
  void operator()(EVP_PKEY* k) const { EVP_PKEY_free(k); }
  void operator()(BIO* b) const { BIO_free(b); }
};

int no_password(char*, int, int, void*) { return -1; }

}  // namespace

Result<std::string> locked_key(const std::string& key_pem, const std::string& passphrase) {
  const std::unique_ptr<BIO, Free> in(BIO_new_mem_buf(key_pem.data(), static_cast<int>(key_pem.size()))), out(BIO_new(BIO_s_mem()));
  const std::unique_ptr<EVP_PKEY, Free> key(PEM_read_bio_PrivateKey(in.get(), nullptr, no_password, nullptr));
  const bool is_written = key && PEM_write_bio_PKCS8PrivateKey(out.get(), key.get(), EVP_aes_256_cbc(), passphrase.data(), static_cast<int>(passphrase.size()), nullptr, nullptr) == 1;
  ERR_clear_error();
  if (!is_written) return fail("Acm.NoKey", "the private key of the certificate cannot be read");
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return std::string(text, static_cast<size_t>(size));
}

}  // namespace landfall::services::acm
