#include "terraform/aws/peering.h"

#include <fmt/format.h>

#include "terraform/aws/members.h"
#include "terraform/aws/more_types.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace ec2 = aws::ec2;

constexpr std::chrono::seconds kSettling{60};  // the official provider's
constexpr const char* kDnsResolution = "allow_remote_vpc_dns_resolution";

bool has_ended(const std::string& status) { return status == "deleted" || status == "expired" || status == "failed" || status == "rejected"; }

std::string status_of(const ec2::VpcPeeringConnection& connection) { return connection.status ? connection.status->code.value_or("") : ""; }

std::vector<Record> options_told(const std::optional<ec2::VpcPeeringConnectionVpcInfo>& side) {
  std::vector<Record> rows;
  if (side && side->peering_options) rows.emplace_back().set(kDnsResolution, side->peering_options->allow_dns_resolution_from_remote_vpc.value_or(false));
  return rows;
}

/// Until somebody has looked at the other side: then it waits to be accepted, is active, or has failed.
Result<ec2::VpcPeeringConnection> settled(const Cloud& cloud, const std::string& id) {
  ec2::DescribeVpcPeeringConnectionsRequest request;
  request.vpc_peering_connection_ids = std::vector<std::string>{id};
  ec2::VpcPeeringConnection found;
  TRY(cloud.wait_until("VPC peering connection " + id + " to become active", kSettling, [&]() -> Result<bool> {
    const auto answer = TRY(cloud.call<ec2::DescribeVpcPeeringConnectionsResult>("ec2", "DescribeVpcPeeringConnections", request));
    if (!answer.vpc_peering_connections || answer.vpc_peering_connections->empty()) return fail("NotFound", "the VPC peering connection " + id + " is gone");
    found = answer.vpc_peering_connections->front();
    if (has_ended(status_of(found))) return fail("VpcPeering.Ended", fmt::format("waiting for EC2 VPC Peering Connection ({}): unexpected state '{}', wanted target 'active, pending-acceptance': {}", id, status_of(found), found.status->message.value_or("")));
    return status_of(found) == "active" || status_of(found) == "pending-acceptance";
  }));
  return found;
}

Result<void> accept_if_asked(const Cloud& cloud, const std::string& id, const Record& planned) {
  const ec2::VpcPeeringConnection connection = TRY(settled(cloud, id));
  if (!planned.flag("auto_accept") || status_of(connection) != "pending-acceptance") return {};
  TRY(cloud.call<ec2::AcceptVpcPeeringConnectionResult>("ec2", "AcceptVpcPeeringConnection", ec2::AcceptVpcPeeringConnectionRequest{.vpc_peering_connection_id = id}));
  TRY(settled(cloud, id));
  return {};
}

/// What the connection and its acceptance as a resource of its own have in common.
class AnyPeering : public ResourceType {
 public:
  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto connection = TRY(find_peering(cloud, state.text("id")));
    if (!connection) return false;
    const auto &requester = *connection->requester_vpc_info, &accepter = *connection->accepter_vpc_info;
    const bool is_accepter = accepter.owner_id == cloud.account && requester.owner_id != cloud.account;
    const auto &near = is_accepter ? accepter : requester, &far = is_accepter ? requester : accepter;
    state.set("accept_status", status_of(*connection));
    state.set("vpc_id", near.vpc_id.value_or(""));
    state.set("peer_vpc_id", far.vpc_id.value_or(""));
    state.set("peer_owner_id", far.owner_id.value_or(""));
    state.set("peer_region", accepter.region.value_or(""));
    tell_peering_options(*connection, state);
    set_tags(cloud, state, from_tags(connection->tags));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    const std::string id = prior.text("id");
    TRY(accept_if_asked(cloud, id, planned));
    TRY(modify_peering_options(cloud, id, prior, planned));
    return update_ec2_tags(cloud, id, prior, planned);
  }
};

class Peering final : public AnyPeering {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged({.attributes = {text("id").read_only(), text("accept_status").read_only(), text("vpc_id").required().forces_new(), text("peer_vpc_id").required().forces_new(), text("peer_owner_id").computed().forces_new(),
                                                        text("peer_region").computed().forces_new(), flag("auto_accept")},
                                         .blocks = peering_option_blocks()});
    return schema;
  }

  Result<void> adjust(const Cloud&, const Planned& change) const override {
    const bool is_elsewhere = change.prior == nullptr && change.config.has("peer_region") && change.planned.flag("auto_accept");
    return is_elsewhere ? fail("Config.Conflict", "`peer_region` cannot be set whilst `auto_accept` is `true` when creating an EC2 VPC Peering Connection") : Result<void>();
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    ec2::CreateVpcPeeringConnectionRequest request;
    request.vpc_id = planned.text("vpc_id");
    request.peer_vpc_id = planned.text("peer_vpc_id");
    set_text(planned, "peer_owner_id", request.peer_owner_id);
    set_text(planned, "peer_region", request.peer_region);
    request.tag_specifications = tag_specifications<ec2::TagSpecification, ec2::Tag>("vpc-peering-connection", planned);
    const auto made = TRY(cloud.call<ec2::CreateVpcPeeringConnectionResult>("ec2", "CreateVpcPeeringConnection", request));
    const std::string id = made.vpc_peering_connection->vpc_peering_connection_id.value_or("");
    state.set("id", id);
    TRY(accept_if_asked(cloud, id, planned));
    return modify_peering_options(cloud, id, Record(), planned);
  }

  /// One that has ended by itself needs no end.
  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    const auto done = cloud.call<ec2::DeleteVpcPeeringConnectionResult>("ec2", "DeleteVpcPeeringConnection", ec2::DeleteVpcPeeringConnectionRequest{.vpc_peering_connection_id = state.text("id")});
    if (!done && done.error().code == "InvalidStateTransition") return {};
    return ignore_gone(done);
  }
};

