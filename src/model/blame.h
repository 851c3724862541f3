#pragma once

#include <string>

#include "model/reachability.h"

namespace landfall::model {

/// Where a path is broken between two parts that do not fit each other: which of them is to be changed.
struct Blame {
  std::string cause, attribute, remedy;  ///< as in Path
};

/// A NAT gateway whose own subnet, served by `table`, does not lead to the internet. It stands in the wrong subnet if its VPC
/// has subnets that do; else the way itself is missing.
Blame blame_of_useless_nat(const NetworkView& view, const NatGateway& nat, const RouteTable& table);

/// An interface without public address behind a route to an internet gateway: the route is meant for a NAT gateway if its VPC
/// has one that no route leads to; else the interface wants an address.
Blame blame_of_private_address(const NetworkView& view, const NetworkInterface& interface, const RouteTable& table);

}  // namespace landfall::model
