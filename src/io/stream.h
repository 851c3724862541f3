#pragma once

#include <openssl/types.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/file.h"

namespace landfall::io {

/// A connected byte stream with blocking calls and a deadline for silence; plain TCP or TLS.
class Stream {
 public:
  virtual ~Stream() = default;
  /// Bytes read; 0 at the end. Errors: "Stream.Timeout", errno errors, "Tls.Failed".
  virtual Result<size_t> read(char* into, size_t size) = 0;
  virtual Result<void> write(std::string_view bytes) = 0;
  /// Ends the connection in both directions; a blocked call in another thread returns.
  virtual void shutdown() = 0;
  /// The other side's bytes end here; what is being written goes on. From any thread.
  virtual void stop_reading() = 0;
  /// No more bytes will be written, and the peer has a second to finish: for a last answer before closing.
  virtual void end_writing() = 0;
  virtual std::string server_name() const { return ""; }
};

std::unique_ptr<Stream> plain_stream(Fd socket, std::chrono::milliseconds silence_limit);

/// What a TLS server shows: certificate chain (leaf first) and key. TLS 1.2 and 1.3.
class TlsServer {
 public:
  static Result<TlsServer> create(const std::string& chain_pem, const std::string& key_pem);
  /// Handshakes on the socket.
  Result<std::unique_ptr<Stream>> accept(Fd socket, std::chrono::milliseconds silence_limit) const;

 private:
  std::shared_ptr<SSL_CTX> context_;
};

}  // namespace landfall::io
