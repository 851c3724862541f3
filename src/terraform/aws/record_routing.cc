#include "terraform/aws/record_routing.h"

#include <fmt/format.h>

#include "terraform/aws/members.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace route53 = aws::route53;

constexpr const char* kPolicies[] = {"failover_routing_policy", "geolocation_routing_policy", "latency_routing_policy", "multivalue_answer_routing_policy", "weighted_routing_policy"};

bool is_written(const Record& planned, const char* policy) { return planned.flag(policy) || !planned.blocks(policy).empty(); }

/// A policy block, of this one member.
void tell_policy(Record& state, const char* policy, const char* member, const std::optional<std::string>& value) {
  std::vector<Record> rows;
  if (value) rows.emplace_back().set(member, *value);
  state.set(policy, rows);
}

}  // namespace

std::vector<Attribute> routing_attributes() {
  return {text("set_identifier"), text("health_check_id"), flag("multivalue_answer_routing_policy"), deciding(refused_blocks("cidr_routing_policy")), deciding(refused_blocks("geoproximity_routing_policy"))};
}

std::vector<Block> routing_blocks() {
  return {one_block("failover_routing_policy", {.attributes = {text("type").required().checked(one_of({"PRIMARY", "SECONDARY"}))}}),
          one_block("geolocation_routing_policy", {.attributes = {text("continent"), text("country"), text("subdivision")}}),
          one_block("latency_routing_policy", {.attributes = {text("region").required()}}),
          one_block("weighted_routing_policy", {.attributes = {number("weight").required()}})};
}

Result<void> check_routing(const Record& planned) {
  const char* found = nullptr;
  for (const char* policy : kPolicies) {
    if (!is_written(planned, policy)) continue;
    if (found != nullptr) return fail("Config.Conflict", fmt::format("\"{}\": conflicts with {}", found, policy));
    found = policy;
  }
  const Value identifier = planned.value("set_identifier");
  if (found != nullptr && identifier.is_known() && planned.text("set_identifier").empty()) return fail("Config.Missing", fmt::format("\"{0}\": all of `set_identifier,{0}` must be specified", found));
  return {};
}

void fill_routing(const Record& record, route53::ResourceRecordSet& api) {
  set_text(record, "set_identifier", api.set_identifier);
  set_text(record, "health_check_id", api.health_check_id);
  if (record.flag("multivalue_answer_routing_policy")) api.multi_value_answer = true;
  for (const Record& failover : record.blocks("failover_routing_policy")) api.failover = failover.text("type");
  for (const Record& latency : record.blocks("latency_routing_policy")) api.region = latency.text("region");
  for (const Record& weighted : record.blocks("weighted_routing_policy")) api.weight = weighted.number("weight");
  for (const Record& place : record.blocks("geolocation_routing_policy")) {
    auto& location = api.geo_location.emplace();
    set_text(place, "continent", location.continent_code);
    set_text(place, "country", location.country_code);
    set_text(place, "subdivision", location.subdivision_code);
  }
}

void tell_routing(const route53::ResourceRecordSet& api, Record& state) {
  keep(state, "set_identifier", api.set_identifier);
  keep(state, "health_check_id", api.health_check_id);
  keep(state, "multivalue_answer_routing_policy", api.multi_value_answer);
  tell_policy(state, "failover_routing_policy", "type", api.failover);
  tell_policy(state, "latency_routing_policy", "region", api.region);
  std::vector<Record> weights, places;
  if (api.weight) weights.emplace_back().set("weight", *api.weight);
  if (api.geo_location) {
    Record& place = places.emplace_back();
    place.set("continent", api.geo_location->continent_code.value_or(""));
    place.set("country", api.geo_location->country_code.value_or(""));
    place.set("subdivision", api.geo_location->subdivision_code.value_or(""));
  }
  state.set("weighted_routing_policy", weights);
  state.set("geolocation_routing_policy", places);
}

}  // namespace landfall::terraform::aws_types
