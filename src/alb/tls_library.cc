// Compiled for OpenSSL, and for BoringSSL with its path as LANDFALL_BORINGSSL (cmake/boringssl.cmake).
#include "alb/tls_library.h"

#include <dlfcn.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <algorithm>

#include "alb/tls.h"
#include "alb/tls_session.h"
#include "model/tls_policy.h"

namespace landfall::alb {
namespace {

bool install(SSL_CTX* context, const std::string& chain_pem, const std::string& key_pem) {
  BIO* chain = BIO_new_mem_buf(chain_pem.data(), static_cast<int>(chain_pem.size()));
  BIO* key_bio = BIO_new_mem_buf(key_pem.data(), static_cast<int>(key_pem.size()));
  X509* leaf = PEM_read_bio_X509(chain, nullptr, nullptr, nullptr);
  EVP_PKEY* key = PEM_read_bio_PrivateKey(key_bio, nullptr, nullptr, nullptr);
  bool ok = leaf != nullptr && key != nullptr && SSL_CTX_use_certificate(context, leaf) == 1 && SSL_CTX_use_PrivateKey(context, key) == 1;
  while (X509* next = ok ? PEM_read_bio_X509(chain, nullptr, nullptr, nullptr) : nullptr) ok = SSL_CTX_add0_chain_cert(context, next) == 1;
  ERR_clear_error();
  X509_free(leaf);
  EVP_PKEY_free(key);
  BIO_free(chain);
  BIO_free(key_bio);
  return ok;
}

/// How a library reads and writes: through its session.
struct Pipe {
  static int read(BIO* bio, char* into, int size) {
    BIO_clear_retry_flags(bio);
    const size_t taken = static_cast<TlsSession*>(BIO_get_data(bio))->pull(into, static_cast<size_t>(size));
    if (taken > 0) return static_cast<int>(taken);
    BIO_set_retry_read(bio);
    return -1;
  }

  static int write(BIO* bio, const char* bytes, int size) {
    static_cast<TlsSession*>(BIO_get_data(bio))->push({bytes, static_cast<size_t>(size)});
    return size;
  }

  static long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

  static BIO_METHOD* method() {
    static BIO_METHOD* const made = [] {
      BIO_METHOD* m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "thread memory");
      BIO_meth_set_read(m, &read);
      BIO_meth_set_write(m, &write);
      BIO_meth_set_ctrl(m, &control);
      return m;
    }();
    return made;
  }
};

/// The protocol that the listener would speak (ALPN).
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in, unsigned in_size, void* owner) {
  const std::string_view offered(reinterpret_cast<const char*>(in), in_size), chosen = static_cast<const TlsContext*>(owner)->protocol_among(offered);
  if (chosen.empty()) return SSL_TLSEXT_ERR_NOACK;
  *out = reinterpret_cast<const unsigned char*>(chosen.data());
  *out_size = static_cast<unsigned char>(chosen.size());
  return SSL_TLSEXT_ERR_OK;
}

#ifdef LANDFALL_BORINGSSL
/// Clients without TLS 1.3 are left to the other library.
ssl_select_cert_result_t choose_library(const SSL_CLIENT_HELLO* hello) {
  auto* session = static_cast<TlsSession*>(BIO_get_data(SSL_get_rbio(hello->ssl)));
  const uint8_t* versions = nullptr;
  size_t size = 0;
  if (SSL_early_callback_ctx_extension_get(hello, TLSEXT_TYPE_supported_versions, &versions, &size) == 1) {
    for (size_t at = 1; at + 1 < size; at += 2) {
      if (versions[at] != TLS1_3_VERSION >> 8 || versions[at + 1] != (TLS1_3_VERSION & 0xff)) continue;
      session->decide(true);
      return ssl_select_cert_success;
    }
  }
  session->decide(false);
  return ssl_select_cert_error;
}
#endif

