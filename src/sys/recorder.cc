#include "sys/recorder.h"

#include <algorithm>

#include <fmt/format.h>

namespace landfall::sys {
namespace {

std::vector<InterfaceAddress>& list_of(NetworkState& state, const InterfaceAddress&) { return state.addresses; }
std::vector<RouteEntry>& list_of(NetworkState& state, const RouteEntry&) { return state.routes; }
std::vector<RoutingRule>& list_of(NetworkState& state, const RoutingRule&) { return state.rules; }
std::vector<Neighbour>& list_of(NetworkState& state, const Neighbour&) { return state.neighbours; }

bool replaces(const RouteEntry& a, const RouteEntry& b) { return a.table == b.table && a.destination == b.destination; }
bool replaces(const Neighbour& a, const Neighbour& b) { return a.device == b.device && a.ip == b.ip; }
template <class T>
bool replaces(const T& a, const T& b) { return a == b; }

std::string device_of(const InterfaceAddress& entry) { return entry.device; }
std::string device_of(const RouteEntry& entry) { return entry.device; }
std::string device_of(const RoutingRule&) { return {}; }
std::string device_of(const Neighbour& entry) { return entry.device; }

Link* find(NetworkState& state, const std::string& name) {
  const auto found = std::ranges::find(state.links, name, &Link::name);
  return found == state.links.end() ? nullptr : &*found;
}

Error no_device(const std::string& name) { return errno_error("looking for device " + name, 19); }

}  // namespace

Result<void> Recorder::called(std::string call) {
  const int number = static_cast<int>(calls.size());
  calls.push_back(std::move(call));
  if (fail_next) {
    Error error = std::move(*fail_next);
    fail_next.reset();
    return fail(std::move(error));
  }
  if (number == fail_at) return fail("Recorder.Failed", fmt::format("call {} fails: {}", number, calls.back()), Blame::host);
  return {};
}

Result<NetworkState*> Recorder::state_of(const std::string& space) {
  const auto found = spaces.find(space);
  if (found == spaces.end()) return fail("Netns.NotFound", "there is no network namespace " + space, Blame::host);
  return &found->second;
}

Result<std::vector<NamespaceName>> Recorder::namespaces() {
  std::vector<NamespaceName> names;
  for (const auto& [name, state] : spaces) {
    if (!name.empty()) names.push_back({.name = name});
  }
  return names;
}

Result<void> Recorder::create_namespace(const std::string& name) {
  TRY(called("create_namespace " + name));
  spaces.try_emplace(name, NetworkState{.links = {{.name = "lo", .is_up = true}}});
  return {};
}

Result<void> Recorder::delete_namespace(const std::string& name) {
  TRY(called("delete_namespace " + name));
  const auto found = spaces.find(name);
  if (found == spaces.end()) return {};
  const std::vector<Link> links = found->second.links;
  for (const Link& link : links) lose_link(name, link.name);
  spaces.erase(name);
  rulesets.erase(name);
  return {};
}

Result<NetworkState> Recorder::read_network(const std::string& space) { return *TRY(state_of(space)); }

Result<void> Recorder::change_network(const std::string& space, const std::vector<NetworkChange>& changes) {
  for (const NetworkChange& one : changes) {
    TRY(called(fmt::format("{}: {}", space, to_string(one))));
    TRY(change(space, one));
  }
  return {};
}

Result<void> Recorder::change(const std::string& space, const NetworkChange& change) {
  NetworkState* state = TRY(state_of(space));
  if (const auto* veth = std::get_if<AddVeth>(&change)) {
    NetworkState* far = TRY(state_of(veth->peer_namespace));
    if (find(*state, veth->name) != nullptr || find(*far, veth->peer_name) != nullptr) return fail(errno_error("netlink", 17));
    state->links.push_back({.name = veth->name, .kind = "veth", .mac = veth->mac});
    far->links.push_back({.name = veth->peer_name, .kind = "veth", .mac = veth->peer_mac});
    peers_[{space, veth->name}] = {veth->peer_namespace, veth->peer_name};
    peers_[{veth->peer_namespace, veth->peer_name}] = {space, veth->name};
    return {};
  }
  if (const auto* gone = std::get_if<DeleteLink>(&change)) {
    lose_link(space, gone->name);
    return {};
  }
  if (const auto* up = std::get_if<SetLinkUp>(&change)) {
    Link* link = find(*state, up->name);
    if (link == nullptr) return fail(no_device(up->name));
    link->is_up = true;
    return {};
  }
  Result<void> result;
  const auto edit = [&](const auto& entry, bool is_add) {
    auto& list = list_of(*state, entry);
    const std::string device = device_of(entry);
    if (is_add && !device.empty() && find(*state, device) == nullptr) {
      result = fail(no_device(device));
      return;
    }
    std::erase_if(list, [&](const auto& other) { return replaces(other, entry); });
    if (is_add) list.push_back(entry);
  };
  std::visit(
      [&]<class Change>(const Change& one) {
        if constexpr (requires { one.entry; }) edit(one.entry, std::is_same_v<Change, Add<std::decay_t<decltype(one.entry)>>>);
      },
      change);
  return result;
}

void Recorder::lose_link(const std::string& space, const std::string& device) {
  const auto pair = peers_.find({space, device});
  const std::optional<End> other = pair == peers_.end() ? std::nullopt : std::optional(pair->second);
  lose_end({space, device});
  if (other) lose_end(*other);
}

void Recorder::lose_end(const End& end) {
  peers_.erase(end);
  const auto found = spaces.find(end.first);
  if (found == spaces.end()) return;
  NetworkState& state = found->second;
  std::erase_if(state.links, [&](const Link& link) { return link.name == end.second; });
  std::erase_if(state.addresses, [&](const auto& entry) { return entry.device == end.second; });
  std::erase_if(state.routes, [&](const auto& entry) { return entry.device == end.second; });
  std::erase_if(state.neighbours, [&](const auto& entry) { return entry.device == end.second; });
}

Result<void> Recorder::load_ruleset(const std::string& space, const std::string& commands) {
  TRY(called(space + ": load_ruleset"));
  TRY(state_of(space));
  if (commands.ends_with("delete " + commands.substr(0, commands.find(" {")) + "\n")) {
    rulesets.erase(space);
  } else if (commands.starts_with("table ")) {
    rulesets[space] = commands;
  } else {
    rulesets[space] += commands;
  }
  return {};
}

Result<std::string> Recorder::list_table(const std::string& space, const std::string&) {
  TRY(state_of(space));
  const auto found = rulesets.find(space);
  return found == rulesets.end() ? std::string() : found->second;
}

Result<std::map<std::string, PacketCounter>> Recorder::read_counters(const std::string& space, const std::string&) {
  TRY(state_of(space));
  return counters[space];
}

Result<std::string> Recorder::read_sysctl(const std::string& space, const std::string& name) {
  const auto found = sysctls.find(space + "/" + name);
  if (found == sysctls.end()) return fail("Host.ENOENT", "no sysctl " + name, Blame::host);
  return found->second;
}

Result<void> Recorder::write_sysctls(const std::string& space, const std::map<std::string, std::string>& values) {
  if (values.empty()) return {};
  TRY(called(space + ": write_sysctls"));
  TRY(state_of(space));
  for (const auto& [name, value] : values) sysctls[space + "/" + name] = value;
  return {};
}

}  // namespace landfall::sys
