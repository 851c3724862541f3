#pragma once

#include <memory>
#include <string>
#include <string_view>

struct ssl_st;
struct ssl_ctx_st;

namespace landfall::model {
struct TlsPolicy;
}

namespace landfall::alb {

class TlsContext;
class TlsSession;

/// What a call of a TLS library came to. other_library: the client wants what this one does not do; nothing was said to it yet.
enum class TlsStep { done, wants_input, other_library, failed };

/// What the load balancer asks of a TLS library. One source, tls_library.cc, is compiled for each: for OpenSSL, which
/// does everything, and where it is installed for BoringSSL, which does TLS 1.3 in less time and memory. Contexts and
/// sessions belong to the library that made them. Sessions read with TlsSession::pull and write with TlsSession::push.
class TlsLibrary {
 public:
  virtual ~TlsLibrary() = default;

  /// Whether a listener of this policy may use it for the clients that it does.
  virtual bool serves(const model::TlsPolicy& policy) const = 0;
  /// Null: the chain or the key does not load.
  virtual std::shared_ptr<ssl_ctx_st> server_context(const model::TlsPolicy& policy, const std::string& chain_pem, const std::string& key_pem) const = 0;
  /// `owner` chooses protocol and certificate; `arn` is what certificate() will tell.
  virtual void bind(ssl_ctx_st* context, const TlsContext& owner, const char* arn) const = 0;

  virtual ssl_st* open(ssl_ctx_st* context, TlsSession& session, bool accepts) const = 0;
  virtual void free(ssl_st* ssl) const = 0;
  virtual TlsStep handshake(ssl_st* ssl) const = 0;
  virtual TlsStep read(ssl_st* ssl, char* into, size_t room, size_t& got) const = 0;
  virtual TlsStep write(ssl_st* ssl, std::string_view bytes, size_t& taken) const = 0;
  virtual void shut(ssl_st* ssl) const = 0;  ///< says that nothing follows, if the handshake is done

  // Once the handshake is done.
  virtual std::string_view alpn(const ssl_st* ssl) const = 0;
  virtual std::string_view version(const ssl_st* ssl) const = 0;
  virtual std::string_view cipher(const ssl_st* ssl) const = 0;
  virtual std::string_view key_exchange(const ssl_st* ssl) const = 0;
  virtual std::string_view server_name(const ssl_st* ssl) const = 0;
  virtual std::string_view certificate(const ssl_st* ssl) const = 0;
  virtual bool is_resumed(const ssl_st* ssl) const = 0;
};

const TlsLibrary& openssl_library();
/// Null: not built with it, or not installed. Loads it, so first called before the process is confined.
const TlsLibrary* boringssl_library();

}  // namespace landfall::alb
