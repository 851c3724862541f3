#include <fmt/format.h>

#include "model/settings.h"
#include "services/ec2/support.h"
#include "store/interfaces.h"

namespace landfall::services::ec2 {
namespace {

using model::NatGateway;

shapes::NatGateway render(const NatGateway& nat) {
  shapes::NatGateway out{.connectivity_type = nat.connectivity, .create_time = nat.created_at, .nat_gateway_addresses = std::vector<shapes::NatGatewayAddress>{}, .nat_gateway_id = nat.id,
                         .state = nat.state, .subnet_id = nat.subnet_id, .tags = tag_list(nat.tags), .vpc_id = nat.vpc_id};
  if (nat.deleted_at) out.delete_time = nat.deleted_at;
  if (!nat.failure_code.empty()) {
    out.failure_code = nat.failure_code;
    out.failure_message = nat.failure_message;
  }
  shapes::NatGatewayAddress address{.is_primary = true, .private_ip = nat.private_ip, .status = nat.state == "failed" ? "failed" : "succeeded"};
  if (!nat.network_interface_id.empty()) address.network_interface_id = nat.network_interface_id;
  if (!nat.allocation_id.empty()) {
    address.allocation_id = nat.allocation_id;
    address.association_id = nat.association_id;
    address.public_ip = nat.public_ip;
  }
  out.nat_gateway_addresses->push_back(address);
  return out;
}

/// What AWS tells only afterwards, as a state (EC2 API, NatGateway: FailureCode).
void fail_with(NatGateway& nat, std::string code, std::string message, const Deps& deps) {
  nat.state = "failed";
  nat.failure_code = std::move(code);
  nat.failure_message = std::move(message);
  nat.deleted_at = deps.clock.wall();
}

/// The gateway's ENI, and the Elastic IP on it; failures of either become the gateway's state.
Result<void> equip(const Deps& deps, Transaction& tx, const CallContext& context, const model::Subnet& subnet, NatGateway& nat) {
  std::optional<model::Address> address;
  if (nat.connectivity == "public") {
    address = store::find<model::Address>(tx, key_of(context, nat.allocation_id));
    if (!address || address->is_managed) return fail("InvalidElasticIpID.NotFound", fmt::format("Elastic IP address {} does not exist", nat.allocation_id));
    if (!address->association_id.empty()) {
      fail_with(nat, "Resource.AlreadyAssociated", fmt::format("Elastic IP address {} is already associated", address->id), deps);
      return {};
    }
    const auto gateways = store::all<model::InternetGateway>(tx, scope(context));
    if (std::ranges::none_of(gateways, [&](const auto& g) { return g.vpc_id == nat.vpc_id; })) {
      fail_with(nat, "Gateway.NotAttached", fmt::format("Network {} has no Internet gateway attached", nat.vpc_id), deps);
      return {};
    }
  }
  const auto settings = store::find<model::Settings>(tx, model::Settings::kKey).value_or(model::Settings{});
  const auto interface = store::create_interface(tx, {.subnet_key = subnet.key(), .description = "Interface for NAT Gateway " + nat.id, .type = "nat_gateway", .requester_id = "amazon-vpc",
                                                      .owner = nat.id, .host_namespace = settings.namespace_name("nat", nat.id)}, deps.ids);
  if (!interface) {
    fail_with(nat, "InsufficientFreeAddressesInSubnet", "Subnet has insufficient free addresses to create this NAT gateway", deps);
    return {};
  }
  nat.network_interface_id = interface->id;
  nat.private_ip = interface->private_ip;
  if (!address) return {};
  address->association_id = deps.ids.ec2("eipassoc");
  address->network_interface_id = interface->id;
  address->private_ip = interface->private_ip;
  nat.association_id = address->association_id;
  nat.public_ip = address->public_ip;
  store::put(tx, *address);
  return {};
}

Result<shapes::CreateNatGatewayResult> create(const Deps& deps, const CallContext& context, const shapes::CreateNatGatewayRequest& request) {
  const model::Tags tags = TRY(tags_for(request.tag_specifications, "natgateway"));
  const std::string connectivity = request.connectivity_type.value_or("public");
  if (connectivity == "public" && text(request.allocation_id).empty()) return fail("MissingParameter", "The request must contain the parameter AllocationId");
  if (connectivity == "private" && request.allocation_id) return fail("InvalidParameterCombination", "AllocationId is not allowed for a private NAT gateway");
  return transact<shapes::CreateNatGatewayResult>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateNatGatewayResult> {
    const auto subnet = store::find<model::Subnet>(tx, key_of(context, text(request.subnet_id)));
    if (!subnet) return fail(not_found("InvalidSubnetID.NotFound", "subnet", text(request.subnet_id)));
    NatGateway nat{.account = context.account, .region = context.region, .id = deps.ids.ec2("nat"), .vpc_id = subnet->vpc_id, .subnet_id = subnet->id,
                   .allocation_id = text(request.allocation_id), .connectivity = connectivity, .created_at = deps.clock.wall(), .tags = tags};
    TRY(equip(deps, tx, context, *subnet, nat));
    store::put(tx, nat);
    return shapes::CreateNatGatewayResult{.client_token = request.client_token, .nat_gateway = render(nat)};
  });
}

/// The ENI goes with the record of intent; vpc/ says `deleted` once the kernel has nothing of it any more.
Result<shapes::DeleteNatGatewayResult> remove(const Deps& deps, const CallContext& context, const shapes::DeleteNatGatewayRequest& request) {
  return transact<shapes::DeleteNatGatewayResult>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteNatGatewayResult> {
    auto nat = store::find<NatGateway>(tx, key_of(context, text(request.nat_gateway_id)));
    if (!nat || nat->state == "deleted") return fail(not_found("NatGatewayNotFound", "", text(request.nat_gateway_id)));
    if (!nat->network_interface_id.empty()) store::delete_interface(tx, key_of(context, nat->network_interface_id));
    if (nat->state != "failed") nat->state = "deleting";
    else nat->state = "deleted";
    nat->deleted_at = deps.clock.wall();
    mark_blackholes(tx, context, nat->id);
    store::put(tx, *nat);
    return shapes::DeleteNatGatewayResult{.nat_gateway_id = nat->id};
  });
}

