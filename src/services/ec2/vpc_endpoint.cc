#include <algorithm>

#include <fmt/format.h>

#include "base/json.h"
#include "model/aws_service.h"
#include "model/settings.h"
#include "services/ec2/support.h"
#include "store/interfaces.h"

/// VPC endpoints: routes to a service's prefix list, or interfaces that are the service. What answers in them: daemon/doors.h.
namespace landfall::services::ec2 {
namespace {

using model::AwsService;
using model::RouteTable;
using model::VpcEndpoint;

constexpr const char* kEverything = R"({"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]})";

using Ids = std::vector<std::string>;

const AwsService& service_of(const VpcEndpoint& endpoint) { return *std::ranges::find(model::aws_services(), std::string_view(endpoint.service), &AwsService::name); }

Error no_service(const std::string& name) { return {.code = "InvalidServiceName", .what = fmt::format("The Vpc Endpoint Service '{}' does not exist", name)}; }

/// Names under which an interface endpoint is found: its own, those of its zones, and the service's if it takes them over.
template <class From>
std::vector<shapes::DnsEntry> dns_entries(const From& from, const VpcEndpoint& endpoint) {
  std::vector<shapes::DnsEntry> entries;
  if (endpoint.type != "Interface") return entries;
  const std::string domain = fmt::format("{}.{}.vpce.amazonaws.com", endpoint.service, endpoint.region), stem = endpoint.id + "-" + endpoint.dns_label;
  const std::string zone = "Z" + endpoint.dns_label;  // whose names these are: nobody asks it
  entries.push_back({.dns_name = stem + "." + domain, .hosted_zone_id = zone});
  for (const auto& [subnet, interface] : endpoint.interfaces) {
    if (const auto found = store::find<model::NetworkInterface>(from, endpoint.account + "/" + endpoint.region + "/" + interface)) entries.push_back({.dns_name = fmt::format("{}-{}.{}", stem, found->zone, domain), .hosted_zone_id = zone});
  }
  if (!endpoint.has_private_dns) return entries;
  for (const std::string_view host : service_of(endpoint).hosts) entries.push_back({.dns_name = fmt::format("{}.{}.amazonaws.com", host, endpoint.region), .hosted_zone_id = "ZONEIDPENDING"});
  return entries;
}

/// An interface endpoint is there once the kernel has its interfaces.
template <class From>
std::string state_of(const From& from, const VpcEndpoint& endpoint) {
  const bool is_there = std::ranges::all_of(endpoint.interfaces, [&](const auto& one) {
    const auto interface = store::find<model::NetworkInterface>(from, endpoint.account + "/" + endpoint.region + "/" + one.second);
    return interface && interface->is_plumbed;
  });
  return is_there ? "available" : "pending";
}

template <class From>
shapes::VpcEndpoint render(const From& from, const VpcEndpoint& endpoint) {
  shapes::VpcEndpoint out{.creation_timestamp = endpoint.created_at, .dns_entries = dns_entries(from, endpoint), .groups = std::vector<shapes::SecurityGroupIdentifier>{}, .network_interface_ids = Ids{}, .owner_id = endpoint.account,
                          .policy_document = endpoint.policy.empty() ? kEverything : endpoint.policy, .private_dns_enabled = endpoint.has_private_dns, .requester_managed = false, .route_table_ids = endpoint.route_table_ids,
                          .service_name = service_name(service_of(endpoint), endpoint.region), .service_region = endpoint.region, .state = state_of(from, endpoint), .subnet_ids = endpoint.subnet_ids, .tags = tag_list(endpoint.tags),
                          .vpc_endpoint_id = endpoint.id, .vpc_endpoint_type = endpoint.type, .vpc_id = endpoint.vpc_id};
  for (const auto& [subnet, interface] : endpoint.interfaces) out.network_interface_ids->push_back(interface);
  if (endpoint.type != "Interface") return out;
  out.ip_address_type = "ipv4";
  out.dns_options = shapes::DnsOptions{.dns_record_ip_type = "ipv4"};
  for (const std::string& id : endpoint.security_group_ids) {
    const auto group = store::find<model::SecurityGroup>(from, endpoint.account + "/" + endpoint.region + "/" + id);
    out.groups->push_back({.group_id = id, .group_name = group ? group->name : ""});
  }
  return out;
}

