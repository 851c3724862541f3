#include "terraform/aws/permissions.h"

#include <map>
#include <tuple>

#include "base/text.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace ec2 = aws::ec2;

template <class Request, class Answer>
Result<void> send(const Cloud& cloud, const char* operation, const std::string& group, const Permissions& permissions) {
  if (permissions.empty()) return {};
  Request request;
  request.group_id = group;
  request.ip_permissions.emplace();
  for (const Permission& permission : permissions) request.ip_permissions->push_back(to_api(permission));
  TRY(cloud.call<Answer>("ec2", operation, request));
  return {};
}

}  // namespace

std::string canonical_protocol(const std::string& protocol) {
  const std::string word = lower(protocol);
  if (word == "all" || word.empty()) return "-1";
  static const std::map<std::string, std::string> names{{"6", "tcp"}, {"17", "udp"}, {"1", "icmp"}, {"58", "icmpv6"}};
  const auto found = names.find(word);
  return found == names.end() ? word : found->second;
}

Permissions permissions_of(const Record& record, const char* attribute, const std::string& own_group) {
  Permissions all;
  for (const Record& rule : record.blocks(attribute)) {
    Permission base{.protocol = canonical_protocol(rule.text("protocol")), .from = rule.number("from_port"), .to = rule.number("to_port"), .description = rule.text("description")};
    if (base.protocol == "-1") base.from = base.to = 0;
    const auto add = [&](std::string Permission::*member, const std::string& source) {
      Permission one = base;
      one.*member = source;
      all.insert(std::move(one));
    };
    for (const std::string& cidr : rule.texts("cidr_blocks")) add(&Permission::cidr, cidr);
    for (const std::string& cidr : rule.texts("ipv6_cidr_blocks")) add(&Permission::cidr_ipv6, lower(cidr));
    for (const std::string& group : rule.texts("security_groups")) add(&Permission::group, group);
    for (const std::string& list : rule.texts("prefix_list_ids")) add(&Permission::prefix_list, list);
    if (rule.flag("self")) add(&Permission::group, own_group);
  }
  return all;
}

Permissions permissions_of(const std::optional<std::vector<ec2::IpPermission>>& read) {
  Permissions all;
  for (const ec2::IpPermission& permission : read.value_or(std::vector<ec2::IpPermission>{})) {
    Permission base{.protocol = canonical_protocol(permission.ip_protocol.value_or("-1")), .from = permission.from_port.value_or(0), .to = permission.to_port.value_or(0)};
    if (base.protocol == "-1") base.from = base.to = 0;
    const auto add = [&](std::string Permission::*member, const std::optional<std::string>& source, const std::optional<std::string>& description) {
      Permission one = base;
      one.*member = source.value_or("");
      one.description = description.value_or("");
      all.insert(std::move(one));
    };
    for (const auto& range : permission.ip_ranges.value_or(std::vector<ec2::IpRange>{})) add(&Permission::cidr, range.cidr_ip, range.description);
    for (const auto& range : permission.ipv6_ranges.value_or(std::vector<ec2::Ipv6Range>{})) add(&Permission::cidr_ipv6, range.cidr_ipv6, range.description);
    for (const auto& pair : permission.user_id_group_pairs.value_or(std::vector<ec2::UserIdGroupPair>{})) add(&Permission::group, pair.group_id, pair.description);
    for (const auto& list : permission.prefix_list_ids.value_or(std::vector<ec2::PrefixListId>{})) add(&Permission::prefix_list, list.prefix_list_id, list.description);
  }
  return all;
}

std::vector<Record> to_records(const Permissions& permissions, const std::string& own_group) {
  struct Sources {
    std::vector<std::string> cidrs, cidrs_ipv6, groups, prefix_lists;
    bool has_self = false;
  };
  std::map<std::tuple<std::string, int64_t, int64_t, std::string>, Sources> together;
  for (const Permission& p : permissions) {
    Sources& sources = together[{p.protocol, p.from, p.to, p.description}];
    if (!p.cidr.empty()) sources.cidrs.push_back(p.cidr);
    if (!p.cidr_ipv6.empty()) sources.cidrs_ipv6.push_back(p.cidr_ipv6);
    if (!p.prefix_list.empty()) sources.prefix_lists.push_back(p.prefix_list);
    if (p.group == own_group) sources.has_self = true;
    else if (!p.group.empty()) sources.groups.push_back(p.group);
  }
  std::vector<Record> records;
  for (const auto& [key, sources] : together) {
    Record& record = records.emplace_back();
    record.set("protocol", std::get<0>(key));
    record.set("from_port", std::get<1>(key));
    record.set("to_port", std::get<2>(key));
    record.set("description", std::get<3>(key));
    record.set("cidr_blocks", sources.cidrs);
    record.set("ipv6_cidr_blocks", sources.cidrs_ipv6);
    record.set("security_groups", sources.groups);
    record.set("prefix_list_ids", sources.prefix_lists);
    record.set("self", sources.has_self);
  }
  return records;
}

