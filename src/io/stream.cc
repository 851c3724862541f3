#include "io/stream.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace landfall::io {
namespace {

constexpr std::chrono::milliseconds kLastWord{1000};

void limit_silence(int fd, std::chrono::milliseconds limit) {
  const timeval time{.tv_sec = limit.count() / 1000, .tv_usec = limit.count() % 1000 * 1000};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
}

std::unexpected<Error> timed_out() {
  return fail(Error{.code = "Stream.Timeout", .what = "the peer was silent for too long", .blame = Blame::remote});
}

class PlainStream final : public Stream {
 public:
  explicit PlainStream(Fd socket) : socket_(std::move(socket)) {}

  Result<size_t> read(char* into, size_t size) override {
    for (;;) {
      const ssize_t got = ::recv(socket_.get(), into, size, 0);
      if (got >= 0) return static_cast<size_t>(got);
      if (errno == EAGAIN || errno == EWOULDBLOCK) return timed_out();
      if (errno != EINTR) return fail(errno_error("reading from a connection", errno));
    }
  }

  Result<void> write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno == EINTR) continue;
      if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return timed_out();
      if (sent < 0) return fail(errno_error("writing to a connection", errno));
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return {};
  }

  void shutdown() override { ::shutdown(socket_.get(), SHUT_RDWR); }
  void stop_reading() override { ::shutdown(socket_.get(), SHUT_RD); }

  void end_writing() override {
    ::shutdown(socket_.get(), SHUT_WR);
    limit_silence(socket_.get(), kLastWord);
  }

 private:
  Fd socket_;
};

struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};

Error tls_error(std::string_view doing) {
  char reason[256] = "connection closed";
  if (const unsigned long code = ERR_get_error(); code != 0) ERR_error_string_n(code, reason, sizeof reason);
  ERR_clear_error();
  return Error{.code = "Tls.Failed", .what = std::string(doing) + ": " + reason, .blame = Blame::remote};
}

class TlsStream final : public Stream {
 public:
  TlsStream(Fd socket, std::unique_ptr<SSL, FreeSsl> ssl) : socket_(std::move(socket)), ssl_(std::move(ssl)) {}

  Result<size_t> read(char* into, size_t size) override {
    const int got = SSL_read(ssl_.get(), into, static_cast<int>(size));
    if (got > 0) return static_cast<size_t>(got);
    const int why = SSL_get_error(ssl_.get(), got);
    if (why == SSL_ERROR_ZERO_RETURN) return size_t{0};
    if (why == SSL_ERROR_WANT_READ || (why == SSL_ERROR_SYSCALL && errno == EAGAIN)) return timed_out();
    return fail(tls_error("reading from a TLS connection"));
  }

  Result<void> write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const int sent = SSL_write(ssl_.get(), bytes.data(), static_cast<int>(std::min<size_t>(bytes.size(), 1 << 30)));
      if (sent <= 0) return fail(tls_error("writing to a TLS connection"));
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return {};
  }

  void shutdown() override { ::shutdown(socket_.get(), SHUT_RDWR); }
  void stop_reading() override { ::shutdown(socket_.get(), SHUT_RD); }

  void end_writing() override {
    ::shutdown(socket_.get(), SHUT_WR);
    limit_silence(socket_.get(), kLastWord);
  }

  std::string server_name() const override {
    const char* name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
    return name == nullptr ? "" : name;
  }

 private:
  Fd socket_;
  std::unique_ptr<SSL, FreeSsl> ssl_;
};

/// Chain and key into the context; false leaves the reason on OpenSSL's error stack.
bool install(SSL_CTX* context, const std::string& chain_pem, const std::string& key_pem) {
  BIO* chain = BIO_new_mem_buf(chain_pem.data(), static_cast<int>(chain_pem.size()));
  BIO* key_bio = BIO_new_mem_buf(key_pem.data(), static_cast<int>(key_pem.size()));
  X509* leaf = PEM_read_bio_X509(chain, nullptr, nullptr, nullptr);
  EVP_PKEY* key = PEM_read_bio_PrivateKey(key_bio, nullptr, nullptr, nullptr);
  bool ok = leaf != nullptr && key != nullptr && SSL_CTX_use_certificate(context, leaf) == 1 &&
            SSL_CTX_use_PrivateKey(context, key) == 1;
  while (X509* next = ok ? PEM_read_bio_X509(chain, nullptr, nullptr, nullptr) : nullptr) {
    ok = SSL_CTX_add0_chain_cert(context, next) == 1;
  }
  if (ok) ERR_clear_error();
  X509_free(leaf);
  EVP_PKEY_free(key);
  BIO_free(chain);
  BIO_free(key_bio);
  return ok;
}

}  // namespace

std::unique_ptr<Stream> plain_stream(Fd socket, std::chrono::milliseconds silence_limit) {
  limit_silence(socket.get(), silence_limit);
  return std::make_unique<PlainStream>(std::move(socket));
}

Result<TlsServer> TlsServer::create(const std::string& chain_pem, const std::string& key_pem) {
  TlsServer server;
  server.context_ = {SSL_CTX_new(TLS_server_method()), [](SSL_CTX* context) { SSL_CTX_free(context); }};
  SSL_CTX_set_min_proto_version(server.context_.get(), TLS1_2_VERSION);
  SSL_CTX_set_mode(server.context_.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
  SSL_CTX_set_options(server.context_.get(), SSL_OP_IGNORE_UNEXPECTED_EOF);
  if (!install(server.context_.get(), chain_pem, key_pem)) return fail(tls_error("loading a certificate and its key"));
  return server;
}

Result<std::unique_ptr<Stream>> TlsServer::accept(Fd socket, std::chrono::milliseconds silence_limit) const {
  limit_silence(socket.get(), silence_limit);
  std::unique_ptr<SSL, FreeSsl> ssl(SSL_new(context_.get()));
  SSL_set_fd(ssl.get(), socket.get());
  if (SSL_accept(ssl.get()) != 1) return fail(tls_error("TLS handshake"));
  return std::make_unique<TlsStream>(std::move(socket), std::move(ssl));
}

}  // namespace landfall::io