Result<void> add_tables(Transaction& tx, const CallContext& context, VpcEndpoint& endpoint, const Ids& ids) {
  const std::string list = prefix_list_id(service_of(endpoint), endpoint.region);
  for (const std::string& id : ids) {
    auto table = store::find<RouteTable>(tx, key_of(context, id));
    if (!table) return fail(not_found("InvalidRouteTableId.NotFound", "routeTable", id));
    if (table->vpc_id != endpoint.vpc_id) return fail("InvalidParameter", fmt::format("Route table {} and network {} belong to different networks", id, endpoint.vpc_id));
    const auto same = std::ranges::find(table->routes, list, &model::Route::destination);
    if (same != table->routes.end() && same->gateway_id == endpoint.id) continue;
    if (same != table->routes.end()) return fail("RouteAlreadyExists", fmt::format("route table {} already has a route with destination-prefix-list-id {}", id, list));
    table->routes.push_back({.destination = list, .gateway_id = endpoint.id});
    store::put(tx, *table);
    endpoint.route_table_ids.push_back(id);
  }
  return {};
}

void remove_tables(Transaction& tx, const CallContext& context, VpcEndpoint& endpoint, const Ids& ids) {
  for (const std::string& id : ids) {
    store::update<RouteTable>(tx, key_of(context, id), [&](RouteTable& table) { std::erase_if(table.routes, [&](const model::Route& route) { return route.gateway_id == endpoint.id; }); });
    std::erase(endpoint.route_table_ids, id);
  }
}

Result<void> check_groups(const Transaction& tx, const CallContext& context, const VpcEndpoint& endpoint, const Ids& ids) {
  for (const std::string& id : ids) {
    const auto group = store::find<model::SecurityGroup>(tx, key_of(context, id));
    if (!group) return fail(not_found("InvalidGroup.NotFound", "", id));
    if (group->vpc_id != endpoint.vpc_id) return fail("InvalidParameter", fmt::format("Security group {} and network {} belong to different networks", id, endpoint.vpc_id));
  }
  return {};
}

/// One subnet of each zone, with an interface in it.
Result<void> add_subnets(const Deps& deps, Transaction& tx, const CallContext& context, VpcEndpoint& endpoint, const Ids& ids) {
  const auto settings = store::find<model::Settings>(tx, model::Settings::kKey).value_or(model::Settings{});
  for (const std::string& id : ids) {
    const auto subnet = store::find<model::Subnet>(tx, key_of(context, id));
    if (!subnet) return fail(not_found("InvalidSubnetId.NotFound", "subnet", id));
    if (subnet->vpc_id != endpoint.vpc_id) return fail("InvalidParameter", fmt::format("Subnet {} and network {} belong to different networks", id, endpoint.vpc_id));
    if (endpoint.interfaces.contains(id)) continue;
    for (const std::string& other : endpoint.subnet_ids) {
      const auto known = store::find<model::Subnet>(tx, key_of(context, other));
      if (known && known->zone == subnet->zone) return fail("DuplicateSubnetsInSameZone", fmt::format("Found another VPC endpoint subnet in the availability zone of {}", id));
    }
    model::NetworkInterface made = TRY(store::create_interface(tx, {.subnet_key = subnet->key(), .security_group_ids = endpoint.security_group_ids, .description = "VPC Endpoint Interface " + endpoint.id, .type = "vpc_endpoint", .requester_id = "amazon-vpc",
                                                                   .owner = endpoint.id}, deps.ids));
    made.host_namespace = settings.namespace_name("vpce", made.id);
    store::put(tx, made);
    endpoint.interfaces[id] = made.id;
    endpoint.subnet_ids.push_back(id);
  }
  return {};
}

