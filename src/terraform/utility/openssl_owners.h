#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"

/// OpenSSL's objects, owned, and the texts that they are read from and written to. Include from .cc files only.
namespace landfall::terraform::utility_types {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Bio = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using Number = std::unique_ptr<BIGNUM, Freed<BN_clear_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Request = std::unique_ptr<X509_REQ, Freed<X509_REQ_free>>;

Bio text_in(std::string_view text);  ///< borrows the text
Bio text_out();
std::string text_of(const Bio& bio);

/// The newest reason that OpenSSL gives, and forgets all of them. "Tls.Failed: DOING: REASON".
std::unexpected<Error> openssl_failed(const std::string& doing);

std::string pem_of(X509* certificate);
std::string pem_of(X509_REQ* request);
Result<Certificate> read_certificate(const std::string& pem, const std::string& what);
Result<Request> read_request(const std::string& pem);

}  // namespace landfall::terraform::utility_types
