#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/endpoint.h"
#include "aws/shapes/route53.h"
#include "model/zone.h"
#include "services/deps.h"
#include "services/support/text.h"
#include "services/support/transact.h"
#include "store/table.h"

/// What the Route 53 handlers share.
namespace landfall::services::route53 {

namespace shapes = landfall::aws::route53;
using aws::CallContext;
using store::Transaction;


/// "/hostedzone/Z1" and "Z1" -> "Z1".
std::string plain_id(const std::optional<std::string>& id);

/// Errors: "NoSuchHostedZone".
Result<model::HostedZone> zone_with(const Transaction& tx, const CallContext& context, const std::optional<std::string>& id);

/// By name (labels from the right), then by type, then by set identifier.
std::vector<model::RecordSet> sorted(std::vector<model::RecordSet> records);

/// The zone's record sets, sorted.
template <class From>
std::vector<model::RecordSet> records_of(const From& from, const std::string& zone_id) {
  return sorted(store::all<model::RecordSet>(from, zone_id + "/"));
}

/// Records a change and tells it as an answer does: PENDING. GetChange says INSYNC at once, since the resolver of this
/// host answers from the same records.
shapes::ChangeInfo record_change(Transaction& tx, const Deps& deps, const CallContext& context, const std::string& comment);

/// maxitems as a number between 1 and `most`, `most` if absent. Errors: "InvalidInput".
Result<size_t> item_limit(const std::optional<std::string>& given, size_t most);

void register_hosted_zone(aws::Registry&, const Deps&);
void register_zone_list(aws::Registry&, const Deps&);
void register_zone_vpc(aws::Registry&, const Deps&);
void register_change(aws::Registry&, const Deps&);
void register_record_list(aws::Registry&, const Deps&);
void register_tags(aws::Registry&, const Deps&);
void register_account(aws::Registry&, const Deps&);
void register_geo_location(aws::Registry&);
void register_health_check(aws::Registry&, const Deps&);
void register_delegation_set(aws::Registry&, const Deps&);

/// Errors: "NoSuchHealthCheck", "NoSuchDelegationSet".
Result<model::DnsHealthCheck> health_check_with(const Transaction& tx, const CallContext& context, const std::optional<std::string>& id);
Result<model::DelegationSet> delegation_set_with(const Transaction& tx, const CallContext& context, const std::optional<std::string>& id);

/// Four servers of four top-level domains, numbered as AWS numbers its own. Private zones all have the first of each.
std::vector<std::string> name_servers(const Deps& deps, bool is_private);

/// As an answer tells the zone.
shapes::HostedZone render(const model::HostedZone& zone, size_t record_count);

/// The VPC as given exists and carries no private zone of that name yet. Errors: "InvalidVPCId", "ConflictingDomainExists".
Result<model::ZoneVpc> vpc_for_zone(const Transaction& tx, const CallContext& context, const shapes::VPC& given, const std::string& zone_name);

}  // namespace landfall::services::route53
