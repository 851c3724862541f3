#pragma once

#include <arpa/inet.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "base/ids.h"
#include "model/reachability.h"
#include "model/settings.h"
#include "store/network_view.h"
#include "store/table.h"
#include "sys/linux.h"
#include "sys/netlink.h"
#include "sys/netns.h"
#include "vpc/network.h"

/// For tests: the records of a small VPC, and true packets between its ends.
namespace landfall::vpc::test {

inline const std::string kAccount = "000000000000";
inline const std::string kRegion = "us-west-2";
/// A /30 of 203.0.113.0/24 for each process, so that two runs of these tests do not meet.
inline const int kOutsideSlot = static_cast<int>(getpid() % 63) * 4;
inline const std::string kOutsideHostIp = "203.0.113." + std::to_string(kOutsideSlot + 1);
inline const std::string kOutsideIp = "203.0.113." + std::to_string(kOutsideSlot + 2);

/// A VPC with a public, a private and an isolated subnet, an internet gateway and a NAT gateway. Edit the members,
/// then write() them.
struct Records {
  model::Settings settings;
  model::NetworkView view;

  explicit Records(uint64_t seed) {
    IdSource ids(seed);
    const int number = static_cast<int>(seed % 200) + 20;
    settings = {.instance = ids.hex(4), .account = kAccount, .region = kRegion, .data_dir = "/nonexistent", .port = 4566,
                .public_pool = fmt::format("198.19.{}.0/24", number), .endpoint_address = fmt::format("198.19.{}.1", number),
                .transit_pool = fmt::format("100.127.{}.0/24", number)};
    view.vpcs.push_back({.account = kAccount, .region = kRegion, .id = "vpc-1", .cidr = "10.77.0.0/16", .main_route_table_id = "rtb-main"});
    view.internet_gateways.push_back({.account = kAccount, .region = kRegion, .id = "igw-1", .vpc_id = "vpc-1"});
    add_subnet("public", "10.77.1.0/24");
    add_subnet("private", "10.77.2.0/24");
    add_subnet("isolated", "10.77.3.0/24");
    add_table("main", {});
    add_table("public", {"public"}).routes.push_back({.destination = "0.0.0.0/0", .gateway_id = "igw-1"});
    add_table("private", {"private"}).routes.push_back({.destination = "0.0.0.0/0", .nat_gateway_id = "nat-1"});
    add_group("open", {rule(true, "-1", 0, 0, "0.0.0.0/0"), rule(false, "-1", 0, 0, "0.0.0.0/0")});
    auto& eni = add_interface("nat", "public", "10.77.1.200", {});
    eni.type = "nat_gateway";
    eni.owner = "nat-1";
    eni.host_namespace.clear();
    view.nat_gateways.push_back({.account = kAccount, .region = kRegion, .id = "nat-1", .vpc_id = "vpc-1", .subnet_id = "subnet-public",
                                 .allocation_id = "eipalloc-nat", .public_ip = public_ip(200), .network_interface_id = "eni-nat",
                                 .private_ip = "10.77.1.200"});
    give_public_ip("nat", 200);
  }

  std::string public_ip(int last) const { return settings.public_pool.substr(0, settings.public_pool.rfind('.') + 1) + std::to_string(last); }

  model::Subnet& add_subnet(const std::string& name, const std::string& cidr) {
    return view.subnets.emplace_back(model::Subnet{.account = kAccount, .region = kRegion, .id = "subnet-" + name, .vpc_id = "vpc-1", .cidr = cidr});
  }

  model::RouteTable& add_table(const std::string& name, const std::vector<std::string>& subnets) {
    auto& table = view.route_tables.emplace_back(model::RouteTable{.account = kAccount, .region = kRegion, .id = "rtb-" + name, .vpc_id = "vpc-1"});
    table.routes.push_back({.destination = "10.77.0.0/16", .gateway_id = "local", .origin = "CreateRouteTable"});
    for (const std::string& subnet : subnets) table.associations.push_back({.id = "rtbassoc-" + subnet, .subnet_id = "subnet-" + subnet});
    return table;
  }

  static model::SecurityGroupRule rule(bool is_egress, const std::string& protocol, int from, int to, const std::string& peer) {
    model::SecurityGroupRule made{.id = "sgr-1", .is_egress = is_egress, .protocol = protocol, .from_port = from, .to_port = to};
    (peer.starts_with("sg-") ? made.group_id : made.cidr) = peer;
    return made;
  }

