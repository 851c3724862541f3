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

std::string attribute_of(const model::DiscoveryInstance& instance, const char* key) { return instance.attributes.contains(key) ? instance.attributes.at(key) : std::string(); }

/// What a record of that kind says of the instance; "" if nothing.
std::string value_of(const model::DiscoveryInstance& instance, const std::string& kind, const std::string& name) {
  if (kind == "AAAA") return attribute_of(instance, "AWS_INSTANCE_IPV6");
  if (kind == "CNAME") return attribute_of(instance, "AWS_INSTANCE_CNAME");
  const std::string ip = attribute_of(instance, "AWS_INSTANCE_IPV4");
  return kind != "SRV" || ip.empty() ? ip : fmt::format("1 1 {} {}.{}", attribute_of(instance, "AWS_INSTANCE_PORT"), lower(instance.id), name);
}

void erase_records(Transaction& tx, const Place& place) {
  for (const auto& record : all<model::RecordSet>(tx, place.zone_id + "/")) {
    const bool is_of_instances = record.type == "A" || record.type == "AAAA" || record.type == "CNAME" || record.type == "SRV";
    if (record.name == place.name && is_of_instances) erase<model::RecordSet>(tx, record.key());
  }
}

}  // namespace

/// With the policy WEIGHTED each instance has a record of its own, of the same weight, so that one is answered (Cloud Map API, DnsConfig).
void publish_instances(Transaction& tx, model::DiscoveryService service) {
  ++service.revision;
  put(tx, service);
  const Place place = place_of(tx, service);
  if (place.zone_id.empty()) return;
  erase_records(tx, place);
  const auto instances = all<model::DiscoveryInstance>(tx, service.key() + "#");
  for (const auto& kind : service.records) {
    model::RecordSet record{.zone_id = place.zone_id, .name = place.name, .type = kind.type, .ttl = kind.ttl};
    for (const model::DiscoveryInstance& instance : instances) {
      const std::string value = value_of(instance, kind.type, place.name);
      if (!instance.is_healthy || value.empty()) continue;
      if (kind.type == "SRV") put(tx, model::RecordSet{.zone_id = place.zone_id, .name = lower(instance.id) + "." + place.name, .type = "A", .ttl = kind.ttl, .values = {attribute_of(instance, "AWS_INSTANCE_IPV4")}});
      record.values.push_back(value);
      if (service.routing_policy != "WEIGHTED") continue;
      record.set_identifier = instance.id;
      record.weight = 1;
      put(tx, record);
      record.values.clear();
    }
    if (!record.values.empty()) put(tx, record);
  }
}

void erase_instance(Transaction& tx, const model::DiscoveryService& service, const model::DiscoveryInstance& instance) {
  erase<model::DiscoveryInstance>(tx, instance.key());
  const Place place = place_of(tx, service);
  if (!place.zone_id.empty()) erase<model::RecordSet>(tx, model::RecordSet{.zone_id = place.zone_id, .name = lower(instance.id) + "." + place.name, .type = "A"}.key());
}

}  // namespace landfall::store
