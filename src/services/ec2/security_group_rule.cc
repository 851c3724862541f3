#include <algorithm>

#include <fmt/format.h>

#include "model/addressing.h"
#include "services/ec2/permissions.h"
#include "services/ec2/support.h"

namespace landfall::services::ec2 {
namespace {

using model::SecurityGroup;
using model::SecurityGroupRule;

Error no_rule(const std::string& id) { return not_found("InvalidSecurityGroupRuleId.NotFound", "security group rule", id); }

constexpr size_t kMaxRules = 60;  // per direction: VPC user guide, quotas

Result<SecurityGroup> group_of(const Transaction& tx, const CallContext& context, const std::optional<std::string>& id) {
  if (!id) return fail("MissingParameter", "The request must contain the parameter GroupName or GroupId");
  auto group = store::find<SecurityGroup>(tx, key_of(context, *id));
  if (!group) return fail(not_found("InvalidGroup.NotFound", "", *id));
  return std::move(*group);
}

/// By id, or where the call has one by name in the default VPC.
template <class Request>
Result<SecurityGroup> target_of(const Transaction& tx, const CallContext& context, const Request& request) {
  if constexpr (requires { request.group_name; }) {
    if (!request.group_id && request.group_name) return group_named(tx, context, *request.group_name);
  }
  return group_of(tx, context, request.group_id);
}

/// A group of the same VPC, by id or name, or of one that is peered with it.
Result<void> resolve_group(const Transaction& tx, const CallContext& context, const SecurityGroup& group, SecurityGroupRule& rule) {
  const std::string account = rule.group_account.empty() ? context.account : rule.group_account;
  for (const SecurityGroup& peer : store::all<SecurityGroup>(tx, account + "/" + context.region + "/")) {
    const bool is_here = peer.account == group.account && peer.vpc_id == group.vpc_id;
    if (peer.id != rule.group_id && !(is_here && peer.name == rule.group_id)) continue;
    rule.group_id = peer.id;
    rule.group_account = is_here ? "" : peer.account;
    rule.group_vpc_id = is_here ? "" : peer.vpc_id;
    const bool is_peered = std::ranges::any_of(store::all<model::PeeringConnection>(tx), [&](const auto& connection) {
      const model::PeeringSide* side = peer_of(connection, group.vpc_id);
      return side != nullptr && side->vpc_id == peer.vpc_id;
    });
    if (is_here || is_peered) return {};
    return fail("InvalidGroup.NotFound", fmt::format("You have specified two resources that belong to different networks: {} and {}.", group.id, peer.id));
  }
  return fail(no_group(rule.group_id));
}

/// Groups and prefix lists that rules name are there.
Result<void> resolve_peers(const Deps& deps, const Transaction& tx, const CallContext& context, const SecurityGroup& group, std::vector<SecurityGroupRule>& rules) {
  for (SecurityGroupRule& rule : rules) {
    if (!rule.prefix_list_id.empty()) TRY(any_prefix_list(deps, tx, context, rule.prefix_list_id));
    if (!rule.group_id.empty()) TRY(resolve_group(tx, context, group, rule));
  }
  return {};
}

/// IpPermissions, or the older flat arguments (CidrIp, IpProtocol, FromPort, ToPort).
template <class Request>
Result<std::vector<SecurityGroupRule>> requested(const Request& request, bool is_egress, IdSource& ids) {
  if (request.ip_permissions && !request.ip_permissions->empty()) return rules_of(*request.ip_permissions, is_egress, ids);
  if (!request.cidr_ip) return fail("MissingParameter", "The request must contain the parameter IpPermissions or CidrIp");
  shapes::IpPermission permission{.from_port = request.from_port, .ip_protocol = request.ip_protocol, .to_port = request.to_port};
  permission.ip_ranges = std::vector{shapes::IpRange{.cidr_ip = request.cidr_ip}};
  return rules_of({permission}, is_egress, ids);
}

/// A call names each rule once.
Result<void> check_distinct(const std::vector<SecurityGroupRule>& rules) {
  for (auto rule = rules.begin(); rule != rules.end(); ++rule) {
    if (std::any_of(rules.begin(), rule, [&](const auto& before) { return same_rule(before, *rule); })) return fail("InvalidParameterValue", "The same permission must not appear multiple times");
  }
  return {};
}

Result<void> add_rules(SecurityGroup& group, std::vector<SecurityGroupRule> rules, const model::Tags& tags) {
  for (SecurityGroupRule& rule : rules) {
    if (std::ranges::any_of(group.rules, [&](const auto& r) { return same_rule(r, rule); })) {
      return fail("InvalidPermission.Duplicate", fmt::format("the specified rule \"{}\" already exists", describe_rule(rule)));
    }
    rule.tags = tags;
    const bool is_egress = rule.is_egress;
    group.rules.push_back(std::move(rule));
    if (static_cast<size_t>(std::ranges::count(group.rules, is_egress, &SecurityGroupRule::is_egress)) > kMaxRules) {
      return fail("RulesPerSecurityGroupLimitExceeded", "The maximum number of rules per security group has been reached.");
    }
  }
  return {};
}

template <class Answer, class Request>
Result<Answer> authorize(const Deps& deps, const CallContext& context, const Request& request, bool is_egress) {
  const model::Tags tags = TRY(tags_for(request.tag_specifications, "security-group-rule"));
  return transact<Answer>(deps.store, [&](Transaction& tx) -> Result<Answer> {
    SecurityGroup group = TRY(target_of(tx, context, request));
    std::vector<SecurityGroupRule> rules = TRY(requested(request, is_egress, deps.ids));
    TRY(resolve_peers(deps, tx, context, group, rules));
    TRY(check_distinct(rules));
    TRY(add_rules(group, rules, tags));
    store::put(tx, group);
    Answer answer{.return_ = true, .security_group_rules = std::vector<shapes::SecurityGroupRule>{}};
    for (size_t i = group.rules.size() - rules.size(); i < group.rules.size(); ++i) answer.security_group_rules->push_back(render_rule(group, group.rules[i]));
    return answer;
  });
}

shapes::RevokedSecurityGroupRule revoked(const SecurityGroup& group, const SecurityGroupRule& rule) {
  const shapes::SecurityGroupRule told = render_rule(group, rule);
  return {.cidr_ipv4 = told.cidr_ipv4, .cidr_ipv6 = told.cidr_ipv6, .description = told.description, .from_port = told.from_port, .group_id = told.group_id, .ip_protocol = told.ip_protocol, .is_egress = told.is_egress,
          .prefix_list_id = told.prefix_list_id, .referenced_group_id = told.referenced_group_info ? told.referenced_group_info->group_id : std::nullopt, .security_group_rule_id = told.security_group_rule_id, .to_port = told.to_port};
}

template <class Answer, class Request>
Result<Answer> revoke(const Deps& deps, const CallContext& context, const Request& request, bool is_egress) {
  return transact<Answer>(deps.store, [&](Transaction& tx) -> Result<Answer> {
    SecurityGroup group = TRY(target_of(tx, context, request));
    std::vector<SecurityGroupRule> rules;
    if (!request.security_group_rule_ids) rules = TRY(requested(request, is_egress, deps.ids));
    TRY(resolve_peers(deps, tx, context, group, rules));
    Answer answer{.return_ = true, .revoked_security_group_rules = std::vector<shapes::RevokedSecurityGroupRule>{}};
    const auto take = [&](auto is_meant) {
      const auto found = std::ranges::find_if(group.rules, is_meant);
      if (found == group.rules.end()) return false;
      answer.revoked_security_group_rules->push_back(revoked(group, *found));
      group.rules.erase(found);
      return true;
    };
    for (const std::string& id : request.security_group_rule_ids.value_or(std::vector<std::string>{})) {
      if (!take([&](const auto& r) { return r.id == id && r.is_egress == is_egress; })) return fail(no_rule(id));
    }
    for (const SecurityGroupRule& rule : rules) {
      if (!take([&](const auto& r) { return same_rule(r, rule); })) return fail("InvalidPermission.NotFound", "The specified rule does not exist in this security group.");
    }
    store::put(tx, group);
    return answer;
  });
}

template <class Answer, class Request>
Result<Answer> update_descriptions(const Deps& deps, const CallContext& context, const Request& request, bool is_egress) {
  const auto by_id = request.security_group_rule_descriptions.value_or(std::vector<shapes::SecurityGroupRuleDescription>{});
  if (!request.ip_permissions && by_id.empty()) return fail("MissingParameter", "Either 'ipPermissions' or 'securityGroupRuleDescriptions' should be provided.");
  auto rules = TRY(rules_of(request.ip_permissions.value_or(std::vector<shapes::IpPermission>{}), is_egress, deps.ids));
  return transact<Answer>(deps.store, [&](Transaction& tx) -> Result<Answer> {
    SecurityGroup group = TRY(target_of(tx, context, request));
    TRY(resolve_peers(deps, tx, context, group, rules));
    for (const SecurityGroupRule& rule : rules) {
      const auto found = std::ranges::find_if(group.rules, [&](const auto& r) { return same_rule(r, rule); });
      if (found == group.rules.end()) return fail("InvalidPermission.NotFound", "The specified rule does not exist in this security group.");
      found->description = rule.description;
    }
    for (const auto& one : by_id) {
      const auto found = std::ranges::find(group.rules, text(one.security_group_rule_id), &SecurityGroupRule::id);
      if (found == group.rules.end() || found->is_egress != is_egress) return fail(no_rule(text(one.security_group_rule_id)));
      found->description = text(one.description);
    }
    store::put(tx, group);
    return Answer{.return_ = true};
  });
}

/// Rules by id: protocol, ports, peer and description may change; direction may not.
Result<shapes::ModifySecurityGroupRulesResult> modify(const Deps& deps, const CallContext& context, const shapes::ModifySecurityGroupRulesRequest& request) {
  return transact<shapes::ModifySecurityGroupRulesResult>(deps.store, [&](Transaction& tx) -> Result<shapes::ModifySecurityGroupRulesResult> {
    SecurityGroup group = TRY(group_of(tx, context, request.group_id));
    for (const auto& change : request.security_group_rules.value_or(std::vector<shapes::SecurityGroupRuleUpdate>{})) {
      const auto found = std::ranges::find(group.rules, text(change.security_group_rule_id), &SecurityGroupRule::id);
      if (found == group.rules.end()) return fail(no_rule(text(change.security_group_rule_id)));
      const auto wanted = change.security_group_rule.value_or(shapes::SecurityGroupRuleRequest{});
      shapes::IpPermission permission{.from_port = wanted.from_port, .ip_protocol = wanted.ip_protocol, .to_port = wanted.to_port};
      if (wanted.cidr_ipv4) permission.ip_ranges = std::vector{shapes::IpRange{.cidr_ip = wanted.cidr_ipv4, .description = wanted.description}};
      if (wanted.cidr_ipv6) permission.ipv6_ranges = std::vector{shapes::Ipv6Range{.cidr_ipv6 = wanted.cidr_ipv6, .description = wanted.description}};
      if (wanted.referenced_group_id) permission.user_id_group_pairs = std::vector{shapes::UserIdGroupPair{.description = wanted.description, .group_id = wanted.referenced_group_id}};
      if (wanted.prefix_list_id) permission.prefix_list_ids = std::vector{shapes::PrefixListId{.description = wanted.description, .prefix_list_id = wanted.prefix_list_id}};
      std::vector<SecurityGroupRule> rules = TRY(rules_of({permission}, found->is_egress, deps.ids));
      TRY(resolve_peers(deps, tx, context, group, rules));
      if (std::ranges::any_of(group.rules, [&](const auto& r) { return r.id != found->id && same_rule(r, rules[0]); })) {
        return fail("InvalidPermission.Duplicate", fmt::format("the specified rule \"{}\" already exists", describe_rule(rules[0])));
      }
      rules[0].id = found->id;
      rules[0].tags = found->tags;
      *found = rules[0];
    }
    store::put(tx, group);
    return shapes::ModifySecurityGroupRulesResult{.return_ = true};
  });
}

Result<shapes::DescribeSecurityGroupRulesResult> describe(const Deps& deps, const CallContext& context, const shapes::DescribeSecurityGroupRulesRequest& request) {
  static const std::vector<std::string_view> known{"group-id", "security-group-rule-id"};
  std::vector<shapes::SecurityGroupRule> rules;
  std::vector<std::string> found;
  for (const SecurityGroup& group : store::all<SecurityGroup>(deps.store, scope(context))) {
    for (const SecurityGroupRule& rule : group.rules) {
      if (request.security_group_rule_ids && std::ranges::count(*request.security_group_rule_ids, rule.id) == 0) continue;
      if (!TRY(passes(request.filters, {{"group-id", group.id}, {"security-group-rule-id", rule.id}}, rule.tags, known))) continue;
      rules.push_back(render_rule(group, rule));
      found.push_back(rule.id);
    }
  }
  for (const std::string& id : request.security_group_rule_ids.value_or(std::vector<std::string>{})) {
    if (std::ranges::count(found, id) == 0) return fail(no_rule(id));
  }
  auto answer = TRY(page(std::move(rules), request.max_results, request.next_token));
  return shapes::DescribeSecurityGroupRulesResult{.next_token = token_of(answer.next), .security_group_rules = answer.items};
}

}  // namespace

void register_security_group_rule(aws::Registry& registry, const Deps& deps) {
  const std::vector<std::string> adding{"GroupId", "GroupName", "IpPermissions.*", "CidrIp", "IpProtocol", "FromPort", "ToPort", "TagSpecifications.*"};
  const std::vector<std::string> revoking{"GroupId", "GroupName", "IpPermissions.*", "CidrIp", "IpProtocol", "FromPort", "ToPort", "SecurityGroupRuleIds.*"};
  registry.add<shapes::AuthorizeSecurityGroupIngressRequest, shapes::AuthorizeSecurityGroupIngressResult>("ec2", "AuthorizeSecurityGroupIngress", adding, [&deps](const CallContext& c, const auto& r) {
    return authorize<shapes::AuthorizeSecurityGroupIngressResult>(deps, c, r, false);
  });
  registry.add<shapes::AuthorizeSecurityGroupEgressRequest, shapes::AuthorizeSecurityGroupEgressResult>("ec2", "AuthorizeSecurityGroupEgress", adding, [&deps](const CallContext& c, const auto& r) {
    return authorize<shapes::AuthorizeSecurityGroupEgressResult>(deps, c, r, true);
  });
  registry.add<shapes::RevokeSecurityGroupIngressRequest, shapes::RevokeSecurityGroupIngressResult>("ec2", "RevokeSecurityGroupIngress", revoking, [&deps](const CallContext& c, const auto& r) {
    return revoke<shapes::RevokeSecurityGroupIngressResult>(deps, c, r, false);
  });
  registry.add<shapes::RevokeSecurityGroupEgressRequest, shapes::RevokeSecurityGroupEgressResult>("ec2", "RevokeSecurityGroupEgress", revoking, [&deps](const CallContext& c, const auto& r) {
    return revoke<shapes::RevokeSecurityGroupEgressResult>(deps, c, r, true);
  });
  registry.add<shapes::UpdateSecurityGroupRuleDescriptionsIngressRequest, shapes::UpdateSecurityGroupRuleDescriptionsIngressResult>(
      "ec2", "UpdateSecurityGroupRuleDescriptionsIngress", {"GroupId", "GroupName", "IpPermissions.*", "SecurityGroupRuleDescriptions.*"}, [&deps](const CallContext& c, const auto& r) {
        return update_descriptions<shapes::UpdateSecurityGroupRuleDescriptionsIngressResult>(deps, c, r, false);
      });
  registry.add<shapes::UpdateSecurityGroupRuleDescriptionsEgressRequest, shapes::UpdateSecurityGroupRuleDescriptionsEgressResult>(
      "ec2", "UpdateSecurityGroupRuleDescriptionsEgress", {"GroupId", "GroupName", "IpPermissions.*", "SecurityGroupRuleDescriptions.*"}, [&deps](const CallContext& c, const auto& r) {
        return update_descriptions<shapes::UpdateSecurityGroupRuleDescriptionsEgressResult>(deps, c, r, true);
      });
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::ModifySecurityGroupRulesRequest, shapes::ModifySecurityGroupRulesResult>("ec2", "ModifySecurityGroupRules", {"GroupId", "SecurityGroupRules.*"}, bind(modify));
  registry.add<shapes::DescribeSecurityGroupRulesRequest, shapes::DescribeSecurityGroupRulesResult>("ec2", "DescribeSecurityGroupRules", {"SecurityGroupRuleIds.*", "Filters.*", "MaxResults", "NextToken"}, bind(describe));
}

}  // namespace landfall::services::ec2