  model::SecurityGroup& add_group(const std::string& name, std::vector<model::SecurityGroupRule> rules) {
    return view.security_groups.emplace_back(model::SecurityGroup{.account = kAccount, .region = kRegion, .id = "sg-" + name, .vpc_id = "vpc-1",
                                                                  .name = name, .rules = std::move(rules)});
  }

  model::NetworkInterface& add_interface(const std::string& name, const std::string& subnet, const std::string& ip,
                                         const std::vector<std::string>& groups) {
    const Ipv4 bits = parse_ipv4(ip).value();
    model::NetworkInterface made{.account = kAccount, .region = kRegion, .id = "eni-" + name, .vpc_id = "vpc-1", .subnet_id = "subnet-" + subnet,
                                 .private_ip = ip, .mac = fmt::format("02:00:00:00:{:02x}:{:02x}", bits.bits >> 8 & 255, bits.bits & 255),
                                 .security_group_ids = groups};
    made.host_namespace = settings.namespace_name("task", name);
    return view.interfaces.emplace_back(std::move(made));
  }

  /// A second VPC, 10.88.0.0/16, with one subnet and its table, peered with the first. Each side's private table knows the way.
  void add_far_vpc() {
    view.vpcs.push_back({.account = kAccount, .region = kRegion, .id = "vpc-2", .cidr = "10.88.0.0/16", .main_route_table_id = "rtb-far"});
    add_subnet("far", "10.88.1.0/24").vpc_id = "vpc-2";
    model::RouteTable table{.account = kAccount, .region = kRegion, .id = "rtb-far", .vpc_id = "vpc-2"};
    table.routes = {{.destination = "10.88.0.0/16", .gateway_id = "local"}, {.destination = "10.77.0.0/16", .vpc_peering_connection_id = "pcx-1"}};
    view.route_tables.push_back(table);
    view.peering_connections.push_back({.id = "pcx-1", .requester = {.account = kAccount, .region = kRegion, .vpc_id = "vpc-1", .tags = {}},
                                        .accepter = {.account = kAccount, .region = kRegion, .vpc_id = "vpc-2", .tags = {}}, .status = "active"});
    for (auto& known : view.route_tables) {
      if (known.id == "rtb-private") known.routes.push_back({.destination = "10.88.0.0/16", .vpc_peering_connection_id = "pcx-1"});
    }
    add_group("far", {rule(true, "-1", 0, 0, "0.0.0.0/0"), rule(false, "-1", 0, 0, "0.0.0.0/0")}).vpc_id = "vpc-2";
  }

  void give_public_ip(const std::string& name, int last) {
    const auto& eni = *std::ranges::find(view.interfaces, "eni-" + name, &model::NetworkInterface::id);
    view.addresses.push_back({.account = kAccount, .region = kRegion, .id = "eipalloc-" + name, .public_ip = public_ip(last),
                              .association_id = "eipassoc-" + name, .network_interface_id = eni.id, .private_ip = eni.private_ip});
  }

  void write(store::Store& store) const {
    const auto written = store.transact([&](store::Transaction& tx) -> Result<void> {
      store::put(tx, settings);
      const auto put_all = [&](const auto& records) {
        using Record = typename std::decay_t<decltype(records)>::value_type;
        for (const Record& old : store::all<Record>(tx)) store::erase<Record>(tx, old.key());
        for (const auto& record : records) store::put(tx, record);
      };
      put_all(view.vpcs), put_all(view.subnets), put_all(view.route_tables), put_all(view.internet_gateways);
      put_all(view.addresses), put_all(view.nat_gateways), put_all(view.security_groups), put_all(view.network_acls), put_all(view.interfaces);
      put_all(view.peering_connections);
      return {};
    });
    REQUIRE(written);
  }
};

inline bool is_root() {
  if (geteuid() == 0) return true;
  MESSAGE("skipped: needs root for network namespaces");
  return false;
}

/// A namespace beside the host that plays the internet: kOutsideIp, routed by the host.
class Outside {
 public:
  Outside(const model::Settings& settings) : space_("lftest-out-" + settings.instance), device_("lfto" + settings.instance) {
    const auto ip = [](const char* text) { return parse_ipv4(text).value(); };
    const Cidr pool = parse_cidr(settings.public_pool).value();
    REQUIRE(kernel_.create_namespace(space_));
    REQUIRE(kernel_.change_network("", {sys::AddVeth{.name = device_, .mac = {}, .peer_namespace = space_, .peer_name = "eth0", .peer_mac = {}},
                                        sys::SetLinkUp{device_},
                                        sys::Add<sys::InterfaceAddress>{{.device = device_, .ip = ip(kOutsideHostIp.c_str()), .prefix_length = 30}}}));
    REQUIRE(kernel_.change_network(space_, {sys::SetLinkUp{"eth0"},
                                            sys::Add<sys::InterfaceAddress>{{.device = "eth0", .ip = ip(kOutsideIp.c_str()), .prefix_length = 30}},
                                            sys::Add<sys::RouteEntry>{{.table = 254, .destination = pool, .device = "eth0", .gateway = ip(kOutsideHostIp.c_str())}}}));
  }
  ~Outside() {
    (void)kernel_.change_network("", {sys::DeleteLink{device_}});
    (void)kernel_.delete_namespace(space_);
  }
  const std::string& space() const { return space_; }