#ifndef LANDFALL_BORINGSSL
/// The ciphers are known only now and after the certificate has been chosen.
int note_ciphers(SSL* ssl, int*, void*) {
  const unsigned char* ciphers = nullptr;
  const size_t size = SSL_client_hello_get0_ciphers(ssl, &ciphers);
  bool found = false;
  for (size_t at = 0; at + 1 < size && !found; at += 2) {
    const SSL_CIPHER* cipher = SSL_CIPHER_find(ssl, ciphers + at);
    const int kind = cipher == nullptr ? NID_undef : SSL_CIPHER_get_auth_nid(cipher);
    found = kind == NID_auth_ecdsa || (kind == NID_auth_any && ciphers[at] == 0x13);  // a suite of TLS 1.3
  }
  static_cast<TlsSession*>(BIO_get_data(SSL_get_rbio(ssl)))->note_ecdsa(found);
  return SSL_CLIENT_HELLO_SUCCESS;
}
#endif

/// Whether the client can check a signature by a key of an elliptic curve.
bool takes_ecdsa(SSL* ssl) {
#ifdef LANDFALL_BORINGSSL
  const uint16_t* algorithms = nullptr;
  const size_t count = SSL_get0_peer_verify_algorithms(ssl, &algorithms);
  return std::any_of(algorithms, algorithms + count, [](uint16_t algorithm) { return SSL_get_signature_algorithm_key_type(algorithm) == EVP_PKEY_EC; });
#else
  const int count = SSL_get_sigalgs(ssl, 0, nullptr, nullptr, nullptr, nullptr, nullptr);
  bool has_algorithm = count == 0;  // before TLS 1.2 nobody says
  for (int i = 0; i < count && !has_algorithm; ++i) {
    int key = 0;
    SSL_get_sigalgs(ssl, i, &key, nullptr, nullptr, nullptr, nullptr);
    has_algorithm = key == EVP_PKEY_EC;
  }
  return has_algorithm && static_cast<const TlsSession*>(BIO_get_data(SSL_get_rbio(ssl)))->offers_ecdsa();
#endif
}

class Library final : public TlsLibrary {
 public:
#ifdef LANDFALL_BORINGSSL
  static constexpr bool kIsBoring = true;
#else
  static constexpr bool kIsBoring = false;
#endif

  /// BoringSSL's suites of TLS 1.3 cannot be chosen: it is for policies that have all of them.
  bool serves(const model::TlsPolicy& policy) const override {
    const auto ciphers = model::ciphers_of(policy);
    return !kIsBoring || (policy.tls13 && std::ranges::count_if(ciphers, [](const std::string& cipher) { return cipher.starts_with("TLS_"); }) == 3);
  }

  std::shared_ptr<SSL_CTX> server_context([[maybe_unused]] const model::TlsPolicy& policy, const std::string& chain_pem, const std::string& key_pem) const override {
    std::shared_ptr<SSL_CTX> made(SSL_CTX_new(TLS_server_method()), [](SSL_CTX* c) { SSL_CTX_free(c); });
    SSL_CTX* context = made.get();
#ifdef LANDFALL_BORINGSSL
    SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
    SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION);
    static constexpr int kGroups[] = {NID_X25519, NID_X9_62_prime256v1, NID_secp384r1, NID_secp521r1};
    SSL_CTX_set1_curves(context, kGroups, std::size(kGroups));
    SSL_CTX_set_select_certificate_cb(context, &choose_library);
#else
    follow_policy(context, policy);
    SSL_CTX_set_client_hello_cb(context, &note_ciphers, nullptr);
    SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
#endif
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_num_tickets(context, 1);
    SSL_CTX_set_session_id_context(context, reinterpret_cast<const unsigned char*>("alb"), 3);
    return install(context, chain_pem, key_pem) ? made : nullptr;
  }

  void bind(SSL_CTX* context, const TlsContext& owner, const char* arn) const override {
    auto* self = const_cast<TlsContext*>(&owner);
    SSL_CTX_set_tlsext_servername_callback(context, &choose_certificate);
    SSL_CTX_set_tlsext_servername_arg(context, self);
    SSL_CTX_set_alpn_select_cb(context, &choose_protocol, self);
    SSL_CTX_set_app_data(context, const_cast<char*>(arn));
  }

  SSL* open(SSL_CTX* context, TlsSession& session, bool accepts) const override {
    SSL* ssl = SSL_new(context);
    BIO* bio = BIO_new(Pipe::method());
    BIO_set_data(bio, &session);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl, bio, bio);
#ifdef LANDFALL_BORINGSSL
    SSL_set_shed_handshake_config(ssl, 1);
