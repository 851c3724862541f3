#pragma once

#include <memory>
#include <string>
#include <vector>

#include "alb/config.h"
#include "alb/tls_library.h"
#include "base/error.h"

namespace landfall::alb {

/// Certificates and policy of one HTTPS listener, ready for handshakes. Immutable; shared by the connections that use it.
class TlsContext {
 public:
  /// Errors: "Alb.BadCertificate" names the ARN, "Alb.UnknownPolicy".
  static Result<std::shared_ptr<const TlsContext>> create(const ListenerConfig& listener, bool speaks_http2);
  const TlsLibrary& first_library() const { return entries_.front().fast ? *boringssl_library() : openssl_library(); }
  /// With the default certificate. Null: not for this library.
  ssl_ctx_st* first(const TlsLibrary& library) const { return entries_.front().of(library); }
  /// Of the certificate for `host`; null: none covers it.
  ssl_ctx_st* covering(const TlsLibrary& library, std::string_view host) const;
  /// HTTP/2 if it is among those offered (ALPN), else HTTP/1.1 if it is, else none.
  std::string_view protocol_among(std::string_view offered) const;

 private:
  struct Entry {
    std::vector<std::string> names;
    std::string arn;
    std::shared_ptr<ssl_ctx_st> context, fast;  ///< of OpenSSL; of BoringSSL where it serves
    ssl_ctx_st* of(const TlsLibrary& library) const { return &library == &openssl_library() ? context.get() : fast.get(); }
  };
  std::vector<Entry> entries_;  ///< the default one first
  bool speaks_http2_ = true;
};

/// For connections to targets: any certificate is accepted (ALB user guide, Target groups).
ssl_ctx_st* target_tls_context(bool offers_tls13);

}  // namespace landfall::alb
