#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/error.h"
#include "http/message.h"

namespace landfall::http {

struct ServerTls {
  std::string certificate_chain_pem;
  std::string private_key_pem;
};

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::string network_namespace{};          ///< where it listens; empty: here
  uint16_t port = 0;                        ///< 0: the kernel chooses; see Server::port
  std::optional<ServerTls> tls{};           ///< TLS 1.2 and 1.3 with this certificate if set
  size_t max_header_bytes = 64 * 1024;      ///< over it: 431
  uint64_t max_body_bytes = 8ull << 30;     ///< over it: 413
  size_t spool_above = 1 << 20;             ///< larger bodies go to a file in spool_folder
  std::filesystem::path spool_folder = "/tmp";
  int max_connections = 1024;               ///< over it new connections are closed at once
  std::chrono::milliseconds idle_timeout{75'000};  ///< no byte from the client for so long: closed (408 in a request)
};

/// Called on the connection's thread; must not throw; may block.
using Handler = std::function<Response(Request)>;

/// An HTTP/1.1 server over the project's own codec, a thread per connection: keep-alive, pipelining, chunked, Expect: 100-continue.
/// Malformed requests are answered 400 and the connection closed.
class Server {
 public:
  /// Errors: "Server.PortInUse" names address and port; errno errors otherwise.
  static Result<std::unique_ptr<Server>> start(ServerOptions options, Handler handler);
  virtual ~Server() = default;  ///< refuses new requests, finishes running ones (5 s at most), closes
  virtual uint16_t port() const = 0;
};

}  // namespace landfall::http