/// aws_vpc_peering_connection_accepter: the other side's yes. It is never taken back.
class PeeringAccepter final : public AnyPeering {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged({.attributes = {text("id").read_only(), text("accept_status").read_only(), text("vpc_peering_connection_id").required().forces_new(), text("vpc_id").read_only(), text("peer_vpc_id").read_only(),
                                                        text("peer_owner_id").read_only(), text("peer_region").read_only(), flag("auto_accept")},
                                         .blocks = peering_option_blocks()});
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    const std::string id = planned.text("vpc_peering_connection_id");
    if (!TRY(find_peering(cloud, id))) return fail("NotFound", fmt::format("reading EC2 VPC Peering Connection ({}): couldn't find resource", id));
    state.set("id", id);
    TRY(accept_if_asked(cloud, id, planned));
    TRY(modify_peering_options(cloud, id, Record(), planned));
    return update_ec2_tags(cloud, id, Record(), planned);
  }

  Result<void> destroy(const Cloud&, const Record&) const override { return {}; }

  Result<Record> import(const Cloud&, const std::string& id) const override {
    Record record;
    record.set("id", id);
    record.set("vpc_peering_connection_id", id);
    return record;
  }
};

/// aws_vpc_peering_connection_options: the options alone, of a connection that another configuration has.
class PeeringOptions final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("vpc_peering_connection_id").required().forces_new()}, .blocks = peering_option_blocks()};
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    const std::string id = planned.text("vpc_peering_connection_id");
    state.set("id", id);
    return modify_peering_options(cloud, id, Record(), planned);
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto connection = TRY(find_peering(cloud, state.text("id")));
    if (!connection) return false;
    state.set("vpc_peering_connection_id", state.text("id"));
    tell_peering_options(*connection, state);
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override { return modify_peering_options(cloud, prior.text("id"), prior, planned); }
  Result<void> destroy(const Cloud&, const Record&) const override { return {}; }
};

}  // namespace

Result<std::optional<ec2::VpcPeeringConnection>> find_peering(const Cloud& cloud, const std::string& id) {
  ec2::DescribeVpcPeeringConnectionsRequest request;
  request.vpc_peering_connection_ids = std::vector<std::string>{id};
  auto found = TRY(look_up<ec2::DescribeVpcPeeringConnectionsResult>(cloud, "ec2", "DescribeVpcPeeringConnections", request));
  if (!found || !found->vpc_peering_connections || found->vpc_peering_connections->empty()) return std::optional<ec2::VpcPeeringConnection>();
  ec2::VpcPeeringConnection& connection = found->vpc_peering_connections->front();
  if (has_ended(status_of(connection))) return std::optional<ec2::VpcPeeringConnection>();
  return std::optional(std::move(connection));
}

std::vector<Block> peering_option_blocks() {
  const auto options = [](const char* side) { return one_block(side, {.attributes = {refused(flag(kDnsResolution).defaults(false))}}).computed(); };
  return {options("accepter"), options("requester")};
}

Result<void> modify_peering_options(const Cloud& cloud, const std::string& id, const Record& prior, const Record& planned) {
  ec2::ModifyVpcPeeringConnectionOptionsRequest request{.vpc_peering_connection_id = id};
  const auto fill = [&](const char* side, std::optional<ec2::PeeringConnectionOptionsRequest>& to) {
    if (!differs(prior, planned, side)) return;
    for (const Record& options : planned.blocks(side)) to = ec2::PeeringConnectionOptionsRequest{.allow_dns_resolution_from_remote_vpc = options.flag(kDnsResolution)};
  };
  fill("accepter", request.accepter_peering_connection_options);
  fill("requester", request.requester_peering_connection_options);
  if (!request.accepter_peering_connection_options && !request.requester_peering_connection_options) return {};
  TRY(cloud.call<ec2::ModifyVpcPeeringConnectionOptionsResult>("ec2", "ModifyVpcPeeringConnectionOptions", request));
  return {};
}

void tell_peering_options(const ec2::VpcPeeringConnection& connection, Record& state) {
  state.set("accepter", options_told(connection.accepter_vpc_info));
  state.set("requester", options_told(connection.requester_vpc_info));
}

void add_peering(Provider& provider) {
  provider.resources["aws_vpc_peering_connection"] = std::make_unique<Peering>();
  provider.resources["aws_vpc_peering_connection_accepter"] = std::make_unique<PeeringAccepter>();
  provider.resources["aws_vpc_peering_connection_options"] = std::make_unique<PeeringOptions>();
}

}  // namespace landfall::terraform::aws_types
