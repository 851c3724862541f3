#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>
#include <vector>

#include "alb/config.h"
#include "base/error.h"

namespace landfall::alb {

class ClientTrust;

/// Certificates and policy of one HTTPS listener, ready for handshakes. Immutable; shared by the connections that use it.
class TlsContext {
 public:
  /// Errors: "Alb.BadCertificate" names the ARN, "Alb.UnknownPolicy".
  static Result<std::shared_ptr<const TlsContext>> create(const ListenerConfig& listener, bool speaks_http2);
  SSL_CTX* first() const { return contexts_.front().context.get(); }

 private:
  struct Entry {
    std::vector<std::string> names;
    std::shared_ptr<SSL_CTX> context;
    std::string arn{};
  };
  static int choose_protocol(SSL* ssl, const unsigned char** out, unsigned char* out_size, const unsigned char* in, unsigned in_size, void* self);
  static int choose(SSL* ssl, int* alert, void* self);
  const Entry* covering(std::string_view host) const;
  std::vector<Entry> contexts_;  ///< the default one first
  bool speaks_http2_ = true;
  std::shared_ptr<const ClientTrust> clients_;  ///< null: they show no certificates
};

/// For connections to targets: any certificate is accepted (ALB user guide, Target groups).
SSL_CTX* target_tls_context(bool offers_tls13);

}  // namespace landfall::alb
