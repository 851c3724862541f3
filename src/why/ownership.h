#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "model/reason.h"

namespace landfall::why {

inline constexpr std::string_view kOwnedTwice = "Ownership.InlineAndSeparate";

/// Things whose parts two kinds of resources own at once: a security group with inline rules and rule resources of the same
/// direction, a route table with inline routes and route resources. Each apply of the first takes away what the second
/// made. Pure; origins that are gone do not count. `since` is left open.
/// Source  Terraform AWS provider, notes of aws_security_group and aws_route_table.
std::vector<model::Because> owned_twice(std::span<const model::Origin> origins);

}  // namespace landfall::why
