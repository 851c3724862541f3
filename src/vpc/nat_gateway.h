#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "model/reachability.h"

namespace landfall::vpc {

/// The next step in the life of a NAT gateway. Empty members: nothing of that kind to do.
struct NatStep {
  std::string state;                 ///< new state
  std::string failure_code, failure_message;
  bool associate_address = false;    ///< the Elastic IP is free: bind it to the gateway's ENI
  bool delete_interface = false;     ///< and free its address
  bool erase_record = false;
  bool operator==(const NatStep&) const = default;
};

/// pending -> available | failed; deleting -> deleted, which stays visible for an hour. Pure; the caller runs it again
/// after each step. `is_plumbed`: the gateway's namespace and rules are in the kernel.
/// Source  aws-behaviour 3.4 (API-ec2: NatGateway)
std::optional<NatStep> next_step(const model::NatGateway& nat, const model::NetworkView& view, bool is_plumbed, WallTime now);

/// The gateway's own subnet leads to no internet gateway: available and useless. Empty if all is well.
std::string why_useless(const model::NatGateway& nat, const model::NetworkView& view);

}  // namespace landfall::vpc
