#include "base/text.h"
#include "terraform/aws/members.h"
#include "terraform/aws/more_types.h"
#include "terraform/aws/name_filter.h"
#include "terraform/aws/route53.h"
#include "terraform/aws/sources.h"
#include "terraform/aws/types.h"

/// data aws_route53_records: what a zone holds.
namespace landfall::terraform::aws_types {
namespace {

namespace route53 = aws::route53;

Type text_members(std::initializer_list<const char*> names) {
  std::vector<Type::Attribute> members;
  for (const char* name : names) members.push_back({.name = name, .type = Type::string()});
  return Type::object(std::move(members));
}

Type record_type() {
  return Type::object({{.name = "alias_target", .type = Type::object({{.name = "dns_name", .type = Type::string()}, {.name = "evaluate_target_health", .type = Type::boolean()}, {.name = "hosted_zone_id", .type = Type::string()}})},
                       {.name = "cidr_routing_config", .type = text_members({"collection_id", "location_name"})},
                       {.name = "failover", .type = Type::string()},
                       {.name = "geolocation", .type = text_members({"continent_code", "country_code", "subdivision_code"})},
                       {.name = "geoproximity_location", .type = Type::object({{.name = "aws_region", .type = Type::string()}, {.name = "bias", .type = Type::number()}, {.name = "coordinates", .type = text_members({"latitude", "longitude"})}, {.name = "local_zone_group", .type = Type::string()}})},
                       {.name = "health_check_id", .type = Type::string()},
                       {.name = "multi_value_answer", .type = Type::boolean()},
                       {.name = "name", .type = Type::string()},
                       {.name = "region", .type = Type::string()},
                       {.name = "resource_records", .type = Type::list(text_members({"value"}))},
                       {.name = "set_identifier", .type = Type::string()},
                       {.name = "traffic_policy_instance_id", .type = Type::string()},
                       {.name = "ttl", .type = Type::number()},
                       {.name = "type", .type = Type::string()},
                       {.name = "weight", .type = Type::number()}});
}

Record told(const route53::ResourceRecordSet& set) {
  Record one;
  one.set("name", set.name.value_or(""));
  one.set("type", set.type.value_or(""));
  keep(one, "failover", set.failover);
  keep(one, "health_check_id", set.health_check_id);
  keep(one, "multi_value_answer", set.multi_value_answer);
  keep(one, "region", set.region);
  keep(one, "set_identifier", set.set_identifier);
  keep(one, "ttl", set.ttl);
  keep(one, "weight", set.weight);
  for (const char* name : {"alias_target", "cidr_routing_config", "geolocation", "geoproximity_location", "traffic_policy_instance_id"}) one.clear(name);
  std::vector<Record> values;
  for (const auto& value : set.resource_records.value_or(std::vector<route53::ResourceRecord>{})) values.emplace_back().set("value", value.value.value_or(""));
  one.set("resource_records", values);
  if (set.alias_target) {
    Record alias;
    alias.set("dns_name", set.alias_target->dns_name.value_or(""));
    alias.set("hosted_zone_id", set.alias_target->hosted_zone_id.value_or(""));
    alias.set("evaluate_target_health", set.alias_target->evaluate_target_health.value_or(false));
    one.set("alias_target", alias.to_value());
  }
  if (set.geo_location) {
    Record place;
    keep(place, "continent_code", set.geo_location->continent_code);
    keep(place, "country_code", set.geo_location->country_code);
    keep(place, "subdivision_code", set.geo_location->subdivision_code);
    one.set("geolocation", place.to_value());
  }
  return one;
}

Result<void> read_records(const Cloud& cloud, Record& state) {
  const auto fits = TRY(name_filter(state));
  std::vector<Record> found;
  for (const auto& set : TRY(list_records(cloud, zone_id(state.text("zone_id"))))) {
    if (fits(set.name.value_or(""))) found.push_back(told(set));
  }
  state.set("resource_record_sets", found);
  return {};
}

}  // namespace

void add_record_source(Provider& provider) {
  add_source(provider, "aws_route53_records", {.attributes = {text("zone_id").required(), text("name_regex").checked(check_pattern), of_type("resource_record_sets", Type::list(record_type())).read_only()}, .is_exact = true}, read_records);
}

}  // namespace landfall::terraform::aws_types
