#include <algorithm>

#include <fmt/format.h>

#include "services/route53/support.h"

namespace landfall::services::route53 {
namespace {

using model::HostedZone;

Result<shapes::AssociateVPCWithHostedZoneResponse> associate(const Deps& deps, const CallContext& context, const shapes::AssociateVPCWithHostedZoneRequest& request) {
  return transact<shapes::AssociateVPCWithHostedZoneResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::AssociateVPCWithHostedZoneResponse> {
    HostedZone zone = TRY(zone_with(tx, context, request.hosted_zone_id));
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
    const auto same = [&](const model::ZoneVpc& v) { return v.vpc_id == text(vpc.vpc_id) && v.region == text(vpc.vpc_region); };
    if (std::ranges::none_of(zone.vpcs, same)) {
      return fail("VPCAssociationNotFound", fmt::format("The VPC: {} in region {} is not associated with the hosted zone {}", text(vpc.vpc_id), text(vpc.vpc_region), zone.id));
    }
    if (zone.vpcs.size() == 1) return fail("LastVPCAssociation", "The VPC that you're trying to disassociate from the private hosted zone is the last VPC that is associated with the hosted zone.");
    std::erase_if(zone.vpcs, same);
    store::put(tx, zone);
    return shapes::DisassociateVPCFromHostedZoneResponse{.change_info = record_change(tx, deps, context, text(request.comment))};
  });
}

}  // namespace

void register_zone_vpc(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::AssociateVPCWithHostedZoneRequest, shapes::AssociateVPCWithHostedZoneResponse>("route53", "AssociateVPCWithHostedZone", {"HostedZoneId", "VPC.*", "Comment"}, bind(associate));
  registry.add<shapes::DisassociateVPCFromHostedZoneRequest, shapes::DisassociateVPCFromHostedZoneResponse>("route53", "DisassociateVPCFromHostedZone", {"HostedZoneId", "VPC.*", "Comment"}, bind(disassociate));
}

}  // namespace landfall::services::route53
