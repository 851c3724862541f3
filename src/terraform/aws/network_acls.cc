#include "terraform/aws/network_acls.h"

#include <algorithm>
#include <map>

#include "base/cidr6.h"
#include "base/ip.h"
#include "base/text.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace ec2 = aws::ec2;

constexpr int kLastNumber = 32767;

bool has_ports(const std::string& protocol) { return protocol == "6" || protocol == "17"; }
bool has_icmp_types(const std::string& protocol) { return protocol == "1" || protocol == "58"; }

template <class Request>
Request entry_request(const std::string& acl, const AclEntry& entry) {
  Request request;
  request.network_acl_id = acl;
  request.rule_number = static_cast<int32_t>(entry.number);
  request.egress = entry.is_egress;
  request.rule_action = entry.action;
  request.protocol = entry.protocol;
  (entry.cidr_ipv6.empty() ? request.cidr_block : request.ipv6_cidr_block) = entry.cidr_ipv6.empty() ? entry.cidr : entry.cidr_ipv6;
  if (has_ports(entry.protocol)) {
    auto& range = request.port_range.emplace();
    range.from = static_cast<int32_t>(entry.from_port);
    range.to = static_cast<int32_t>(entry.to_port);
  }
  if (has_icmp_types(entry.protocol)) {
    auto& icmp = request.icmp_type_code.emplace();
    icmp.type = static_cast<int32_t>(entry.icmp_type);
    icmp.code = static_cast<int32_t>(entry.icmp_code);
  }
  return request;
}

const AclEntry* at_place_of(const AclEntries& entries, const AclEntry& entry) {
  const auto found = std::ranges::find_if(entries, [&](const AclEntry& e) { return e.number == entry.number && e.is_egress == entry.is_egress; });
  return found == entries.end() ? nullptr : &*found;
}

Result<std::vector<ec2::NetworkAcl>> find_by(const Cloud& cloud, std::vector<ec2::Filter> filters) {
  ec2::DescribeNetworkAclsRequest request;
  request.filters = std::move(filters);
  return TRY(cloud.call<ec2::DescribeNetworkAclsResult>("ec2", "DescribeNetworkAcls", request)).network_acls.value_or(std::vector<ec2::NetworkAcl>{});
}

}  // namespace

std::string protocol_number(const std::string& protocol) {
  static const std::map<std::string, std::string> names{{"all", "-1"}, {"icmp", "1"}, {"tcp", "6"}, {"udp", "17"}, {"gre", "47"}, {"esp", "50"}, {"ah", "51"}, {"ipv6-icmp", "58"}, {"icmpv6", "58"}};
  const std::string word = lower(protocol);
  const auto found = names.find(word);
  return found == names.end() ? word : found->second;
}

bool is_same_acl_protocol(const Value& there, const Value& wanted) {
  return there.has_value() && wanted.has_value() && protocol_number(there.as_string()) == protocol_number(wanted.as_string());
}

AclEntry acl_entry_of(const Record& rule, int64_t number, bool is_egress) {
  const std::string written = rule.text("cidr_block");
  const auto cidr = parse_cidr(written);
  AclEntry entry;
  entry.number = number;
  entry.is_egress = is_egress;
  entry.action = lower(rule.text(rule.has("rule_action") ? "rule_action" : "action"));
  entry.protocol = protocol_number(rule.text("protocol"));
  entry.cidr = cidr ? to_string(*cidr) : written;
  const std::string written_ipv6 = rule.text("ipv6_cidr_block");
  if (!written_ipv6.empty()) entry.cidr_ipv6 = canonical_cidr6(written_ipv6).value_or(written_ipv6);
  if (has_ports(entry.protocol)) {
    entry.from_port = rule.number("from_port");
    entry.to_port = rule.number("to_port");
  } else if (has_icmp_types(entry.protocol)) {
    entry.icmp_type = rule.number("icmp_type");
    entry.icmp_code = rule.number("icmp_code");
  }
  return entry;
}

