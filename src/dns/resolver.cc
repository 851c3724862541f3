#include "dns/resolver.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

#include <fmt/format.h>

#include "base/ip.h"
#include "base/log.h"
#include "base/text.h"
#include "dns/message.h"
#include "store/table.h"

namespace landfall::dns {
namespace {

constexpr int kPort = 53;
constexpr size_t kUdpLimit = 1232;  // DNS flag day 2020: fits every path without fragments
constexpr size_t kTcpLimit = 65535;
constexpr int kMaxOutside = 16;     // questions to the outside at once
constexpr int kMaxTcpClients = 64;
constexpr int kLookMs = 1000, kSoonMs = 20;
constexpr auto kOutsideTimeout = std::chrono::milliseconds(2000);
constexpr std::string_view kLinkLocal = "169.254.169.253";

sockaddr_in address_of(Ipv4 ip, int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(ip.bits);
  return address;
}

Result<Fd> listen_on(const Sockets& sockets, const std::string& network_namespace, Ipv4 ip, int port, int type) {
  Fd fd = TRY(sockets.open(network_namespace, type));
  const int on = 1;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  // The address may be put on the router's loopback a moment after its namespace appears.
  setsockopt(fd.get(), IPPROTO_IP, IP_FREEBIND, &on, sizeof on);
  fcntl(fd.get(), F_SETFL, fcntl(fd.get(), F_GETFL) | O_NONBLOCK);
  const sockaddr_in address = address_of(ip, port);
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return fail(errno_error(fmt::format("binding DNS to {}:{}", to_string(ip), port), errno));
  }
  if (type == SOCK_STREAM && listen(fd.get(), 64) != 0) return fail(errno_error("listening for DNS", errno));
  return fd;
}

std::optional<Ipv4> host_nameserver() {
  const auto text = read_file("/etc/resolv.conf");
  if (!text) return std::nullopt;
  for (const std::string& line : split(*text, '\n')) {
    if (!line.starts_with("nameserver ")) continue;
    if (const auto ip = parse_ipv4(trim(std::string_view(line).substr(11)))) return *ip;
  }
  return std::nullopt;
}

std::optional<std::string> ask_outside(std::string_view query) {
  const std::optional<Ipv4> server = host_nameserver();
  if (!server) return std::nullopt;
  const Fd fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const sockaddr_in to = address_of(*server, kPort);
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) return std::nullopt;
  if (send(fd.get(), query.data(), query.size(), MSG_NOSIGNAL) < 0) return std::nullopt;
  pollfd waiting{.fd = fd.get(), .events = POLLIN, .revents = 0};
  if (poll(&waiting, 1, static_cast<int>(kOutsideTimeout.count())) != 1) return std::nullopt;
  std::string reply(kTcpLimit, '\0');
  const ssize_t got = recv(fd.get(), reply.data(), reply.size(), 0);
  if (got < 12 || reply.compare(0, 2, query.substr(0, 2)) != 0) return std::nullopt;
  reply.resize(static_cast<size_t>(got));
  return reply;
}

/// One pair of sockets: whose questions come here.
struct Listener {
  std::string vpc_key;  ///< empty: the host's view
  std::string network_namespace;
  uint64_t space = 0;   ///< the namespace's identity: one of its name may come after it
  std::shared_ptr<const Fd> udp, tcp;
};

struct TcpClient {
  Fd fd;
  std::string vpc_key;
  std::string input;
};

}  // namespace

struct Resolver::Impl {
  store::Store& store;
  Sockets sockets;
  Chance chance;
  std::string host_address;
  int host_port;
  std::map<std::string, Listener> listeners;  ///< by "vpc key@address"
  std::map<int, TcpClient> clients;
  std::shared_ptr<const Names> names;
  store::Revision names_revision = -1;
  std::atomic<int> outside_count = 0;
  bool is_incomplete = false;  ///< a listener could not be opened yet
  Fd epoll;

