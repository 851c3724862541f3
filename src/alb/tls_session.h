#pragma once

#include <openssl/types.h>

#include <memory>
#include <string_view>

#include "alb/kept.h"

namespace landfall::alb {

class TlsContext;

enum class Io { ok, again, closed };

/// One connection's TLS, over whole messages: a call to the kernel brings all records that are there, and all records of an
/// answer leave in one. What OpenSSL writes gathers in the thread's scratch until flush().
class TlsSession {
 public:
  /// A server's session.
  explicit TlsSession(std::shared_ptr<const TlsContext> context);
  /// A client's session, to a target.
  explicit TlsSession(SSL_CTX* context);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  Io handshake(int fd);
  /// `ended`: the peer's end was told, so that a short read does not mean an empty socket.
  Io read(int fd, char* into, size_t room, bool ended, size_t& got);
  Io write(int fd, std::string_view bytes, size_t& taken);
  Io flush(int fd);
  bool is_flushed() const { return unsent_.empty(); }
  SSL* ssl() const { return ssl_; }
  void shut(int fd);  ///< tells the peer that nothing follows

  // Once the handshake is done.
  std::string_view alpn() const;
  std::string_view version() const;      ///< "TLSv1.3"
  std::string_view cipher() const;       ///< OpenSSL's name
  std::string_view server_name() const;  ///< that the client asked for; empty: none
  std::string_view certificate() const;  ///< ARN of the one that was shown
  bool is_resumed() const;

 private:
  friend struct TlsPipe;
  void open(SSL_CTX* context);
  bool refill(int fd, bool& at_end, bool& drained, bool ended);
  void save_input();
  SSL* ssl_ = nullptr;
  std::shared_ptr<const TlsContext> context_;
  std::string_view input_;  ///< records not yet read by OpenSSL, in the scratch during a call
  Kept saved_input_, unsent_;
};

}  // namespace landfall::alb
