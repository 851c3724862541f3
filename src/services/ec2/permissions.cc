#include "services/ec2/permissions.h"

#include <charconv>

#include <fmt/format.h>

#include "base/cidr6.h"
#include "base/ip.h"
#include "base/text.h"
#include "services/ec2/support.h"

namespace landfall::services::ec2 {
namespace {

using model::SecurityGroupRule;

/// Names and numbers of protocols, as EC2 stores them.
Result<std::string> protocol_of(const std::string& given) {
  const std::string name = lower(given);
  if (name == "-1" || name == "all") return std::string("-1");
  if (name == "tcp" || name == "6") return std::string("tcp");
  if (name == "udp" || name == "17") return std::string("udp");
  if (name == "icmp" || name == "1") return std::string("icmp");
  if (name == "icmpv6" || name == "58") return std::string("icmpv6");
  int number = -1;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error == std::errc() && end == name.data() + name.size() && number >= 0 && number <= 255) return std::to_string(number);
  return fail("InvalidParameterValue", fmt::format("Invalid value '{}' for IP protocol. Unknown protocol.", given));
}

Result<void> set_ports(const shapes::IpPermission& permission, SecurityGroupRule& rule) {
  const bool has_ports = rule.protocol == "tcp" || rule.protocol == "udp" || rule.protocol.starts_with("icmp");
  if (!has_ports) return {};  // ports of other protocols are not kept
  if (!permission.from_port || !permission.to_port) return fail("MissingParameter", "The request must contain the parameters fromPort and toPort");
  rule.from_port = *permission.from_port;
  rule.to_port = *permission.to_port;
  if (rule.protocol.starts_with("icmp")) return {};
  if (rule.from_port < 0 || rule.from_port > 65535) return fail("InvalidParameterValue", fmt::format("TCP/UDP (from) port ({}) out of range", rule.from_port));
  if (rule.to_port < 0 || rule.to_port > 65535) return fail("InvalidParameterValue", fmt::format("TCP/UDP (to) port ({}) out of range", rule.to_port));
  if (rule.from_port > rule.to_port) return fail("InvalidParameterValue", fmt::format("Invalid TCP/UDP port range: from {} to {}", rule.from_port, rule.to_port));
  return {};
}

}  // namespace

Result<std::vector<SecurityGroupRule>> rules_of(const std::vector<shapes::IpPermission>& permissions, bool is_egress, IdSource& ids) {
  std::vector<SecurityGroupRule> rules;
  for (const auto& permission : permissions) {
    auto its_protocol = TRY(protocol_of(text(permission.ip_protocol)));
    SecurityGroupRule shape{.is_egress = is_egress, .protocol = std::move(its_protocol)};
    TRY(set_ports(permission, shape));
    const size_t before = rules.size();
    const auto add = [&](const std::optional<std::string>& description) -> SecurityGroupRule& {
      SecurityGroupRule& rule = rules.emplace_back(shape);
      rule.id = ids.ec2("sgr");
      rule.description = text(description);
      return rule;
    };
    for (const auto& range : permission.ip_ranges.value_or(std::vector<shapes::IpRange>{})) {
      const auto cidr = parse_cidr(text(range.cidr_ip));
      if (!cidr) return fail("InvalidParameterValue", fmt::format("CIDR block {} is malformed", text(range.cidr_ip)));
      add(range.description).cidr = to_string(*cidr);
    }
    for (const auto& range : permission.ipv6_ranges.value_or(std::vector<shapes::Ipv6Range>{})) {
      auto cidr = canonical_cidr6(text(range.cidr_ipv6));
      if (!cidr) return fail("InvalidParameterValue", fmt::format("CIDR block {} is malformed", text(range.cidr_ipv6)));
      add(range.description).cidr_ipv6 = std::move(*cidr);
    }
    for (const auto& pair : permission.user_id_group_pairs.value_or(std::vector<shapes::UserIdGroupPair>{})) {
      SecurityGroupRule& rule = add(pair.description);
      rule.group_id = pair.group_id ? *pair.group_id : text(pair.group_name);
      rule.group_account = text(pair.user_id);
    }
    for (const auto& list : permission.prefix_list_ids.value_or(std::vector<shapes::PrefixListId>{})) add(list.description).prefix_list_id = text(list.prefix_list_id);
    if (rules.size() == before) return fail("MissingParameter", "The request must contain a peer: IpRanges, Ipv6Ranges, PrefixListIds or UserIdGroupPairs");
  }
  return rules;
}

bool same_rule(const SecurityGroupRule& a, const SecurityGroupRule& b) {
  return a.is_egress == b.is_egress && a.protocol == b.protocol && a.from_port == b.from_port && a.to_port == b.to_port && a.cidr == b.cidr && a.cidr_ipv6 == b.cidr_ipv6 && a.group_id == b.group_id && a.prefix_list_id == b.prefix_list_id;
}

