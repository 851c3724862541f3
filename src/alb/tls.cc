#include "alb/tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include <fmt/format.h>

#include "base/file.h"
#include "model/certificate.h"
#include "model/tls_policy.h"

namespace landfall::alb {
namespace {

std::vector<std::string> names_of(const std::string& chain_pem) {
  std::vector<std::string> names;
  BIO* chain = BIO_new_mem_buf(chain_pem.data(), static_cast<int>(chain_pem.size()));
  X509* leaf = PEM_read_bio_X509(chain, nullptr, nullptr, nullptr);
  auto* list = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(leaf, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; list != nullptr && i < sk_GENERAL_NAME_num(list); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(list, i);
    if (name->type == GEN_DNS) names.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)), static_cast<size_t>(ASN1_STRING_length(name->d.dNSName)));
  }
  GENERAL_NAMES_free(list);
  X509_free(leaf);
  BIO_free(chain);
  return names;
}

}  // namespace

Result<std::shared_ptr<const TlsContext>> TlsContext::create(const ListenerConfig& listener, bool speaks_http2) {
  auto made = std::make_shared<TlsContext>();
  made->speaks_http2_ = speaks_http2;
  const model::TlsPolicy* policy = model::find_tls_policy(listener.listener.ssl_policy);
  if (policy == nullptr) return fail("Alb.UnknownPolicy", fmt::format("SSL policy '{}' is not known", listener.listener.ssl_policy));
  const TlsLibrary& openssl = openssl_library();
  const TlsLibrary* boring = boringssl_library();
  if (boring != nullptr && !boring->serves(*policy)) boring = nullptr;
  for (const CertificateConfig& certificate : listener.certificates) {
    const std::string key = TRY(read_file(certificate.key_file));
    Entry entry;
    entry.arn = certificate.arn;
    entry.context = openssl.server_context(*policy, certificate.chain_pem, key);
    if (!entry.context) return fail("Alb.BadCertificate", fmt::format("certificate {} and its key {} do not load", certificate.arn, certificate.key_file));
    if (boring != nullptr) entry.fast = boring->server_context(*policy, certificate.chain_pem, key);
    entry.names = names_of(certificate.chain_pem);
    made->entries_.insert(certificate.is_default ? made->entries_.begin() : made->entries_.end(), std::move(entry));
  }
  if (made->entries_.empty()) return fail("Alb.BadCertificate", fmt::format("listener {} has no certificate", listener.listener.arn));
  const bool all_are_fast = std::ranges::all_of(made->entries_, [](const Entry& entry) { return entry.fast != nullptr; });
  for (Entry& entry : made->entries_) {
    openssl.bind(entry.context.get(), *made, entry.arn.c_str());
    if (all_are_fast) boring->bind(entry.fast.get(), *made, entry.arn.c_str());
    else entry.fast = nullptr;
  }
  return std::shared_ptr<const TlsContext>(made);
}

SSL_CTX* TlsContext::covering(const TlsLibrary& library, std::string_view host) const {
  for (const Entry& entry : entries_) {
    if (std::ranges::any_of(entry.names, [&](const std::string& name) { return model::name_covers(name, host); })) return entry.of(library);
  }
  return nullptr;
}

/// Whatever the client likes better (ALB user guide, HTTPS listener: ALPN).
std::string_view TlsContext::protocol_among(std::string_view offered) const {
  const auto find = [&](std::string_view wanted) {
    for (size_t at = 0; at < offered.size(); at += 1 + static_cast<unsigned char>(offered[at])) {
      if (const auto name = offered.substr(at + 1, static_cast<unsigned char>(offered[at])); name == wanted) return name;
    }
    return std::string_view();
  };
  if (const auto http2 = speaks_http2_ ? find("h2") : std::string_view(); !http2.empty()) return http2;
  return find("http/1.1");
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

}  // namespace landfall::alb
