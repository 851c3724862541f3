#include "services/acm/imported.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "base/text.h"

namespace landfall::services::acm {
namespace {

struct Free {
  void operator()(X509* x) const { X509_free(x); }
  void operator()(EVP_PKEY* k) const { EVP_PKEY_free(k); }
  void operator()(BIO* b) const { BIO_free(b); }
  void operator()(GENERAL_NAMES* n) const { GENERAL_NAMES_free(n); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

Owned<BIO> bio_of(const std::string& pem) { return Owned<BIO>(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))); }

int no_password(char*, int, int, void*) { return -1; }

WallTime time_of(const ASN1_TIME* time) {
  tm parts{};
  ASN1_TIME_to_tm(time, &parts);
  return {static_cast<int64_t>(timegm(&parts)) * 1000};
}

std::string name_text(const X509_NAME* name) {
  char text[512];
  X509_NAME_oneline(name, text, sizeof text);
  return text;
}

std::string common_name(X509* leaf) {
  char text[256] = "";
  X509_NAME_get_text_by_NID(X509_get_subject_name(leaf), NID_commonName, text, sizeof text);
  return text;
}

std::vector<std::string> alternative_names(X509* leaf) {
  std::vector<std::string> names;
  const Owned<GENERAL_NAMES> list(static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(leaf, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; list && i < sk_GENERAL_NAME_num(list.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(list.get(), i);
    if (name->type == GEN_DNS) names.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)), static_cast<size_t>(ASN1_STRING_length(name->d.dNSName)));
  }
  return names;
}

std::string key_algorithm(EVP_PKEY* key) {
  if (EVP_PKEY_base_id(key) == EVP_PKEY_RSA) return fmt::format("RSA_{}", EVP_PKEY_bits(key));
  if (EVP_PKEY_base_id(key) != EVP_PKEY_EC) return "";
  return EVP_PKEY_bits(key) == 256 ? "EC_prime256v1" : EVP_PKEY_bits(key) == 384 ? "EC_secp384r1" : EVP_PKEY_bits(key) == 521 ? "EC_secp521r1" : "";
}

std::string serial_of(X509* leaf) {
  std::string text;
  const ASN1_INTEGER* serial = X509_get0_serialNumber(leaf);
  for (int i = 0; i < serial->length; ++i) text += (i > 0 ? ":" : "") + to_hex({reinterpret_cast<const char*>(serial->data + i), 1});
  return text;
}

}  // namespace

Result<model::Certificate> read_import(const std::string& certificate_pem, const std::string& key_pem, const std::string& chain_pem, WallTime now) {
  const Owned<X509> leaf(PEM_read_bio_X509(bio_of(certificate_pem).get(), nullptr, nullptr, nullptr));
  const Owned<EVP_PKEY> key(PEM_read_bio_PrivateKey(bio_of(key_pem).get(), nullptr, no_password, nullptr));
  ERR_clear_error();
  if (!leaf) return fail("ValidationException", "The certificate field contains more than one certificate or is not valid PEM.");
  if (!key) return fail("ValidationException", "The private key is not supported: it must be unencrypted PEM.");
  const bool fits = X509_check_private_key(leaf.get(), key.get()) == 1;
  ERR_clear_error();
  if (!fits) return fail("ValidationException", "The private key does not match the certificate's public key.");
  model::Certificate record{.type = "IMPORTED", .status = "ISSUED", .key_algorithm = key_algorithm(key.get()), .certificate_pem = certificate_pem, .chain_pem = chain_pem, .serial = serial_of(leaf.get()),
                            .subject = name_text(X509_get_subject_name(leaf.get())), .issuer = name_text(X509_get_issuer_name(leaf.get())), .not_before = time_of(X509_get0_notBefore(leaf.get())),
                            .not_after = time_of(X509_get0_notAfter(leaf.get())), .created_at = now, .imported_at = now};
  if (record.key_algorithm.empty()) return fail("ValidationException", "The private key algorithm is not supported; wanted RSA or EC (P-256, P-384, P-521).");
  if (now < record.not_before) return fail("ValidationException", "The certificate is not in effect until " + iso8601(record.not_before) + ".");
  if (now > record.not_after) return fail("ValidationException", "The certificate has expired on " + iso8601(record.not_after) + ".");
  if (!chain_pem.empty()) {
    const Owned<X509> first(PEM_read_bio_X509(bio_of(chain_pem).get(), nullptr, nullptr, nullptr));
    ERR_clear_error();
    if (!first) return fail("ValidationException", "The certificate chain is not valid PEM.");
  }
  record.signature_algorithm = OBJ_nid2sn(X509_get_signature_nid(leaf.get()));
  record.names = alternative_names(leaf.get());
  record.domain = common_name(leaf.get());
  if (record.domain.empty() && !record.names.empty()) record.domain = record.names[0];
  if (record.names.empty() && !record.domain.empty()) record.names = {record.domain};
  return record;
}

}  // namespace landfall::services::acm
