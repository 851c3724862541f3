#include "model/addressing.h"

#include <algorithm>

namespace landfall::model {

std::vector<Cidr> ranges_of(const Vpc& vpc) {
  std::vector<Cidr> ranges;
  if (const Result<Cidr> primary = parse_cidr(vpc.cidr)) ranges.push_back(*primary);
  for (const VpcBlock& block : vpc.blocks) {
    if (const Result<Cidr> range = parse_cidr(block.cidr)) ranges.push_back(*range);
  }
  return ranges;
}

bool is_inside(const Vpc& vpc, Ipv4 ip) {
  return std::ranges::any_of(ranges_of(vpc), [&](const Cidr& range) { return range.contains(ip); });
}

const std::string& target_of(const Route& route) {
  for (const std::string* target : {&route.nat_gateway_id, &route.network_interface_id, &route.vpc_peering_connection_id}) {
    if (!target->empty()) return *target;
  }
  return route.gateway_id;
}

const PeeringSide* peer_of(const PeeringConnection& connection, const std::string& vpc_id) {
  if (connection.status != "active") return nullptr;
  if (connection.requester.vpc_id == vpc_id) return &connection.accepter;
  return connection.accepter.vpc_id == vpc_id ? &connection.requester : nullptr;
}

}  // namespace landfall::model
