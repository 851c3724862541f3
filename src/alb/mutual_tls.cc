#include "alb/mutual_tls.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <ctime>

#include <fmt/format.h>

#include "base/bio_text.h"
#include "base/text.h"

namespace landfall::alb {
namespace {

constexpr int kMaxDepth = 3;           // intermediates, below the root: chains of up to four above the leaf
constexpr size_t kMaxShown = 16 * 1024;  // bytes of a client's chain

struct Free {
  void operator()(BIO* b) const { BIO_free(b); }
  void operator()(X509* x) const { X509_free(x); }
  void operator()(X509_CRL* c) const { X509_CRL_free(c); }
  void operator()(BIGNUM* n) const { BN_free(n); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

/// What a listener that checks certificates saw last on a connection: kept there, as a failed handshake keeps none.
int shown_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, [](void*, void* shown, CRYPTO_EX_DATA*, int, long, void*) { X509_free(static_cast<X509*>(shown)); });
  return index;
}

SSL* session_of(X509_STORE_CTX* context) { return static_cast<SSL*>(X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx())); }

std::string encoded(std::string_view pem) {
  std::string text;
  for (const char c : pem) {
    if (c == '+' || c == '=' || c == '/') text += c;
    else text += percent_encode({&c, 1});
  }
  return text;
}

std::string encoded_pem(X509* certificate) {
  return encoded(bio_text([&](BIO* bio) { PEM_write_bio_X509(bio, certificate); }));
}

std::string name_of(const X509_NAME* name) {
  return bio_text([&](BIO* bio) { X509_NAME_print_ex(bio, const_cast<X509_NAME*>(name), 0, XN_FLAG_RFC2253); });
}

std::string serial_of(const X509* certificate) {
  const Owned<BIGNUM> number(ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr));
  char* digits = number ? BN_bn2hex(number.get()) : nullptr;
  std::string text = digits == nullptr ? "" : upper(digits);
  OPENSSL_free(digits);
  return text;
}

std::string time_of(const ASN1_TIME* time) {
  tm parts{};
  ASN1_TIME_to_tm(time, &parts);
  char text[32] = "";
  strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

/// An authority without a list revokes nothing, and a list counts until a newer one replaces it.
template <bool kIgnoresExpiry>
int overlook(int ok, X509_STORE_CTX* context) {
  if (ok == 1) return 1;
  const int why = X509_STORE_CTX_get_error(context);
  const bool is_expired_leaf = why == X509_V_ERR_CERT_HAS_EXPIRED && X509_STORE_CTX_get_error_depth(context) == 0;
  const bool is_overlooked = why == X509_V_ERR_UNABLE_TO_GET_CRL || why == X509_V_ERR_CRL_HAS_EXPIRED || (is_expired_leaf && kIgnoresExpiry);
  if (is_overlooked) X509_STORE_CTX_set_error(context, X509_V_OK);
  return is_overlooked ? 1 : 0;
}

/// Reads PEM blocks until there is none left; how many `take` got. Errors: a block that does not parse.
template <class T, class Read, class Take>
Result<size_t> each_pem(const std::string& pem, Read read, Take take) {
  const Owned<BIO> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  size_t count = 0;
  while (Owned<T> one{read(bio.get(), nullptr, nullptr, nullptr)}) {
    take(one.get());
    ++count;
  }
  const unsigned long why = ERR_peek_last_error();
  ERR_clear_error();
  if (ERR_GET_REASON(why) != PEM_R_NO_START_LINE) return fail("Alb.BadTrustStore", fmt::format("block {} of a trust store's PEM does not parse", count + 1));
  return count;
}

}  // namespace

Result<std::shared_ptr<const ClientTrust>> ClientTrust::create(const ListenerConfig& listener) {
  const model::MutualAuthentication& mutual = listener.listener.mutual_authentication;
  auto made = std::make_shared<ClientTrust>();
  made->ignores_expiry_ = mutual.ignores_expiry;
  made->advertises_names_ = mutual.advertises_ca_names;
  if (!listener.trust) return std::shared_ptr<const ClientTrust>(made);
  made->trusted_.reset(X509_STORE_new(), [](X509_STORE* store) { X509_STORE_free(store); });
  X509_STORE* store = made->trusted_.get();
  const size_t roots = TRY(each_pem<X509>(listener.trust->ca_pem, PEM_read_bio_X509, [&](X509* one) { X509_STORE_add_cert(store, one); }));
  if (roots == 0) return fail("Alb.BadTrustStore", fmt::format("trust store {} holds no certificate", mutual.trust_store_arn));
  for (const std::string& pem : listener.trust->crl_pems) {
    TRY(each_pem<X509_CRL>(pem, PEM_read_bio_X509_CRL, [&](X509_CRL* one) { X509_STORE_add_crl(store, one); }));
  }
  if (!listener.trust->crl_pems.empty()) X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
  ERR_clear_error();
  return std::shared_ptr<const ClientTrust>(made);
}

