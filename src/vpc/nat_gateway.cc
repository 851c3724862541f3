#include "vpc/nat_gateway.h"

#include <algorithm>

#include <fmt/format.h>

#include "model/addressing.h"

namespace landfall::vpc {
namespace {

constexpr Duration kVisibleAfterEnd = std::chrono::hours(1);

template <class T>
const T* by_id(const std::vector<T>& records, std::string_view id) {
  const auto found = std::ranges::find(records, id, &T::id);
  return found == records.end() ? nullptr : &*found;
}

const model::InternetGateway* gateway_of(const model::NetworkView& view, const std::string& vpc_id) {
  const auto found = std::ranges::find(view.internet_gateways, vpc_id, &model::InternetGateway::vpc_id);
  return found == view.internet_gateways.end() ? nullptr : &*found;
}

NatStep failed(std::string code, std::string message) {
  return {.state = "failed", .failure_code = std::move(code), .failure_message = std::move(message), .delete_interface = true};
}

std::optional<NatStep> start(const model::NatGateway& nat, const model::NetworkView& view, bool is_plumbed) {
  if (by_id(view.subnets, nat.subnet_id) == nullptr) {
    return failed("InvalidSubnetID.NotFound",
                  fmt::format("The specified subnet {} does not exist or could not be found.", nat.subnet_id));
  }
  if (nat.network_interface_id.empty()) {
    return failed("InsufficientFreeAddressesInSubnet", "Subnet has insufficient free addresses to create this NAT gateway");
  }
  if (by_id(view.interfaces, nat.network_interface_id) == nullptr) {
    return failed("InternalError",
                  fmt::format("Network interface {}, created and used internally by this NAT gateway is in an invalid "
                              "state. Please try again.",
                              nat.network_interface_id));
  }
  if (nat.connectivity == "public") {
    if (gateway_of(view, nat.vpc_id) == nullptr) {
      return failed("Gateway.NotAttached", fmt::format("Network {} has no Internet gateway attached", nat.vpc_id));
    }
    const model::Address* address = by_id(view.addresses, nat.allocation_id);
    if (address == nullptr) {
      return failed("InvalidAllocationID.NotFound",
                    fmt::format("Elastic IP address {} could not be associated with this NAT gateway", nat.allocation_id));
    }
    if (address->network_interface_id.empty()) return NatStep{.associate_address = true};
    if (address->network_interface_id != nat.network_interface_id) {
      return failed("Resource.AlreadyAssociated", fmt::format("Elastic IP address {} is already associated", nat.allocation_id));
    }
  }
  if (!is_plumbed) return std::nullopt;
  return NatStep{.state = "available"};
}

}  // namespace

std::optional<NatStep> next_step(const model::NatGateway& nat, const model::NetworkView& view, bool is_plumbed, WallTime now) {
  if (nat.state == "pending") return start(nat, view, is_plumbed);
  if (nat.state == "deleting") {
    if (by_id(view.interfaces, nat.network_interface_id) != nullptr) return NatStep{.delete_interface = true};
    return NatStep{.state = "deleted"};
  }
  const WallTime ended = nat.state == "deleted" ? nat.deleted_at : nat.state == "failed" ? nat.created_at : WallTime{};
  if (ended && now >= ended + kVisibleAfterEnd) return NatStep{.erase_record = true};
  return std::nullopt;
}

std::string why_useless(const model::NatGateway& nat, const model::NetworkView& view) {
  if (nat.state != "available" || nat.connectivity != "public") return {};
  const model::RouteTable* table = effective_route_table(view, nat.subnet_id);
  if (table == nullptr) return {};
  const model::InternetGateway* gateway = gateway_of(view, nat.vpc_id);
  const bool leads_out = std::ranges::any_of(table->routes, [&](const model::Route& route) {
    return gateway != nullptr && route.gateway_id == gateway->id;
  });
  if (leads_out) return {};
  std::string routes;
  for (const model::Route& route : table->routes) {
    routes += fmt::format("{}{} -> {}", routes.empty() ? "" : ", ", route.destination, target_of(route));
  }
  return fmt::format("{} stands in {}, whose route table {} has no route to an internet gateway; it has {}", nat.id,
                     nat.subnet_id, table->id, routes);
}

}  // namespace landfall::vpc