  Impl(store::Store& s, Sockets k, Chance c, std::string address, int port)
      : store(s), sockets(std::move(k)), chance(std::move(c)), host_address(std::move(address)), host_port(port), epoll(epoll_create1(EPOLL_CLOEXEC)) {}

  void watch(int fd) const {
    epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
    epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd, &event);
  }

  const Names& current() {
    const store::Revision now = store.revision();
    if (now != names_revision) {
      names = std::make_shared<const Names>(names_of(store));
      names_revision = now;
    }
    return *names;
  }

  const model::Vpc* vpc_of(const Names& at, const std::string& key) const {
    for (const model::Vpc& vpc : at.vpcs) {
      if (vpc.key() == key) return &vpc;
    }
    return nullptr;
  }

  void add_listener(const std::string& id, const std::string& vpc_key, const std::string& network_namespace, Ipv4 ip, int port) {
    const uint64_t space = sockets.identity(network_namespace);
    auto udp = listen_on(sockets, network_namespace, ip, port, SOCK_DGRAM);
    auto tcp = listen_on(sockets, network_namespace, ip, port, SOCK_STREAM);
    if (!udp || !tcp) {
      is_incomplete = true;  // the VPC's namespace appears a moment after its record
      if (vpc_key.empty()) log_warn("resolver not listening", {{"error", (!udp ? udp.error() : tcp.error()).message()}});
      return;
    }
    Listener made{.vpc_key = vpc_key, .network_namespace = network_namespace, .space = space, .udp = std::make_shared<const Fd>(std::move(*udp)), .tcp = std::make_shared<const Fd>(std::move(*tcp))};
    watch(made.udp->get());
    watch(made.tcp->get());
    listeners.emplace(id, std::move(made));
  }

  /// Opens what is missing and closes what is gone.
  void follow_records() {
    const Names& at = current();
    is_incomplete = false;
    std::erase_if(listeners, [&](const auto& entry) { return sockets.identity(entry.second.network_namespace) != entry.second.space; });
    std::set<std::string> wanted{"host"};
    if (!listeners.contains("host")) {
      if (const auto ip = parse_ipv4(host_address)) add_listener("host", "", "", *ip, host_port);
    }
    for (const model::Vpc& vpc : at.vpcs) {
      const auto cidr = parse_cidr(vpc.cidr);
      // A default VPC that holds nothing has no namespace (vpc/plan.cc).
      const bool is_idle = vpc.is_default && std::ranges::find(at.interfaces, vpc.id, &model::NetworkInterface::vpc_id) == at.interfaces.end();
      if (!vpc.enable_dns_support || !cidr || is_idle) continue;
      const std::string network_namespace = at.settings.namespace_name("vpc", vpc.id);
      for (const Ipv4 ip : {cidr->base + 2, *parse_ipv4(kLinkLocal)}) {
        const std::string id = vpc.key() + "@" + to_string(ip);
        wanted.insert(id);
        if (!listeners.contains(id)) add_listener(id, vpc.key(), network_namespace, ip, kPort);
      }
    }
    std::erase_if(listeners, [&](const auto& entry) { return !wanted.contains(entry.first); });
  }

  /// Answers from our own records at once; otherwise hands the question to a helper thread that sends the reply.
  template <class Send>
  void serve(const std::string& vpc_key, std::string query, size_t limit, Send send) {
    const Names& at = current();
    const model::Vpc* vpc = vpc_key.empty() ? nullptr : vpc_of(at, vpc_key);
    if (!vpc_key.empty() && vpc == nullptr) return;
    bool is_foreign = false;
    const std::string reply = reply_to(
        query, limit, [&](const Question& question) { return answer(at, vpc, question, chance); },
        [&](std::string_view) -> std::optional<std::string> {
          is_foreign = true;
          return std::nullopt;
        });
    if (!is_foreign || outside_count >= kMaxOutside) {
      if (!reply.empty()) send(reply);
      return;
    }
    ++outside_count;
    std::thread([this, query = std::move(query), reply, send] {
      send(ask_outside(query).value_or(reply));
      --outside_count;
    }).detach();
  }

  void on_udp(const Listener& listener) {
    char buffer[4096];
    sockaddr_in from{};
    socklen_t size = sizeof from;
    const ssize_t got = recvfrom(listener.udp->get(), buffer, sizeof buffer, 0, reinterpret_cast<sockaddr*>(&from), &size);
    if (got <= 0) return;
    serve(listener.vpc_key, std::string(buffer, static_cast<size_t>(got)), kUdpLimit,
          [fd = listener.udp, from](const std::string& reply) {
            sendto(fd->get(), reply.data(), reply.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&from), sizeof from);
          });
  }

  void on_accept(const Listener& listener) {
    Fd fd(accept4(listener.tcp->get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd || clients.size() >= kMaxTcpClients) return;
    watch(fd.get());
    const int key = fd.get();
    clients.insert_or_assign(key, TcpClient{.fd = std::move(fd), .vpc_key = listener.vpc_key, .input = {}});
  }

  void on_client(TcpClient& client) {
    char buffer[4096];
    const ssize_t got = recv(client.fd.get(), buffer, sizeof buffer, 0);
    if (got <= 0) {
      clients.erase(client.fd.get());
      return;
    }
    client.input.append(buffer, static_cast<size_t>(got));
    while (client.input.size() >= 2) {
      const size_t length = static_cast<size_t>(static_cast<unsigned char>(client.input[0])) << 8 |
                            static_cast<unsigned char>(client.input[1]);
      if (client.input.size() < 2 + length) return;
      std::string query = client.input.substr(2, length);
      client.input.erase(0, 2 + length);
      auto fd = std::make_shared<const Fd>(Fd(dup(client.fd.get())));
      serve(client.vpc_key, std::move(query), kTcpLimit, [fd](const std::string& reply) {
        std::string framed{static_cast<char>(reply.size() >> 8), static_cast<char>(reply.size() & 255)};
        framed += reply;
        send_all(fd->get(), framed);
      });
    }
  }

  static void send_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
  }

  void on_ready(int fd) {
    if (const auto client = clients.find(fd); client != clients.end()) return on_client(client->second);
    for (auto& [id, listener] : listeners) {
      if (listener.udp->get() == fd) return on_udp(listener);
      if (listener.tcp->get() == fd) return on_accept(listener);
    }
  }
};

