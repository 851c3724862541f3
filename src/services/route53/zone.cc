#include <fmt/format.h>

#include "model/network.h"
#include "services/route53/route53.h"
#include "services/route53/support.h"

namespace landfall::services::route53 {

std::string plain_id(const std::optional<std::string>& id) {
  const std::string given = text(id);
  return given.substr(given.rfind('/') + 1);
}

shapes::ChangeInfo record_change(const Deps& deps, Transaction& tx, const CallContext& context, const std::string& comment) {
  const model::ZoneChange change{.account = context.account, .id = "C" + deps.ids.upper_alnum(20), .submitted_at = deps.clock.wall(), .comment = comment};
  store::put(tx, change);
  shapes::ChangeInfo info{.id = "/change/" + change.id, .status = "INSYNC", .submitted_at = change.submitted_at};
  if (!comment.empty()) info.comment = comment;
  return info;
}

namespace {

using model::HostedZone;
using model::RecordSet;

int64_t count_records(const store::Store& store, const HostedZone& zone) { return static_cast<int64_t>(store.list("record_set/" + zone.id + "/").size()); }

shapes::HostedZone render(const Deps& deps, const HostedZone& zone) {
  shapes::HostedZone out{.caller_reference = zone.caller_reference, .config = shapes::HostedZoneConfig{.private_zone = zone.is_private}, .id = "/hostedzone/" + zone.id, .name = zone.name,
                         .resource_record_set_count = count_records(deps.store, zone)};
  if (!zone.comment.empty()) out.config->comment = zone.comment;
  return out;
}

std::optional<std::vector<shapes::VPC>> render_vpcs(const HostedZone& zone) {
  if (!zone.is_private) return std::nullopt;
  std::vector<shapes::VPC> vpcs;
  for (const auto& vpc : zone.vpcs) vpcs.push_back({.vpc_id = vpc.vpc_id, .vpc_region = vpc.region});
  return vpcs;
}

std::vector<std::string> name_servers(const Deps& deps) {
  const uint64_t n = deps.ids.below(512);
  return {fmt::format("ns-{}.awsdns-{:02}.com", n, n % 64), fmt::format("ns-{}.awsdns-{:02}.net", n + 512, n % 64), fmt::format("ns-{}.awsdns-{:02}.org", n + 1024, n % 64), fmt::format("ns-{}.awsdns-{:02}.co.uk", n + 1536, n % 64)};
}

/// NS and SOA of the apex (Route 53 guide, NS and SOA records).
void put_apex_records(Transaction& tx, const HostedZone& zone) {
  RecordSet servers{.zone_id = zone.id, .name = zone.name, .type = "NS", .ttl = 172800};
  for (const std::string& server : zone.name_servers) servers.values.push_back(server + ".");
  store::put(tx, servers);
  store::put(tx, RecordSet{.zone_id = zone.id, .name = zone.name, .type = "SOA", .ttl = 900, .values = {zone.name_servers[0] + ". awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"}});
}

Result<model::ZoneVpc> read_vpc(const Transaction& tx, const CallContext& context, const shapes::VPC& given) {
  model::ZoneVpc vpc{.region = text(given.vpc_region), .vpc_id = text(given.vpc_id)};
  if (!store::find<model::Vpc>(tx, context.account + "/" + vpc.region + "/" + vpc.vpc_id)) {
    return fail("InvalidVPCId", fmt::format("The VPC: {} in region {} that you provided is not authorized to make the association.", vpc.vpc_id, vpc.region));
  }
  return vpc;
}

Result<shapes::CreateHostedZoneResponse> create(const Deps& deps, const CallContext& context, const shapes::CreateHostedZoneRequest& request) {
  HostedZone zone{.account = context.account, .id = "Z" + deps.ids.upper_alnum(20), .name = canonical_name(text(request.name)), .caller_reference = text(request.caller_reference), .name_servers = name_servers(deps)};
  if (request.hosted_zone_config) zone.comment = text(request.hosted_zone_config->comment);
  if (zone.name == "." || zone.name.find("..") != std::string::npos) return fail("InvalidDomainName", fmt::format("{} is not a valid domain name", text(request.name)));
  return transact<shapes::CreateHostedZoneResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateHostedZoneResponse> {
    for (const HostedZone& other : store::all<HostedZone>(tx, context.account + "/")) {
      if (other.caller_reference == zone.caller_reference) return fail("HostedZoneAlreadyExists", fmt::format("A hosted zone has already been created with the specified caller reference: {}", zone.caller_reference));
    }
    if (request.vpc) {
      zone.is_private = true;
      zone.vpcs = {TRY(read_vpc(tx, context, *request.vpc))};
    }
    put_apex_records(tx, zone);
    store::put(tx, zone);
    shapes::CreateHostedZoneResponse result{.change_info = record_change(deps, tx, context, ""), .hosted_zone = render(deps, zone), .location = "https://route53.amazonaws.com/2013-04-01/hostedzone/" + zone.id};
    result.hosted_zone->resource_record_set_count = 2;
    if (!zone.is_private) result.delegation_set = shapes::DelegationSet{.name_servers = zone.name_servers};
    if (request.vpc) result.vpc = request.vpc;
    return result;
  });
}

Result<shapes::DeleteHostedZoneResponse> remove(const Deps& deps, const CallContext& context, const shapes::DeleteHostedZoneRequest& request) {
  return transact<shapes::DeleteHostedZoneResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteHostedZoneResponse> {
    const HostedZone zone = TRY(zone_at(tx, context, request.id));
    const auto records = store::all<RecordSet>(tx, zone.id + "/");
    const bool only_apex = std::ranges::all_of(records, [&](const auto& r) { return r.name == zone.name && (r.type == "NS" || r.type == "SOA"); });
    if (!only_apex) return fail("HostedZoneNotEmpty", "The specified hosted zone contains non-required resource record sets and so cannot be deleted.");
    for (const RecordSet& record : records) store::erase<RecordSet>(tx, record.key());
    store::erase<HostedZone>(tx, zone.key());
    return shapes::DeleteHostedZoneResponse{.change_info = record_change(deps, tx, context, "")};
  });
}

