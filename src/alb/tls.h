#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "alb/config.h"
#include "alb/tls_library.h"
#include "base/error.h"

namespace landfall::alb {

class ClientTrust;

/// Certificates and policy of one HTTPS listener, ready for handshakes. Immutable; shared by the connections that use it.
class TlsContext {
 public:
  /// Errors: "Alb.BadCertificate" names the ARN, "Alb.UnknownPolicy".
  static Result<std::shared_ptr<const TlsContext>> create(const ListenerConfig& listener, bool speaks_http2);
  const TlsLibrary& first_library() const { return entries_.front().fast ? *boringssl_library() : openssl_library(); }
  /// With the default certificate. Null: not for this library.
  ssl_ctx_st* first(const TlsLibrary& library) const { return entries_.front().of(library); }
  /// Of the best certificate for `host` (ALB user guide, HTTPS listener: smart selection): ECDSA if the client takes it, then
  /// the larger key, then the later end. Null: none covers the name.
  ssl_ctx_st* covering(const TlsLibrary& library, std::string_view host, bool takes_ecdsa) const;
  /// The first of the listener's protocols that is among those offered (ALPN); none: nothing is agreed on.
  std::string_view protocol_among(std::string_view offered) const;

 private:
  struct Entry {
    std::vector<std::string> names;
    std::string arn;
    bool is_ecdsa = false;
    int bits = 0;
    int64_t ends = 0;
    std::shared_ptr<ssl_ctx_st> context, fast;  ///< of OpenSSL; of BoringSSL where it serves
    void read(const std::string& chain_pem);
    ssl_ctx_st* of(const TlsLibrary& library) const { return &library == &openssl_library() ? context.get() : fast.get(); }
  };
  std::vector<Entry> entries_;  ///< the default one first
  std::vector<std::string_view> protocols_;
  std::shared_ptr<const ClientTrust> clients_;  ///< null: they show no certificates
};

/// For connections to targets: any certificate is accepted (ALB user guide, Target groups).
/// `listener_policy`  decides which of two policies they have; "" (no TLS there) as an old one. Of checks, which no listener asks
///                    for, kWidestPolicy
/// `speaks_http2`     agrees on that (ALPN) and on nothing else
ssl_ctx_st* target_tls_context(std::string_view listener_policy, bool speaks_http2 = false);
constexpr std::string_view kWidestPolicy = "ELBSecurityPolicy-TLS13-1-0-2021-06";

/// OpenSSL's versions and ciphers, in the policy's order.
void follow_policy(ssl_ctx_st* context, const model::TlsPolicy& policy);

}  // namespace landfall::alb
