#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "alb/tls_session.h"
#include "base/error.h"
#include "base/file.h"

namespace landfall::alb {

/// A non-blocking connection, plain or TLS, watched for kEdges.
class Transport {
 public:
  explicit Transport(Fd socket) : socket_(std::move(socket)) {}
  Transport(Fd socket, std::unique_ptr<TlsSession> tls) : socket_(std::move(socket)), tls_(std::move(tls)) {}

  int fd() const { return socket_.get(); }
  TlsSession* tls() const { return tls_.get(); }
  /// To be told of every event: what it says about reading is remembered until a read has found the end of what is there.
  void take(uint32_t events);
  bool is_readable() const { return readable_; }
  void set_readable() { readable_ = true; }

  Io handshake();
  /// Up to `room` bytes to `into`; `got` says how many. closed only with none.
  Io read(char* into, size_t room, size_t& got);
  /// As many as can be taken. closed: the connection is broken.
  Io write(std::string_view bytes, size_t& taken);
  /// Sends what TLS has ready; again: it waits for room.
  Io flush();
  bool is_flushed() const { return !tls_ || tls_->is_flushed(); }
  /// Whether the peer has closed, or said something unasked: checked before a request that cannot be sent twice.
  bool is_spoilt() const;

 private:
  Fd socket_;
  std::unique_ptr<TlsSession> tls_;
  bool readable_ = false, ended_ = false;
};

sockaddr_in address_of(const std::string& text, int port);
/// Starts connecting to `to` from `source` ("" any). The socket is writable once connected or refused.
Result<Fd> start_connect(const sockaddr_in& to, const std::string& source);
/// 0, or the errno that connecting ended with.
bool is_connected(int fd);  ///< false while it is on its way, and after it failed
int connect_error(int fd);
/// `shares_port`: several sockets, one for each thread, may listen at the same place.
Result<Fd> listen_at(const std::string& address, int port, bool shares_port);

}  // namespace landfall::alb
