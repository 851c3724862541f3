#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "terraform/aws/more_types.h"
#include "terraform/aws/route53.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace route53 = aws::route53;

/// aws_route53_zone_association: one more VPC that a private zone answers in. The id is "ZONE:VPC".
class ZoneAssociation final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("owning_account").read_only(), text("vpc_id").required().forces_new(), text("vpc_region").computed().forces_new(), text("zone_id").required().forces_new()}};
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    route53::AssociateVPCWithHostedZoneRequest request;
    request.hosted_zone_id = planned.text("zone_id");
    request.vpc = vpc_of(cloud, planned);
    request.comment = "Managed by Terraform";
    TRY(cloud.call<route53::AssociateVPCWithHostedZoneResponse>("route53", "AssociateVPCWithHostedZone", request));
    state.set("id", planned.text("zone_id") + ":" + planned.text("vpc_id"));
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto parts = split(state.text("id"), ':');
    if (parts.size() < 2) return fail("Import.Id", fmt::format("unexpected format of ID ({}), expected ZONEID:VPCID", state.text("id")));
    route53::GetHostedZoneRequest request;
    request.id = parts[0];
    const auto found = TRY(look_up<route53::GetHostedZoneResponse>(cloud, "route53", "GetHostedZone", request));
    if (!found) return false;
    const auto vpcs = found->vp_cs.value_or(std::vector<route53::VPC>{});
    const auto here = std::ranges::find_if(vpcs, [&](const route53::VPC& vpc) { return vpc.vpc_id == parts[1]; });
    if (here == vpcs.end()) return false;
    state.set("zone_id", parts[0]);
    state.set("vpc_id", parts[1]);
    state.set("vpc_region", here->vpc_region.value_or(cloud.region));
    state.set("owning_account", cloud.account);
    return true;
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    route53::DisassociateVPCFromHostedZoneRequest request;
    request.hosted_zone_id = state.text("zone_id");
    request.vpc = vpc_of(cloud, state);
    const auto done = cloud.call<route53::DisassociateVPCFromHostedZoneResponse>("route53", "DisassociateVPCFromHostedZone", request);
    if (!done && done.error().code == "VPCAssociationNotFound") return {};
    return ignore_gone(done);
  }
};

/// aws_route53_vpc_association_authorization: another account's VPC may be associated. The id is "ZONE:VPC".
class AssociationAuthorization final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("zone_id").required().forces_new(), text("vpc_id").required().forces_new(), text("vpc_region").computed().forces_new()}};
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    const route53::CreateVPCAssociationAuthorizationRequest request{.hosted_zone_id = planned.text("zone_id"), .vpc = vpc_of(cloud, planned)};
    TRY(cloud.call<route53::CreateVPCAssociationAuthorizationResponse>("route53", "CreateVPCAssociationAuthorization", request));
    state.set("id", planned.text("zone_id") + ":" + planned.text("vpc_id"));
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto parts = split(state.text("id"), ':');
    if (parts.size() < 2) return fail("Import.Id", fmt::format("unexpected format of ID ({}), expected ZONEID:VPCID", state.text("id")));
    route53::ListVPCAssociationAuthorizationsRequest request{.hosted_zone_id = parts[0]};
    do {
      const auto page = TRY(look_up<route53::ListVPCAssociationAuthorizationsResponse>(cloud, "route53", "ListVPCAssociationAuthorizations", request));
      if (!page) return false;
      for (const route53::VPC& vpc : page->vp_cs.value_or(std::vector<route53::VPC>{})) {
        if (vpc.vpc_id != parts[1]) continue;
        state.set("zone_id", parts[0]);
        state.set("vpc_id", parts[1]);
        state.set("vpc_region", vpc.vpc_region.value_or(""));
        return true;
      }
      request.next_token = page->next_token;
    } while (request.next_token && !request.next_token->empty());
    return false;
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    const route53::DeleteVPCAssociationAuthorizationRequest request{.hosted_zone_id = state.text("zone_id"), .vpc = vpc_of(cloud, state)};
    return ignore_gone(cloud.call<route53::DeleteVPCAssociationAuthorizationResponse>("route53", "DeleteVPCAssociationAuthorization", request));
  }
};

}  // namespace

void add_zone_association(Provider& provider) {
  provider.resources["aws_route53_zone_association"] = std::make_unique<ZoneAssociation>();
  provider.resources["aws_route53_vpc_association_authorization"] = std::make_unique<AssociationAuthorization>();
}

}  // namespace landfall::terraform::aws_types
