#include <fmt/format.h>

#include "services/ec2/support.h"

/// Kinds of resources that Landfall does not carry: none exists, so that lists of them are empty. What makes one is refused
/// by name (the operation is not registered).
namespace landfall::services::ec2 {
namespace {

Error missing(std::string code, std::string_view noun, const std::string& id) {
  if (noun == "instance" && !id.starts_with("i-")) return {.code = "InvalidInstanceID.Malformed", .what = fmt::format("Invalid id: \"{}\"", id)};
  if (noun == "volume") return {.code = std::move(code), .what = fmt::format("The volume '{}' does not exist.", id)};
  return {.code = std::move(code), .what = fmt::format("The {} ID '{}' does not exist", noun, id)};
}

/// `ids` names the member with the ids that a call may ask for; a call that asks for one gets `code`.
template <class Answer, class Request, class List, class Ids>
void add_none(aws::Registry& registry, const char* operation, std::vector<std::string> members, List list, Ids ids, const char* code, const char* noun) {
  registry.add<Request, Answer>("ec2", operation, std::move(members), [=](const CallContext&, const Request& request) -> Result<Answer> {
    if (request.*ids && !(request.*ids)->empty()) return fail(missing(code, noun, (request.*ids)->front()));
    Answer answer;
    (answer.*list).emplace();
    return answer;
  });
}

}  // namespace

void register_not_carried(aws::Registry& registry, const Deps&) {
  using namespace shapes;
  const std::vector<std::string> pages{"Filters.*", "MaxResults", "NextToken"};
  const auto with = [](std::vector<std::string> members, const char* ids) {
    members.emplace_back(ids);
    return members;
  };
  add_none<DescribeInstancesResult, DescribeInstancesRequest>(registry, "DescribeInstances", with(pages, "InstanceIds.*"), &DescribeInstancesResult::reservations, &DescribeInstancesRequest::instance_ids, "InvalidInstanceID.NotFound", "instance");
  add_none<DescribeInstanceStatusResult, DescribeInstanceStatusRequest>(registry, "DescribeInstanceStatus", {"Filters.*", "MaxResults", "NextToken", "InstanceIds.*", "IncludeAllInstances"}, &DescribeInstanceStatusResult::instance_statuses, &DescribeInstanceStatusRequest::instance_ids, "InvalidInstanceID.NotFound", "instance");
  add_none<DescribeVolumesResult, DescribeVolumesRequest>(registry, "DescribeVolumes", with(pages, "VolumeIds.*"), &DescribeVolumesResult::volumes, &DescribeVolumesRequest::volume_ids, "InvalidVolume.NotFound", "volume");
  add_none<DescribeFlowLogsResult, DescribeFlowLogsRequest>(registry, "DescribeFlowLogs", {"Filter.*", "MaxResults", "NextToken", "FlowLogIds.*"}, &DescribeFlowLogsResult::flow_logs, &DescribeFlowLogsRequest::flow_log_ids, "InvalidFlowLogId.NotFound", "flowLog");
  add_none<DescribeVpnGatewaysResult, DescribeVpnGatewaysRequest>(registry, "DescribeVpnGateways", {"Filters.*", "VpnGatewayIds.*"}, &DescribeVpnGatewaysResult::vpn_gateways, &DescribeVpnGatewaysRequest::vpn_gateway_ids, "InvalidVpnGatewayID.NotFound", "vpnGateway");
  add_none<DescribeCustomerGatewaysResult, DescribeCustomerGatewaysRequest>(registry, "DescribeCustomerGateways", {"Filters.*", "CustomerGatewayIds.*"}, &DescribeCustomerGatewaysResult::customer_gateways, &DescribeCustomerGatewaysRequest::customer_gateway_ids, "InvalidCustomerGatewayID.NotFound", "customerGateway");
  add_none<DescribeVpnConnectionsResult, DescribeVpnConnectionsRequest>(registry, "DescribeVpnConnections", {"Filters.*", "VpnConnectionIds.*"}, &DescribeVpnConnectionsResult::vpn_connections, &DescribeVpnConnectionsRequest::vpn_connection_ids, "InvalidVpnConnectionID.NotFound", "vpnConnection");
  add_none<DescribeTransitGatewaysResult, DescribeTransitGatewaysRequest>(registry, "DescribeTransitGateways", with(pages, "TransitGatewayIds.*"), &DescribeTransitGatewaysResult::transit_gateways, &DescribeTransitGatewaysRequest::transit_gateway_ids, "InvalidTransitGatewayID.NotFound", "transitGateway");
  add_none<DescribeTransitGatewayAttachmentsResult, DescribeTransitGatewayAttachmentsRequest>(registry, "DescribeTransitGatewayAttachments", with(pages, "TransitGatewayAttachmentIds.*"), &DescribeTransitGatewayAttachmentsResult::transit_gateway_attachments, &DescribeTransitGatewayAttachmentsRequest::transit_gateway_attachment_ids, "InvalidTransitGatewayAttachmentID.NotFound", "transitGatewayAttachment");
  add_none<DescribeTransitGatewayVpcAttachmentsResult, DescribeTransitGatewayVpcAttachmentsRequest>(registry, "DescribeTransitGatewayVpcAttachments", with(pages, "TransitGatewayAttachmentIds.*"), &DescribeTransitGatewayVpcAttachmentsResult::transit_gateway_vpc_attachments, &DescribeTransitGatewayVpcAttachmentsRequest::transit_gateway_attachment_ids, "InvalidTransitGatewayAttachmentID.NotFound", "transitGatewayAttachment");
  add_none<DescribeTransitGatewayRouteTablesResult, DescribeTransitGatewayRouteTablesRequest>(registry, "DescribeTransitGatewayRouteTables", with(pages, "TransitGatewayRouteTableIds.*"), &DescribeTransitGatewayRouteTablesResult::transit_gateway_route_tables, &DescribeTransitGatewayRouteTablesRequest::transit_gateway_route_table_ids, "InvalidRouteTableID.NotFound", "transitGatewayRouteTable");
  add_none<DescribePlacementGroupsResult, DescribePlacementGroupsRequest>(registry, "DescribePlacementGroups", {"Filters.*", "GroupIds.*"}, &DescribePlacementGroupsResult::placement_groups, &DescribePlacementGroupsRequest::group_ids, "InvalidPlacementGroupId.NotFound", "placement group");
  add_none<DescribeHostsResult, DescribeHostsRequest>(registry, "DescribeHosts", {"Filter.*", "MaxResults", "NextToken", "HostIds.*"}, &DescribeHostsResult::hosts, &DescribeHostsRequest::host_ids, "InvalidHostID.NotFound", "host");
  add_none<DescribeReservedInstancesResult, DescribeReservedInstancesRequest>(registry, "DescribeReservedInstances", {"Filters.*", "OfferingClass", "OfferingType", "ReservedInstancesIds.*"}, &DescribeReservedInstancesResult::reserved_instances, &DescribeReservedInstancesRequest::reserved_instances_ids, "InvalidReservedInstancesId", "reserved instances");
  add_none<DescribeSpotInstanceRequestsResult, DescribeSpotInstanceRequestsRequest>(registry, "DescribeSpotInstanceRequests", with(pages, "SpotInstanceRequestIds.*"), &DescribeSpotInstanceRequestsResult::spot_instance_requests, &DescribeSpotInstanceRequestsRequest::spot_instance_request_ids, "InvalidSpotInstanceRequestID.NotFound", "spot instance request");
  add_none<DescribeCarrierGatewaysResult, DescribeCarrierGatewaysRequest>(registry, "DescribeCarrierGateways", with(pages, "CarrierGatewayIds.*"), &DescribeCarrierGatewaysResult::carrier_gateways, &DescribeCarrierGatewaysRequest::carrier_gateway_ids, "InvalidCarrierGatewayID.NotFound", "carrierGateway");
}

}  // namespace landfall::services::ec2