ec2::IpPermission to_api(const Permission& permission) {
  ec2::IpPermission api;
  api.ip_protocol = permission.protocol;
  if (permission.protocol != "-1") {
    api.from_port = static_cast<int32_t>(permission.from);
    api.to_port = static_cast<int32_t>(permission.to);
  }
  const std::optional<std::string> description = permission.description.empty() ? std::nullopt : std::optional(permission.description);
  if (!permission.cidr.empty()) {
    auto& range = api.ip_ranges.emplace().emplace_back();
    range.cidr_ip = permission.cidr;
    range.description = description;
  } else if (!permission.cidr_ipv6.empty()) {
    auto& range = api.ipv6_ranges.emplace().emplace_back();
    range.cidr_ipv6 = permission.cidr_ipv6;
    range.description = description;
  } else if (!permission.prefix_list.empty()) {
    auto& list = api.prefix_list_ids.emplace().emplace_back();
    list.prefix_list_id = permission.prefix_list;
    list.description = description;
  } else {
    auto& pair = api.user_id_group_pairs.emplace().emplace_back();
    pair.group_id = permission.group;
    pair.description = description;
  }
  return api;
}

Result<void> authorize(const Cloud& cloud, const std::string& group, bool is_egress, const Permissions& permissions) {
  if (is_egress) return send<ec2::AuthorizeSecurityGroupEgressRequest, ec2::AuthorizeSecurityGroupEgressResult>(cloud, "AuthorizeSecurityGroupEgress", group, permissions);
  return send<ec2::AuthorizeSecurityGroupIngressRequest, ec2::AuthorizeSecurityGroupIngressResult>(cloud, "AuthorizeSecurityGroupIngress", group, permissions);
}

Result<void> describe(const Cloud& cloud, const std::string& group, bool is_egress, const Permissions& permissions) {
  if (is_egress) return send<ec2::UpdateSecurityGroupRuleDescriptionsEgressRequest, ec2::UpdateSecurityGroupRuleDescriptionsEgressResult>(cloud, "UpdateSecurityGroupRuleDescriptionsEgress", group, permissions);
  return send<ec2::UpdateSecurityGroupRuleDescriptionsIngressRequest, ec2::UpdateSecurityGroupRuleDescriptionsIngressResult>(cloud, "UpdateSecurityGroupRuleDescriptionsIngress", group, permissions);
}

Result<void> revoke(const Cloud& cloud, const std::string& group, bool is_egress, const Permissions& permissions) {
  const auto done = is_egress ? send<ec2::RevokeSecurityGroupEgressRequest, ec2::RevokeSecurityGroupEgressResult>(cloud, "RevokeSecurityGroupEgress", group, permissions)
                              : send<ec2::RevokeSecurityGroupIngressRequest, ec2::RevokeSecurityGroupIngressResult>(cloud, "RevokeSecurityGroupIngress", group, permissions);
  return ignore_gone(done);
}

Result<std::optional<ec2::SecurityGroup>> find_security_group(const Cloud& cloud, const std::string& id) {
  ec2::DescribeSecurityGroupsRequest request;
  request.group_ids = std::vector<std::string>{id};
  auto found = TRY(look_up<ec2::DescribeSecurityGroupsResult>(cloud, "ec2", "DescribeSecurityGroups", request));
  if (!found || !found->security_groups || found->security_groups->empty()) return std::optional<ec2::SecurityGroup>();
  return std::optional<ec2::SecurityGroup>(std::move(found->security_groups->front()));
}

}  // namespace landfall::terraform::aws_types
