#include "model/subnet_reservation.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/ip.h"
#include "services/ec2/support.h"

/// Addresses of a subnet that are kept from being given away; store/interfaces keeps to them.
namespace landfall::services::ec2 {
namespace {

using model::SubnetReservation;

shapes::SubnetCidrReservation render(const SubnetReservation& reservation) {
  return {.cidr = reservation.cidr, .description = reservation.description.empty() ? std::nullopt : std::optional(reservation.description), .owner_id = reservation.account,
          .reservation_type = reservation.type, .subnet_cidr_reservation_id = reservation.id, .subnet_id = reservation.subnet_id, .tags = tag_list(reservation.tags)};
}

Result<model::Subnet> subnet_of(const Transaction& tx, const CallContext& context, const std::optional<std::string>& id) {
  auto subnet = store::find<model::Subnet>(tx, key_of(context, text(id)));
  if (!subnet) return fail(not_found("InvalidSubnetID.NotFound", "subnet", text(id)));
  return std::move(*subnet);
}

/// Within the subnet; no two of a VPC overlap (VPC user guide, Subnet CIDR reservations), which subnets do not either.
Result<Cidr> range_in(const Transaction& tx, const model::Subnet& subnet, const std::string& given) {
  const auto cidr = parse_cidr(given);
  if (!cidr) return fail("InvalidParameterValue", fmt::format("Value ({}) for parameter cidr is invalid. This is not a valid CIDR block.", given));
  if (!TRY(parse_cidr(subnet.cidr)).contains(*cidr)) return fail("InvalidParameterValue", fmt::format("Value ({}) for parameter cidr is invalid. It does not lie in the CIDR block {} of {}.", given, subnet.cidr, subnet.id));
  for (const auto& other : store::all<SubnetReservation>(tx, subnet.account + "/" + subnet.region + "/")) {
    if (other.subnet_id == subnet.id && TRY(parse_cidr(other.cidr)).overlaps(*cidr)) return fail("InvalidParameterValue", fmt::format("Value ({}) for parameter cidr is invalid. It overlaps with {} of {}.", given, other.cidr, other.id));
  }
  return *cidr;
}

Result<shapes::CreateSubnetCidrReservationResult> create(const Deps& deps, const CallContext& context, const shapes::CreateSubnetCidrReservationRequest& request) {
  const model::Tags tags = TRY(tags_for(request.tag_specifications, "subnet-cidr-reservation"));
  return transact<shapes::CreateSubnetCidrReservationResult>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateSubnetCidrReservationResult> {
    const model::Subnet subnet = TRY(subnet_of(tx, context, request.subnet_id));
    const Cidr cidr = TRY(range_in(tx, subnet, text(request.cidr)));
    const SubnetReservation made{.account = context.account, .region = context.region, .id = deps.ids.ec2("scr"), .subnet_id = subnet.id, .cidr = to_string(cidr),
                                 .type = text(request.reservation_type), .description = text(request.description), .tags = tags};
    store::put(tx, made);
    return shapes::CreateSubnetCidrReservationResult{.subnet_cidr_reservation = render(made)};
  });
}

Result<shapes::DeleteSubnetCidrReservationResult> remove(const Deps& deps, const CallContext& context, const shapes::DeleteSubnetCidrReservationRequest& request) {
  return transact<shapes::DeleteSubnetCidrReservationResult>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteSubnetCidrReservationResult> {
    const auto found = store::find<SubnetReservation>(tx, key_of(context, text(request.subnet_cidr_reservation_id)));
    if (!found) return fail(not_found("InvalidSubnetCidrReservationID.NotFound", "subnet CIDR reservation", text(request.subnet_cidr_reservation_id)));
    store::erase<SubnetReservation>(tx, found->key());
    return shapes::DeleteSubnetCidrReservationResult{.deleted_subnet_cidr_reservation = render(*found)};
  });
}

Result<shapes::GetSubnetCidrReservationsResult> get(const Deps& deps, const CallContext& context, const shapes::GetSubnetCidrReservationsRequest& request) {
  static const std::vector<std::string_view> known{"reservationType", "subnet-id"};
  return transact<shapes::GetSubnetCidrReservationsResult>(deps.store, [&](Transaction& tx) -> Result<shapes::GetSubnetCidrReservationsResult> {
    const model::Subnet subnet = TRY(subnet_of(tx, context, request.subnet_id));
    auto all = TRY(select<SubnetReservation>(deps, context, std::nullopt, request.filters, known, "", "", [](const SubnetReservation& one) { return Facts{{"reservationType", one.type}, {"subnet-id", one.subnet_id}}; }));
    std::erase_if(all, [&](const SubnetReservation& one) { return one.subnet_id != subnet.id; });
    auto answer = TRY(page(std::move(all), request.max_results, request.next_token));
    shapes::GetSubnetCidrReservationsResult result{.next_token = token_of(answer.next), .subnet_ipv4_cidr_reservations = std::vector<shapes::SubnetCidrReservation>{}, .subnet_ipv6_cidr_reservations = std::vector<shapes::SubnetCidrReservation>{}};
    for (const SubnetReservation& one : answer.items) result.subnet_ipv4_cidr_reservations->push_back(render(one));
    return result;
  });
}

}  // namespace

void register_subnet_reservation(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::CreateSubnetCidrReservationRequest, shapes::CreateSubnetCidrReservationResult>("ec2", "CreateSubnetCidrReservation", {"SubnetId", "Cidr", "ReservationType", "Description", "TagSpecifications.*"}, bind(create));
  registry.add<shapes::DeleteSubnetCidrReservationRequest, shapes::DeleteSubnetCidrReservationResult>("ec2", "DeleteSubnetCidrReservation", {"SubnetCidrReservationId"}, bind(remove));
  registry.add<shapes::GetSubnetCidrReservationsRequest, shapes::GetSubnetCidrReservationsResult>("ec2", "GetSubnetCidrReservations", {"SubnetId", "Filters.*", "MaxResults", "NextToken"}, bind(get));
}

}  // namespace landfall::services::ec2