#endif
    if (accepts) SSL_set_accept_state(ssl);
    else SSL_set_connect_state(ssl);
    return ssl;
  }

  void free(SSL* ssl) const override { SSL_free(ssl); }

  TlsStep handshake(SSL* ssl) const override { return step(ssl, SSL_do_handshake(ssl)); }

  TlsStep read(SSL* ssl, char* into, size_t room, size_t& got) const override {
    const int taken = SSL_read(ssl, into, static_cast<int>(room));
    if (taken > 0) got += static_cast<size_t>(taken);
    return step(ssl, taken);
  }

  TlsStep write(SSL* ssl, std::string_view bytes, size_t& taken) const override {
    const int done = SSL_write(ssl, bytes.data(), static_cast<int>(bytes.size()));
    if (done > 0) taken += static_cast<size_t>(done);
    return step(ssl, done);
  }

  void shut(SSL* ssl) const override {
    if (SSL_is_init_finished(ssl) != 1) return;
    SSL_shutdown(ssl);
    ERR_clear_error();
  }

  std::string_view version(const SSL* ssl) const override { return SSL_get_version(ssl); }
  bool is_resumed(const SSL* ssl) const override { return SSL_session_reused(const_cast<SSL*>(ssl)) == 1; }

  std::string_view cipher(const SSL* ssl) const override {
    const SSL_CIPHER* cipher = SSL_get_current_cipher(ssl);
    return kIsBoring ? SSL_CIPHER_standard_name(cipher) : SSL_CIPHER_get_name(cipher);
  }

  std::string_view key_exchange(const SSL* ssl) const override {
    struct Group {
      int number, nid;  ///< BoringSSL tells the one, OpenSSL the other
      std::string_view name;
    };
    static constexpr Group kGroups[] = {{23, NID_X9_62_prime256v1, "secp256r1"}, {24, NID_secp384r1, "secp384r1"}, {25, NID_secp521r1, "secp521r1"}, {29, NID_X25519, "x25519"}, {30, NID_X448, "x448"}};
#ifdef LANDFALL_BORINGSSL
    const auto* found = std::ranges::find(kGroups, SSL_get_curve_id(ssl), &Group::number);
#else
    const auto* found = std::ranges::find(kGroups, SSL_get_negotiated_group(const_cast<SSL*>(ssl)), &Group::nid);
#endif
    return found == std::end(kGroups) ? std::string_view() : found->name;
  }

  std::string_view server_name(const SSL* ssl) const override {
    const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    return name == nullptr ? std::string_view() : std::string_view(name);
  }

  std::string_view certificate(const SSL* ssl) const override {
    const auto* arn = static_cast<const char*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
    return arn == nullptr ? std::string_view() : std::string_view(arn);
  }

  std::string_view alpn(const SSL* ssl) const override {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl, &name, &size);
    return {reinterpret_cast<const char*>(name), size};
  }

 private:
  /// Without a name, or with one that no certificate covers, the default certificate is shown.
  static int choose_certificate(SSL* ssl, int*, void* owner);

  static TlsStep step(SSL* ssl, int outcome) {
    if (outcome > 0) return TlsStep::done;
    const int why = SSL_get_error(ssl, outcome);
    ERR_clear_error();
    if (why == SSL_ERROR_WANT_READ) return TlsStep::wants_input;
    const auto* session = static_cast<const TlsSession*>(BIO_get_data(SSL_get_rbio(ssl)));
    return session->wants_other_library() ? TlsStep::other_library : TlsStep::failed;
  }
};

const Library library;

int Library::choose_certificate(SSL* ssl, int*, void* owner) {
  const char* host = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  SSL_CTX* context = host == nullptr ? nullptr : static_cast<const TlsContext*>(owner)->covering(library, host, takes_ecdsa(ssl));
  if (context != nullptr) SSL_set_SSL_CTX(ssl, context);
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

#ifdef LANDFALL_BORINGSSL
const TlsLibrary* boringssl_library() {
  static const bool is_there = dlopen(LANDFALL_BORINGSSL, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND) != nullptr;
  return is_there ? &library : nullptr;
}
#else
const TlsLibrary& openssl_library() { return library; }
#ifndef LANDFALL_HAS_BORINGSSL
const TlsLibrary* boringssl_library() { return nullptr; }
#endif
#endif

}  // namespace landfall::alb
