#pragma once

#include <openssl/types.h>

#include <cstdint>
#include <memory>
#include <string>

#include "alb/tls.h"
#include "base/error.h"
#include "base/file.h"

namespace landfall::alb {

enum class Io { ok, again, closed };

/// A non-blocking connection, plain or TLS. `again` means: wait for the events that interest() names.
class Transport {
 public:
  explicit Transport(Fd socket) : socket_(std::move(socket)) {}
  Transport(Fd socket, std::shared_ptr<const TlsContext> tls);
  ~Transport();
  Transport(Transport&&) noexcept;

  int fd() const { return socket_.get(); }
  bool is_tls() const { return ssl_ != nullptr; }
  Io handshake();                              ///< TLS only; ok once done
  Io read(std::string& into, size_t at_most);  ///< appends
  Io write(std::string& from);                 ///< takes off what was sent; ok when empty
  bool wants_write() const { return wants_write_; }  ///< TLS waits for room to send
  /// Whether the peer has closed, or said something unasked: checked before a request that cannot be sent twice.
  bool is_spoilt() const;
  std::string peer_address() const;
  int peer_port() const;

 private:
  Io judge(int result);
  Fd socket_;
  SSL* ssl_ = nullptr;
  std::shared_ptr<const TlsContext> tls_;
  bool wants_write_ = false;
};

/// Starts connecting to address:port from `source` ("" any). The socket is writable once connected or refused.
Result<Fd> start_connect(const std::string& address, int port, const std::string& source);
/// 0, or the errno that connecting ended with.
int connect_error(int fd);
Result<Fd> listen_at(const std::string& address, int port);

}  // namespace landfall::alb