void remove_subnets(Transaction& tx, const CallContext& context, VpcEndpoint& endpoint, const Ids& ids) {
  for (const std::string& id : ids) {
    if (const auto at = endpoint.interfaces.find(id); at != endpoint.interfaces.end()) {
      store::delete_interface(tx, key_of(context, at->second));
      endpoint.interfaces.erase(at);
    }
    std::erase(endpoint.subnet_ids, id);
  }
}

/// VPC guide, Private DNS names: both DNS attributes, and one endpoint of a service only.
Result<void> check_private_dns(const Transaction& tx, const CallContext& context, const VpcEndpoint& endpoint) {
  const auto vpc = store::find<model::Vpc>(tx, key_of(context, endpoint.vpc_id));
  if (!endpoint.has_private_dns || !vpc) return {};
  if (!vpc->enable_dns_support || !vpc->enable_dns_hostnames) return fail("InvalidParameter", fmt::format("Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for {}", vpc->id));
  for (const auto& other : store::all<VpcEndpoint>(tx, scope(context))) {
    if (other.id == endpoint.id || other.vpc_id != vpc->id || other.service != endpoint.service || !other.has_private_dns) continue;
    return fail("InvalidParameter", fmt::format("private-dns-enabled cannot be set because there is already a conflicting DNS domain for {}.{}.amazonaws.com in the VPC {}", service_of(endpoint).hosts.front(), endpoint.region, vpc->id));
  }
  return {};
}

Result<void> check_policy(const std::string& text) {
  if (text.empty()) return {};
  const auto parsed = parse_json(text, "the policy");
  if (!parsed || !parsed->is_object()) return fail("InvalidPolicyDocument", "Policy document is not a valid JSON object.");
  return {};
}

/// What only the other type takes.
Result<void> check_type(const std::string& type, bool has_tables, bool has_subnets, bool has_groups, bool wants_private_dns) {
  const bool is_gateway = type == "Gateway";
  if (is_gateway && has_subnets) return fail("InvalidParameter", "Subnet IDs are only supported for Interface type VPC Endpoints.");
  if (is_gateway && has_groups) return fail("InvalidParameter", "Security group IDs are only supported for Interface type VPC Endpoints.");
  if (is_gateway && wants_private_dns) return fail("InvalidParameter", "Private DNS is only supported for Interface type VPC Endpoints.");
  if (!is_gateway && has_tables) return fail("InvalidParameter", "Route table IDs are only supported for Gateway type VPC Endpoint.");
  return {};
}

bool is_any(const std::optional<Ids>& ids) { return ids && !ids->empty(); }

Result<shapes::CreateVpcEndpointResult> create(const Deps& deps, const CallContext& context, const shapes::CreateVpcEndpointRequest& request) {
  const model::Tags tags = TRY(tags_for(request.tag_specifications, "vpc-endpoint"));
  const std::string type = request.vpc_endpoint_type.value_or("Gateway");
  if (type != "Gateway" && type != "Interface") return fail("UnsupportedOperation", fmt::format("Landfall does not support the parameter VpcEndpointType={} of CreateVpcEndpoint yet.", type));
  if (request.ip_address_type.value_or("ipv4") != "ipv4") return fail("UnsupportedOperation", fmt::format("Landfall does not support the parameter IpAddressType={} of CreateVpcEndpoint yet.", *request.ip_address_type));
  if (!request.service_name) return fail("MissingParameter", "The request must contain the parameter ServiceName");
  TRY(check_policy(text(request.policy_document)));
  TRY(check_type(type, is_any(request.route_table_ids), is_any(request.subnet_ids), is_any(request.security_group_ids), request.private_dns_enabled.value_or(false)));
  return transact<shapes::CreateVpcEndpointResult>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateVpcEndpointResult> {
    const auto vpc = store::find<model::Vpc>(tx, key_of(context, text(request.vpc_id)));
    if (!vpc) return fail(not_found("InvalidVpcID.NotFound", "vpc", text(request.vpc_id)));
    const AwsService* service = model::service_named(*request.service_name, context.region);
    if (service == nullptr) return fail(no_service(*request.service_name));
    if (service->is_gateway != (type == "Gateway")) return fail("InvalidParameter", fmt::format("Endpoint type ({}) does not match available service types ([{}]).", type, service->is_gateway ? "Gateway" : "Interface"));
    VpcEndpoint endpoint{.account = context.account, .region = context.region, .id = deps.ids.ec2("vpce"), .vpc_id = vpc->id, .service = std::string(service->name), .type = type, .route_table_ids = {}, .subnet_ids = {},
                         .security_group_ids = request.security_group_ids.value_or(Ids{}), .interfaces = {}, .has_private_dns = type == "Interface" && request.private_dns_enabled.value_or(true), .dns_label = deps.ids.hex(8),
                         .policy = text(request.policy_document), .created_at = deps.clock.wall(), .tags = tags};
    TRY(check_groups(tx, context, endpoint, endpoint.security_group_ids));
    if (type == "Interface" && endpoint.security_group_ids.empty()) endpoint.security_group_ids = {vpc->default_security_group_id};
    TRY(check_private_dns(tx, context, endpoint));
    TRY(add_tables(tx, context, endpoint, request.route_table_ids.value_or(Ids{})));
    TRY(add_subnets(deps, tx, context, endpoint, request.subnet_ids.value_or(Ids{})));
    store::put(tx, endpoint);
    return shapes::CreateVpcEndpointResult{.client_token = request.client_token, .vpc_endpoint = render(tx, endpoint)};
  });
}

