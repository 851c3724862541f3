#include "daemon/doors.h"

#include "base/log.h"
#include "model/aws_service.h"
#include "model/network.h"
#include "store/table.h"
#include "sys/netns.h"

namespace landfall::daemon {
namespace {

constexpr std::chrono::milliseconds kSoon{100}, kLater{5000};

}  // namespace

Doors::Doors(store::Store& store, model::Settings settings, http::ServerTls tls, http::Handler handler)
    : store_(store), settings_(std::move(settings)), tls_(std::move(tls)), handler_(std::move(handler)) {}

void Doors::run() {
  while (!store_.is_closed()) {
    const store::Revision seen = store_.revision();
    const std::set<Place> places = wanted();
    std::erase_if(doors_, [&](const auto& door) { return !places.contains(door.first) || sys::netns_identity(door.first.first) != door.second.space; });
    bool is_whole = true;
    for (const Place& place : places) is_whole = open(place) && is_whole;
    store_.wait({"settings/", "vpc_endpoint/"}, seen, is_whole ? kLater : kSoon);
  }
  doors_.clear();
}

/// A namespace of an endpoint has one address: that of its interface, or the service's.
std::set<Doors::Place> Doors::wanted() const {
  std::set<Place> places;
  for (const Ipv4 ip : endpoint_addresses(settings_)) places.emplace("", to_string(ip));
  for (const auto& endpoint : store::all<model::VpcEndpoint>(store_)) {
    if (endpoint.type == "Gateway") places.emplace(settings_.namespace_name("vpce", endpoint.id), "0.0.0.0");
    for (const auto& [subnet, interface] : endpoint.interfaces) places.emplace(settings_.namespace_name("vpce", interface), "0.0.0.0");
  }
  return places;
}

bool Doors::open(const Place& place) {
  if (doors_.contains(place)) return true;
  const uint64_t space = sys::netns_identity(place.first);
  if (space == 0) return false;
  auto started = http::Server::start({.address = place.second, .network_namespace = place.first, .port = 443, .tls = tls_, .spool_folder = settings_.data_dir}, handler_);
  if (started) {
    doors_[place] = {.server = std::move(*started), .space = space};
    return true;
  }
  std::string& told = told_[place];
  if (started.error().what != std::exchange(told, started.error().what)) log_warn("endpoint not open to VPCs yet", {{"namespace", place.first}, {"error", started.error().message()}});
  return false;
}

}  // namespace landfall::daemon
