#include <fmt/format.h>

#include "model/egress_only_gateway.h"
#include "services/ec2/support.h"

namespace landfall::services::ec2 {
namespace {

using model::EgressOnlyGateway;

shapes::EgressOnlyInternetGateway render(const EgressOnlyGateway& gateway) {
  return {.attachments = std::vector{shapes::InternetGatewayAttachment{.state = "attached", .vpc_id = gateway.vpc_id}}, .egress_only_internet_gateway_id = gateway.id, .tags = tag_list(gateway.tags)};
}

Result<shapes::CreateEgressOnlyInternetGatewayResult> create(const Deps& deps, const CallContext& context, const shapes::CreateEgressOnlyInternetGatewayRequest& request) {
  const model::Tags tags = TRY(tags_for(request.tag_specifications, "egress-only-internet-gateway"));
  return transact<shapes::CreateEgressOnlyInternetGatewayResult>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateEgressOnlyInternetGatewayResult> {
    const std::string vpc_id = text(request.vpc_id);
    if (!store::find<model::Vpc>(tx, key_of(context, vpc_id))) return fail(not_found("InvalidVpcID.NotFound", "vpc", vpc_id));
    const EgressOnlyGateway gateway{.account = context.account, .region = context.region, .id = deps.ids.ec2("eigw"), .vpc_id = vpc_id, .tags = tags};
    store::put(tx, gateway);
    return shapes::CreateEgressOnlyInternetGatewayResult{.client_token = request.client_token, .egress_only_internet_gateway = render(gateway)};
  });
}

Result<shapes::DeleteEgressOnlyInternetGatewayResult> remove(const Deps& deps, const CallContext& context, const shapes::DeleteEgressOnlyInternetGatewayRequest& request) {
  return transact<shapes::DeleteEgressOnlyInternetGatewayResult>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteEgressOnlyInternetGatewayResult> {
    const std::string id = text(request.egress_only_internet_gateway_id);
    if (!store::find<EgressOnlyGateway>(tx, key_of(context, id))) return fail(not_found("InvalidGatewayID.NotFound", "eigw", id));
    store::erase<EgressOnlyGateway>(tx, key_of(context, id));
    return shapes::DeleteEgressOnlyInternetGatewayResult{.return_code = true};
  });
}

Result<shapes::DescribeEgressOnlyInternetGatewaysResult> describe(const Deps& deps, const CallContext& context, const shapes::DescribeEgressOnlyInternetGatewaysRequest& request) {
  auto chosen = TRY(select<EgressOnlyGateway>(deps, context, request.egress_only_internet_gateway_ids, request.filters, {}, "InvalidGatewayID.NotFound", "eigw", [](const EgressOnlyGateway&) { return Facts{}; }));
  auto answer = TRY(page(std::move(chosen), request.max_results, request.next_token));
  shapes::DescribeEgressOnlyInternetGatewaysResult result{.egress_only_internet_gateways = std::vector<shapes::EgressOnlyInternetGateway>{}, .next_token = token_of(answer.next)};
  for (const EgressOnlyGateway& gateway : answer.items) result.egress_only_internet_gateways->push_back(render(gateway));
  return result;
}

}  // namespace

void register_egress_only_gateway(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::CreateEgressOnlyInternetGatewayRequest, shapes::CreateEgressOnlyInternetGatewayResult>("ec2", "CreateEgressOnlyInternetGateway", {"VpcId", "ClientToken", "TagSpecifications.*"}, bind(create));
  registry.add<shapes::DeleteEgressOnlyInternetGatewayRequest, shapes::DeleteEgressOnlyInternetGatewayResult>("ec2", "DeleteEgressOnlyInternetGateway", {"EgressOnlyInternetGatewayId"}, bind(remove));
  registry.add<shapes::DescribeEgressOnlyInternetGatewaysRequest, shapes::DescribeEgressOnlyInternetGatewaysResult>("ec2", "DescribeEgressOnlyInternetGateways", {"EgressOnlyInternetGatewayIds.*", "Filters.*", "MaxResults", "NextToken"}, bind(describe));
}

}  // namespace landfall::services::ec2