Result<shapes::ModifyVpcEndpointResult> modify(const Deps& deps, const CallContext& context, const shapes::ModifyVpcEndpointRequest& request) {
  TRY(check_policy(text(request.policy_document)));
  return transact<shapes::ModifyVpcEndpointResult>(deps.store, [&](Transaction& tx) -> Result<shapes::ModifyVpcEndpointResult> {
    auto endpoint = store::find<VpcEndpoint>(tx, key_of(context, text(request.vpc_endpoint_id)));
    if (!endpoint) return fail(not_found("InvalidVpcEndpointId.NotFound", "", text(request.vpc_endpoint_id)));
    TRY(check_type(endpoint->type, is_any(request.add_route_table_ids) || is_any(request.remove_route_table_ids), is_any(request.add_subnet_ids) || is_any(request.remove_subnet_ids),
                   is_any(request.add_security_group_ids) || is_any(request.remove_security_group_ids), request.private_dns_enabled.value_or(false)));
    if (request.reset_policy.value_or(false)) endpoint->policy.clear();
    if (request.policy_document) endpoint->policy = *request.policy_document;
    if (request.private_dns_enabled) endpoint->has_private_dns = *request.private_dns_enabled;
    TRY(check_private_dns(tx, context, *endpoint));
    remove_tables(tx, context, *endpoint, request.remove_route_table_ids.value_or(Ids{}));
    TRY(add_tables(tx, context, *endpoint, request.add_route_table_ids.value_or(Ids{})));
    TRY(check_groups(tx, context, *endpoint, request.add_security_group_ids.value_or(Ids{})));
    for (const std::string& id : request.remove_security_group_ids.value_or(Ids{})) std::erase(endpoint->security_group_ids, id);
    for (const std::string& id : request.add_security_group_ids.value_or(Ids{})) {
      if (std::ranges::count(endpoint->security_group_ids, id) == 0) endpoint->security_group_ids.push_back(id);
    }
    if (endpoint->type == "Interface" && endpoint->security_group_ids.empty()) return fail("InvalidParameter", fmt::format("The endpoint {} must have at least one security group.", endpoint->id));
    remove_subnets(tx, context, *endpoint, request.remove_subnet_ids.value_or(Ids{}));
    TRY(add_subnets(deps, tx, context, *endpoint, request.add_subnet_ids.value_or(Ids{})));
    for (const auto& [subnet, interface] : endpoint->interfaces) {
      store::update<model::NetworkInterface>(tx, key_of(context, interface), [&](model::NetworkInterface& one) { one.security_group_ids = endpoint->security_group_ids; });
    }
    store::put(tx, *endpoint);
    return shapes::ModifyVpcEndpointResult{.return_ = true};
  });
}