Result<shapes::DescribeNatGatewaysResult> describe(const Deps& deps, const CallContext& context, const shapes::DescribeNatGatewaysRequest& request) {
  static const std::vector<std::string_view> known{"nat-gateway-id", "state", "subnet-id", "vpc-id"};
  auto chosen = TRY(select<NatGateway>(deps, context, request.nat_gateway_ids, request.filter, known, "NatGatewayNotFound", "", [](const NatGateway& n) {
    return Facts{{"nat-gateway-id", n.id}, {"state", n.state}, {"subnet-id", n.subnet_id}, {"vpc-id", n.vpc_id}};
  }));
  auto answer = TRY(page(std::move(chosen), request.max_results, request.next_token));
  shapes::DescribeNatGatewaysResult result{.nat_gateways = std::vector<shapes::NatGateway>{}, .next_token = token_of(answer.next)};
  for (const auto& nat : answer.items) result.nat_gateways->push_back(render(nat));
  return result;
}

}  // namespace

void register_nat_gateway(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::CreateNatGatewayRequest, shapes::CreateNatGatewayResult>("ec2", "CreateNatGateway", {"SubnetId", "AllocationId", "ConnectivityType", "ClientToken", "TagSpecifications.*"}, bind(create));
  registry.add<shapes::DeleteNatGatewayRequest, shapes::DeleteNatGatewayResult>("ec2", "DeleteNatGateway", {"NatGatewayId"}, bind(remove));
  registry.add<shapes::DescribeNatGatewaysRequest, shapes::DescribeNatGatewaysResult>("ec2", "DescribeNatGateways", {"NatGatewayIds.*", "Filter.*", "MaxResults", "NextToken"}, bind(describe));
}

}  // namespace landfall::services::ec2
