#include "alb/transport.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace landfall::alb {
namespace {

sockaddr_in address_of(const std::string& text, int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  inet_pton(AF_INET, text.c_str(), &address.sin_addr);
  return address;
}

}  // namespace

Transport::Transport(Fd socket, std::shared_ptr<const TlsContext> tls) : socket_(std::move(socket)), tls_(std::move(tls)) {
  ssl_ = SSL_new(tls_->first());
  SSL_set_fd(ssl_, socket_.get());
  SSL_set_accept_state(ssl_);
}

Transport::Transport(Transport&& other) noexcept
    : socket_(std::move(other.socket_)), ssl_(std::exchange(other.ssl_, nullptr)), tls_(std::move(other.tls_)), wants_write_(other.wants_write_) {}

Transport::~Transport() { SSL_free(ssl_); }

Io Transport::judge(int result) {
  const int why = SSL_get_error(ssl_, result);
  ERR_clear_error();
  wants_write_ = why == SSL_ERROR_WANT_WRITE;
  return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? Io::again : Io::closed;
}

Io Transport::handshake() {
  const int done = SSL_do_handshake(ssl_);
  return done == 1 ? Io::ok : judge(done);
}

Io Transport::read(std::string& into, size_t at_most) {
  // One buffer for all connections of a thread: an idle one holds none, and nothing is zeroed for each read.
  static thread_local char piece[64 * 1024];
  at_most = std::min(at_most, sizeof piece);
  ssize_t got = 0;
  Io outcome = Io::ok;
  if (ssl_ != nullptr) {
    got = SSL_read(ssl_, piece, static_cast<int>(at_most));
    if (got <= 0) outcome = judge(static_cast<int>(got));
  } else {
    got = ::recv(socket_.get(), piece, at_most, 0);
    if (got <= 0) outcome = got < 0 && (errno == EAGAIN || errno == EINTR) ? Io::again : Io::closed;
  }
  if (outcome == Io::ok) into.append(piece, static_cast<size_t>(got));
  return outcome;
}

Io Transport::write(std::string& from) {
  size_t sent = 0;
  Io outcome = Io::ok;
  while (sent < from.size() && outcome == Io::ok) {
    ssize_t done = 0;
    if (ssl_ != nullptr) {
      done = SSL_write(ssl_, from.data() + sent, static_cast<int>(from.size() - sent));
      if (done <= 0) outcome = judge(static_cast<int>(done));
    } else {
      done = ::send(socket_.get(), from.data() + sent, from.size() - sent, MSG_NOSIGNAL);
      if (done <= 0) outcome = done < 0 && (errno == EAGAIN || errno == EINTR) ? Io::again : Io::closed;
    }
    if (outcome == Io::ok) sent += static_cast<size_t>(done);
  }
  if (sent == from.size()) from.clear();
  else from.erase(0, sent);
  return outcome;
}

bool Transport::is_spoilt() const {
  char byte = 0;
  const ssize_t got = ::recv(socket_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got >= 0 || (errno != EAGAIN && errno != EINTR);
}

std::string Transport::peer_address() const {
  sockaddr_in peer{};
  socklen_t size = sizeof peer;
  getpeername(socket_.get(), reinterpret_cast<sockaddr*>(&peer), &size);
  char text[INET_ADDRSTRLEN];
  inet_ntop(AF_INET, &peer.sin_addr, text, sizeof text);
  return text;
}

int Transport::peer_port() const {
  sockaddr_in peer{};
  socklen_t size = sizeof peer;
  getpeername(socket_.get(), reinterpret_cast<sockaddr*>(&peer), &size);
  return ntohs(peer.sin_port);
}

Result<Fd> start_connect(const std::string& address, int port, const std::string& source) {
  Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (!source.empty()) {
    // The port is chosen at connect: many connections may share the address.
    setsockopt(fd.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    const sockaddr_in from = address_of(source, 0);
    if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0) return fail(errno_error("binding to " + source, errno));
  }
  const sockaddr_in to = address_of(address, port);
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0 && errno != EINPROGRESS) {
    return fail(errno_error(fmt::format("connecting to {}:{}", address, port), errno));
  }
  return fd;
}

int connect_error(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  return error;
}

Result<Fd> listen_at(const std::string& address, int port) {
  Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const sockaddr_in at = address_of(address, port);
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0 || listen(fd.get(), 1024) != 0) {
    return fail(errno_error(fmt::format("listening on {}:{}", address, port), errno));
  }
  return fd;
}

}  // namespace landfall::alb
