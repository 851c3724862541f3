#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "model/reason.h"

namespace landfall::why {

/// Type of a Terraform address: "module.a.aws_vpc.x[0]" -> "aws_vpc".
std::string_view type_of(std::string_view address);

/// Resources of their own that hold one part of a thing: `kind` "ingress" or "egress" of a security group, "route" of a
/// route table, "route_table_association" of a subnet. Those that are gone are only given with `with_gone`.
std::vector<const model::Origin*> parts_of(std::span<const model::Origin> origins, std::string_view of_id, std::string_view kind, bool with_gone = false);

}  // namespace landfall::why