/// Those that are there go; the others are told.
Result<shapes::DeleteVpcEndpointsResult> remove(const Deps& deps, const CallContext& context, const shapes::DeleteVpcEndpointsRequest& request) {
  return transact<shapes::DeleteVpcEndpointsResult>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteVpcEndpointsResult> {
    shapes::DeleteVpcEndpointsResult result{.unsuccessful = std::vector<shapes::UnsuccessfulItem>{}};
    for (const std::string& id : request.vpc_endpoint_ids.value_or(Ids{})) {
      auto endpoint = store::find<VpcEndpoint>(tx, key_of(context, id));
      if (!endpoint) {
        const Error error = not_found("InvalidVpcEndpoint.NotFound", "", id);
        result.unsuccessful->push_back({.error = shapes::UnsuccessfulItemError{.code = error.code, .message = error.what}, .resource_id = id});
        continue;
      }
      remove_tables(tx, context, *endpoint, Ids(endpoint->route_table_ids));
      remove_subnets(tx, context, *endpoint, Ids(endpoint->subnet_ids));
      store::erase<VpcEndpoint>(tx, endpoint->key());
    }
    return result;
  });
}

Result<shapes::DescribeVpcEndpointsResult> describe(const Deps& deps, const CallContext& context, const shapes::DescribeVpcEndpointsRequest& request) {
  static const std::vector<std::string_view> known{"ip-address-type", "service-name", "service-region", "vpc-id", "vpc-endpoint-id", "vpc-endpoint-state", "vpc-endpoint-type"};
  auto chosen = TRY(select<VpcEndpoint>(deps, context, request.vpc_endpoint_ids, request.filters, known, "InvalidVpcEndpointId.NotFound", "", [&](const VpcEndpoint& e) {
    Facts facts{{"service-name", service_name(service_of(e), e.region)}, {"service-region", e.region}, {"vpc-id", e.vpc_id}, {"vpc-endpoint-id", e.id}, {"vpc-endpoint-state", state_of(deps.store, e)}, {"vpc-endpoint-type", e.type}};
    if (e.type == "Interface") facts.insert({"ip-address-type", "ipv4"});
    return facts;
  }));
  auto answer = TRY(page(std::move(chosen), request.max_results, request.next_token));
  shapes::DescribeVpcEndpointsResult result{.next_token = token_of(answer.next), .vpc_endpoints = std::vector<shapes::VpcEndpoint>{}};
  for (const VpcEndpoint& endpoint : answer.items) result.vpc_endpoints->push_back(render(deps.store, endpoint));
  return result;
}

}  // namespace

void register_vpc_endpoint(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::CreateVpcEndpointRequest, shapes::CreateVpcEndpointResult>(
      "ec2", "CreateVpcEndpoint", {"VpcEndpointType", "VpcId", "ServiceName", "PolicyDocument", "RouteTableIds.*", "SubnetIds.*", "SecurityGroupIds.*", "IpAddressType", "ClientToken", "PrivateDnsEnabled", "TagSpecifications.*"}, bind(create));
  registry.add<shapes::ModifyVpcEndpointRequest, shapes::ModifyVpcEndpointResult>(
      "ec2", "ModifyVpcEndpoint", {"VpcEndpointId", "ResetPolicy", "PolicyDocument", "AddRouteTableIds.*", "RemoveRouteTableIds.*", "AddSubnetIds.*", "RemoveSubnetIds.*", "AddSecurityGroupIds.*", "RemoveSecurityGroupIds.*", "PrivateDnsEnabled"}, bind(modify));
  registry.add<shapes::DeleteVpcEndpointsRequest, shapes::DeleteVpcEndpointsResult>("ec2", "DeleteVpcEndpoints", {"VpcEndpointIds.*"}, bind(remove));
  registry.add<shapes::DescribeVpcEndpointsRequest, shapes::DescribeVpcEndpointsResult>("ec2", "DescribeVpcEndpoints", {"VpcEndpointIds.*", "Filters.*", "MaxResults", "NextToken"}, bind(describe));
}

}  // namespace landfall::services::ec2