 private:
  sys::Linux kernel_;
  std::string space_, device_;
};

/// Accepts TCP connections and echoes UDP on some ports of some namespaces.
class Servers {
 public:
  Servers() = default;
  ~Servers() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }
  void listen(const std::string& space, int type, int port) {
    Fd fd = sys::socket_in(space, AF_INET, type | SOCK_NONBLOCK).value();
    const int on = 1;
    setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const sockaddr_in address{.sin_family = AF_INET, .sin_port = htons(static_cast<uint16_t>(port)), .sin_addr = {INADDR_ANY}, .sin_zero = {}};
    REQUIRE(bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    if (type == SOCK_STREAM) REQUIRE(::listen(fd.get(), 64) == 0);
    sockets_.push_back({std::move(fd), type});
  }
  void start() {
    thread_ = std::thread([this] { serve(); });
  }

 private:
  struct Socket {
    Fd fd;
    int type;
  };
  void serve() {
    std::vector<pollfd> polled;
    for (const Socket& socket : sockets_) polled.push_back({.fd = socket.fd.get(), .events = POLLIN, .revents = 0});
    while (!stop_) {
      poll(polled.data(), polled.size(), 20);
      for (size_t i = 0; i < polled.size(); ++i) {
        if ((polled[i].revents & POLLIN) == 0) continue;
        if (sockets_[i].type == SOCK_STREAM) {
          const Fd accepted(accept4(polled[i].fd, nullptr, nullptr, SOCK_CLOEXEC));
        } else {
          char byte;
          sockaddr_in from{};
          socklen_t length = sizeof from;
          if (recvfrom(polled[i].fd, &byte, 1, 0, reinterpret_cast<sockaddr*>(&from), &length) == 1) {
            sendto(polled[i].fd, &byte, 1, 0, reinterpret_cast<const sockaddr*>(&from), length);
          }
        }
      }
    }
  }
  std::vector<Socket> sockets_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

/// One request from a namespace: does an answer come?
struct Probe {
  std::string space, destination;
  model::Flow flow;  ///< icmp: port is the type, 8
  bool expected = false;
  std::string name;
  Fd fd{};
  uint16_t id = 0;
  bool answered = false;
};

inline void send_probe(Probe& probe, uint16_t id) {
  probe.id = id;
  sockaddr_in to{.sin_family = AF_INET, .sin_port = htons(static_cast<uint16_t>(probe.flow.port)),
                 .sin_addr = {htonl(parse_ipv4(probe.destination).value().bits)}, .sin_zero = {}};
  const auto* address = reinterpret_cast<const sockaddr*>(&to);
  const sockaddr_in from{.sin_family = AF_INET, .sin_port = htons(static_cast<uint16_t>(32768 + id % 28000)), .sin_addr = {INADDR_ANY}, .sin_zero = {}};
  const auto take_port = [&] { bind(probe.fd.get(), reinterpret_cast<const sockaddr*>(&from), sizeof from); };
  if (probe.flow.protocol == "tcp") {
    probe.fd = sys::socket_in(probe.space, AF_INET, SOCK_STREAM | SOCK_NONBLOCK).value();
    take_port();
    connect(probe.fd.get(), address, sizeof to);
  } else if (probe.flow.protocol == "udp") {
    probe.fd = sys::socket_in(probe.space, AF_INET, SOCK_DGRAM | SOCK_NONBLOCK).value();
    take_port();
    const char byte = 'x';
    connect(probe.fd.get(), address, sizeof to);  // an answer from elsewhere is none
    send(probe.fd.get(), &byte, 1, 0);
  } else {
    probe.fd = sys::socket_in(probe.space, AF_INET, SOCK_RAW | SOCK_NONBLOCK, IPPROTO_ICMP).value();
    icmphdr echo{};
    echo.type = ICMP_ECHO;
    echo.un.echo.id = htons(id);
    uint32_t sum = echo.type + ntohs(echo.un.echo.id);
    sum = (ICMP_ECHO << 8) + id;
    echo.checksum = htons(static_cast<uint16_t>(~((sum & 0xffff) + (sum >> 16))));
    to.sin_port = 0;
    sendto(probe.fd.get(), &echo, sizeof echo, 0, address, sizeof to);
  }
}

inline void look_at(Probe& probe, short events) {
  if (probe.flow.protocol == "tcp") {
    int error = 0;
    socklen_t length = sizeof error;
    getsockopt(probe.fd.get(), SOL_SOCKET, SO_ERROR, &error, &length);
    probe.answered = error == 0 && (events & POLLOUT) != 0 && (events & (POLLERR | POLLHUP)) == 0;
    return;
  }
  char bytes[256];
  ssize_t got = 0;
  while (!probe.answered && (got = recv(probe.fd.get(), bytes, sizeof bytes, 0)) > 0) {
    if (probe.flow.protocol == "udp") {
      probe.answered = true;
    } else if (got >= 28) {
      const auto* echo = reinterpret_cast<const icmphdr*>(bytes + (bytes[0] & 15) * 4);
      probe.answered = echo->type == ICMP_ECHOREPLY && ntohs(echo->un.echo.id) == probe.id;
    }
  }
}

/// All at once. Waits until every expected answer is there (20 s at most), and `silence` for those that must not come.
inline void run_probes(std::vector<Probe>& probes, std::chrono::milliseconds silence = std::chrono::milliseconds(300)) {
  // A flow of its own each: with the port or identifier of an earlier one it would be tracked, and pass changed rules.
  static uint16_t id = 0;
  for (Probe& probe : probes) send_probe(probe, ++id);
  const auto start = std::chrono::steady_clock::now();
  while (true) {
    std::vector<pollfd> polled;
    std::vector<Probe*> waiting;
    bool misses = false;
    for (Probe& probe : probes) {
      if (probe.answered || !probe.fd) continue;
      polled.push_back({.fd = probe.fd.get(), .events = static_cast<short>(probe.flow.protocol == "tcp" ? POLLOUT : POLLIN), .revents = 0});
      waiting.push_back(&probe);
      misses = misses || probe.expected;
    }
    const auto elapsed = std::chrono::steady_clock::now() - start;
    if (elapsed > silence && (!misses || elapsed > std::chrono::seconds(20))) break;
    poll(polled.data(), polled.size(), 20);
    for (size_t i = 0; i < polled.size(); ++i) {
      if (polled[i].revents == 0) continue;
      look_at(*waiting[i], polled[i].revents);
      if (!waiting[i]->answered && waiting[i]->flow.protocol == "tcp") waiting[i]->fd.reset();  // refused
    }
  }
  for (Probe& probe : probes) {
    INFO(probe.name);
    CHECK(probe.answered == probe.expected);
    probe.fd.reset();
  }
}

/// Everything on this machine that carries the instance's name: must be nothing after remove_everything.
inline std::vector<std::string> leftovers(const model::Settings& settings) {
  sys::Linux kernel;
  std::vector<std::string> found;
  const auto names = kernel.namespaces();
  for (const auto& name : *names) {
    if (name.name.starts_with("lf" + settings.instance)) found.push_back("namespace " + name.name);
  }
  const sys::NetworkState host = kernel.read_network("").value();
  const Cidr pool = parse_cidr(settings.public_pool).value();
  for (const auto& link : host.links) {
    if (link.name.starts_with(host_device_prefix(settings))) found.push_back("link " + link.name);
  }
  for (const auto& route : host.routes) {
    if (pool.contains(route.destination)) found.push_back("route " + to_string(route.destination));
  }
  for (const auto& address : host.addresses) {
    if (pool.contains(address.ip)) found.push_back("address " + to_string(address.ip));
  }
  if (!kernel.list_table("", "inet lf" + settings.instance).value().empty()) found.push_back("nftables table");
  return found;
}

/// A store, a network over it, and its removal.
struct RealNetwork {
  std::unique_ptr<store::Store> store = store::open_memory();
  SimClock clock;
  sys::Linux kernel;
  std::filesystem::path memory;
  Network network;

  explicit RealNetwork(const model::Settings& settings)
      : memory(std::filesystem::temp_directory_path() / ("lftest-" + settings.instance)), network(*store, clock, kernel, memory / "ip_forward") {}
  ~RealNetwork() {
    CHECK(network.remove_everything());
    std::filesystem::remove_all(memory);
  }
  void settle() {
    for (int i = 0; i < 4; ++i) network.step();
  }
};

}  // namespace landfall::vpc::test
