#include "vpc/difference.h"

#include <algorithm>
#include <set>

namespace landfall::vpc {
namespace {

using sys::NetworkChange;
using sys::NetworkState;

constexpr Cidr kLoopback{.base = {127u << 24}, .length = 8};
constexpr Ipv4 kTaskMetadata{(169u << 24) | (254u << 16) | (170u << 8) | 2};  // on the loopback device of a task: fargate/ answers there

template <class T>
bool has(const std::vector<T>& list, const T& entry) {
  return std::ranges::find(list, entry) != list.end();
}

class Differ {
 public:
  Differ(const NetworkState& found, const NamespacePlan& wanted) : found_(found), wanted_(wanted) {
    for (const sys::Link& link : found.links) devices_.insert(link.name);
  }

  std::vector<NetworkChange> run() {
    links();
    addresses();
    neighbours();
    routes();
    rules();
    return std::move(changes_);
  }

 private:
  bool is_host() const { return wanted_.space.empty(); }

  bool owns(const sys::Link& link) const {
    if (link.kind != "veth" || wanted_.owned_link_prefix.empty()) return false;
    return wanted_.owned_link_prefix == "*" || link.name.starts_with(wanted_.owned_link_prefix);
  }

  bool exists(const std::string& device) const { return device.empty() || devices_.contains(device); }

  void links() {
    for (const sys::Link& link : found_.links) {
      const bool is_wanted = has(wanted_.devices, link.name);
      if (!is_wanted && owns(link)) {
        changes_.push_back(sys::DeleteLink{link.name});
        devices_.erase(link.name);
      } else if (!link.is_up && (is_wanted || (link.name == "lo" && !is_host()))) {
        changes_.push_back(sys::SetLinkUp{link.name});
      }
    }
  }

  /// On our devices only our addresses; on the loopback device of a namespace of ours too, besides its own.
  bool judges(const sys::InterfaceAddress& address) const {
    if (address.device == "lo") return !is_host() && !kLoopback.contains(address.ip) && address.ip != kTaskMetadata;
    return has(wanted_.devices, address.device) && exists(address.device);
  }

  void addresses() {
    for (const auto& address : found_.addresses) {
      if (judges(address) && !has(wanted_.addresses, address)) changes_.push_back(sys::Delete<sys::InterfaceAddress>{address});
    }
    for (const auto& address : wanted_.addresses) {
      if (exists(address.device) && !has(found_.addresses, address)) changes_.push_back(sys::Add<sys::InterfaceAddress>{address});
    }
  }

  void neighbours() {
    for (const auto& neighbour : found_.neighbours) {
      if (!exists(neighbour.device) || !has(wanted_.devices, neighbour.device)) continue;
      const bool is_wanted = std::ranges::any_of(wanted_.neighbours, [&](const sys::Neighbour& other) {
        return other.device == neighbour.device && other.ip == neighbour.ip;
      });
      if (!is_wanted) changes_.push_back(sys::Delete<sys::Neighbour>{neighbour});
    }
    for (const auto& neighbour : wanted_.neighbours) {
      if (exists(neighbour.device) && !has(found_.neighbours, neighbour)) changes_.push_back(sys::Add<sys::Neighbour>{neighbour});
    }
  }

  /// Other daemons of this host have routes with our number too: theirs lead to their own devices.
  bool judges(const sys::RouteEntry& route) const {
    if (!exists(route.device)) return false;  // goes with its device
    return !is_host() || (!route.device.empty() && route.device.starts_with(wanted_.owned_link_prefix));
  }

  /// Adding replaces the route of the same destination in one step; only what has no successor is deleted.
  void routes() {
    const auto slot = [](const sys::RouteEntry& route) { return std::pair(route.table, route.destination); };
    std::set<std::pair<uint32_t, Cidr>> wanted_slots;
    const std::set<sys::RouteEntry> found(found_.routes.begin(), found_.routes.end());
    for (const auto& route : wanted_.routes) {
      wanted_slots.insert(slot(route));
      if (exists(route.device) && !found.contains(route)) changes_.push_back(sys::Add<sys::RouteEntry>{route});
    }
    for (const auto& route : found_.routes) {
      if (judges(route) && !wanted_slots.contains(slot(route))) changes_.push_back(sys::Delete<sys::RouteEntry>{route});
    }
  }

  void rules() {
    for (const auto& rule : wanted_.rules) {
      if (!has(found_.rules, rule)) changes_.push_back(sys::Add<sys::RoutingRule>{rule});
    }
    for (const auto& rule : found_.rules) {
      if (!is_host() && !has(wanted_.rules, rule)) changes_.push_back(sys::Delete<sys::RoutingRule>{rule});
    }
  }

  const NetworkState& found_;
  const NamespacePlan& wanted_;
  std::set<std::string> devices_;  ///< that exist after the changes so far
  std::vector<NetworkChange> changes_;
};

}  // namespace

std::vector<NetworkChange> difference(const NetworkState& found, const NamespacePlan& wanted) {
  return Differ(found, wanted).run();
}

void forget_device(NetworkState& state, const std::string& device) {
  std::erase_if(state.links, [&](const sys::Link& link) { return link.name == device; });
  std::erase_if(state.addresses, [&](const sys::InterfaceAddress& address) { return address.device == device; });
  std::erase_if(state.routes, [&](const sys::RouteEntry& route) { return route.device == device; });
  std::erase_if(state.neighbours, [&](const sys::Neighbour& neighbour) { return neighbour.device == device; });
}

void remember_device(NetworkState& state, const std::string& device, const std::string& mac) {
  forget_device(state, device);
  state.links.push_back({.name = device, .kind = "veth", .mac = mac, .is_up = false});
}

const sys::Link* find_link(const NetworkState& state, const std::string& device) {
  const auto found = std::ranges::find(state.links, device, &sys::Link::name);
  return found == state.links.end() ? nullptr : &*found;
}

}  // namespace landfall::vpc
