#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/cidr6.h"
#include "base/ip.h"
#include "services/ec2/support.h"

namespace landfall::services::ec2 {
namespace {

using model::NetworkAcl;
using model::NetworkAclEntry;

constexpr int kLastNumber = 32766;
constexpr size_t kMaxEntries = 20;  // VPC quotas: rules per network ACL and direction

Error no_acl(const std::string& id) { return not_found("InvalidNetworkAclID.NotFound", "networkAcl", id); }

bool is_icmp(const NetworkAclEntry& e) { return e.protocol == "1" || e.protocol == "58"; }

shapes::NetworkAclEntry render_entry(const NetworkAclEntry& e) {
  shapes::NetworkAclEntry out{.egress = e.is_egress, .protocol = e.protocol, .rule_action = e.is_allow ? "allow" : "deny", .rule_number = e.number};
  (is_cidr6(e.cidr) ? out.ipv6_cidr_block : out.cidr_block) = e.cidr;
  if (e.protocol == "6" || e.protocol == "17") out.port_range = shapes::PortRange{.from = e.from_port, .to = e.to_port};
  if (is_icmp(e)) out.icmp_type_code = shapes::IcmpTypeCode{.code = e.icmp_code, .type = e.icmp_type};
  return out;
}

bool serves(const NetworkAcl& acl, const model::Subnet& subnet) {
  return subnet.vpc_id == acl.vpc_id && (subnet.network_acl_id == acl.id || (subnet.network_acl_id.empty() && acl.is_default));
}

shapes::NetworkAcl render(const NetworkAcl& acl, const std::vector<model::Subnet>& subnets) {
  shapes::NetworkAcl out{.associations = std::vector<shapes::NetworkAclAssociation>{}, .entries = std::vector<shapes::NetworkAclEntry>{}, .is_default = acl.is_default,
                         .network_acl_id = acl.id, .owner_id = acl.account, .tags = tag_list(acl.tags), .vpc_id = acl.vpc_id};
  for (const bool egress : {true, false}) {
    for (const auto& entry : acl.entries) {
      if (entry.is_egress == egress) out.entries->push_back(render_entry(entry));
    }
    // The last one, which nobody can change: what no entry takes is denied.
    out.entries->push_back({.cidr_block = "0.0.0.0/0", .egress = egress, .protocol = "-1", .rule_action = "deny", .rule_number = kLastNumber + 1});
  }
  for (const auto& subnet : subnets) {
    if (serves(acl, subnet)) out.associations->push_back({.network_acl_association_id = subnet.network_acl_association_id, .network_acl_id = acl.id, .subnet_id = subnet.id});
  }
  return out;
}

Result<shapes::CreateNetworkAclResult> create(const Deps& deps, const CallContext& context, const shapes::CreateNetworkAclRequest& request) {
  const model::Tags tags = TRY(tags_for(request.tag_specifications, "network-acl"));
  return transact<shapes::CreateNetworkAclResult>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateNetworkAclResult> {
    if (!store::find<model::Vpc>(tx, key_of(context, text(request.vpc_id)))) return fail(not_found("InvalidVpcID.NotFound", "vpc", text(request.vpc_id)));
    const NetworkAcl acl{.account = context.account, .region = context.region, .id = deps.ids.ec2("acl"), .vpc_id = text(request.vpc_id), .tags = tags};
    store::put(tx, acl);
    return shapes::CreateNetworkAclResult{.network_acl = render(acl, {})};
  });
}

Result<shapes::DeleteNetworkAclOutput> remove(const Deps& deps, const CallContext& context, const shapes::DeleteNetworkAclRequest& request) {
  return transact<shapes::DeleteNetworkAclOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteNetworkAclOutput> {
    const auto acl = store::find<NetworkAcl>(tx, key_of(context, text(request.network_acl_id)));
    if (!acl) return fail(no_acl(text(request.network_acl_id)));
    if (acl->is_default) return fail("InvalidParameterValue", fmt::format("cannot delete default network ACL {}", acl->id));
    for (const auto& subnet : store::all<model::Subnet>(tx, scope(context))) {
      if (serves(*acl, subnet)) return fail("DependencyViolation", fmt::format("The networkAcl '{}' has dependencies and cannot be deleted.", acl->id));
    }
    store::erase<NetworkAcl>(tx, acl->key());
    return shapes::DeleteNetworkAclOutput{};
  });
}