Result<shapes::GetHostedZoneResponse> get(const Deps& deps, const CallContext& context, const shapes::GetHostedZoneRequest& request) {
  const HostedZone zone = TRY(zone_at(deps.store, context, request.id));
  shapes::GetHostedZoneResponse result{.hosted_zone = render(deps, zone), .vp_cs = render_vpcs(zone)};
  if (!zone.is_private) result.delegation_set = shapes::DelegationSet{.name_servers = zone.name_servers};
  return result;
}

std::vector<HostedZone> sorted_zones(const Deps& deps, const CallContext& context) {
  auto zones = store::all<HostedZone>(deps.store, context.account + "/");
  std::ranges::sort(zones, {}, [](const HostedZone& z) { return sort_key(z.name) + z.id; });
  return zones;
}

Result<shapes::ListHostedZonesResponse> list_zones(const Deps& deps, const CallContext& context, const shapes::ListHostedZonesRequest& request) {
  const size_t limit = static_cast<size_t>(std::max(1, std::atoi(request.max_items.value_or("100").c_str())));
  shapes::ListHostedZonesResponse result{.hosted_zones = std::vector<shapes::HostedZone>{}, .is_truncated = false, .marker = request.marker.value_or(""), .max_items = std::to_string(limit)};
  bool started = text(request.marker).empty();
  for (const HostedZone& zone : sorted_zones(deps, context)) {
    started = started || zone.id == *request.marker;
    if (!started) continue;
    if (result.hosted_zones->size() == limit) {
      result.is_truncated = true;
      result.next_marker = zone.id;
      break;
    }
    result.hosted_zones->push_back(render(deps, zone));
  }
  return result;
}

