#pragma once

#include <string>

#include "base/record.h"
#include "model/network.h"

namespace landfall::model {

/// A part of a subnet's addresses that is given to no interface unless it asks for one by name; of "prefix" ones to none at all, since
/// interfaces here have no prefixes.
/// Source: VPC user guide, Subnet CIDR reservations.
struct SubnetReservation {
  std::string account, region, id, subnet_id;
  std::string cidr;  ///< canonical
  std::string type;  ///< "explicit" or "prefix"
  std::string description;
  Tags tags;
  FIELDS(account, region, id, subnet_id, cidr, type, description, tags)
  static constexpr std::string_view kTable = "subnet_reservation";
  std::string key() const { return account + "/" + region + "/" + id; }
};

}  // namespace landfall::model
