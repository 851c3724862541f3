#include "sys/netlink.h"

#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <optional>

#include <fmt/format.h>

#include "base/text.h"
#include "sys/netns.h"

namespace landfall::sys {
namespace {

constexpr size_t kReceiveBytes = 32768;  // what the kernel fills at most in one answer to a dump

/// A request under construction.
class Message {
 public:
  Message(uint16_t type, uint16_t flags) : header_(mnl_nlmsg_put_header(bytes_.data())) {
    header_->nlmsg_type = type;
    header_->nlmsg_flags = NLM_F_REQUEST | flags;
  }
  template <class T>
  T* extra() {
    return static_cast<T*>(mnl_nlmsg_put_extra_header(header_, sizeof(T)));
  }
  void put(uint16_t type, const std::string& text) { mnl_attr_put_strz(header_, type, text.c_str()); }
  void put(uint16_t type, uint32_t number) { mnl_attr_put_u32(header_, type, number); }
  void put(uint16_t type, Ipv4 ip) { mnl_attr_put_u32(header_, type, htonl(ip.bits)); }
  void put_mac(uint16_t type, const std::string& mac) {
    const Result<std::string> bytes = from_hex(replace_all(mac, ":", ""));
    if (bytes && bytes->size() == 6) mnl_attr_put(header_, type, 6, bytes->data());
  }
  nlattr* nest(uint16_t type) { return mnl_attr_nest_start(header_, type); }
  void end(nlattr* nest) { mnl_attr_nest_end(header_, nest); }
  nlmsghdr* header() { return header_; }

