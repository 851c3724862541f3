#include "store/discovery.h"

#include <fmt/format.h>

#include "base/text.h"
#include "model/zone.h"
#include "store/table.h"

namespace landfall::store {
namespace {

/// "service.namespace.": where the service's zone is, and its name in it. Empty zone: found by API only.
struct Place {
  std::string zone_id, name;
};

Place place_of(Transaction& tx, const model::DiscoveryService& service) {
  const auto space = find<model::Namespace>(tx, service.account + "/" + service.region + "/" + service.namespace_id);
  if (!space) return {};
  return {space->hosted_zone_id, lower(service.name) + "." + lower(space->name) + (space->name.ends_with(".") ? "" : ".")};
}

}  // namespace

void publish_instances(Transaction& tx, model::DiscoveryService service) {
  ++service.revision;
  put(tx, service);
  const Place place = place_of(tx, service);
  if (place.zone_id.empty()) return;
  const auto instances = all<model::DiscoveryInstance>(tx, service.key() + "#");
  for (const auto& kind : service.records) {
    model::RecordSet record{.zone_id = place.zone_id, .name = place.name, .type = kind.type, .ttl = kind.ttl};
    for (const model::DiscoveryInstance& instance : instances) {
      const auto attribute = [&](const char* key) { return instance.attributes.contains(key) ? instance.attributes.at(key) : std::string(); };
      const std::string ip = attribute("AWS_INSTANCE_IPV4");
      if (!instance.is_healthy || ip.empty()) continue;
      if (kind.type == "A") record.values.push_back(ip);
      if (kind.type != "SRV") continue;
      record.values.push_back(fmt::format("1 1 {} {}.{}", attribute("AWS_INSTANCE_PORT"), lower(instance.id), place.name));
      put(tx, model::RecordSet{.zone_id = place.zone_id, .name = lower(instance.id) + "." + place.name, .type = "A", .ttl = kind.ttl, .values = {ip}});
    }
    if (record.values.empty()) erase<model::RecordSet>(tx, record.key());
    else put(tx, record);
  }
}

void erase_instance(Transaction& tx, const model::DiscoveryService& service, const model::DiscoveryInstance& instance) {
  erase<model::DiscoveryInstance>(tx, instance.key());
  const Place place = place_of(tx, service);
  if (!place.zone_id.empty()) erase<model::RecordSet>(tx, model::RecordSet{.zone_id = place.zone_id, .name = lower(instance.id) + "." + place.name, .type = "A"}.key());
}

}  // namespace landfall::store