AclEntries acl_entries_of(const ec2::NetworkAcl& acl) {
  AclEntries all;
  for (const ec2::NetworkAclEntry& read : acl.entries.value_or(std::vector<ec2::NetworkAclEntry>{})) {
    AclEntry entry;
    entry.number = read.rule_number.value_or(0);
    if (entry.number == kLastNumber) continue;
    entry.is_egress = read.egress.value_or(false);
    entry.action = read.rule_action.value_or("");
    entry.protocol = read.protocol.value_or("");
    entry.cidr = read.cidr_block.value_or("");
    entry.cidr_ipv6 = read.ipv6_cidr_block.value_or("");
    if (read.port_range && has_ports(entry.protocol)) {
      entry.from_port = read.port_range->from.value_or(0);
      entry.to_port = read.port_range->to.value_or(0);
    }
    if (read.icmp_type_code) {
      entry.icmp_type = read.icmp_type_code->type.value_or(0);
      entry.icmp_code = read.icmp_type_code->code.value_or(0);
    }
    all.insert(std::move(entry));
  }
  return all;
}

Result<void> create_acl_entry(const Cloud& cloud, const std::string& acl, const AclEntry& entry) {
  TRY(cloud.call<ec2::CreateNetworkAclEntryOutput>("ec2", "CreateNetworkAclEntry", entry_request<ec2::CreateNetworkAclEntryRequest>(acl, entry)));
  return {};
}

Result<void> delete_acl_entry(const Cloud& cloud, const std::string& acl, int64_t number, bool is_egress) {
  ec2::DeleteNetworkAclEntryRequest request;
  request.network_acl_id = acl;
  request.rule_number = static_cast<int32_t>(number);
  request.egress = is_egress;
  return ignore_gone(cloud.call<ec2::DeleteNetworkAclEntryOutput>("ec2", "DeleteNetworkAclEntry", request));
}

Result<void> change_acl_entries(const Cloud& cloud, const std::string& acl, const AclEntries& before, const AclEntries& after) {
  for (const AclEntry& entry : before) {
    if (at_place_of(after, entry) == nullptr) TRY(delete_acl_entry(cloud, acl, entry.number, entry.is_egress));
  }
  for (const AclEntry& entry : after) {
    const AclEntry* old = at_place_of(before, entry);
    if (old == nullptr) TRY(create_acl_entry(cloud, acl, entry));
    else if (*old != entry) TRY(cloud.call<ec2::ReplaceNetworkAclEntryOutput>("ec2", "ReplaceNetworkAclEntry", entry_request<ec2::ReplaceNetworkAclEntryRequest>(acl, entry)));
  }
  return {};
}

Result<std::optional<ec2::NetworkAcl>> find_network_acl(const Cloud& cloud, const std::string& id) {
  ec2::DescribeNetworkAclsRequest request;
  request.network_acl_ids = std::vector<std::string>{id};
  auto found = TRY(look_up<ec2::DescribeNetworkAclsResult>(cloud, "ec2", "DescribeNetworkAcls", request));
  if (!found || !found->network_acls || found->network_acls->empty()) return std::optional<ec2::NetworkAcl>();
  return std::optional<ec2::NetworkAcl>(std::move(found->network_acls->front()));
}

Result<std::string> default_network_acl(const Cloud& cloud, const std::string& vpc) {
  const auto found = TRY(find_by(cloud, {filter("vpc-id", vpc), filter("default", "true")}));
  if (found.empty()) return fail("InvalidNetworkAclID.NotFound", "the VPC " + vpc + " has no default network ACL");
  return found.front().network_acl_id.value_or("");
}

Result<std::string> associate_network_acl(const Cloud& cloud, const std::string& acl, const std::string& subnet) {
  for (const ec2::NetworkAcl& holder : TRY(find_by(cloud, {filter("association.subnet-id", subnet)}))) {
    for (const auto& association : holder.associations.value_or(std::vector<ec2::NetworkAclAssociation>{})) {
      if (association.subnet_id != subnet) continue;
      if (holder.network_acl_id == acl) return association.network_acl_association_id.value_or("");
      ec2::ReplaceNetworkAclAssociationRequest request;
      request.association_id = association.network_acl_association_id;
      request.network_acl_id = acl;
      const auto made = TRY(cloud.call<ec2::ReplaceNetworkAclAssociationResult>("ec2", "ReplaceNetworkAclAssociation", request));
      return made.new_association_id.value_or("");
    }
  }
  return std::string();
}

}  // namespace landfall::terraform::aws_types
