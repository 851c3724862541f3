#include <algorithm>

#include <fmt/format.h>

#include "model/addressing.h"
#include "services/ec2/support.h"

/// VPC peering connections (VPC peering guide). A connection belongs to two regions of two accounts, which may be the same.
namespace landfall::services::ec2 {
namespace {

using model::PeeringConnection;
using model::PeeringSide;
using model::Vpc;

constexpr std::chrono::hours kPatience{7 * 24};             // a request that nobody accepts expires
constexpr std::chrono::hours kLongSight{48}, kShortSight{2};  // how long an ended one can be seen

bool is_side(const PeeringSide& side, const std::string& account, const std::string& region) { return side.account == account && side.region == region; }

/// As it is by now: a request becomes old by itself.
PeeringConnection aged(PeeringConnection connection, WallTime now) {
  if (connection.status == "pending-acceptance" && now >= connection.created_at + kPatience) {
    connection.status = "expired";
    connection.message = "Expired";
    connection.ended_at = connection.created_at + kPatience;
  }
  return connection;
}

/// Lifecycle: two days for the side that did not end it (and of an expired one), else two hours.
bool is_visible(const PeeringConnection& connection, const CallContext& context, WallTime now) {
  const bool is_requester = is_side(connection.requester, context.account, context.region);
  if (!is_requester && !is_side(connection.accepter, context.account, context.region)) return false;
  if (!connection.ended_at) return true;
  const bool is_long = connection.status == "expired" || (connection.ended_by != context.account && connection.status != "failed");
  return now < connection.ended_at + (is_long ? kLongSight : kShortSight);
}

std::optional<Vpc> vpc_of(const Transaction& tx, const PeeringSide& side) { return store::find<Vpc>(tx, fmt::format("{}/{}/{}", side.account, side.region, side.vpc_id)); }

bool do_overlap(const Vpc& a, const Vpc& b) {
  return std::ranges::any_of(ranges_of(a), [&](const Cidr& one) { return std::ranges::any_of(ranges_of(b), [&](const Cidr& other) { return one.overlaps(other); }); });
}

/// What is not the caller's own is told once the connection is active.
template <class From>
shapes::VpcPeeringConnectionVpcInfo render_side(const From& from, const PeeringSide& side, bool is_whole) {
  shapes::VpcPeeringConnectionVpcInfo out{.owner_id = side.account, .region = side.region, .vpc_id = side.vpc_id};
  if (!is_whole) return out;
  const auto vpc = store::find<Vpc>(from, fmt::format("{}/{}/{}", side.account, side.region, side.vpc_id));
  if (!vpc) return out;
  out.cidr_block = vpc->cidr;
  out.cidr_block_set.emplace();
  for (const Cidr& range : ranges_of(*vpc)) out.cidr_block_set->push_back({.cidr_block = to_string(range)});
  out.peering_options = shapes::VpcPeeringConnectionOptionsDescription{.allow_dns_resolution_from_remote_vpc = false, .allow_egress_from_local_classic_link_to_remote_vpc = false, .allow_egress_from_local_vpc_to_remote_classic_link = false};
  return out;
}

template <class From>
shapes::VpcPeeringConnection render(const From& from, PeeringConnection connection, const CallContext& context) {
  const bool is_active = connection.status == "active";
  shapes::VpcPeeringConnection out{.accepter_vpc_info = render_side(from, connection.accepter, is_active), .requester_vpc_info = render_side(from, connection.requester, true),
                                   .status = shapes::VpcPeeringConnectionStateReason{.code = connection.status, .message = connection.message}, .tags = tag_list(*tags_in(connection, context.account, context.region)),
                                   .vpc_peering_connection_id = connection.id};
  if (connection.status == "pending-acceptance") out.expiration_time = connection.created_at + kPatience;
  return out;
}

/// Those that nobody can see any more go.
void sweep(Transaction& tx, WallTime now) {
  for (const PeeringConnection& stored : store::all<PeeringConnection>(tx)) {
    const PeeringConnection connection = aged(stored, now);
    if (connection.ended_at && now >= connection.ended_at + kLongSight) store::erase<PeeringConnection>(tx, connection.key());
  }
}

void fail_connection(PeeringConnection& connection, WallTime now) {
  connection.status = "failed";
  connection.message = "Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range";
  connection.ended_at = now;
}

Result<shapes::CreateVpcPeeringConnectionResult> create(const Deps& deps, const CallContext& context, const shapes::CreateVpcPeeringConnectionRequest& request) {
  const model::Tags tags = TRY(tags_for(request.tag_specifications, "vpc-peering-connection"));
  if (!request.peer_vpc_id) return fail("MissingParameter", "The request must contain the parameter peerVpcId");
  return transact<shapes::CreateVpcPeeringConnectionResult>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateVpcPeeringConnectionResult> {
    const auto vpc = store::find<Vpc>(tx, key_of(context, text(request.vpc_id)));
    if (!vpc) return fail(not_found("InvalidVpcID.NotFound", "vpc", text(request.vpc_id)));
    const WallTime now = deps.clock.wall();
    sweep(tx, now);
    PeeringConnection made{.id = deps.ids.ec2("pcx"), .requester = {.account = context.account, .region = context.region, .vpc_id = vpc->id, .tags = tags},
                           .accepter = {.account = request.peer_owner_id.value_or(context.account), .region = request.peer_region.value_or(context.region), .vpc_id = *request.peer_vpc_id, .tags = {}},
                           .status = "pending-acceptance", .message = {}, .created_at = now};
    made.message = "Pending Acceptance by " + made.accepter.account;
    for (const PeeringConnection& stored : store::all<PeeringConnection>(tx)) {
      const PeeringConnection other = aged(stored, now);
      const bool is_pair = (other.requester.vpc_id == vpc->id && other.accepter.vpc_id == made.accepter.vpc_id) || (other.accepter.vpc_id == vpc->id && other.requester.vpc_id == made.accepter.vpc_id);
      if (is_pair && !other.ended_at) return fail("VpcPeeringConnectionAlreadyExists", fmt::format("A VPC peering connection {} already exists between {} and {}.", other.id, vpc->id, made.accepter.vpc_id));
    }
    const auto peer = vpc_of(tx, made.accepter);
    if (!peer || do_overlap(*vpc, *peer)) fail_connection(made, now);
    store::put(tx, made);
    shapes::CreateVpcPeeringConnectionResult result{.vpc_peering_connection = render(tx, made, context)};
    // The answer is given before anybody has looked at the other side.
    result.vpc_peering_connection->status = shapes::VpcPeeringConnectionStateReason{.code = "initiating-request", .message = "Initiating Request to " + made.accepter.account};
    result.vpc_peering_connection->expiration_time = now + kPatience;
    return result;
  });
}

Error unknown(const std::string& id) { return not_found("InvalidVpcPeeringConnectionID.NotFound", "vpcPeeringConnection", id); }

Error bad_step(const PeeringConnection& connection, const char* wanted) {
  return {.code = "InvalidStateTransition", .what = fmt::format("Invalid state transition for {}, attempted to transition from {} to {}", connection.id, connection.status, wanted)};
}

/// Routes of both VPCs to the connection lead somewhere, or nowhere.
void set_routes(Transaction& tx, const PeeringConnection& connection, const std::string& state) {
  for (const PeeringSide* side : {&connection.requester, &connection.accepter}) {
    for (model::RouteTable table : store::all<model::RouteTable>(tx, side->account + "/" + side->region + "/")) {
      if (table.vpc_id != side->vpc_id) continue;
      for (model::Route& route : table.routes) {
        if (route.vpc_peering_connection_id == connection.id) route.state = state;
      }
      store::put(tx, table);
    }
  }
}

/// The accepter's account decides, in the accepter's region.
Result<void> check_accepter(const PeeringConnection& connection, const CallContext& context, const char* verb) {
  if (connection.accepter.account != context.account) return fail("OperationNotPermitted", fmt::format("User {} cannot {} peering {}", context.account, verb, connection.id));
  if (connection.accepter.region == context.region) return {};
  return fail("OperationNotPermitted", fmt::format("Incorrect region ({}) specified for this request. VPC peering connection {} must be {}ed in region {}", context.region, connection.id, verb, connection.accepter.region));
}

Result<shapes::AcceptVpcPeeringConnectionResult> accept(const Deps& deps, const CallContext& context, const shapes::AcceptVpcPeeringConnectionRequest& request) {
  if (!request.vpc_peering_connection_id) return fail("MissingParameter", "The request must contain the parameter vpcPeeringConnectionId");
  return transact<shapes::AcceptVpcPeeringConnectionResult>(deps.store, [&](Transaction& tx) -> Result<shapes::AcceptVpcPeeringConnectionResult> {
    auto connection = visible_peering(deps, tx, context, *request.vpc_peering_connection_id);
    if (!connection) return fail(unknown(*request.vpc_peering_connection_id));
    TRY(check_accepter(*connection, context, "accept"));
    if (connection->status != "pending-acceptance") return fail(bad_step(*connection, "provisioning"));
    connection->status = "active";
    connection->message = "Active";
    // Blocks may have been added while the request waited, and either VPC deleted.
    const auto one = vpc_of(tx, connection->requester), other = vpc_of(tx, connection->accepter);
    if (!one || !other || do_overlap(*one, *other)) fail_connection(*connection, deps.clock.wall());
    store::put(tx, *connection);
    if (connection->status == "active") set_routes(tx, *connection, "active");
    return shapes::AcceptVpcPeeringConnectionResult{.vpc_peering_connection = render(tx, *connection, context)};
  });
}

void end(Transaction& tx, const Deps& deps, const CallContext& context, PeeringConnection& connection, const char* status, const char* word) {
  connection.status = status;
  connection.message = fmt::format("{} by {}", word, context.account);
  connection.ended_by = context.account;
  connection.ended_at = deps.clock.wall();
  store::put(tx, connection);
  set_routes(tx, connection, "blackhole");
}

Result<shapes::RejectVpcPeeringConnectionResult> reject(const Deps& deps, const CallContext& context, const shapes::RejectVpcPeeringConnectionRequest& request) {
  return transact<shapes::RejectVpcPeeringConnectionResult>(deps.store, [&](Transaction& tx) -> Result<shapes::RejectVpcPeeringConnectionResult> {
    auto connection = visible_peering(deps, tx, context, text(request.vpc_peering_connection_id));
    if (!connection) return fail(unknown(text(request.vpc_peering_connection_id)));
    TRY(check_accepter(*connection, context, "reject"));
    if (connection->status != "pending-acceptance") return fail(bad_step(*connection, "rejected"));
    end(tx, deps, context, *connection, "rejected", "Rejected");
    return shapes::RejectVpcPeeringConnectionResult{.return_ = true};
  });
}

/// Either side ends an active one; a request is its requester's to withdraw.
Result<shapes::DeleteVpcPeeringConnectionResult> remove(const Deps& deps, const CallContext& context, const shapes::DeleteVpcPeeringConnectionRequest& request) {
  return transact<shapes::DeleteVpcPeeringConnectionResult>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteVpcPeeringConnectionResult> {
    auto connection = visible_peering(deps, tx, context, text(request.vpc_peering_connection_id));
    if (!connection) return fail(unknown(text(request.vpc_peering_connection_id)));
    const bool is_withdrawn = connection->status == "pending-acceptance" && connection->requester.account == context.account;
    if (connection->status != "active" && !is_withdrawn) return fail(bad_step(*connection, "deleting"));
    end(tx, deps, context, *connection, "deleted", "Deleted");
    return shapes::DeleteVpcPeeringConnectionResult{.return_ = true};
  });
}

