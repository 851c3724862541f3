#include <algorithm>

#include <fmt/format.h>

#include "services/route53/support.h"
#include "services/support/pages.h"

namespace landfall::services::route53 {
namespace {

using model::HostedZone;

/// Another account's zone may be named if its owner has authorized the VPC.
Result<HostedZone> own_or_authorized(const Transaction& tx, const CallContext& context, const shapes::AssociateVPCWithHostedZoneRequest& request) {
  const std::string id = plain_id(request.hosted_zone_id);
  for (const HostedZone& zone : store::all<HostedZone>(tx)) {
    if (zone.id != id || zone.account == context.account) continue;
    const bool is_authorized = std::ranges::any_of(zone.authorized_vpcs, [&](const auto& vpc) { return vpc.vpc_id == text(request.vpc->vpc_id) && vpc.region == text(request.vpc->vpc_region); });
    if (!is_authorized) return fail("NotAuthorizedException", fmt::format("The VPC {} is not authorized to be associated with the hosted zone {}.", text(request.vpc->vpc_id), id));
    return zone;
  }
  return zone_with(tx, context, request.hosted_zone_id);
}

Result<shapes::AssociateVPCWithHostedZoneResponse> associate(const Deps& deps, const CallContext& context, const shapes::AssociateVPCWithHostedZoneRequest& request) {
  return transact<shapes::AssociateVPCWithHostedZoneResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::AssociateVPCWithHostedZoneResponse> {
    HostedZone zone = TRY(own_or_authorized(tx, context, request));
    if (!zone.is_private) {
      return fail("PublicZoneVPCAssociation", "You're trying to associate a VPC with a public hosted zone. Amazon Route 53 doesn't support associating a VPC with a public hosted zone.");
    }
    zone.vpcs.push_back(TRY(vpc_for_zone(tx, context, request.vpc.value_or(shapes::VPC{}), zone.name)));
    store::put(tx, zone);
    return shapes::AssociateVPCWithHostedZoneResponse{.change_info = record_change(tx, deps, context, text(request.comment))};
  });
}

Result<shapes::DisassociateVPCFromHostedZoneResponse> disassociate(const Deps& deps, const CallContext& context, const shapes::DisassociateVPCFromHostedZoneRequest& request) {
  const shapes::VPC vpc = request.vpc.value_or(shapes::VPC{});
  return transact<shapes::DisassociateVPCFromHostedZoneResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::DisassociateVPCFromHostedZoneResponse> {
    HostedZone zone = TRY(zone_with(tx, context, request.hosted_zone_id));
    const auto same = [&](const model::ZoneVpc& v) { return v.vpc_id == text(vpc.vpc_id) && v.region == vpc.vpc_region.value_or(v.region); };
    if (std::ranges::none_of(zone.vpcs, same)) {
      return fail("VPCAssociationNotFound", fmt::format("The VPC: {} in region {} is not associated with the hosted zone {}", text(vpc.vpc_id), text(vpc.vpc_region), zone.id));
    }
    if (zone.vpcs.size() == 1) return fail("LastVPCAssociation", "The VPC that you're trying to disassociate from the private hosted zone is the last VPC that is associated with the hosted zone. Amazon Route 53 doesn't support disassociating the last VPC from a hosted zone.");
    std::erase_if(zone.vpcs, same);
    store::put(tx, zone);
    return shapes::DisassociateVPCFromHostedZoneResponse{.change_info = record_change(tx, deps, context, text(request.comment))};
  });
}

/// The zone, and that its owner may let this VPC of any account be associated with it.
Result<HostedZone> private_zone_with(const Transaction& tx, const CallContext& context, const std::optional<std::string>& id) {
  HostedZone zone = TRY(zone_with(tx, context, id));
  if (!zone.is_private) return fail("InvalidInput", fmt::format("The hosted zone {} is public: VPCs are associated with private hosted zones alone.", zone.id));
  return zone;
}

bool same_vpc(const model::ZoneVpc& a, const shapes::VPC& b) { return a.vpc_id == text(b.vpc_id) && a.region == text(b.vpc_region); }