Resolver::Resolver(store::Store& store, Sockets sockets, Chance chance, std::string host_address, int host_port)
    : impl_(std::make_unique<Impl>(store, std::move(sockets), std::move(chance), std::move(host_address), host_port)) {}
Resolver::~Resolver() = default;

void Resolver::run() {
  Impl& impl = *impl_;
  // A thread turns store changes into an event, so that one wait covers sockets and records.
  const Fd changed(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  impl.watch(changed.get());
  std::jthread watcher([&] {
    store::Revision seen = -1;
    while (!impl.store.is_closed()) {
      seen = impl.store.wait({"vpc/", "settings/", "network_interface/"}, seen, std::chrono::seconds(1));
      const uint64_t one = 1;
      [[maybe_unused]] const ssize_t written = write(changed.get(), &one, sizeof one);
    }
  });
  while (!impl.store.is_closed()) {
    epoll_event events[64];
    const int ready = epoll_wait(impl.epoll.get(), events, 64, impl.is_incomplete ? kSoonMs : kLookMs);
    if (ready == 0 && impl.is_incomplete) impl.follow_records();
    for (int i = 0; i < ready; ++i) {
      if (events[i].data.fd != changed.get()) {
        impl.on_ready(events[i].data.fd);
        continue;
      }
      uint64_t count = 0;
      [[maybe_unused]] const ssize_t got = read(changed.get(), &count, sizeof count);
      impl.follow_records();
    }
  }
  while (impl.outside_count > 0) std::this_thread::sleep_for(std::chrono::milliseconds(10));
}

}  // namespace landfall::dns
