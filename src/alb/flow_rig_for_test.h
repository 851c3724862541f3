#pragma once

#include <memory>

#include "alb/rig_for_test.h"

/// A network load balancer's worker between clients and targets, all in this process.
namespace landfall::alb {

/// The rig's worker with one TCP listener and one TCP group, whose targets are connected to and asked nothing.
struct FlowRig : Running {
  FlowRig() {
    config.balancer.type = "network";
    config.balancer.arn = "arn:aws:elasticloadbalancing:r:1:loadbalancer/net/lb/0123456789abcdef";
    listener().protocol = "TCP";
    group().protocol = "TCP";
    group().protocol_version.clear();
    group().health_check = {.protocol = "TCP", .path = {}, .interval_seconds = 5, .timeout_seconds = kPatience.count(), .matcher = {}};
  }
  model::Listener& listener() { return config.listeners[0].listener; }
  model::TargetGroup& group() { return config.groups[0].group; }
  void add(int target_port, const std::string& zone = "") { config.groups[0].targets.push_back({.target_group_arn = "g", .id = "127.0.0.1", .port = target_port, .zone = zone}); }
  void reload() {
    ++config.revision;
    write();
    wait([&](const WorkerState& s) { return s.revision == config.revision; });
  }
};

/// A TCP server that serves each connection on a thread of its own.
struct Server {
  Fd listening{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  int port = 0;
  std::atomic<int> taken = 0;
  std::jthread accepting;

  explicit Server(std::function<void(int fd)> serve) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(bind(listening.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0);
    REQUIRE(listen(listening.get(), 64) == 0);
    socklen_t size = sizeof at;
    getsockname(listening.get(), reinterpret_cast<sockaddr*>(&at), &size);
    port = ntohs(at.sin_port);
    accepting = std::jthread([this, serve] {
      std::vector<std::jthread> serving;
      for (;;) {
        const int fd = accept4(listening.get(), nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0) return;
        ++taken;
        serving.emplace_back([fd, serve] {
          const Fd owned(fd);
          serve(fd);
        });
      }
    });
  }
  ~Server() { shutdown(listening.get(), SHUT_RDWR); }
};

inline void send_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t sent = send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    text.remove_prefix(static_cast<size_t>(sent));
  }
}

/// What comes, sent back until the end; checks (which say nothing) end at once.
inline void echo(int fd) {
  char piece[65536];
  for (ssize_t got = 0; (got = recv(fd, piece, sizeof piece, 0)) > 0;) send_all(fd, {piece, static_cast<size_t>(got)});
}

/// Says `name` to whoever says something.
inline std::function<void(int)> named(const std::string& name) {
  return [name](int fd) {
    char byte = 0;
    if (recv(fd, &byte, 1, 0) == 1) send_all(fd, name);
  };
}

inline std::string some(int fd, size_t size) {
  std::string text(size, '\0');
  const ssize_t got = recv(fd, text.data(), size, MSG_WAITALL);
  text.resize(got > 0 ? static_cast<size_t>(got) : 0);
  return text;
}

/// Who answers a client that comes from `source` (an address of this host's 127.0.0.0/8).
inline std::string asked(int port, const std::string& source = "127.0.0.1") {
  Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in from{}, at{};
  from.sin_family = at.sin_family = AF_INET;
  inet_pton(AF_INET, source.c_str(), &from.sin_addr);
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  at.sin_port = htons(static_cast<uint16_t>(port));
  REQUIRE(bind(fd.get(), reinterpret_cast<const sockaddr*>(&from), sizeof from) == 0);
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0) return "";
  const timeval limit{.tv_sec = kPatience.count(), .tv_usec = 0};
  setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  send_all(fd.get(), "?");
  std::string text(64, '\0');
  const ssize_t got = recv(fd.get(), text.data(), text.size(), 0);
  return got > 0 ? text.substr(0, static_cast<size_t>(got)) : "";
}

}  // namespace landfall::alb