Result<shapes::ListHostedZonesByNameResponse> list_by_name(const Deps& deps, const CallContext& context, const shapes::ListHostedZonesByNameRequest& request) {
  const size_t limit = static_cast<size_t>(std::max(1, std::atoi(request.max_items.value_or("100").c_str())));
  shapes::ListHostedZonesByNameResponse result{.hosted_zones = std::vector<shapes::HostedZone>{}, .is_truncated = false, .max_items = std::to_string(limit)};
  if (request.dns_name) result.dns_name = *request.dns_name;
  const std::string from = request.dns_name ? sort_key(canonical_name(*request.dns_name)) : "";
  for (const HostedZone& zone : sorted_zones(deps, context)) {
    if (sort_key(zone.name) < from) continue;
    if (result.hosted_zones->size() == limit) {
      result.is_truncated = true;
      result.next_dns_name = zone.name;
      result.next_hosted_zone_id = zone.id;
      break;
    }
    result.hosted_zones->push_back(render(deps, zone));
  }
  return result;
}

Result<shapes::AssociateVPCWithHostedZoneResponse> associate(const Deps& deps, const CallContext& context, const shapes::AssociateVPCWithHostedZoneRequest& request) {
  return transact<shapes::AssociateVPCWithHostedZoneResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::AssociateVPCWithHostedZoneResponse> {
    HostedZone zone = TRY(zone_at(tx, context, request.hosted_zone_id));
    if (!zone.is_private) return fail("PublicZoneVPCAssociation", "You're trying to associate a VPC with a public hosted zone. Amazon Route 53 doesn't support associating a VPC with a public hosted zone.");
    const auto vpc = TRY(read_vpc(tx, context, *request.vpc));
    for (const HostedZone& other : store::all<HostedZone>(tx, context.account + "/")) {
      const bool taken = other.name == zone.name && std::ranges::count(other.vpcs, vpc.vpc_id, &model::ZoneVpc::vpc_id) > 0;
      if (taken) return fail("ConflictingDomainExists", fmt::format("The VPC {} in region {} has already been associated with the hosted zone {} with the same domain name.", vpc.vpc_id, vpc.region, other.id));
    }
    zone.vpcs.push_back(vpc);
    store::put(tx, zone);
    return shapes::AssociateVPCWithHostedZoneResponse{.change_info = record_change(deps, tx, context, text(request.comment))};
  });
}

Result<shapes::DisassociateVPCFromHostedZoneResponse> disassociate(const Deps& deps, const CallContext& context, const shapes::DisassociateVPCFromHostedZoneRequest& request) {
  return transact<shapes::DisassociateVPCFromHostedZoneResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::DisassociateVPCFromHostedZoneResponse> {
    HostedZone zone = TRY(zone_at(tx, context, request.hosted_zone_id));
    const std::string id = text(request.vpc->vpc_id);
    if (std::ranges::count(zone.vpcs, id, &model::ZoneVpc::vpc_id) == 0) return fail("VPCAssociationNotFound", fmt::format("The VPC {} and hosted zone {} that you specified are not currently associated.", id, zone.id));
    if (zone.vpcs.size() == 1) return fail("LastVPCAssociation", "The VPC that you're trying to disassociate from the private hosted zone is the last VPC that is associated with the hosted zone.");
    std::erase_if(zone.vpcs, [&](const auto& v) { return v.vpc_id == id; });
    store::put(tx, zone);
    return shapes::DisassociateVPCFromHostedZoneResponse{.change_info = record_change(deps, tx, context, text(request.comment))};
  });
}

Result<shapes::ChangeTagsForResourceResponse> change_tags(const Deps& deps, const CallContext& context, const shapes::ChangeTagsForResourceRequest& request) {
  if (text(request.resource_type) != "hostedzone") return fail("InvalidInput", fmt::format("Landfall does not support tags of resource type {} yet; wanted hostedzone", text(request.resource_type)));
  return transact<shapes::ChangeTagsForResourceResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::ChangeTagsForResourceResponse> {
    HostedZone zone = TRY(zone_at(tx, context, request.resource_id));
    for (const auto& tag : request.add_tags.value_or(std::vector<shapes::Tag>{})) zone.tags[text(tag.key)] = text(tag.value);
    for (const auto& key : request.remove_tag_keys.value_or(std::vector<std::string>{})) zone.tags.erase(key);
    store::put(tx, zone);
    return shapes::ChangeTagsForResourceResponse{};
  });
}