Result<shapes::CreateVPCAssociationAuthorizationResponse> authorize(const Deps& deps, const CallContext& context, const shapes::CreateVPCAssociationAuthorizationRequest& request) {
  return transact<shapes::CreateVPCAssociationAuthorizationResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateVPCAssociationAuthorizationResponse> {
    HostedZone zone = TRY(private_zone_with(tx, context, request.hosted_zone_id));
    if (std::ranges::none_of(zone.authorized_vpcs, [&](const auto& vpc) { return same_vpc(vpc, *request.vpc); })) zone.authorized_vpcs.push_back({.region = text(request.vpc->vpc_region), .vpc_id = text(request.vpc->vpc_id)});
    store::put(tx, zone);
    return shapes::CreateVPCAssociationAuthorizationResponse{.hosted_zone_id = zone.id, .vpc = request.vpc};
  });
}

Result<shapes::DeleteVPCAssociationAuthorizationResponse> withdraw(const Deps& deps, const CallContext& context, const shapes::DeleteVPCAssociationAuthorizationRequest& request) {
  return transact<shapes::DeleteVPCAssociationAuthorizationResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteVPCAssociationAuthorizationResponse> {
    HostedZone zone = TRY(private_zone_with(tx, context, request.hosted_zone_id));
    if (std::erase_if(zone.authorized_vpcs, [&](const auto& vpc) { return same_vpc(vpc, *request.vpc); }) == 0) {
      return fail("VPCAssociationAuthorizationNotFound", "The VPC that you specified is not authorized to be associated with the hosted zone.");
    }
    store::put(tx, zone);
    return shapes::DeleteVPCAssociationAuthorizationResponse{};
  });
}

Result<shapes::ListVPCAssociationAuthorizationsResponse> authorized(const Deps& deps, const CallContext& context, const shapes::ListVPCAssociationAuthorizationsRequest& request) {
  const size_t most = TRY(item_limit(request.max_results, 50));
  return transact<shapes::ListVPCAssociationAuthorizationsResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::ListVPCAssociationAuthorizationsResponse> {
    const HostedZone zone = TRY(private_zone_with(tx, context, request.hosted_zone_id));
    auto page = TRY(page_of(zone.authorized_vpcs, static_cast<int>(most), request.next_token, Error{.code = "InvalidPaginationToken", .what = "The value that you specified to get the second or subsequent page of results is invalid."}));
    shapes::ListVPCAssociationAuthorizationsResponse answer{.hosted_zone_id = zone.id, .vp_cs = std::vector<shapes::VPC>{}};
    for (const auto& vpc : page.items) answer.vp_cs->push_back({.vpc_id = vpc.vpc_id, .vpc_region = vpc.region});
    if (!page.next.empty()) answer.next_token = page.next;
    return answer;
  });
}

}  // namespace

void register_zone_vpc(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::AssociateVPCWithHostedZoneRequest, shapes::AssociateVPCWithHostedZoneResponse>("route53", "AssociateVPCWithHostedZone", {"HostedZoneId", "VPC.*", "Comment"}, bind(associate));
  registry.add<shapes::DisassociateVPCFromHostedZoneRequest, shapes::DisassociateVPCFromHostedZoneResponse>("route53", "DisassociateVPCFromHostedZone", {"HostedZoneId", "VPC.*", "Comment"}, bind(disassociate));
  registry.add<shapes::CreateVPCAssociationAuthorizationRequest, shapes::CreateVPCAssociationAuthorizationResponse>("route53", "CreateVPCAssociationAuthorization", {"*"}, bind(authorize));
  registry.add<shapes::DeleteVPCAssociationAuthorizationRequest, shapes::DeleteVPCAssociationAuthorizationResponse>("route53", "DeleteVPCAssociationAuthorization", {"*"}, bind(withdraw));
  registry.add<shapes::ListVPCAssociationAuthorizationsRequest, shapes::ListVPCAssociationAuthorizationsResponse>("route53", "ListVPCAssociationAuthorizations", {"*"}, bind(authorized));
}

}  // namespace landfall::services::route53
