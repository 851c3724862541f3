#include "services/acm/usages.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>

namespace landfall::services::acm {
namespace {

struct Free {
  void operator()(X509* x) const { X509_free(x); }
  void operator()(BIO* b) const { BIO_free(b); }
};

struct KeyName {
  uint32_t flag;
  const char* name;
};
constexpr KeyName kKeys[] = {{KU_DIGITAL_SIGNATURE, "DIGITAL_SIGNATURE"}, {KU_NON_REPUDIATION, "NON_REPUDIATION"}, {KU_KEY_ENCIPHERMENT, "KEY_ENCIPHERMENT"}, {KU_DATA_ENCIPHERMENT, "DATA_ENCIPHERMENT"}, {KU_KEY_AGREEMENT, "KEY_AGREEMENT"},
                             {KU_KEY_CERT_SIGN, "CERTIFICATE_SIGNING"}, {KU_CRL_SIGN, "CRL_SIGNING"}, {KU_ENCIPHER_ONLY, "ENCIPHER_ONLY"}, {KU_DECIPHER_ONLY, "DECIPHER_ONLY"}};

struct ExtendedName {
  uint32_t flag;
  const char *name, *oid;
};
constexpr ExtendedName kExtended[] = {{XKU_SSL_SERVER, "TLS_WEB_SERVER_AUTHENTICATION", "1.3.6.1.5.5.7.3.1"}, {XKU_SSL_CLIENT, "TLS_WEB_CLIENT_AUTHENTICATION", "1.3.6.1.5.5.7.3.2"}, {XKU_CODE_SIGN, "CODE_SIGNING", "1.3.6.1.5.5.7.3.3"},
                                      {XKU_SMIME, "EMAIL_PROTECTION", "1.3.6.1.5.5.7.3.4"}, {XKU_TIMESTAMP, "TIME_STAMPING", "1.3.6.1.5.5.7.3.8"}, {XKU_OCSP_SIGN, "OCSP_SIGNING", "1.3.6.1.5.5.7.3.9"}, {XKU_ANYEKU, "ANY", "2.5.29.37.0"}};

}  // namespace

Usages usages_of(const std::string& certificate_pem) {
  const std::unique_ptr<BIO, Free> bio(BIO_new_mem_buf(certificate_pem.data(), static_cast<int>(certificate_pem.size())));
  const std::unique_ptr<X509, Free> leaf(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  Usages usages;
  if (!leaf) return usages;
  // Without the extension OpenSSL answers with every bit set: nothing is restricted.
  const uint32_t key = X509_get_key_usage(leaf.get()), extended = X509_get_extended_key_usage(leaf.get());
  for (const KeyName& one : kKeys) {
    if (key != UINT32_MAX && (key & one.flag) != 0) usages.key.emplace_back(one.name);
  }
  for (const ExtendedName& one : kExtended) {
    if (extended != UINT32_MAX && (extended & one.flag) != 0) usages.extended.push_back({one.name, one.oid});
  }
  return usages;
}

}  // namespace landfall::services::acm
