#include "why/parts.h"

#include <algorithm>

namespace landfall::why {
namespace {

bool is_part(const model::Origin& origin, std::string_view kind) {
  const std::string_view type = type_of(origin.address);
  if (type == "aws_security_group_rule") {
    const auto direction = origin.refers.find("type");
    return direction != origin.refers.end() && direction->second == kind;
  }
  return (type == "aws_vpc_security_group_ingress_rule" && kind == "ingress") || (type == "aws_vpc_security_group_egress_rule" && kind == "egress") ||
         (type == "aws_route" && kind == "route") || (type == "aws_route_table_association" && kind == "route_table_association");
}

std::string_view whole_of(std::string_view kind) { return kind == "route" ? "route_table_id" : kind == "route_table_association" ? "subnet_id" : "security_group_id"; }

}  // namespace

std::string_view type_of(std::string_view address) {
  const size_t module = address.rfind("module.");
  if (module != std::string_view::npos && (module == 0 || address[module - 1] == '.')) {
    address.remove_prefix(std::min(address.find('.', module + 7) + 1, address.size()));
  }
  return address.substr(0, address.find('.'));
}

std::vector<const model::Origin*> parts_of(std::span<const model::Origin> origins, std::string_view of_id, std::string_view kind, bool with_gone) {
  std::vector<const model::Origin*> parts;
  for (const model::Origin& origin : origins) {
    const auto whole = origin.refers.find(std::string(whole_of(kind)));
    if (whole != origin.refers.end() && whole->second == of_id && is_part(origin, kind) && (with_gone || !origin.is_gone)) parts.push_back(&origin);
  }
  return parts;
}

}  // namespace landfall::why
