#include "sys/network_state.h"

#include <fmt/format.h>

namespace landfall::sys {
namespace {

std::string text_of(const InterfaceAddress& entry) {
  return fmt::format("address {}/{} on {}", to_string(entry.ip), entry.prefix_length, entry.device);
}

std::string text_of(const RouteEntry& entry) {
  static constexpr const char* kKinds[] = {"", "blackhole ", "unreachable ", "throw ", "local "};
  std::string text = fmt::format("route {}{} in table {}", kKinds[static_cast<int>(entry.kind)],
                                 to_string(entry.destination), entry.table);
  if (entry.gateway) text += " via " + to_string(*entry.gateway);
  if (!entry.device.empty()) text += " dev " + entry.device;
  return text;
}

std::string text_of(const RoutingRule& entry) {
  return fmt::format("rule {}: mark {} from {}{} to table {}", entry.priority, entry.mark, entry.from ? to_string(*entry.from) : "all",
                     entry.device.empty() ? "" : " in by " + entry.device, entry.table);
}

std::string text_of(const Neighbour& entry) {
  return fmt::format("neighbour {} at {} on {}", to_string(entry.ip), entry.mac, entry.device);
}

struct Describe {
  std::string operator()(const AddVeth& change) const {
    return fmt::format("add veth {} with peer {} in '{}'", change.name, change.peer_name, change.peer_namespace);
  }
  std::string operator()(const DeleteLink& change) const { return "delete link " + change.name; }
  std::string operator()(const SetLinkUp& change) const { return "bring up link " + change.name; }
  template <class T>
  std::string operator()(const Add<T>& change) const { return "add " + text_of(change.entry); }
  template <class T>
  std::string operator()(const Delete<T>& change) const { return "delete " + text_of(change.entry); }
};

}  // namespace

std::string to_string(const NetworkChange& change) { return std::visit(Describe{}, change); }

}  // namespace landfall::sys
