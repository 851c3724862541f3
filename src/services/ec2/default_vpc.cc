#include <fmt/format.h>

#include "base/ip.h"
#include "services/ec2/ec2.h"
#include "model/region.h"
#include "services/ec2/support.h"
#include "services/ec2/zones.h"

/// The default VPC of a region (VPC user guide, Default VPCs): 172.31.0.0/16, a public subnet in each zone.
namespace landfall::services::ec2 {
namespace {

using model::Subnet;
using model::Vpc;

Subnet default_subnet(const Deps& deps, const Vpc& vpc, char zone) {
  return {.account = vpc.account, .region = vpc.region, .id = deps.ids.ec2("subnet"), .vpc_id = vpc.id, .cidr = fmt::format("172.31.{}.0/20", 16 * (zone - 'a')), .zone = vpc.region + zone,
          .zone_id = zone_id(vpc.region, zone), .map_public_ip_on_launch = true, .is_default = true, .network_acl_association_id = deps.ids.ec2("aclassoc")};
}

Vpc make(const Deps& deps, Transaction& tx, const std::string& account, const std::string& region) {
  Vpc vpc{.account = account, .region = region, .id = deps.ids.ec2("vpc"), .cidr = "172.31.0.0/16", .enable_dns_hostnames = true, .is_default = true, .dhcp_options_id = std::string(kDefaultDhcpOptions),
          .cidr_association_id = deps.ids.ec2("vpc-cidr-assoc")};
  make_companions(deps, tx, vpc);
  store::put(tx, vpc);
  const model::InternetGateway gateway{.account = account, .region = region, .id = deps.ids.ec2("igw"), .vpc_id = vpc.id};
  store::put(tx, gateway);
  store::update<model::RouteTable>(tx, account + "/" + region + "/" + vpc.main_route_table_id, [&](model::RouteTable& table) { table.routes.push_back({.destination = "0.0.0.0/0", .gateway_id = gateway.id}); });
  for (const char zone : model::zone_letters(vpc.region)) store::put(tx, default_subnet(deps, vpc, zone));
  return vpc;
}

Result<shapes::CreateDefaultVpcResult> create(const Deps& deps, const CallContext& context, const shapes::CreateDefaultVpcRequest&) {
  return transact<shapes::CreateDefaultVpcResult>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateDefaultVpcResult> {
    if (default_vpc(tx, context)) return fail("DefaultVpcAlreadyExists", "A Default VPC already exists for this account in this region.");
    return shapes::CreateDefaultVpcResult{.vpc = render_vpc(make(deps, tx, context.account, context.region))};
  });
}

Result<shapes::CreateDefaultSubnetResult> create_subnet(const Deps& deps, const CallContext& context, const shapes::CreateDefaultSubnetRequest& request) {
  const std::string zone = text(request.availability_zone);
  if (!is_zone_of(zone, context.region)) return fail("InvalidParameterValue", fmt::format("Value ({}) for parameter availabilityZone is invalid.", zone));
  return transact<shapes::CreateDefaultSubnetResult>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateDefaultSubnetResult> {
    const auto vpc = default_vpc(tx, context);
    if (!vpc) return fail("DefaultVpcDoesNotExist", "No default VPC exists for this account in this region.");
    const Subnet made = default_subnet(deps, *vpc, zone.back());
    for (const Subnet& other : store::all<Subnet>(tx, scope(context))) {
      if (other.vpc_id != vpc->id) continue;
      if (other.is_default && other.zone == zone) return fail("DefaultSubnetAlreadyExistsInAvailabilityZone", fmt::format("'{}' is already the default subnet in {}.", other.id, zone));
      if (TRY(parse_cidr(other.cidr)).overlaps(TRY(parse_cidr(made.cidr)))) return fail("InvalidSubnet.Conflict", fmt::format("The CIDR '{}' conflicts with another subnet", made.cidr));
    }
    store::put(tx, made);
    return shapes::CreateDefaultSubnetResult{.subnet = render_subnet(deps, made)};
  });
}

}  // namespace

std::optional<Vpc> default_vpc(const Transaction& tx, const CallContext& context) {
  for (Vpc& vpc : store::all<Vpc>(tx, scope(context))) {
    if (vpc.is_default) return std::move(vpc);
  }
  return std::nullopt;
}

void prepare_region(const Deps& deps, const std::string& account, const std::string& region) {
  const model::UsedRegion used{.account = account, .region = region};
  if (deps.store.get(store::path_of<model::UsedRegion>(used.key()))) return;
  // A failure (a full disk) is met again by the call itself.
  (void)deps.store.transact([&](Transaction& tx) -> Result<void> {
    if (store::find<model::UsedRegion>(tx, used.key())) return {};
    store::put(tx, used);
    make(deps, tx, account, region);
    return {};
  });
}

void register_default_vpc(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::CreateDefaultVpcRequest, shapes::CreateDefaultVpcResult>("ec2", "CreateDefaultVpc", {}, bind(create));
  registry.add<shapes::CreateDefaultSubnetRequest, shapes::CreateDefaultSubnetResult>("ec2", "CreateDefaultSubnet", {"AvailabilityZone"}, bind(create_subnet));
}

}  // namespace landfall::services::ec2