/// DNS resolution over the connection is not carried, and ClassicLink is gone: the options can be told, and be off.
Result<shapes::ModifyVpcPeeringConnectionOptionsResult> modify(const Deps& deps, const CallContext& context, const shapes::ModifyVpcPeeringConnectionOptionsRequest& request) {
  for (const auto* options : {&request.accepter_peering_connection_options, &request.requester_peering_connection_options}) {
    if (!*options) continue;
    for (const auto& [name, value] : {std::pair("AllowDnsResolutionFromRemoteVpc", (*options)->allow_dns_resolution_from_remote_vpc), std::pair("AllowEgressFromLocalClassicLinkToRemoteVpc", (*options)->allow_egress_from_local_classic_link_to_remote_vpc),
                                      std::pair("AllowEgressFromLocalVpcToRemoteClassicLink", (*options)->allow_egress_from_local_vpc_to_remote_classic_link)}) {
      if (value.value_or(false)) return fail("UnsupportedOperation", fmt::format("Landfall does not support the parameter {}=true of ModifyVpcPeeringConnectionOptions yet.", name));
    }
  }
  return transact<shapes::ModifyVpcPeeringConnectionOptionsResult>(deps.store, [&](Transaction& tx) -> Result<shapes::ModifyVpcPeeringConnectionOptionsResult> {
    const auto connection = visible_peering(deps, tx, context, text(request.vpc_peering_connection_id));
    if (!connection) return fail(unknown(text(request.vpc_peering_connection_id)));
    if (connection->status != "active") return fail("OperationNotPermitted", fmt::format("VPC Peering Connection {} must be active before its options can be modified.", connection->id));
    shapes::ModifyVpcPeeringConnectionOptionsResult result;
    const shapes::PeeringConnectionOptions off{.allow_dns_resolution_from_remote_vpc = false, .allow_egress_from_local_classic_link_to_remote_vpc = false, .allow_egress_from_local_vpc_to_remote_classic_link = false};
    if (request.accepter_peering_connection_options) result.accepter_peering_connection_options = off;
    if (request.requester_peering_connection_options) result.requester_peering_connection_options = off;
    return result;
  });
}

