#include "store/network_view.h"

#include "model/aws_service.h"
#include "store/table.h"

namespace landfall::store {
namespace {

/// Customers' lists, and those of AWS in every region that has a VPC.
template <class From>
std::map<std::string, std::vector<Cidr>, std::less<>> prefix_lists_of(const From& from, const std::vector<model::Vpc>& vpcs) {
  std::map<std::string, std::vector<Cidr>, std::less<>> lists;
  for (const auto& list : all<model::PrefixList>(from)) {
    auto& blocks = lists[list.id];
    if (list.versions.empty()) continue;
    for (const auto& entry : list.versions.back()) {
      if (const Result<Cidr> block = parse_cidr(entry.cidr)) blocks.push_back(*block);
    }
  }
  const auto settings = find<model::Settings>(from, model::Settings::kKey);
  if (!settings) return lists;
  for (const model::Vpc& vpc : vpcs) {
    for (const model::AwsService& service : model::aws_services()) {
      if (const auto address = own_address(*settings, service)) lists[prefix_list_id(service, vpc.region)] = {{.base = *address, .length = 32}};
    }
  }
  return lists;
}

template <class From>
model::NetworkView read_view(const From& from) {
  model::NetworkView view{.vpcs = all<model::Vpc>(from),
          .subnets = all<model::Subnet>(from),
          .route_tables = all<model::RouteTable>(from),
          .internet_gateways = all<model::InternetGateway>(from),
          .addresses = all<model::Address>(from),
          .nat_gateways = all<model::NatGateway>(from),
          .security_groups = all<model::SecurityGroup>(from),
          .interfaces = all<model::NetworkInterface>(from),
          .network_acls = all<model::NetworkAcl>(from),
          .peering_connections = all<model::PeeringConnection>(from),
          .endpoints = all<model::VpcEndpoint>(from),
          .connect_tables = all<model::ConnectTable>(from)};
  view.prefix_lists = prefix_lists_of(from, view.vpcs);
  return view;
}

}  // namespace

model::NetworkView view_of(const Store& store) { return read_view(store); }
model::NetworkView view_of(const Transaction& tx) { return read_view(tx); }

}  // namespace landfall::store