 private:
  alignas(nlmsghdr) std::array<char, 2048> bytes_{};
  nlmsghdr* header_;
};

template <class Visit>
void each_attribute(const void* begin, const void* end, const Visit& visit) {
  const auto* tail = static_cast<const char*>(end);
  const auto* at = static_cast<const nlattr*>(begin);
  while (mnl_attr_ok(at, static_cast<int>(tail - reinterpret_cast<const char*>(at)))) {
    visit(at);
    at = mnl_attr_next(at);
  }
}

/// Attributes of an answer by type; later ones win.
template <size_t N>
std::array<const nlattr*, N> attributes(const nlmsghdr* message, size_t header_size) {
  std::array<const nlattr*, N> found{};
  each_attribute(mnl_nlmsg_get_payload_offset(message, header_size), mnl_nlmsg_get_payload_tail(message),
                 [&](const nlattr* attribute) {
                   const uint16_t type = mnl_attr_get_type(attribute);
                   if (type < N) found[type] = attribute;
                 });
  return found;
}

Ipv4 ip_of(const nlattr* attribute) { return {ntohl(mnl_attr_get_u32(attribute))}; }

std::string mac_of(const nlattr* attribute) {
  if (attribute == nullptr || mnl_attr_get_payload_len(attribute) != 6) return {};
  const auto* b = static_cast<const uint8_t*>(mnl_attr_get_payload(attribute));
  return fmt::format("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", b[0], b[1], b[2], b[3], b[4], b[5]);
}

std::string kind_of(const nlattr* info) {
  if (info == nullptr) return {};
  std::string kind;
  const auto* begin = static_cast<const char*>(mnl_attr_get_payload(info));
  each_attribute(begin, begin + mnl_attr_get_payload_len(info), [&](const nlattr* attribute) {
    if (mnl_attr_get_type(attribute) == IFLA_INFO_KIND) kind = mnl_attr_get_str(attribute);
  });
  return kind;
}

/// Deleting what is gone is a success.
Result<void> unless_gone(Result<void> result) {
  if (result) return result;
  static const std::array codes{ENOENT, ESRCH, ENODEV, EADDRNOTAVAIL};
  for (const int code : codes) {
    if (result.error().code == errno_error("", code).code) return {};
  }
  return result;
}

int type_of(RouteKind kind) {
  switch (kind) {
    case RouteKind::unicast: return RTN_UNICAST;
    case RouteKind::blackhole: return RTN_BLACKHOLE;
    case RouteKind::unreachable: return RTN_UNREACHABLE;
    case RouteKind::skip: return RTN_THROW;
    case RouteKind::local: return RTN_LOCAL;
  }
  return RTN_UNICAST;
}

std::optional<RouteKind> kind_from(int type) {
  switch (type) {
    case RTN_UNICAST: return RouteKind::unicast;
    case RTN_BLACKHOLE: return RouteKind::blackhole;
    case RTN_UNREACHABLE: return RouteKind::unreachable;
    case RTN_THROW: return RouteKind::skip;
    case RTN_LOCAL: return RouteKind::local;
  }
  return std::nullopt;
}

}  // namespace

Result<Netlink> Netlink::open(const std::string& space) {
  Fd fd = TRY(socket_in(space, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE));
  const int on = 1;
  // Complete answers to dumps even while the kernel changes under us, and short acknowledgements.
  setsockopt(fd.get(), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
  setsockopt(fd.get(), SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on);
  return Netlink(std::move(fd));
}

Result<NetworkState> Netlink::read() {
  NetworkState state;
  TRY(read_links(state));
  TRY(dump(RTM_GETADDR, [&](const nlmsghdr* message) {
    const auto* header = static_cast<const ifaddrmsg*>(mnl_nlmsg_get_payload(message));
    const auto found = attributes<IFA_MAX + 1>(message, sizeof *header);
    if (header->ifa_family != AF_INET || found[IFA_LOCAL] == nullptr) return;
    state.addresses.push_back({.device = name_of(static_cast<int>(header->ifa_index)),
                               .ip = ip_of(found[IFA_LOCAL]),
                               .prefix_length = header->ifa_prefixlen});
  }));
  TRY(dump(RTM_GETROUTE, [&](const nlmsghdr* message) {
    const auto* header = static_cast<const rtmsg*>(mnl_nlmsg_get_payload(message));
    const std::optional<RouteKind> kind = kind_from(header->rtm_type);
    if (header->rtm_family != AF_INET || header->rtm_protocol != kRouteProtocol || !kind) return;
    const auto found = attributes<RTA_MAX + 1>(message, sizeof *header);
    RouteEntry route{.table = header->rtm_table, .destination = {}, .kind = *kind};
    route.destination.length = header->rtm_dst_len;
    if (found[RTA_TABLE] != nullptr) route.table = mnl_attr_get_u32(found[RTA_TABLE]);
    if (found[RTA_DST] != nullptr) route.destination.base = ip_of(found[RTA_DST]);
    if (found[RTA_OIF] != nullptr) route.device = name_of(static_cast<int>(mnl_attr_get_u32(found[RTA_OIF])));
    if (found[RTA_GATEWAY] != nullptr) route.gateway = ip_of(found[RTA_GATEWAY]);
    if (found[RTA_PREFSRC] != nullptr) route.source = ip_of(found[RTA_PREFSRC]);
    state.routes.push_back(std::move(route));
  }));
  TRY(dump(RTM_GETRULE, [&](const nlmsghdr* message) {
    const auto* header = static_cast<const fib_rule_hdr*>(mnl_nlmsg_get_payload(message));
    const auto found = attributes<FRA_MAX + 1>(message, sizeof *header);
    const nlattr* protocol = found[FRA_PROTOCOL];
    if (header->family != AF_INET || protocol == nullptr || mnl_attr_get_u8(protocol) != kRouteProtocol) return;
    RoutingRule rule{.priority = 0, .mark = 0, .from = {}, .table = header->table};
    if (found[FRA_PRIORITY] != nullptr) rule.priority = mnl_attr_get_u32(found[FRA_PRIORITY]);
    if (found[FRA_FWMARK] != nullptr) rule.mark = mnl_attr_get_u32(found[FRA_FWMARK]);
    if (found[FRA_TABLE] != nullptr) rule.table = mnl_attr_get_u32(found[FRA_TABLE]);
    if (found[FRA_IIFNAME] != nullptr) rule.device = mnl_attr_get_str(found[FRA_IIFNAME]);
    if (found[FRA_SRC] != nullptr) rule.from = Cidr{.base = ip_of(found[FRA_SRC]), .length = header->src_len};
    state.rules.push_back(rule);
  }));
  TRY(dump(RTM_GETNEIGH, [&](const nlmsghdr* message) {
    const auto* header = static_cast<const ndmsg*>(mnl_nlmsg_get_payload(message));
    if (header->ndm_family != AF_INET || (header->ndm_state & NUD_PERMANENT) == 0) return;
    const auto found = attributes<NDA_MAX + 1>(message, sizeof *header);
    if (found[NDA_DST] == nullptr || found[NDA_LLADDR] == nullptr) return;
    state.neighbours.push_back(
        {.device = name_of(header->ndm_ifindex), .ip = ip_of(found[NDA_DST]), .mac = mac_of(found[NDA_LLADDR])});
  }));
  return state;
}

Result<void> Netlink::apply(const NetworkChange& change) {
  return std::visit([&](const auto& one) { return perform(one); }, change)
      .while_doing(fmt::format("trying to {}", to_string(change)));
}

Result<void> Netlink::perform(const AddVeth& change) {
  const Fd peer_space = TRY(open_netns(change.peer_namespace));
  Message message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
  message.extra<ifinfomsg>();
  message.put(IFLA_IFNAME, change.name);
  message.put_mac(IFLA_ADDRESS, change.mac);
  nlattr* info = message.nest(IFLA_LINKINFO);
  message.put(IFLA_INFO_KIND, std::string("veth"));
  nlattr* data = message.nest(IFLA_INFO_DATA);
  nlattr* peer = message.nest(VETH_INFO_PEER);
  message.extra<ifinfomsg>();
  message.put(IFLA_IFNAME, change.peer_name);
  message.put_mac(IFLA_ADDRESS, change.peer_mac);
  message.put(IFLA_NET_NS_FD, static_cast<uint32_t>(peer_space.get()));
  message.end(peer);
  message.end(data);
  message.end(info);
  return ask(message.header());
}

Result<void> Netlink::perform(const DeleteLink& change) {
  index_.erase(change.name);
  Message message(RTM_DELLINK, 0);
  message.extra<ifinfomsg>();
  message.put(IFLA_IFNAME, change.name);
  return unless_gone(ask(message.header()));
}

Result<void> Netlink::perform(const SetLinkUp& change) {
  Message message(RTM_NEWLINK, 0);
  auto* header = message.extra<ifinfomsg>();
  header->ifi_index = TRY(index_of(change.name));
  header->ifi_flags = IFF_UP;
  header->ifi_change = IFF_UP;
  return ask(message.header());
}

Result<void> Netlink::perform(const InterfaceAddress& entry, bool is_add) {
  Message message(is_add ? RTM_NEWADDR : RTM_DELADDR, is_add ? NLM_F_CREATE | NLM_F_REPLACE : 0);
  auto* header = message.extra<ifaddrmsg>();
  header->ifa_family = AF_INET;
  header->ifa_prefixlen = static_cast<uint8_t>(entry.prefix_length);
  header->ifa_index = static_cast<uint32_t>(TRY(index_of(entry.device)));
  message.put(IFA_LOCAL, entry.ip);
  message.put(IFA_ADDRESS, entry.ip);
  return is_add ? ask(message.header()) : unless_gone(ask(message.header()));
}

Result<void> Netlink::perform(const RouteEntry& entry, bool is_add) {
  Message message(is_add ? RTM_NEWROUTE : RTM_DELROUTE, is_add ? NLM_F_CREATE | NLM_F_REPLACE : 0);
  auto* header = message.extra<rtmsg>();
  header->rtm_family = AF_INET;
  header->rtm_dst_len = static_cast<uint8_t>(entry.destination.length);
  header->rtm_protocol = kRouteProtocol;
  header->rtm_type = static_cast<uint8_t>(type_of(entry.kind));
  const bool on_link = entry.kind == RouteKind::unicast && !entry.gateway;
  header->rtm_scope = entry.kind == RouteKind::local ? RT_SCOPE_HOST : on_link ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
  message.put(RTA_TABLE, entry.table);
  message.put(RTA_DST, entry.destination.base);
  if (entry.kind == RouteKind::unicast || entry.kind == RouteKind::local) {
    const Result<int> index = index_of(entry.device);
    if (!index && !is_add) return {};  // the route went with its device
    message.put(RTA_OIF, static_cast<uint32_t>(TRY(std::move(index))));
  }
  if (entry.gateway) {
    header->rtm_flags |= RTNH_F_ONLINK;
    message.put(RTA_GATEWAY, *entry.gateway);
  }
  if (entry.source) message.put(RTA_PREFSRC, *entry.source);
  return is_add ? ask(message.header()) : unless_gone(ask(message.header()));
}

Result<void> Netlink::perform(const RoutingRule& entry, bool is_add) {
  Message message(is_add ? RTM_NEWRULE : RTM_DELRULE, is_add ? NLM_F_CREATE | NLM_F_EXCL : 0);
  auto* header = message.extra<fib_rule_hdr>();
  header->family = AF_INET;
  header->action = FR_ACT_TO_TBL;
  header->src_len = entry.from ? static_cast<uint8_t>(entry.from->length) : 0;
  message.put(FRA_PRIORITY, entry.priority);
  message.put(FRA_TABLE, entry.table);
  if (entry.mark != 0) message.put(FRA_FWMARK, entry.mark);
  if (!entry.device.empty()) message.put(FRA_IIFNAME, entry.device);
  if (entry.from) message.put(FRA_SRC, entry.from->base);
  mnl_attr_put_u8(message.header(), FRA_PROTOCOL, kRouteProtocol);
  Result<void> result = ask(message.header());
  if (!result && is_add && result.error().code == errno_error("", EEXIST).code) return {};
  return is_add ? std::move(result) : unless_gone(std::move(result));
}

Result<void> Netlink::perform(const Neighbour& entry, bool is_add) {
  Message message(is_add ? RTM_NEWNEIGH : RTM_DELNEIGH, is_add ? NLM_F_CREATE | NLM_F_REPLACE : 0);
  auto* header = message.extra<ndmsg>();
  header->ndm_family = AF_INET;
  header->ndm_ifindex = TRY(index_of(entry.device));
  header->ndm_state = NUD_PERMANENT;
  message.put(NDA_DST, entry.ip);
  if (is_add) message.put_mac(NDA_LLADDR, entry.mac);
  return is_add ? ask(message.header()) : unless_gone(ask(message.header()));
}

Result<void> Netlink::ask(nlmsghdr* message) {
  message->nlmsg_flags |= NLM_F_ACK;
  message->nlmsg_seq = ++sequence_;
  if (send(fd_.get(), message, message->nlmsg_len, 0) < 0) return fail(errno_error("sending to netlink", errno));
  alignas(nlmsghdr) std::array<char, 8192> bytes;
  while (true) {
    const ssize_t got = recv(fd_.get(), bytes.data(), bytes.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(errno_error("reading from netlink", errno));
    int left = static_cast<int>(got);
    for (auto* answer = reinterpret_cast<nlmsghdr*>(bytes.data()); mnl_nlmsg_ok(answer, left);
         answer = mnl_nlmsg_next(answer, &left)) {
      if (answer->nlmsg_seq != sequence_ || answer->nlmsg_type != NLMSG_ERROR) continue;
      const int error = -static_cast<const nlmsgerr*>(mnl_nlmsg_get_payload(answer))->error;
      if (error == 0) return {};
      return fail(errno_error("netlink", error));
    }
  }
}

Result<void> Netlink::dump(int type, const std::function<void(const nlmsghdr*)>& each) {
  Message request(static_cast<uint16_t>(type), NLM_F_DUMP);
  // With strict checking each kind of dump wants its own header, zero but for the family.
  switch (type) {
    case RTM_GETLINK: request.extra<ifinfomsg>(); break;
    case RTM_GETADDR: request.extra<ifaddrmsg>()->ifa_family = AF_INET; break;
    case RTM_GETROUTE: request.extra<rtmsg>()->rtm_family = AF_INET; break;
    case RTM_GETRULE: request.extra<fib_rule_hdr>()->family = AF_INET; break;
    case RTM_GETNEIGH: request.extra<ndmsg>()->ndm_family = AF_INET; break;
  }
  request.header()->nlmsg_seq = ++sequence_;
  if (send(fd_.get(), request.header(), request.header()->nlmsg_len, 0) < 0) {
    return fail(errno_error("sending to netlink", errno));
  }
  std::vector<char> bytes(kReceiveBytes);
  while (true) {
    const ssize_t got = recv(fd_.get(), bytes.data(), bytes.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(errno_error("reading from netlink", errno));
    int left = static_cast<int>(got);
    for (auto* answer = reinterpret_cast<nlmsghdr*>(bytes.data()); mnl_nlmsg_ok(answer, left);
         answer = mnl_nlmsg_next(answer, &left)) {
      if (answer->nlmsg_seq != sequence_) continue;
      if (answer->nlmsg_type == NLMSG_DONE) return {};
      if (answer->nlmsg_type == NLMSG_ERROR) {
        return fail(errno_error("netlink dump", -static_cast<const nlmsgerr*>(mnl_nlmsg_get_payload(answer))->error));
      }
      each(answer);
    }
  }
}

Result<void> Netlink::read_links(NetworkState& state) {
  index_.clear();
  name_.clear();
  return dump(RTM_GETLINK, [&](const nlmsghdr* message) {
    const auto* header = static_cast<const ifinfomsg*>(mnl_nlmsg_get_payload(message));
    const auto found = attributes<IFLA_MAX + 1>(message, sizeof *header);
    if (found[IFLA_IFNAME] == nullptr) return;
    const std::string name = mnl_attr_get_str(found[IFLA_IFNAME]);
    index_[name] = header->ifi_index;
    name_[header->ifi_index] = name;
    state.links.push_back({.name = name,
                           .kind = kind_of(found[IFLA_LINKINFO]),
                           .mac = mac_of(found[IFLA_ADDRESS]),
                           .is_up = (header->ifi_flags & IFF_UP) != 0});
  });
}

Result<int> Netlink::index_of(const std::string& device) {
  if (const auto known = index_.find(device); known != index_.end()) return known->second;
  NetworkState ignored;
  TRY(read_links(ignored));
  if (const auto known = index_.find(device); known != index_.end()) return known->second;
  return fail(errno_error("looking for device " + device, ENODEV));
}

std::string Netlink::name_of(int index) const {
  const auto known = name_.find(index);
  return known == name_.end() ? std::string() : known->second;
}

}  // namespace landfall::sys
