#include "model/delegation.h"

#include <algorithm>
#include <tuple>

#include "base/text.h"

namespace landfall::model {
namespace {

std::string without_dot(std::string_view name) { return lower(name.ends_with('.') ? name.substr(0, name.size() - 1) : name); }

bool serves(const HostedZone& zone, const std::vector<std::string>& servers) {
  return std::ranges::any_of(zone.name_servers, [&](const std::string& own) {
    return std::ranges::any_of(servers, [&](const std::string& told) { return without_dot(own) == without_dot(told); });
  });
}

const HostedZone* topmost(const std::vector<HostedZone>& zones, std::string_view name) {
  const HostedZone* best = nullptr;
  const auto rank = [](const HostedZone& zone) { return std::tuple(zone.name.size(), zone.created_at.ms, std::string_view(zone.id)); };
  for (const HostedZone& zone : zones) {
    if (!zone.is_private && is_at_or_below(name, zone.name) && (best == nullptr || rank(zone) < rank(*best))) best = &zone;
  }
  return best;
}

/// The names between zone and name, shortest first: "b.a.org." and "c.b.a.org." for c.b.a.org. in a.org.
std::vector<std::string_view> cuts_below(std::string_view zone, std::string_view name) {
  std::vector<std::string_view> cuts;
  for (std::string_view at = name; at.size() > zone.size(); at = at.substr(at.find('.') + 1)) cuts.push_back(at);
  std::ranges::reverse(cuts);
  return cuts;
}

}  // namespace

bool is_at_or_below(std::string_view name, std::string_view zone) {
  return name == zone || (name.size() > zone.size() && name.ends_with(zone) && name[name.size() - zone.size() - 1] == '.');
}

Delegation delegation_of(const std::vector<HostedZone>& zones, const NameServersAt& servers_at, std::string_view name) {
  Delegation found{.zone = topmost(zones, name), .lame_at = {}, .parent = nullptr};
  if (found.zone == nullptr) return found;
  for (const std::string_view cut : cuts_below(found.zone->name, name)) {
    const std::vector<std::string> servers = servers_at(found.zone->id, cut);
    if (servers.empty()) continue;
    const auto child = std::ranges::find_if(zones, [&](const HostedZone& zone) { return !zone.is_private && zone.name == cut && serves(zone, servers); });
    if (child == zones.end()) return {.zone = nullptr, .lame_at = std::string(cut), .parent = found.zone};
    found.zone = &*child;
  }
  return found;
}

}  // namespace landfall::model