/// Names that the API takes besides numbers.
Result<std::string> protocol_number(const std::string& given) {
  if (given == "tcp") return std::string("6");
  if (given == "udp") return std::string("17");
  if (given == "icmp") return std::string("1");
  if (given == "all") return std::string("-1");
  int number = 0;
  const auto [end, error] = std::from_chars(given.data(), given.data() + given.size(), number);
  if (error != std::errc() || end != given.data() + given.size() || number < -1 || number > 255) return fail("InvalidParameterValue", fmt::format("Invalid value '{}' for IP protocol. Unknown protocol.", given));
  return std::to_string(number);
}

template <class Request>
Result<NetworkAclEntry> read_entry(const Request& request) {
  auto its_protocol = TRY(protocol_number(text(request.protocol)));
  NetworkAclEntry entry{.number = request.rule_number.value_or(0), .is_egress = request.egress.value_or(false), .is_allow = iequals(text(request.rule_action), "allow"), .protocol = std::move(its_protocol)};
  if (entry.number < 1 || entry.number > kLastNumber) return fail("InvalidParameterValue", fmt::format("Value ({}) for parameter ruleNumber is invalid. Rule numbers are 1 to {}.", entry.number, kLastNumber));
  if (!request.cidr_block && !request.ipv6_cidr_block) return fail("MissingParameter", "The request must contain the parameter cidrBlock or ipv6CidrBlock");
  if (request.cidr_block && request.ipv6_cidr_block) return fail("InvalidParameterCombination", "The parameter ipv6CidrBlock cannot be used with the parameter cidrBlock");
  const auto no_block = [](const char* name, const std::string& value) { return fail("InvalidParameterValue", fmt::format("Value ({}) for parameter {} is invalid. This is not a valid CIDR block.", value, name)); };
  if (request.cidr_block) {
    const auto cidr = parse_cidr(*request.cidr_block);
    if (!cidr) return no_block("cidrBlock", *request.cidr_block);
    entry.cidr = to_string(*cidr);
  } else {
    const auto cidr = canonical_cidr6(*request.ipv6_cidr_block);
    if (!cidr) return no_block("ipv6CidrBlock", *request.ipv6_cidr_block);
    entry.cidr = *cidr;
  }
  if (entry.protocol == "6" || entry.protocol == "17") {
    if (!request.port_range || !request.port_range->from || !request.port_range->to) return fail("MissingParameter", "The request must contain the parameter portRange with from and to for protocols 6 and 17");
    entry.from_port = *request.port_range->from;
    entry.to_port = *request.port_range->to;
    if (entry.from_port == -1 && entry.to_port == -1) entry.from_port = 0, entry.to_port = 65535;
    if (entry.from_port < 0 || entry.to_port > 65535 || entry.from_port > entry.to_port) return fail("InvalidParameterValue", fmt::format("Invalid port range {}-{}; wanted 0 to 65535, from not above to", entry.from_port, entry.to_port));
  }
  if (is_icmp(entry)) {
    if (!request.icmp_type_code) return fail("MissingParameter", fmt::format("The request must contain the parameter icmpTypeCode for protocol {}", entry.protocol));
    entry.icmp_type = request.icmp_type_code->type.value_or(-1);
    entry.icmp_code = request.icmp_type_code->code.value_or(-1);
  }
  return entry;
}

bool same_place(const NetworkAclEntry& a, const NetworkAclEntry& b) { return a.number == b.number && a.is_egress == b.is_egress; }

void put_sorted(Transaction& tx, NetworkAcl acl) {
  std::ranges::sort(acl.entries, {}, [](const NetworkAclEntry& e) { return std::pair(!e.is_egress, e.number); });
  store::put(tx, acl);
}

Error no_entry(const NetworkAcl& acl, int number, bool is_egress) {
  return {.code = "InvalidNetworkAclEntry.NotFound", .what = fmt::format("The {} network acl entry with rule number {} does not exist in network ACL {}", is_egress ? "egress" : "ingress", number, acl.id)};
}

