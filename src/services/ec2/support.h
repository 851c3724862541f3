#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/endpoint.h"
#include "aws/shapes/ec2.h"
#include "base/ip.h"
#include "base/text.h"
#include "model/network.h"
#include "model/region.h"
#include "services/deps.h"
#include "services/support/pages.h"
#include "services/support/text.h"
#include "services/support/transact.h"
#include "store/table.h"

/// What the EC2 handlers share: scopes, tags, filters.
namespace landfall::services::ec2 {

namespace shapes = landfall::aws::ec2;
using aws::CallContext;
using store::Transaction;

inline constexpr std::string_view kDefaultDhcpOptions = "dopt-00000000000000000";

using model::zone_id;

inline std::string key_of(const CallContext& context, std::string_view id) { return scope(context) + std::string(id); }

/// Source: EC2 user guide, Tag restrictions. Error: "InvalidParameterValue".
Result<void> check_tag(const std::string& key, const std::string& value);
/// Tags of a creating call for the resource type; others are refused as EC2 does.
Result<model::Tags> tags_for(const std::optional<std::vector<shapes::TagSpecification>>& specifications, std::string_view type);
std::optional<std::vector<shapes::Tag>> tag_list(const model::Tags& tags);

/// What a record says to filters: name -> values.
using Facts = std::multimap<std::string, std::string, std::less<>>;

/// Whether the record passes all filters (values of one filter are alternatives, with * and ?). tag:K and tag-key work
/// for every record. Errors: "InvalidParameterValue" names a filter that `known` lacks.
Result<bool> passes(const std::optional<std::vector<shapes::Filter>>& filters, const Facts& facts, const model::Tags& tags,
                    const std::vector<std::string_view>& known);

/// Or "Invalid…Id.Malformed", of an id that is not of its kind's form.
Error not_found(std::string_view code, std::string_view noun, std::string_view id);
Error no_group(std::string_view name);

/// The records of the caller's scope that a Describe call asks for: by ids (all must exist), then by filters.
template <class Record, class FactsOf>
Result<std::vector<Record>> select(const Deps& deps, const CallContext& context, const std::optional<std::vector<std::string>>& ids,
                                   const std::optional<std::vector<shapes::Filter>>& filters, const std::vector<std::string_view>& known,
                                   std::string_view missing_code, std::string_view noun, FactsOf facts_of) {
  TRY(passes(filters, {}, {}, known));  // also where no record is there to be filtered
  std::vector<Record> chosen;
  if (ids && !ids->empty()) {
    for (const std::string& id : *ids) {
      auto record = store::find<Record>(deps.store, key_of(context, id));
      if (!record) return fail(not_found(missing_code, noun, id));
      chosen.push_back(std::move(*record));
    }
  } else {
    chosen = store::all<Record>(deps.store, scope(context));
  }
  std::vector<Record> passed;
  for (Record& record : chosen) {
    if (TRY(passes(filters, facts_of(record), record.tags, known))) passed.push_back(std::move(record));
  }
  return passed;
}

template <class T>
Result<Page<T>> page(std::vector<T> all, const std::optional<int32_t>& limit, const std::optional<std::string>& token) {
  return page_of(std::move(all), limit, token, Error{.code = "InvalidParameterValue", .what = "The token '" + token.value_or("") + "' is invalid"});
}
inline std::optional<std::string> token_of(const std::string& next) { return next.empty() ? std::nullopt : std::optional(next); }

inline std::string flag(bool value) { return value ? "true" : "false"; }

/// Routes to a target that goes away stay, as blackholes (VPC user guide, Route tables).
void mark_blackholes(Transaction& tx, const CallContext& context, const std::string& target_id);

/// The peering connections that the caller's account has in its region and may still see.
std::vector<model::PeeringConnection> visible_peerings(const Deps& deps, const CallContext& context);
std::optional<model::PeeringConnection> visible_peering(const Deps& deps, const Transaction& tx, const CallContext& context, const std::string& id);
/// The tags that a side of it may change; null if it is on neither side.
model::Tags* tags_in(model::PeeringConnection& connection, const std::string& account, const std::string& region);

/// The prefix lists that AWS keeps for the region's gateway services; owner "AWS".
std::vector<model::PrefixList> aws_prefix_lists(const Deps& deps, const CallContext& context);
/// A customer's list, or one of AWS's. Error: "InvalidPrefixListID.NotFound".
Result<model::PrefixList> any_prefix_list(const Deps& deps, const Transaction& tx, const CallContext& context, const std::string& id);

/// A new VPC's main route table, default group and default ACL; sets their ids in `vpc`, which the caller stores.
void make_companions(const Deps& deps, Transaction& tx, model::Vpc& vpc);
/// The group of that name in the default VPC. Error: "InvalidGroup.NotFound".
Result<model::SecurityGroup> group_named(const Transaction& tx, const CallContext& context, const std::string& name);
std::optional<model::Vpc> default_vpc(const Transaction& tx, const CallContext& context);
shapes::Vpc render_vpc(const model::Vpc& vpc);
shapes::VpcCidrBlockAssociation render_block(const std::string& association_id, const std::string& cidr, const char* state);
/// A block that a VPC may have. Errors: "InvalidParameterValue", "InvalidVpc.Range".
Result<Cidr> vpc_range(const std::string& given);
shapes::Subnet render_subnet(const Deps& deps, const model::Subnet& subnet);
shapes::NetworkInterface render_interface(const Deps& deps, const model::NetworkInterface& interface);

/// The address is free again.
void make_free(Transaction& tx, model::Address& address);

void register_vpc(aws::Registry&, const Deps&);
void register_vpc_block(aws::Registry&, const Deps&);
void register_vpc_endpoint(aws::Registry&, const Deps&);
void register_vpc_endpoint_service(aws::Registry&, const Deps&);
void register_peering(aws::Registry&, const Deps&);
void register_default_vpc(aws::Registry&, const Deps&);
void register_network_acl(aws::Registry&, const Deps&);
void register_subnet(aws::Registry&, const Deps&);
void register_subnet_reservation(aws::Registry&, const Deps&);
void register_internet_gateway(aws::Registry&, const Deps&);
void register_egress_only_gateway(aws::Registry&, const Deps&);
void register_launch_template(aws::Registry&, const Deps&);
void register_launch_template_version(aws::Registry&, const Deps&);
void register_route_table(aws::Registry&, const Deps&);
void register_route(aws::Registry&, const Deps&);
void register_address(aws::Registry&, const Deps&);
void register_nat_gateway(aws::Registry&, const Deps&);
void register_security_group(aws::Registry&, const Deps&);
void register_security_group_rule(aws::Registry&, const Deps&);
void register_network_interface(aws::Registry&, const Deps&);
void register_interface_life(aws::Registry&, const Deps&);
void register_dhcp_options(aws::Registry&, const Deps&);
void register_prefix_list(aws::Registry&, const Deps&);
void register_key_pair(aws::Registry&, const Deps&);
void register_security_group_view(aws::Registry&, const Deps&);
void register_not_carried(aws::Registry&, const Deps&);
void register_tags(aws::Registry&, const Deps&);
void register_zones(aws::Registry&, const Deps&);

}  // namespace landfall::services::ec2
