#include "terraform/aws/routes.h"

#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace ec2 = aws::ec2;

template <class Request>
Request route_request(const std::string& table, const std::string& destination, const RouteTarget& target) {
  Request request;
  request.route_table_id = table;
  request.destination_cidr_block = destination;
  if (!target.gateway_id.empty()) request.gateway_id = target.gateway_id;
  if (!target.nat_gateway_id.empty()) request.nat_gateway_id = target.nat_gateway_id;
  return request;
}

}  // namespace

Result<std::optional<ec2::RouteTable>> find_route_table(const Cloud& cloud, const std::string& id) {
  ec2::DescribeRouteTablesRequest request;
  request.route_table_ids = std::vector<std::string>{id};
  auto found = TRY(look_up<ec2::DescribeRouteTablesResult>(cloud, "ec2", "DescribeRouteTables", request));
  if (!found || !found->route_tables || found->route_tables->empty()) return std::optional<ec2::RouteTable>();
  return std::optional<ec2::RouteTable>(std::move(found->route_tables->front()));
}

Result<void> create_route(const Cloud& cloud, const std::string& table, const std::string& destination, const RouteTarget& target) {
  TRY(cloud.call<ec2::CreateRouteResult>("ec2", "CreateRoute", route_request<ec2::CreateRouteRequest>(table, destination, target)));
  return {};
}

Result<void> replace_route(const Cloud& cloud, const std::string& table, const std::string& destination, const RouteTarget& target) {
  TRY(cloud.call<ec2::ReplaceRouteOutput>("ec2", "ReplaceRoute", route_request<ec2::ReplaceRouteRequest>(table, destination, target)));
  return {};
}

Result<void> delete_route(const Cloud& cloud, const std::string& table, const std::string& destination) {
  ec2::DeleteRouteRequest request;
  request.route_table_id = table;
  request.destination_cidr_block = destination;
  return ignore_gone(cloud.call<ec2::DeleteRouteOutput>("ec2", "DeleteRoute", request));
}

}  // namespace landfall::terraform::aws_types
