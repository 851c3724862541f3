#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "hcl/diagnostic.h"
#include "terraform/configuration.h"
#include "terraform/state.h"

/// What blocks and commands say about addresses: moved, removed, -target, `state mv`.
namespace landfall::terraform {

/// Reads `module.a[0].aws_x.y["k"]`, `data.aws_x.y`. Nothing if it names no resource.
std::optional<Address> parse_address(std::string_view text);

/// Whether `outer` (a module, a block or an instance) is `inner` or holds it.
bool covers(std::string_view outer, std::string_view inner);

/// Carries the moved blocks of all modules out on the state. Returns the old address of each instance that moved.
std::map<Address, Address> carry_out_moves(const Module& root, State& state);

/// The removed block that is about an instance, or null.
const RemovedConfig* removed_for(const Module& root, const Address& address);

}  // namespace landfall::terraform