std::string describe_rule(const SecurityGroupRule& rule) {
  const std::string peer = !rule.cidr.empty() ? rule.cidr : !rule.cidr_ipv6.empty() ? rule.cidr_ipv6 : !rule.prefix_list_id.empty() ? rule.prefix_list_id : rule.group_id;
  if (rule.protocol == "-1") return fmt::format("peer: {}, ALL, ALLOW", peer);
  if (rule.protocol == "tcp" || rule.protocol == "udp") return fmt::format("peer: {}, {}, from port: {}, to port: {}, ALLOW", peer, upper(rule.protocol), rule.from_port, rule.to_port);
  if (rule.protocol == "icmp") return fmt::format("peer: {}, ICMP, type: {}, code: {}, ALLOW", peer, rule.from_port, rule.to_port);
  return fmt::format("peer: {}, protocol: {}, ALLOW", peer, rule.protocol);
}

shapes::UserIdGroupPair render_pair(const model::SecurityGroup& group, const SecurityGroupRule& rule) {
  shapes::UserIdGroupPair pair{.group_id = rule.group_id, .user_id = rule.group_account.empty() ? group.account : rule.group_account};
  if (!rule.description.empty()) pair.description = rule.description;
  if (!rule.group_vpc_id.empty()) pair.vpc_id = rule.group_vpc_id;
  return pair;
}

std::vector<shapes::IpPermission> permissions_of(const model::SecurityGroup& group, bool is_egress) {
  std::vector<shapes::IpPermission> permissions;
  for (const auto& rule : group.rules) {
    if (rule.is_egress != is_egress) continue;
    const bool has_ports = rule.protocol == "tcp" || rule.protocol == "udp" || rule.protocol.starts_with("icmp");
    const std::optional<int32_t> from = has_ports ? std::optional(rule.from_port) : std::nullopt, to = has_ports ? std::optional(rule.to_port) : std::nullopt;
    auto found = std::ranges::find_if(permissions, [&](const auto& p) { return p.ip_protocol == rule.protocol && p.from_port == from && p.to_port == to; });
    if (found == permissions.end()) {
      found = permissions.insert(permissions.end(), {.from_port = from, .ip_protocol = rule.protocol, .ip_ranges = std::vector<shapes::IpRange>{}, .ipv6_ranges = std::vector<shapes::Ipv6Range>{},
                                                     .prefix_list_ids = std::vector<shapes::PrefixListId>{}, .to_port = to, .user_id_group_pairs = std::vector<shapes::UserIdGroupPair>{}});
    }
    const std::optional<std::string> description = rule.description.empty() ? std::nullopt : std::optional(rule.description);
    if (!rule.cidr.empty()) found->ip_ranges->push_back({.cidr_ip = rule.cidr, .description = description});
    if (!rule.cidr_ipv6.empty()) found->ipv6_ranges->push_back({.cidr_ipv6 = rule.cidr_ipv6, .description = description});
    if (!rule.prefix_list_id.empty()) found->prefix_list_ids->push_back({.description = description, .prefix_list_id = rule.prefix_list_id});
    if (!rule.group_id.empty()) found->user_id_group_pairs->push_back(render_pair(group, rule));
  }
  return permissions;
}

shapes::SecurityGroupRule render_rule(const model::SecurityGroup& group, const SecurityGroupRule& rule) {
  shapes::SecurityGroupRule out{.from_port = rule.from_port, .group_id = group.id, .group_owner_id = group.account, .ip_protocol = rule.protocol, .is_egress = rule.is_egress,
                                .security_group_rule_arn = fmt::format("arn:aws:ec2:{}:{}:security-group-rule/{}", group.region, group.account, rule.id),
                                .security_group_rule_id = rule.id, .tags = tag_list(rule.tags), .to_port = rule.to_port};
  if (!rule.cidr.empty()) out.cidr_ipv4 = rule.cidr;
  if (!rule.cidr_ipv6.empty()) out.cidr_ipv6 = rule.cidr_ipv6;
  if (!rule.prefix_list_id.empty()) out.prefix_list_id = rule.prefix_list_id;
  if (!rule.group_id.empty()) {
    out.referenced_group_info = shapes::ReferencedSecurityGroup{.group_id = rule.group_id, .user_id = rule.group_account.empty() ? group.account : rule.group_account};
    if (!rule.group_vpc_id.empty()) out.referenced_group_info->vpc_id = rule.group_vpc_id;
  }
  if (!rule.description.empty()) out.description = rule.description;
  return out;
}

}  // namespace landfall::services::ec2
