#pragma once

#include <string>
#include <vector>

#include "base/ip.h"
#include "model/network.h"

/// What the records of the VPC family say about addresses and targets.
namespace landfall::model {

/// The VPC's IPv4 blocks, the primary one first.
std::vector<Cidr> ranges_of(const Vpc& vpc);
bool is_inside(const Vpc& vpc, Ipv4 ip);

/// Id of what a route leads to; "local" for the VPC itself, empty for none.
const std::string& target_of(const Route& route);

/// The other side of an active connection of the VPC; null if it is none of its own or not active.
const PeeringSide* peer_of(const PeeringConnection& connection, const std::string& vpc_id);

}  // namespace landfall::model