Result<shapes::CreateNetworkAclEntryOutput> create_entry(const Deps& deps, const CallContext& context, const shapes::CreateNetworkAclEntryRequest& request) {
  const NetworkAclEntry entry = TRY(read_entry(request));
  return transact<shapes::CreateNetworkAclEntryOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateNetworkAclEntryOutput> {
    auto acl = store::find<NetworkAcl>(tx, key_of(context, text(request.network_acl_id)));
    if (!acl) return fail(no_acl(text(request.network_acl_id)));
    if (std::ranges::any_of(acl->entries, [&](const auto& e) { return same_place(e, entry); })) return fail("NetworkAclEntryAlreadyExists", fmt::format("The network acl entry identified by {} already exists.", entry.number));
    if (static_cast<size_t>(std::ranges::count(acl->entries, entry.is_egress, &NetworkAclEntry::is_egress)) >= kMaxEntries) return fail("NetworkAclEntryLimitExceeded", fmt::format("The maximum number of network acl entries, {}, has been reached.", kMaxEntries));
    acl->entries.push_back(entry);
    put_sorted(tx, *acl);
    return shapes::CreateNetworkAclEntryOutput{};
  });
}

Result<shapes::ReplaceNetworkAclEntryOutput> replace_entry(const Deps& deps, const CallContext& context, const shapes::ReplaceNetworkAclEntryRequest& request) {
  const NetworkAclEntry entry = TRY(read_entry(request));
  return transact<shapes::ReplaceNetworkAclEntryOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::ReplaceNetworkAclEntryOutput> {
    auto acl = store::find<NetworkAcl>(tx, key_of(context, text(request.network_acl_id)));
    if (!acl) return fail(no_acl(text(request.network_acl_id)));
    const auto old = std::ranges::find_if(acl->entries, [&](const auto& e) { return same_place(e, entry); });
    if (old == acl->entries.end()) return fail(no_entry(*acl, entry.number, entry.is_egress));
    *old = entry;
    put_sorted(tx, *acl);
    return shapes::ReplaceNetworkAclEntryOutput{};
  });
}

Result<shapes::DeleteNetworkAclEntryOutput> delete_entry(const Deps& deps, const CallContext& context, const shapes::DeleteNetworkAclEntryRequest& request) {
  return transact<shapes::DeleteNetworkAclEntryOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteNetworkAclEntryOutput> {
    auto acl = store::find<NetworkAcl>(tx, key_of(context, text(request.network_acl_id)));
    if (!acl) return fail(no_acl(text(request.network_acl_id)));
    const int number = request.rule_number.value_or(0);
    const bool is_egress = request.egress.value_or(false);
    if (std::erase_if(acl->entries, [&](const auto& e) { return e.number == number && e.is_egress == is_egress; }) == 0) return fail(no_entry(*acl, number, is_egress));
    store::put(tx, *acl);
    return shapes::DeleteNetworkAclEntryOutput{};
  });
}

Result<shapes::ReplaceNetworkAclAssociationResult> replace_association(const Deps& deps, const CallContext& context, const shapes::ReplaceNetworkAclAssociationRequest& request) {
  return transact<shapes::ReplaceNetworkAclAssociationResult>(deps.store, [&](Transaction& tx) -> Result<shapes::ReplaceNetworkAclAssociationResult> {
    for (model::Subnet subnet : store::all<model::Subnet>(tx, scope(context))) {
      if (subnet.network_acl_association_id != text(request.association_id)) continue;
      const auto acl = store::find<NetworkAcl>(tx, key_of(context, text(request.network_acl_id)));
      if (!acl) return fail(no_acl(text(request.network_acl_id)));
      if (acl->vpc_id != subnet.vpc_id) return fail("InvalidParameterValue", fmt::format("Network ACL {} and subnet {} belong to different networks", acl->id, subnet.id));
      subnet.network_acl_id = acl->id;
      subnet.network_acl_association_id = deps.ids.ec2("aclassoc");
      store::put(tx, subnet);
      return shapes::ReplaceNetworkAclAssociationResult{.new_association_id = subnet.network_acl_association_id};
    }
    return fail(not_found("InvalidAssociationID.NotFound", "association", text(request.association_id)));
  });
}