Result<shapes::ListTagsForResourceResponse> list_tags(const Deps& deps, const CallContext& context, const shapes::ListTagsForResourceRequest& request) {
  const HostedZone zone = TRY(zone_at(deps.store, context, request.resource_id));
  shapes::ResourceTagSet set{.resource_id = zone.id, .resource_type = "hostedzone", .tags = std::vector<shapes::Tag>{}};
  for (const auto& [key, value] : zone.tags) set.tags->push_back({.key = key, .value = value});
  return shapes::ListTagsForResourceResponse{.resource_tag_set = set};
}

}  // namespace

void register_zones(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::CreateHostedZoneRequest, shapes::CreateHostedZoneResponse>("route53", "CreateHostedZone", {"Name", "VPC.*", "CallerReference", "HostedZoneConfig.*"}, bind(create));
  registry.add<shapes::DeleteHostedZoneRequest, shapes::DeleteHostedZoneResponse>("route53", "DeleteHostedZone", {"*"}, bind(remove));
  registry.add<shapes::GetHostedZoneRequest, shapes::GetHostedZoneResponse>("route53", "GetHostedZone", {"*"}, bind(get));
  registry.add<shapes::ListHostedZonesRequest, shapes::ListHostedZonesResponse>("route53", "ListHostedZones", {"Marker", "MaxItems"}, bind(list_zones));
  registry.add<shapes::ListHostedZonesByNameRequest, shapes::ListHostedZonesByNameResponse>("route53", "ListHostedZonesByName", {"DNSName", "MaxItems"}, bind(list_by_name));
  registry.add<shapes::UpdateHostedZoneCommentRequest, shapes::UpdateHostedZoneCommentResponse>("route53", "UpdateHostedZoneComment", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return transact<shapes::UpdateHostedZoneCommentResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::UpdateHostedZoneCommentResponse> {
      HostedZone zone = TRY(zone_at(tx, c, r.id));
      zone.comment = text(r.comment);
      store::put(tx, zone);
      return shapes::UpdateHostedZoneCommentResponse{.hosted_zone = render(deps, zone)};
    });
  });
  registry.add<shapes::AssociateVPCWithHostedZoneRequest, shapes::AssociateVPCWithHostedZoneResponse>("route53", "AssociateVPCWithHostedZone", {"*"}, bind(associate));
  registry.add<shapes::DisassociateVPCFromHostedZoneRequest, shapes::DisassociateVPCFromHostedZoneResponse>("route53", "DisassociateVPCFromHostedZone", {"*"}, bind(disassociate));
  registry.add<shapes::ChangeTagsForResourceRequest, shapes::ChangeTagsForResourceResponse>("route53", "ChangeTagsForResource", {"*"}, bind(change_tags));
  registry.add<shapes::ListTagsForResourceRequest, shapes::ListTagsForResourceResponse>("route53", "ListTagsForResource", {"*"}, bind(list_tags));
  registry.add<shapes::GetChangeRequest, shapes::GetChangeResponse>("route53", "GetChange", {"*"}, [&deps](const CallContext& c, const auto& r) -> Result<shapes::GetChangeResponse> {
    const auto change = store::find<model::ZoneChange>(deps.store, c.account + "/" + plain_id(r.id));
    if (!change) return fail("NoSuchChange", "A change with the specified change ID does not exist: " + plain_id(r.id));
    return shapes::GetChangeResponse{.change_info = shapes::ChangeInfo{.id = "/change/" + change->id, .status = "INSYNC", .submitted_at = change->submitted_at}};
  });
}

void register_route53(aws::Registry& registry, const Deps& deps) {
  register_zones(registry, deps);
  register_records(registry, deps);
}

}  // namespace landfall::services::route53