void add_facts(Facts& facts, const std::string& stem, const std::optional<shapes::VpcPeeringConnectionVpcInfo>& side) {
  facts.insert({{stem + ".owner-id", text(side->owner_id)}, {stem + ".vpc-id", text(side->vpc_id)}});
  for (const auto& block : side->cidr_block_set.value_or(std::vector<shapes::CidrBlock>{})) facts.insert({stem + ".cidr-block", text(block.cidr_block)});
}

Result<shapes::DescribeVpcPeeringConnectionsResult> describe(const Deps& deps, const CallContext& context, const shapes::DescribeVpcPeeringConnectionsRequest& request) {
  static const std::vector<std::string_view> known{"accepter-vpc-info.cidr-block", "accepter-vpc-info.owner-id", "accepter-vpc-info.vpc-id", "expiration-time", "requester-vpc-info.cidr-block", "requester-vpc-info.owner-id", "requester-vpc-info.vpc-id", "status-code", "status-message", "vpc-peering-connection-id"};
  TRY(passes(request.filters, {}, {}, known));
  std::vector<PeeringConnection> all = visible_peerings(deps, context);
  const auto ids = request.vpc_peering_connection_ids.value_or(std::vector<std::string>{});
  for (const std::string& id : ids) {
    if (std::ranges::count(all, id, &PeeringConnection::id) == 0) return fail(unknown(id));
  }
  std::vector<shapes::VpcPeeringConnection> chosen;
  for (PeeringConnection& connection : all) {
    if (!ids.empty() && std::ranges::count(ids, connection.id) == 0) continue;
    shapes::VpcPeeringConnection told = render(deps.store, connection, context);
    Facts facts{{"status-code", connection.status}, {"status-message", connection.message}, {"vpc-peering-connection-id", connection.id}};
    add_facts(facts, "accepter-vpc-info", told.accepter_vpc_info);
    add_facts(facts, "requester-vpc-info", told.requester_vpc_info);
    if (TRY(passes(request.filters, facts, *tags_in(connection, context.account, context.region), known))) chosen.push_back(std::move(told));
  }
  auto answer = TRY(page(std::move(chosen), request.max_results, request.next_token));
  return shapes::DescribeVpcPeeringConnectionsResult{.next_token = token_of(answer.next), .vpc_peering_connections = std::move(answer.items)};
}

}  // namespace

