#pragma once

#include <vector>

#include "sys/network_state.h"
#include "vpc/plan.h"

namespace landfall::vpc {

/// The changes that make `found` what `wanted` says, in an order that never opens what should be closed. Pure.
/// Devices of the plan that do not exist are not made here (Network makes both ends of a veth at once), and nothing
/// is changed on them.
std::vector<sys::NetworkChange> difference(const sys::NetworkState& found, const NamespacePlan& wanted);

/// What remains of a state when a device goes; and what a new, still silent device adds to it.
void forget_device(sys::NetworkState& state, const std::string& device);
void remember_device(sys::NetworkState& state, const std::string& device, const std::string& mac);

const sys::Link* find_link(const sys::NetworkState& state, const std::string& device);

}  // namespace landfall::vpc
