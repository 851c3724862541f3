#include "alb/transport.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <fmt/format.h>

#include "alb/loop.h"
#include "alb/socket_io.h"

namespace landfall::alb {
void Transport::take(uint32_t events) {
  if ((events & kReadable) != 0) readable_ = true;
  if ((events & kEnded) != 0) ended_ = true;
}

Io Transport::handshake() {
  const Io done = tls_->handshake(socket_.get());
  if (done == Io::again) readable_ = false;
  return done;
}

Io Transport::read(char* into, size_t room, size_t& got) {
  got = 0;
  if (tls_) {
    const Io done = tls_->read(socket_.get(), into, room, ended_, got);
    if (done == Io::again || (done == Io::ok && got < room && !ended_)) readable_ = false;
    return done;
  }
  const ssize_t taken = receive(socket_.get(), into, room, 0);
  if (taken <= 0) {
    readable_ = false;
    return taken < 0 && (errno == EAGAIN || errno == EINTR) ? Io::again : Io::closed;
  }
  got = static_cast<size_t>(taken);
  if (got < room && !ended_) readable_ = false;  // a short read has emptied the socket; what comes raises an event
  return Io::ok;
}

Io Transport::write(std::string_view bytes, size_t& taken) {
  taken = 0;
  if (tls_) return tls_->write(socket_.get(), bytes, taken);
  while (taken < bytes.size()) {
    const ssize_t sent = transmit(socket_.get(), bytes.data() + taken, bytes.size() - taken, MSG_NOSIGNAL);
    if (sent <= 0) return sent < 0 && (errno == EAGAIN || errno == EINTR) ? Io::again : Io::closed;
    taken += static_cast<size_t>(sent);
  }
  return Io::ok;
}

Io Transport::flush() { return tls_ ? tls_->flush(socket_.get()) : Io::ok; }

bool Transport::is_spoilt() const {
  char byte = 0;
  const ssize_t got = ::recv(socket_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got >= 0 || (errno != EAGAIN && errno != EINTR);
}

sockaddr_in address_of(const std::string& text, int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  inet_pton(AF_INET, text.c_str(), &address.sin_addr);
  return address;
}

Result<Fd> start_connect(const sockaddr_in& to, const std::string& source) {
  Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return fail(errno_error("making a socket", errno));
  const int on = 1;
  setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (!source.empty()) {
    // The port is chosen at connect: many connections may share the address.
    setsockopt(fd.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    const sockaddr_in from = address_of(source, 0);
    if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0) return fail(errno_error("binding to " + source, errno));
  }
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0 && errno != EINPROGRESS) {
    char text[INET_ADDRSTRLEN];
    inet_ntop(AF_INET, &to.sin_addr, text, sizeof text);
    return fail(errno_error(fmt::format("connecting to {}:{}", text, ntohs(to.sin_port)), errno));
  }
  return fd;
}

bool is_connected(int fd) {
  sockaddr_in peer{};
  socklen_t size = sizeof peer;
  return getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) == 0;
}

int connect_error(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  return error;
}

Result<Fd> listen_at(const std::string& address, int port, bool shares_port) {
  Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return fail(errno_error("making a socket", errno));
  const int on = 1;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // inherited by what is accepted
  const int unsent = 128 * 1024;  // what the kernel holds for a slow client: inherited as well, and by default megabytes
  setsockopt(fd.get(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof unsent);
  if (shares_port) setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  const sockaddr_in at = address_of(address, port);
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0 || listen(fd.get(), 4096) != 0) {
    return fail(errno_error(fmt::format("listening on {}:{}", address, port), errno));
  }
  return fd;
}

}  // namespace landfall::alb
