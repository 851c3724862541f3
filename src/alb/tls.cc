#include "alb/tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include <fmt/format.h>

#include "alb/mutual_tls.h"
#include "base/file.h"
#include "model/certificate.h"
#include "model/tls_policy.h"

namespace landfall::alb {
namespace {

std::vector<std::string> names_of(X509* leaf) {
  std::vector<std::string> names;
  auto* list = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(leaf, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; list != nullptr && i < sk_GENERAL_NAME_num(list); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(list, i);
    if (name->type == GEN_DNS) names.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)), static_cast<size_t>(ASN1_STRING_length(name->d.dNSName)));
  }
  GENERAL_NAMES_free(list);
  return names;
}

bool install(SSL_CTX* context, const std::string& chain_pem, const std::string& key_pem, std::vector<std::string>& names) {
  BIO* chain = BIO_new_mem_buf(chain_pem.data(), static_cast<int>(chain_pem.size()));
  BIO* key_bio = BIO_new_mem_buf(key_pem.data(), static_cast<int>(key_pem.size()));
  X509* leaf = PEM_read_bio_X509(chain, nullptr, nullptr, nullptr);
  EVP_PKEY* key = PEM_read_bio_PrivateKey(key_bio, nullptr, nullptr, nullptr);
  bool ok = leaf != nullptr && key != nullptr && SSL_CTX_use_certificate(context, leaf) == 1 && SSL_CTX_use_PrivateKey(context, key) == 1;
  if (ok) names = names_of(leaf);
  while (X509* next = ok ? PEM_read_bio_X509(chain, nullptr, nullptr, nullptr) : nullptr) ok = SSL_CTX_add0_chain_cert(context, next) == 1;
  ERR_clear_error();
  X509_free(leaf);
  EVP_PKEY_free(key);
  BIO_free(chain);
  BIO_free(key_bio);
  return ok;
}

Result<std::shared_ptr<SSL_CTX>> context_for(const std::string& policy_name) {
  const model::TlsPolicy* policy = model::find_tls_policy(policy_name);
  if (policy == nullptr) return fail("Alb.UnknownPolicy", fmt::format("SSL policy '{}' is not known", policy_name));
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), [](SSL_CTX* c) { SSL_CTX_free(c); });
  SSL_CTX_set_min_proto_version(context.get(), policy->tls10 ? TLS1_VERSION : policy->tls11 ? TLS1_1_VERSION : policy->tls12 ? TLS1_2_VERSION : TLS1_3_VERSION);
  SSL_CTX_set_max_proto_version(context.get(), policy->tls13 ? TLS1_3_VERSION : TLS1_2_VERSION);
  std::string old_ciphers, new_suites;
  for (const std::string& cipher : model::ciphers_of(*policy)) {
    std::string& list = cipher.starts_with("TLS_") ? new_suites : old_ciphers;
    list += (list.empty() ? "" : ":") + cipher;
  }
  // TLS 1.0 and 1.1 need SHA-1 signatures, which OpenSSL 3 allows at security level 0 only.
  if (policy->tls10 || policy->tls11) old_ciphers += ":@SECLEVEL=0";
  if (!old_ciphers.empty()) SSL_CTX_set_cipher_list(context.get(), old_ciphers.c_str());
  if (!new_suites.empty()) SSL_CTX_set_ciphersuites(context.get(), new_suites.c_str());
  SSL_CTX_set_options(context.get(), SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_num_tickets(context.get(), 1);
  SSL_CTX_set_session_id_context(context.get(), reinterpret_cast<const unsigned char*>("alb"), 3);
  return context;
}

}  // namespace

Result<std::shared_ptr<const TlsContext>> TlsContext::create(const ListenerConfig& listener, bool speaks_http2) {
  auto made = std::make_shared<TlsContext>();
  made->speaks_http2_ = speaks_http2;
  if (listener.listener.mutual_authentication.mode != "off") made->clients_ = TRY(ClientTrust::create(listener));
  for (const CertificateConfig& certificate : listener.certificates) {
    auto its_context = TRY(context_for(listener.listener.ssl_policy));
    Entry entry{.names = {}, .context = std::move(its_context), .arn = certificate.arn};
    const std::string key = TRY(read_file(certificate.key_file));
    if (!install(entry.context.get(), certificate.chain_pem, key, entry.names)) {
      return fail("Alb.BadCertificate", fmt::format("certificate {} and its key {} do not load", certificate.arn, certificate.key_file));
    }
    made->contexts_.insert(certificate.is_default ? made->contexts_.begin() : made->contexts_.end(), std::move(entry));
  }
  if (made->contexts_.empty()) return fail("Alb.BadCertificate", fmt::format("listener {} has no certificate", listener.listener.arn));
  for (Entry& entry : made->contexts_) {
    SSL_CTX_set_tlsext_servername_callback(entry.context.get(), &TlsContext::choose);
    SSL_CTX_set_tlsext_servername_arg(entry.context.get(), made.get());
    SSL_CTX_set_alpn_select_cb(entry.context.get(), &TlsContext::choose_protocol, made.get());
    SSL_CTX_set_app_data(entry.context.get(), entry.arn.data());
    if (made->clients_) made->clients_->ask(entry.context.get());
  }
  return std::shared_ptr<const TlsContext>(made);
}

const TlsContext::Entry* TlsContext::covering(std::string_view host) const {
  for (const Entry& entry : contexts_) {
    if (std::ranges::any_of(entry.names, [&](const std::string& name) { return model::name_covers(name, host); })) return &entry;
  }
  return nullptr;
}

/// HTTP/2 if it is offered, whatever the client likes better (ALB user guide, HTTPS listener: ALPN).
int TlsContext::choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in, unsigned in_size, void* self) {
  const std::string_view offered(reinterpret_cast<const char*>(in), in_size);
  const auto find = [&](std::string_view wanted) {
    for (size_t at = 0; at < offered.size(); at += 1 + static_cast<unsigned char>(offered[at])) {
      if (offered.substr(at + 1, static_cast<unsigned char>(offered[at])) != wanted) continue;
      *out = in + at + 1;
      *out_size = static_cast<unsigned char>(wanted.size());
      return true;
    }
    return false;
  };
  if (static_cast<const TlsContext*>(self)->speaks_http2_ && find("h2")) return SSL_TLSEXT_ERR_OK;
  return find("http/1.1") ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

/// The listener's policy decides the family (ALB user guide, HTTPS listener: backend policies).
SSL_CTX* target_tls_context(bool offers_tls13) {
  const auto make = [](bool tls13) {
    SSL_CTX* context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context, tls13 ? TLS1_3_VERSION : TLS1_2_VERSION);
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
    SSL_CTX_set_cipher_list(context, "DEFAULT:@SECLEVEL=0");
    SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return context;
  };
  static SSL_CTX* const both[] = {make(false), make(true)};
  return both[offers_tls13 ? 1 : 0];
}

/// Without a name, or with one that no certificate covers, the default certificate is shown.
int TlsContext::choose(SSL* ssl, int*, void* self) {
  const char* host = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  const Entry* entry = host == nullptr ? nullptr : static_cast<const TlsContext*>(self)->covering(host);
  if (entry != nullptr) SSL_set_SSL_CTX(ssl, entry->context.get());
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace landfall::alb
