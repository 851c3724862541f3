#include <algorithm>

#include <fmt/format.h>

#include "terraform/aws/route53.h"
#include "terraform/aws/sources.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/told.h"
#include "terraform/aws/types.h"

/// Data sources of Route 53.
namespace landfall::terraform::aws_types {
namespace {

namespace route53 = aws::route53;

Result<std::vector<route53::HostedZone>> all_zones(const Cloud& cloud) {
  std::vector<route53::HostedZone> zones;
  route53::ListHostedZonesRequest request;
  for (;;) {
    const auto page = TRY(cloud.call<route53::ListHostedZonesResponse>("route53", "ListHostedZones", request));
    for (const auto& zone : page.hosted_zones.value_or(std::vector<route53::HostedZone>{})) zones.push_back(zone);
    if (!page.is_truncated.value_or(false)) return zones;
    request.marker = page.next_marker;
  }
}

/// The zone whole, if it fits: its VPC and its tags are told one by one.
Result<std::optional<Record>> fitting(const Cloud& cloud, const route53::HostedZone& zone, const Record& wanted) {
  route53::GetHostedZoneRequest get;
  get.id = zone_id(zone.id.value_or(""));
  const auto whole = TRY(cloud.call<route53::GetHostedZoneResponse>("route53", "GetHostedZone", get));
  const auto vpcs = whole.vp_cs.value_or(std::vector<route53::VPC>{});
  const std::string vpc = wanted.text("vpc_id");
  if (!vpc.empty() && std::ranges::none_of(vpcs, [&](const auto& one) { return one.vpc_id == vpc; })) return std::optional<Record>();
  Record found = wanted;
  found.set("tags", TRY(read_dns_tags(cloud, "hostedzone", *get.id)));
  if (!has_tags(found, wanted.pairs("tags"))) return std::optional<Record>();
  const auto servers = whole.delegation_set ? whole.delegation_set->name_servers.value_or(std::vector<std::string>{}) : std::vector<std::string>{};
  found.set("id", *get.id);
  found.set("zone_id", *get.id);
  found.set("arn", "arn:aws:route53:::hostedzone/" + *get.id);
  found.set("name", canonical_domain(zone.name.value_or("")));
  found.set("private_zone", zone.config && zone.config->private_zone.value_or(false));
  found.set("comment", zone.config ? zone.config->comment.value_or("") : "");
  found.set("caller_reference", zone.caller_reference.value_or(""));
  found.set("resource_record_set_count", zone.resource_record_set_count.value_or(0));
  found.set("linked_service_principal", zone.linked_service ? zone.linked_service->service_principal.value_or("") : "");
  found.set("linked_service_description", zone.linked_service ? zone.linked_service->description.value_or("") : "");
  found.set("name_servers", servers);
  found.set("primary_name_server", servers.empty() ? "" : servers[0]);
  return std::optional<Record>(std::move(found));
}

Result<void> read_zone(const Cloud& cloud, Record& state) {
  const std::string id = state.text("zone_id"), name = state.text("name");
  if (!id.empty() && !name.empty()) return fail("Config.Conflict", "\"zone_id\": conflicts with name");
  if (id.empty() && name.empty() && state.text("vpc_id").empty() && state.pairs("tags").empty()) return fail("Config.Missing", "either name, zone_id, vpc_id or tags must be set");
  // A zone that is looked for by its VPC is private.
  const bool wants_private = state.flag("private_zone") || !state.text("vpc_id").empty();
  std::vector<Record> found;
  for (const auto& zone : TRY(all_zones(cloud))) {
    const bool is_private = zone.config && zone.config->private_zone.value_or(false);
    const bool fits = !id.empty() ? zone_id(zone.id.value_or("")) == zone_id(id) : (name.empty() || is_same_name(zone.name.value_or(""), name)) && is_private == wants_private;
    if (!fits) continue;
    if (auto whole = TRY(fitting(cloud, zone, state))) found.push_back(std::move(*whole));
  }
  if (found.size() != 1) return fail(found_not_one(found.size(), "Route 53 Hosted Zone"));
  state = std::move(found[0]);
  return {};
}

Result<void> read_zones(const Cloud& cloud, Record& state) {
  std::vector<std::string> ids;
  for (const auto& zone : TRY(all_zones(cloud))) ids.push_back(zone_id(zone.id.value_or("")));
  state.set("id", cloud.region);
  state.set("ids", ids);
  return {};
}

}  // namespace

void add_route53_sources(Provider& provider) {
  add_source(provider, "aws_route53_zone", {.attributes = {text("id").read_only(), text("zone_id").computed(), text("name").computed(), flag("private_zone"), text("arn").read_only(), text("comment").read_only(), text("caller_reference").read_only(),
                                                           number("resource_record_set_count").read_only(), texts("name_servers").read_only(), text("primary_name_server").read_only(), text("linked_service_principal").read_only(),
                                                           text("linked_service_description").read_only(), text("vpc_id").computed(), text_map("tags").computed()}}, read_zone);
  add_source(provider, "aws_route53_zones", {.attributes = {text("id").read_only(), texts("ids").read_only()}}, read_zones);
}

}  // namespace landfall::terraform::aws_types
