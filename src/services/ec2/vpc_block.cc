#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "model/addressing.h"
#include "services/ec2/support.h"

/// Secondary IPv4 blocks of a VPC. Each has a local route in every route table of the VPC.
namespace landfall::services::ec2 {
namespace {

using model::RouteTable;
using model::Vpc;

constexpr size_t kMaxBlocks = 5;  // VPC quotas, IPv4 CIDR blocks per VPC

Cidr block_of(const char* text) { return parse_cidr(text).value(); }

/// VPC user guide, IPv4 CIDR block association restrictions: private classes do not mix, and 198.19.0.0/16 goes with none.
bool is_restricted(const std::vector<Cidr>& present, const Cidr& wanted) {
  static const std::array<Cidr, 3> classes{block_of("10.0.0.0/8"), block_of("172.16.0.0/12"), block_of("192.168.0.0/16")};
  static const Cidr benchmark = block_of("198.19.0.0/16"), first_two = block_of("10.0.0.0/15"), first = block_of("10.0.0.0/16");
  const auto class_of = [&](const Cidr& range) { return std::ranges::find_if(classes, [&](const Cidr& c) { return c.contains(range); }) - classes.begin(); };
  const long none = classes.end() - classes.begin(), wanted_class = class_of(wanted);
  return std::ranges::any_of(present, [&](const Cidr& range) {
    const long its_class = class_of(range);
    if (its_class != none && wanted_class != none && its_class != wanted_class) return true;
    if ((its_class != none && benchmark.overlaps(wanted)) || (benchmark.overlaps(range) && wanted_class != none)) return true;
    return first_two.overlaps(range) && first.overlaps(wanted);
  });
}

/// Neither blocks of the VPC nor of those that it is or may be peered with may overlap; a route may lead to a part of the block only.
Result<void> check_free(const Transaction& tx, const CallContext& context, const Vpc& vpc, const Cidr& wanted) {
  const std::vector<Cidr> present = ranges_of(vpc);
  if (std::ranges::any_of(present, [&](const Cidr& range) { return range.overlaps(wanted); })) {
    return fail("InvalidVpc.Range", fmt::format("The CIDR '{}' conflicts with another association in VPC {}.", to_string(wanted), vpc.id));
  }
  if (is_restricted(present, wanted)) {
    return fail("InvalidVpc.Range", fmt::format("The CIDR '{}' is restricted. Use a CIDR from the same private address range as the current VPC CIDR, or use a publicly-routable CIDR. For additional restrictions, "
                                                "see https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Subnets.html#VPC_Sizing", to_string(wanted)));
  }
  for (const auto& connection : store::all<model::PeeringConnection>(tx)) {
    const model::PeeringSide* peer = peer_of(connection, vpc.id);
    const auto far = peer == nullptr ? std::nullopt : store::find<Vpc>(tx, fmt::format("{}/{}/{}", peer->account, peer->region, peer->vpc_id));
    if (far && std::ranges::any_of(ranges_of(*far), [&](const Cidr& range) { return range.overlaps(wanted); })) {
      return fail("InvalidVpc.Range", fmt::format("The CIDR '{}' conflicts with a CIDR of the VPC {} of the peering connection {}.", to_string(wanted), far->id, connection.id));
    }
  }
  for (const RouteTable& table : store::all<RouteTable>(tx, scope(context))) {
    for (const model::Route& route : table.routes) {
      const auto destination = parse_cidr(route.destination);
      // A default route is no destination of its own.
      if (table.vpc_id != vpc.id || !destination || destination->length == 0 || !destination->overlaps(wanted) || destination->length < wanted.length) continue;
      return fail("InvalidVpc.Range", fmt::format("The CIDR '{}' conflicts with the route {} of the route table {}.", to_string(wanted), route.destination, table.id));
    }
  }
  return {};
}

template <class Change>
void change_tables(Transaction& tx, const CallContext& context, const std::string& vpc_id, Change change) {
  for (RouteTable table : store::all<RouteTable>(tx, scope(context))) {
    if (table.vpc_id != vpc_id) continue;
    change(table.routes);
    store::put(tx, table);
  }
}

Result<shapes::AssociateVpcCidrBlockResult> associate(const Deps& deps, const CallContext& context, const shapes::AssociateVpcCidrBlockRequest& request) {
  if (!request.cidr_block) return fail("MissingParameter", "The request must contain the parameter CidrBlock");
  const Cidr wanted = TRY(vpc_range(*request.cidr_block));
  return transact<shapes::AssociateVpcCidrBlockResult>(deps.store, [&](Transaction& tx) -> Result<shapes::AssociateVpcCidrBlockResult> {
    auto vpc = store::find<Vpc>(tx, key_of(context, text(request.vpc_id)));
    if (!vpc) return fail(not_found("InvalidVpcID.NotFound", "vpc", text(request.vpc_id)));
    if (1 + vpc->blocks.size() >= kMaxBlocks) return fail("CidrLimitExceeded", fmt::format("This network '{}' has met its maximum number of allowed CIDRs: {}", vpc->id, kMaxBlocks));
    TRY(check_free(tx, context, *vpc, wanted));
    const model::VpcBlock block{.association_id = deps.ids.ec2("vpc-cidr-assoc"), .cidr = to_string(wanted)};
    vpc->blocks.push_back(block);
    store::put(tx, *vpc);
    change_tables(tx, context, vpc->id, [&](std::vector<model::Route>& routes) {
      const auto behind = std::ranges::find_if(routes, [](const model::Route& route) { return route.gateway_id != "local"; });
      routes.insert(behind, model::Route{.destination = block.cidr, .gateway_id = "local", .origin = "CreateRouteTable"});
    });
    return shapes::AssociateVpcCidrBlockResult{.cidr_block_association = render_block(block.association_id, block.cidr, "associating"), .vpc_id = vpc->id};
  });
}

Result<shapes::DisassociateVpcCidrBlockResult> disassociate(const Deps& deps, const CallContext& context, const shapes::DisassociateVpcCidrBlockRequest& request) {
  const std::string id = text(request.association_id);
  return transact<shapes::DisassociateVpcCidrBlockResult>(deps.store, [&](Transaction& tx) -> Result<shapes::DisassociateVpcCidrBlockResult> {
    for (Vpc& vpc : store::all<Vpc>(tx, scope(context))) {
      if (vpc.cidr_association_id == id) {
        return fail("OperationNotPermitted", fmt::format("The vpc CIDR block with association ID {} may not be disassociated. It is the primary IPv4 CIDR block of the VPC", id));
      }
      const auto at = std::ranges::find(vpc.blocks, id, &model::VpcBlock::association_id);
      if (at == vpc.blocks.end()) continue;
      const model::VpcBlock block = *at;
      const Cidr range = TRY(parse_cidr(block.cidr));
      for (const auto& subnet : store::all<model::Subnet>(tx, scope(context))) {
        if (subnet.vpc_id == vpc.id && range.overlaps(TRY(parse_cidr(subnet.cidr)))) {
          return fail("InvalidCidrBlock.InUse", fmt::format("The vpc CIDR block with association ID {} has been used by the subnet {} and may not be disassociated", id, subnet.id));
        }
      }
      vpc.blocks.erase(at);
      store::put(tx, vpc);
      change_tables(tx, context, vpc.id, [&](std::vector<model::Route>& routes) {
        std::erase_if(routes, [&](const model::Route& route) { return route.gateway_id == "local" && route.destination == block.cidr; });
      });
      return shapes::DisassociateVpcCidrBlockResult{.cidr_block_association = render_block(block.association_id, block.cidr, "disassociating"), .vpc_id = vpc.id};
    }
    return fail("InvalidVpcCidrBlockAssociationID.NotFound", fmt::format("The vpc CIDR block association ID '{}' does not exist", id));
  });
}

}  // namespace

void register_vpc_block(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::AssociateVpcCidrBlockRequest, shapes::AssociateVpcCidrBlockResult>("ec2", "AssociateVpcCidrBlock", {"VpcId", "CidrBlock"}, bind(associate));
  registry.add<shapes::DisassociateVpcCidrBlockRequest, shapes::DisassociateVpcCidrBlockResult>("ec2", "DisassociateVpcCidrBlock", {"AssociationId"}, bind(disassociate));
}

}  // namespace landfall::services::ec2
