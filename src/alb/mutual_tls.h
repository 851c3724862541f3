#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>
#include <string_view>

#include "alb/config.h"
#include "base/error.h"

/// Certificates of clients (ALB user guide, Mutual authentication with TLS).
namespace landfall::alb {

/// What is told of a client's certificate, in the forms of AWS's request fields.
struct ClientCertificate {
  std::string serial_number;    ///< hexadecimal
  std::string subject, issuer;  ///< RFC 2253
  std::string validity;         ///< "NotBefore=2023-09-21T01:50:17Z;NotAfter=2024-09-20T01:50:17Z"
  std::string leaf, chain;      ///< PEM, percent-encoded but for "+=/"; the chain as the client sent it, leaf first
};

/// How a listener treats them. Immutable; outlives the contexts that it was given.
class ClientTrust {
 public:
  /// Of a listener whose mutual authentication is not off. Errors: "Alb.BadTrustStore".
  static Result<std::shared_ptr<const ClientTrust>> create(const ListenerConfig& listener);
  /// Handshakes of the context ask for a certificate; none is resumed, as with AWS.
  void ask(SSL_CTX* context) const;

 private:
  static int judge(X509_STORE_CTX* context, void* self);
  std::shared_ptr<X509_STORE> trusted_;  ///< null: any certificate passes
  bool ignores_expiry_ = false, advertises_names_ = false;
};

/// The one that the client showed, whether or not it passed; null: none. `ssl` may be null.
std::shared_ptr<const ClientCertificate> client_certificate(SSL* ssl);

/// Why a handshake failed, in the words of AWS's connection log (ALB user guide, Connection logs: error reason codes). `ssl` may be null.
std::string_view handshake_failure(SSL* ssl);

}  // namespace landfall::alb
