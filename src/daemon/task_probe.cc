#include "daemon/task_probe.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>
#include <cstring>
#include <sstream>

#include <fmt/format.h>

#include "base/file.h"
#include "base/text.h"
#include "sys/netns.h"

namespace landfall::daemon {
namespace {

constexpr std::string_view kListen = "0A";  // TCP_LISTEN as /proc/net/tcp writes it

/// "0100007F:1F90" -> 127.0.0.1, 8080; words are in the host's byte order.
why::ListeningSocket socket_in(const std::string& text) {
  const size_t colon = text.find(':');
  const std::string hex = text.substr(0, colon);
  why::ListeningSocket socket{.address = {}, .port = static_cast<int>(std::strtol(text.c_str() + colon + 1, nullptr, 16))};
  uint32_t words[4] = {};
  for (size_t i = 0; i < hex.size() / 8 && i < 4; ++i) words[i] = static_cast<uint32_t>(std::strtoul(hex.substr(i * 8, 8).c_str(), nullptr, 16));
  char shown[INET6_ADDRSTRLEN] = "";
  inet_ntop(hex.size() > 8 ? AF_INET6 : AF_INET, words, shown, sizeof shown);
  socket.address = shown;
  return socket;
}

std::string header_of(const std::string& head, std::string_view name) {
  for (const std::string& line : split(head, '\n')) {
    const size_t colon = line.find(':');
    if (colon != std::string::npos && iequals(line.substr(0, colon), name)) return std::string(trim(line.substr(colon + 1)));
  }
  return "";
}

void read_answer(const std::string& text, why::Answer& answer) {
  if (text.starts_with("HTTP/1.") && text.size() > 12) answer.status = std::atoi(text.c_str() + 9);
  const size_t end = text.find("\r\n\r\n");
  answer.location = header_of(text.substr(0, end), "location");
  if (end != std::string::npos) answer.body = text.substr(end + 4, 256);
}

void exchange(int fd, const ProbeRequest& request, why::Answer& answer) {
  sockaddr_in to{.sin_family = AF_INET, .sin_port = htons(static_cast<uint16_t>(request.port)), .sin_addr = {}, .sin_zero = {}};
  inet_pton(AF_INET, request.address.c_str(), &to.sin_addr);
  const timeval limit{.tv_sec = request.timeout_seconds, .tv_usec = 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) {
    answer.error = errno == ECONNREFUSED ? "connection refused" : errno == EINPROGRESS ? "timed out" : std::strerror(errno);
    return;
  }
  const std::string text = fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\n{}Connection: close\r\nUser-Agent: landfall-why\r\n\r\n", request.path, request.host, request.as_https ? "X-Forwarded-Proto: https\r\n" : "");
  if (send(fd, text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size())) {
    answer.error = std::strerror(errno);
    return;
  }
  std::string got;
  char buffer[4096];
  ssize_t n = 0;
  while (got.size() < 8192 && (n = recv(fd, buffer, sizeof buffer, 0)) > 0) got.append(buffer, static_cast<size_t>(n));
  read_answer(got, answer);
  if (answer.status == 0) answer.error = n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? "timed out" : "the connection was closed without an answer";
}

}  // namespace

Result<std::vector<why::ListeningSocket>> listening_sockets(const std::string& network_namespace) {
  std::vector<why::ListeningSocket> sockets;
  TRY(sys::run_in(network_namespace, [&]() -> Result<void> {
    for (const char* table : {"/proc/thread-self/net/tcp", "/proc/thread-self/net/tcp6"}) {
      const auto text = read_file(table);
      if (!text) continue;
      for (const std::string& line : split(*text, '\n')) {
        std::istringstream words(line);
        std::string number, local, remote, state;
        if (words >> number >> local >> remote >> state && state == kListen) sockets.push_back(socket_in(local));
      }
    }
    return {};
  }));
  return sockets;
}

why::Answer ask(const std::string& network_namespace, const ProbeRequest& request) {
  why::Answer answer;
  const auto start = std::chrono::steady_clock::now();
  const auto socket = sys::socket_in(network_namespace, AF_INET, SOCK_STREAM);
  if (socket) exchange(socket->get(), request, answer);
  else answer.error = socket.error().message();
  answer.took = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - start);
  return answer;
}

}  // namespace landfall::daemon