model::Tags* tags_in(PeeringConnection& connection, const std::string& account, const std::string& region) {
  if (is_side(connection.requester, account, region)) return &connection.requester.tags;
  return is_side(connection.accepter, account, region) ? &connection.accepter.tags : nullptr;
}

std::vector<PeeringConnection> visible_peerings(const Deps& deps, const CallContext& context) {
  const WallTime now = deps.clock.wall();
  std::vector<PeeringConnection> visible;
  for (PeeringConnection& stored : store::all<PeeringConnection>(deps.store)) {
    PeeringConnection connection = aged(std::move(stored), now);
    if (is_visible(connection, context, now)) visible.push_back(std::move(connection));
  }
  return visible;
}

std::optional<PeeringConnection> visible_peering(const Deps& deps, const Transaction& tx, const CallContext& context, const std::string& id) {
  auto stored = store::find<PeeringConnection>(tx, id);
  if (!stored) return std::nullopt;
  PeeringConnection connection = aged(std::move(*stored), deps.clock.wall());
  return is_visible(connection, context, deps.clock.wall()) ? std::optional(std::move(connection)) : std::nullopt;
}

void register_peering(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::CreateVpcPeeringConnectionRequest, shapes::CreateVpcPeeringConnectionResult>("ec2", "CreateVpcPeeringConnection", {"VpcId", "PeerVpcId", "PeerOwnerId", "PeerRegion", "TagSpecifications.*"}, bind(create));
  registry.add<shapes::AcceptVpcPeeringConnectionRequest, shapes::AcceptVpcPeeringConnectionResult>("ec2", "AcceptVpcPeeringConnection", {"VpcPeeringConnectionId"}, bind(accept));
  registry.add<shapes::RejectVpcPeeringConnectionRequest, shapes::RejectVpcPeeringConnectionResult>("ec2", "RejectVpcPeeringConnection", {"VpcPeeringConnectionId"}, bind(reject));
  registry.add<shapes::DeleteVpcPeeringConnectionRequest, shapes::DeleteVpcPeeringConnectionResult>("ec2", "DeleteVpcPeeringConnection", {"VpcPeeringConnectionId"}, bind(remove));
  registry.add<shapes::ModifyVpcPeeringConnectionOptionsRequest, shapes::ModifyVpcPeeringConnectionOptionsResult>("ec2", "ModifyVpcPeeringConnectionOptions", {"VpcPeeringConnectionId", "AccepterPeeringConnectionOptions.*", "RequesterPeeringConnectionOptions.*"}, bind(modify));
  registry.add<shapes::DescribeVpcPeeringConnectionsRequest, shapes::DescribeVpcPeeringConnectionsResult>("ec2", "DescribeVpcPeeringConnections", {"VpcPeeringConnectionIds.*", "Filters.*", "MaxResults", "NextToken"}, bind(describe));
}

}  // namespace landfall::services::ec2