void ClientTrust::ask(SSL_CTX* context) const {
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_max_cert_list(context, kMaxShown);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | (trusted_ ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), nullptr);
  SSL_CTX_set_verify_depth(context, kMaxDepth);
  SSL_CTX_set_cert_verify_callback(context, &ClientTrust::judge, const_cast<ClientTrust*>(this));
  if (!trusted_) return;
  X509_STORE_up_ref(trusted_.get());
  SSL_CTX_set_cert_store(context, trusted_.get());
  if (!advertises_names_) return;
  STACK_OF(X509_NAME)* names = sk_X509_NAME_new_null();
  STACK_OF(X509_OBJECT)* objects = X509_STORE_get0_objects(trusted_.get());
  for (size_t i = 0; i < static_cast<size_t>(sk_X509_OBJECT_num(objects)); ++i) {
    X509* one = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(objects, static_cast<int>(i)));
    if (one != nullptr) sk_X509_NAME_push(names, X509_NAME_dup(X509_get_subject_name(one)));
  }
  SSL_CTX_set_client_CA_list(context, names);
}

int ClientTrust::judge(X509_STORE_CTX* context, void* self) {
  const auto& trust = *static_cast<const ClientTrust*>(self);
  SSL* ssl = session_of(context);
  if (X509* leaf = X509_STORE_CTX_get0_cert(context); leaf != nullptr && SSL_get_ex_data(ssl, shown_index()) == nullptr) {
    X509_up_ref(leaf);
    SSL_set_ex_data(ssl, shown_index(), leaf);
  }
  if (!trust.trusted_) return 1;
  X509_STORE_CTX_set_verify_cb(context, trust.ignores_expiry_ ? &overlook<true> : &overlook<false>);
  return X509_verify_cert(context);
}

std::shared_ptr<const ClientCertificate> client_certificate(SSL* ssl) {
  auto* leaf = ssl == nullptr ? nullptr : static_cast<X509*>(SSL_get_ex_data(ssl, shown_index()));
  if (leaf == nullptr) return nullptr;
  ClientCertificate told{.serial_number = serial_of(leaf),
                         .subject = name_of(X509_get_subject_name(leaf)),
                         .issuer = name_of(X509_get_issuer_name(leaf)),
                         .validity = fmt::format("NotBefore={};NotAfter={}", time_of(X509_get0_notBefore(leaf)), time_of(X509_get0_notAfter(leaf))),
                         .leaf = encoded_pem(leaf),
                         .chain = ""};
  told.chain = told.leaf;
  STACK_OF(X509)* others = SSL_get_peer_cert_chain(ssl);  // a server's view: without the leaf
  for (size_t i = 0; others != nullptr && i < static_cast<size_t>(sk_X509_num(others)); ++i) told.chain += encoded_pem(sk_X509_value(others, static_cast<int>(i)));
  return std::make_shared<const ClientCertificate>(std::move(told));
}

std::string_view handshake_failure(SSL* ssl) {
  switch (ssl == nullptr ? X509_V_OK : SSL_get_verify_result(ssl)) {
    case X509_V_OK: return "UnmappedConnectionError";
    case X509_V_ERR_CERT_CHAIN_TOO_LONG: return "ClientCertMaxChainDepthExceeded";
    case X509_V_ERR_CERT_REVOKED: return "ClientCertCrlHit";
    case X509_V_ERR_CRL_SIGNATURE_FAILURE: case X509_V_ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE: case X509_V_ERR_CRL_NOT_YET_VALID:
    case X509_V_ERR_ERROR_IN_CRL_LAST_UPDATE_FIELD: case X509_V_ERR_ERROR_IN_CRL_NEXT_UPDATE_FIELD: case X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION:
    case X509_V_ERR_KEYUSAGE_NO_CRL_SIGN: return "ClientCertCrlProcessingError";
    case X509_V_ERR_CERT_NOT_YET_VALID: return "ClientCertNotYetValid";
    case X509_V_ERR_CERT_HAS_EXPIRED: return "ClientCertExpired";
    case X509_V_ERR_INVALID_PURPOSE: return "ClientCertPurposeInvalid";
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN: case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY: case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE: case X509_V_ERR_CERT_UNTRUSTED: return "ClientCertUntrusted";
    default: return "ClientCertInvalid";
  }
}

}  // namespace landfall::alb