Result<shapes::DescribeNetworkAclsResult> describe(const Deps& deps, const CallContext& context, const shapes::DescribeNetworkAclsRequest& request) {
  static const std::vector<std::string_view> known{"network-acl-id", "vpc-id", "default", "association.subnet-id", "association.network-acl-id", "association.association-id", "owner-id",
                                                   "entry.cidr", "entry.egress", "entry.protocol", "entry.rule-action", "entry.rule-number", "entry.port-range.from", "entry.port-range.to", "entry.icmp.code", "entry.icmp.type", "entry.ipv6-cidr"};
  const auto subnets = store::all<model::Subnet>(deps.store, scope(context));
  auto chosen = TRY(select<NetworkAcl>(deps, context, request.network_acl_ids, request.filters, known, "InvalidNetworkAclID.NotFound", "networkAcl", [&](const NetworkAcl& acl) {
    Facts facts{{"network-acl-id", acl.id}, {"vpc-id", acl.vpc_id}, {"default", flag(acl.is_default)}, {"association.network-acl-id", acl.id}, {"owner-id", acl.account}};
    for (const auto& subnet : subnets) {
      if (serves(acl, subnet)) facts.insert({{"association.subnet-id", subnet.id}, {"association.association-id", subnet.network_acl_association_id}});
    }
    for (const auto& e : acl.entries) {
      facts.insert({{is_cidr6(e.cidr) ? "entry.ipv6-cidr" : "entry.cidr", e.cidr}, {"entry.egress", flag(e.is_egress)}, {"entry.protocol", e.protocol}, {"entry.rule-action", e.is_allow ? "allow" : "deny"}, {"entry.rule-number", std::to_string(e.number)},
                    {"entry.port-range.from", std::to_string(e.from_port)}, {"entry.port-range.to", std::to_string(e.to_port)}});
    }
    return facts;
  }));
  auto answer = TRY(page(std::move(chosen), request.max_results, request.next_token));
  shapes::DescribeNetworkAclsResult result{.network_acls = std::vector<shapes::NetworkAcl>{}, .next_token = token_of(answer.next)};
  for (const auto& acl : answer.items) result.network_acls->push_back(render(acl, subnets));
  return result;
}

}  // namespace

void register_network_acl(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  const std::vector<std::string> entry{"NetworkAclId", "RuleNumber", "Egress", "Protocol", "RuleAction", "CidrBlock", "Ipv6CidrBlock", "PortRange.*", "IcmpTypeCode.*"};
  registry.add<shapes::CreateNetworkAclRequest, shapes::CreateNetworkAclResult>("ec2", "CreateNetworkAcl", {"VpcId", "TagSpecifications.*", "ClientToken"}, bind(create));
  registry.add<shapes::DeleteNetworkAclRequest, shapes::DeleteNetworkAclOutput>("ec2", "DeleteNetworkAcl", {"NetworkAclId"}, bind(remove));
  registry.add<shapes::CreateNetworkAclEntryRequest, shapes::CreateNetworkAclEntryOutput>("ec2", "CreateNetworkAclEntry", entry, bind(create_entry));
  registry.add<shapes::ReplaceNetworkAclEntryRequest, shapes::ReplaceNetworkAclEntryOutput>("ec2", "ReplaceNetworkAclEntry", entry, bind(replace_entry));
  registry.add<shapes::DeleteNetworkAclEntryRequest, shapes::DeleteNetworkAclEntryOutput>("ec2", "DeleteNetworkAclEntry", {"NetworkAclId", "RuleNumber", "Egress"}, bind(delete_entry));
  registry.add<shapes::ReplaceNetworkAclAssociationRequest, shapes::ReplaceNetworkAclAssociationResult>("ec2", "ReplaceNetworkAclAssociation", {"AssociationId", "NetworkAclId"}, bind(replace_association));
  registry.add<shapes::DescribeNetworkAclsRequest, shapes::DescribeNetworkAclsResult>("ec2", "DescribeNetworkAcls", {"NetworkAclIds.*", "Filters.*", "MaxResults", "NextToken"}, bind(describe));
}

}  // namespace landfall::services::ec2
