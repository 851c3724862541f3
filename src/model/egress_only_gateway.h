#pragma once

#include <string>

#include "base/record.h"
#include "model/network.h"

namespace landfall::model {

/// Lets IPv6 out of a VPC and none in. A VPC here has no IPv6 block, so that no route leads to one and it lets nothing through.
struct EgressOnlyGateway {
  std::string account, region, id, vpc_id;
  Tags tags;
  FIELDS(account, region, id, vpc_id, tags)
  static constexpr std::string_view kTable = "egress_only_gateway";
  std::string key() const { return account + "/" + region + "/" + id; }
};

}  // namespace landfall::model
