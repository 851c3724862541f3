#include "alb/flow_connect.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>

#include <fmt/format.h>

namespace landfall::alb {

Result<Fd> connect_as_client(const sockaddr_in& to, const FlowSource& source) {
  Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return fail(errno_error("making a socket", errno));
  const int on = 1;
  setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);  // one client, many targets
  const std::string& device = source.node->device;
  if (setsockopt(fd.get(), IPPROTO_IP, IP_TRANSPARENT, &on, sizeof on) != 0) return fail(errno_error("taking a client's address", errno));
  if (!device.empty() && setsockopt(fd.get(), SOL_SOCKET, SO_BINDTODEVICE, device.c_str(), static_cast<socklen_t>(device.size())) != 0) return fail(errno_error("binding to device " + device, errno));
  sockaddr_in from{};
  from.sin_family = AF_INET;
  from.sin_addr = source.client;
  from.sin_port = htons(static_cast<uint16_t>(source.client_port));
  const bool is_bound = bind(fd.get(), reinterpret_cast<const sockaddr*>(&from), sizeof from) == 0;
  if (!is_bound || (connect(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0 && errno != EINPROGRESS)) {
    const int error = errno;
    char text[INET_ADDRSTRLEN];
    inet_ntop(AF_INET, &source.client, text, sizeof text);
    return fail(errno_error(fmt::format("connecting as {}:{}", text, source.client_port), error));
  }
  return fd;
}

}  // namespace landfall::alb
