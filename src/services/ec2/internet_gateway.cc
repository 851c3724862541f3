#include <fmt/format.h>

#include "services/ec2/support.h"

namespace landfall::services::ec2 {
namespace {

using model::InternetGateway;

shapes::InternetGateway render(const InternetGateway& gateway) {
  shapes::InternetGateway out{.attachments = std::vector<shapes::InternetGatewayAttachment>{}, .internet_gateway_id = gateway.id, .owner_id = gateway.account, .tags = tag_list(gateway.tags)};
  if (!gateway.vpc_id.empty()) out.attachments->push_back({.state = "available", .vpc_id = gateway.vpc_id});
  return out;
}

Error missing(const std::string& id) { return not_found("InvalidInternetGatewayID.NotFound", "internetGateway", id); }

Result<shapes::CreateInternetGatewayResult> create(const Deps& deps, const CallContext& context, const shapes::CreateInternetGatewayRequest& request) {
  const model::Tags tags = TRY(tags_for(request.tag_specifications, "internet-gateway"));
  return transact<shapes::CreateInternetGatewayResult>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateInternetGatewayResult> {
    const InternetGateway gateway{.account = context.account, .region = context.region, .id = deps.ids.ec2("igw"), .tags = tags};
    store::put(tx, gateway);
    return shapes::CreateInternetGatewayResult{.internet_gateway = render(gateway)};
  });
}

Result<shapes::AttachInternetGatewayOutput> attach(const Deps& deps, const CallContext& context, const shapes::AttachInternetGatewayRequest& request) {
  return transact<shapes::AttachInternetGatewayOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::AttachInternetGatewayOutput> {
    auto gateway = store::find<InternetGateway>(tx, key_of(context, text(request.internet_gateway_id)));
    if (!gateway) return fail(missing(text(request.internet_gateway_id)));
    const std::string vpc_id = text(request.vpc_id);
    if (!store::find<model::Vpc>(tx, key_of(context, vpc_id))) return fail(not_found("InvalidVpcID.NotFound", "vpc", vpc_id));
    if (!gateway->vpc_id.empty()) return fail("Resource.AlreadyAssociated", fmt::format("resource {} is already attached to network {}", gateway->id, gateway->vpc_id));
    for (const auto& other : store::all<InternetGateway>(tx, scope(context))) {
      if (other.vpc_id == vpc_id) return fail("InvalidParameterValue", fmt::format("Network {} already has an internet gateway attached", vpc_id));
    }
    gateway->vpc_id = vpc_id;
    store::put(tx, *gateway);
    return shapes::AttachInternetGatewayOutput{};
  });
}

bool has_mapped_address(const Transaction& tx, const CallContext& context, const std::string& vpc_id) {
  for (const auto& address : store::all<model::Address>(tx, scope(context))) {
    if (address.network_interface_id.empty()) continue;
    const auto interface = store::find<model::NetworkInterface>(tx, key_of(context, address.network_interface_id));
    if (interface && interface->vpc_id == vpc_id) return true;
  }
  return false;
}

Result<shapes::DetachInternetGatewayOutput> detach(const Deps& deps, const CallContext& context, const shapes::DetachInternetGatewayRequest& request) {
  return transact<shapes::DetachInternetGatewayOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DetachInternetGatewayOutput> {
    auto gateway = store::find<InternetGateway>(tx, key_of(context, text(request.internet_gateway_id)));
    if (!gateway) return fail(missing(text(request.internet_gateway_id)));
    const std::string vpc_id = text(request.vpc_id);
    if (gateway->vpc_id.empty() || gateway->vpc_id != vpc_id) return fail("Gateway.NotAttached", fmt::format("resource {} is not attached to network {}", gateway->id, vpc_id));
    if (has_mapped_address(tx, context, vpc_id)) {
      return fail("DependencyViolation", fmt::format("Network {} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.", vpc_id));
    }
    gateway->vpc_id.clear();
    store::put(tx, *gateway);
    return shapes::DetachInternetGatewayOutput{};
  });
}

Result<shapes::DeleteInternetGatewayOutput> remove(const Deps& deps, const CallContext& context, const shapes::DeleteInternetGatewayRequest& request) {
  return transact<shapes::DeleteInternetGatewayOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteInternetGatewayOutput> {
    const auto gateway = store::find<InternetGateway>(tx, key_of(context, text(request.internet_gateway_id)));
    if (!gateway) return fail(missing(text(request.internet_gateway_id)));
    if (!gateway->vpc_id.empty()) return fail("DependencyViolation", fmt::format("The internetGateway '{}' has dependencies and cannot be deleted.", gateway->id));
    mark_blackholes(tx, context, gateway->id);
    store::erase<InternetGateway>(tx, gateway->key());
    return shapes::DeleteInternetGatewayOutput{};
  });
}

Result<shapes::DescribeInternetGatewaysResult> describe(const Deps& deps, const CallContext& context, const shapes::DescribeInternetGatewaysRequest& request) {
  static const std::vector<std::string_view> known{"internet-gateway-id", "attachment.vpc-id", "attachment.state", "owner-id"};
  auto chosen = TRY(select<InternetGateway>(deps, context, request.internet_gateway_ids, request.filters, known, "InvalidInternetGatewayID.NotFound", "internetGateway", [](const InternetGateway& g) {
    Facts facts{{"internet-gateway-id", g.id}, {"owner-id", g.account}};
    if (!g.vpc_id.empty()) facts.insert({{"attachment.vpc-id", g.vpc_id}, {"attachment.state", "available"}});
    return facts;
  }));
  auto answer = TRY(page(std::move(chosen), request.max_results, request.next_token));
  shapes::DescribeInternetGatewaysResult result{.internet_gateways = std::vector<shapes::InternetGateway>{}, .next_token = token_of(answer.next)};
  for (const auto& gateway : answer.items) result.internet_gateways->push_back(render(gateway));
  return result;
}

}  // namespace

void mark_blackholes(Transaction& tx, const CallContext& context, const std::string& target_id) {
  for (model::RouteTable table : store::all<model::RouteTable>(tx, scope(context))) {
    bool changed = false;
    for (model::Route& route : table.routes) {
      if (route.gateway_id != target_id && route.nat_gateway_id != target_id && route.network_interface_id != target_id) continue;
      route.state = "blackhole";
      changed = true;
    }
    if (changed) store::put(tx, table);
  }
}

void register_internet_gateway(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::CreateInternetGatewayRequest, shapes::CreateInternetGatewayResult>("ec2", "CreateInternetGateway", {"TagSpecifications.*"}, bind(create));
  registry.add<shapes::AttachInternetGatewayRequest, shapes::AttachInternetGatewayOutput>("ec2", "AttachInternetGateway", {"InternetGatewayId", "VpcId"}, bind(attach));
  registry.add<shapes::DetachInternetGatewayRequest, shapes::DetachInternetGatewayOutput>("ec2", "DetachInternetGateway", {"InternetGatewayId", "VpcId"}, bind(detach));
  registry.add<shapes::DeleteInternetGatewayRequest, shapes::DeleteInternetGatewayOutput>("ec2", "DeleteInternetGateway", {"InternetGatewayId"}, bind(remove));
  registry.add<shapes::DescribeInternetGatewaysRequest, shapes::DescribeInternetGatewaysResult>("ec2", "DescribeInternetGateways", {"InternetGatewayIds.*", "Filters.*", "MaxResults", "NextToken"}, bind(describe));
}

}  // namespace landfall::services::ec2
