#include "alb/tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>
#include <tuple>

#include <fmt/format.h>

#include "alb/mutual_tls.h"
#include "base/file.h"
#include "model/certificate.h"
#include "model/tls_policy.h"

namespace landfall::alb {

namespace {

/// By preference, whatever the client likes better (ALB user guide, HTTPS listener: ALPN; NLB user guide, ALPN policies).
std::vector<std::string_view> protocols_of(const model::Listener& listener, bool speaks_http2) {
  if (listener.protocol == "HTTPS") return speaks_http2 ? std::vector<std::string_view>{"h2", "http/1.1"} : std::vector<std::string_view>{"http/1.1"};
  if (listener.alpn_policy == "HTTP1Only") return {"http/1.1", "http/1.0"};
  if (listener.alpn_policy == "HTTP2Only") return {"h2"};
  if (listener.alpn_policy == "HTTP2Optional") return {"http/1.1", "http/1.0", "h2"};
  if (listener.alpn_policy == "HTTP2Preferred") return {"h2", "http/1.1", "http/1.0"};
  return {};
}

}  // namespace

/// What its certificate says.
void TlsContext::Entry::read(const std::string& chain_pem) {
  BIO* chain = BIO_new_mem_buf(chain_pem.data(), static_cast<int>(chain_pem.size()));
  X509* leaf = PEM_read_bio_X509(chain, nullptr, nullptr, nullptr);
  auto* list = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(leaf, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; list != nullptr && i < sk_GENERAL_NAME_num(list); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(list, i);
    if (name->type == GEN_DNS) names.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)), static_cast<size_t>(ASN1_STRING_length(name->d.dNSName)));
  }
  const EVP_PKEY* key = X509_get0_pubkey(leaf);
  is_ecdsa = EVP_PKEY_get_base_id(key) == EVP_PKEY_EC;
  bits = EVP_PKEY_get_bits(key);
  tm end{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(leaf), &end) == 1) ends = timegm(&end);
  GENERAL_NAMES_free(list);
  X509_free(leaf);
  BIO_free(chain);
}

Result<std::shared_ptr<const TlsContext>> TlsContext::create(const ListenerConfig& listener, bool speaks_http2) {
  auto made = std::make_shared<TlsContext>();
  made->protocols_ = protocols_of(listener.listener, speaks_http2);
  if (listener.listener.mutual_authentication.mode != "off") made->clients_ = TRY(ClientTrust::create(listener));
  const model::TlsPolicy* policy = model::find_tls_policy(listener.listener.ssl_policy);
  if (policy == nullptr) return fail("Alb.UnknownPolicy", fmt::format("SSL policy '{}' is not known", listener.listener.ssl_policy));
  const TlsLibrary& openssl = openssl_library();
  const TlsLibrary* boring = boringssl_library();
  if (boring != nullptr && (!boring->serves(*policy) || made->clients_)) boring = nullptr;  // clients' certificates are OpenSSL's to judge
  for (const CertificateConfig& certificate : listener.certificates) {
    const std::string key = TRY(read_file(certificate.key_file));
    Entry entry;
    entry.arn = certificate.arn;
    entry.context = openssl.server_context(*policy, certificate.chain_pem, key);
    if (!entry.context) return fail("Alb.BadCertificate", fmt::format("certificate {} and its key {} do not load", certificate.arn, certificate.key_file));
    if (boring != nullptr) entry.fast = boring->server_context(*policy, certificate.chain_pem, key);
    entry.read(certificate.chain_pem);
    made->entries_.insert(certificate.is_default ? made->entries_.begin() : made->entries_.end(), std::move(entry));
  }
  if (made->entries_.empty()) return fail("Alb.BadCertificate", fmt::format("listener {} has no certificate", listener.listener.arn));
  const bool all_are_fast = std::ranges::all_of(made->entries_, [](const Entry& entry) { return entry.fast != nullptr; });
  for (Entry& entry : made->entries_) {
    openssl.bind(entry.context.get(), *made, entry.arn.c_str());
    if (made->clients_) made->clients_->ask(entry.context.get());
    if (all_are_fast) boring->bind(entry.fast.get(), *made, entry.arn.c_str());
    else entry.fast = nullptr;
  }
  return std::shared_ptr<const TlsContext>(made);
}

SSL_CTX* TlsContext::covering(const TlsLibrary& library, std::string_view host, bool takes_ecdsa) const {
  const auto rank = [&](const Entry& entry) { return std::tuple(!entry.is_ecdsa || takes_ecdsa, entry.is_ecdsa, entry.bits, entry.ends); };
  const Entry* best = nullptr;
  for (const Entry& entry : entries_) {
    const bool covers = std::ranges::any_of(entry.names, [&](const std::string& name) { return model::name_covers(name, host); });
    if (covers && (best == nullptr || rank(entry) > rank(*best))) best = &entry;
  }
  return best == nullptr ? nullptr : best->of(library);
}

std::string_view TlsContext::protocol_among(std::string_view offered) const {
  const auto find = [&](std::string_view wanted) {
    for (size_t at = 0; at < offered.size(); at += 1 + static_cast<unsigned char>(offered[at])) {
      if (const auto name = offered.substr(at + 1, static_cast<unsigned char>(offered[at])); name == wanted) return name;
    }
    return std::string_view();
  };
  for (const std::string_view protocol : protocols_) {
    if (const auto found = find(protocol); !found.empty()) return found;
  }
  return {};
}

void follow_policy(SSL_CTX* context, const model::TlsPolicy& policy) {
  SSL_CTX_set_min_proto_version(context, policy.tls10 ? TLS1_VERSION : policy.tls11 ? TLS1_1_VERSION : policy.tls12 ? TLS1_2_VERSION : TLS1_3_VERSION);
  SSL_CTX_set_max_proto_version(context, policy.tls13 ? TLS1_3_VERSION : TLS1_2_VERSION);
  std::string old_ciphers, new_suites;
  for (const std::string& cipher : model::ciphers_of(policy)) {
    std::string& list = cipher.starts_with("TLS_") ? new_suites : old_ciphers;
    list += (list.empty() ? "" : ":") + cipher;
  }
  // TLS 1.0 and 1.1 need SHA-1 signatures, which OpenSSL 3 allows at security level 0 only.
  if (policy.tls10 || policy.tls11) old_ciphers += ":@SECLEVEL=0";
  if (!old_ciphers.empty()) SSL_CTX_set_cipher_list(context, old_ciphers.c_str());
  if (!new_suites.empty()) SSL_CTX_set_ciphersuites(context, new_suites.c_str());
}

/// One of two policies (ALB user guide, HTTPS listener: security policies for backend connections).
SSL_CTX* target_tls_context(std::string_view listener_policy, bool speaks_http2) {
  const auto make = [](std::string_view policy, bool http2) {
    SSL_CTX* context = SSL_CTX_new(TLS_client_method());
    follow_policy(context, *model::find_tls_policy(policy));
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
    SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    constexpr unsigned char kHttp2[] = {2, 'h', '2'};
    if (http2) SSL_CTX_set_alpn_protos(context, kHttp2, sizeof kHttp2);
    return context;
  };
  static constexpr std::string_view kOld = "ELBSecurityPolicy-2016-08";
  static SSL_CTX* const all[2][2] = {{make(kOld, false), make(kOld, true)}, {make(kWidestPolicy, false), make(kWidestPolicy, true)}};
  const model::TlsPolicy* policy = model::find_tls_policy(listener_policy);
  return all[policy != nullptr && policy->tls13 ? 1 : 0][speaks_http2 ? 1 : 0];
}

}  // namespace landfall::alb
