#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "services/ec2/permissions.h"
#include "services/ec2/support.h"

namespace landfall::services::ec2 {

using model::SecurityGroup;

Result<SecurityGroup> group_named(const Transaction& tx, const CallContext& context, const std::string& name) {
  const auto usual = default_vpc(tx, context);
  for (SecurityGroup& group : store::all<SecurityGroup>(tx, scope(context))) {
    if (usual && group.vpc_id == usual->id && group.name == name) return std::move(group);
  }
  return fail("InvalidGroup.NotFound", fmt::format("The security group '{}' does not exist in default VPC '{}'", name, usual ? usual->id : ""));
}

namespace {

using model::SecurityGroupRule;

constexpr size_t kMaxNameLength = 255;

bool is_allowed_text(const std::string& text) {
  return text.size() <= kMaxNameLength && std::ranges::all_of(text, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view(" ._-:/()#,@[]+=&;{}!$*").find(c) != std::string_view::npos;
  });
}

shapes::SecurityGroup render(const SecurityGroup& group) {
  return {.description = group.description, .group_id = group.id, .group_name = group.name, .ip_permissions = permissions_of(group, false),
          .ip_permissions_egress = permissions_of(group, true), .owner_id = group.account,
          .security_group_arn = fmt::format("arn:aws:ec2:{}:{}:security-group/{}", group.region, group.account, group.id), .tags = tag_list(group.tags), .vpc_id = group.vpc_id};
}

Result<shapes::CreateSecurityGroupResult> create(const Deps& deps, const CallContext& context, const shapes::CreateSecurityGroupRequest& request) {
  const std::string name = text(request.group_name), description = text(request.description);
  const model::Tags tags = TRY(tags_for(request.tag_specifications, "security-group"));
  if (name.empty()) return fail("MissingParameter", "The request must contain the parameter GroupName");
  if (description.empty()) return fail("MissingParameter", "The request must contain the parameter GroupDescription");
  if (name.starts_with("sg-") || !is_allowed_text(name)) return fail("InvalidParameterValue", fmt::format("Value ({}) for parameter GroupName is invalid. Character sets beyond ASCII are not supported, 'sg-' may not start it and 255 characters are the limit.", name));
  if (!is_allowed_text(description)) return fail("InvalidParameterValue", fmt::format("Value ({}) for parameter GroupDescription is invalid. Character sets beyond ASCII are not supported.", description));
  if (name == "default") return fail("InvalidParameterValue", "Cannot use reserved security group name: default");
  return transact<shapes::CreateSecurityGroupResult>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateSecurityGroupResult> {
    const auto usual = request.vpc_id ? std::nullopt : default_vpc(tx, context);
    if (!request.vpc_id && !usual) return fail("VPCIdNotSpecified", "No default VPC for this user");
    const std::string vpc_id = usual ? usual->id : *request.vpc_id;
    if (!store::find<model::Vpc>(tx, key_of(context, vpc_id))) return fail(not_found("InvalidVpcID.NotFound", "vpc", vpc_id));
    for (const SecurityGroup& other : store::all<SecurityGroup>(tx, scope(context))) {
      if (other.vpc_id == vpc_id && other.name == name) return fail("InvalidGroup.Duplicate", fmt::format("The security group '{}' already exists for VPC '{}'", name, other.vpc_id));
    }
    SecurityGroup group{.account = context.account, .region = context.region, .id = deps.ids.ec2("sg"), .vpc_id = vpc_id, .name = name, .description = description, .tags = tags};
    group.rules.push_back({.id = deps.ids.ec2("sgr"), .is_egress = true, .protocol = "-1", .cidr = "0.0.0.0/0"});
    store::put(tx, group);
    return shapes::CreateSecurityGroupResult{.group_id = group.id, .security_group_arn = render(group).security_group_arn, .tags = group.tags.empty() ? std::nullopt : tag_list(group.tags)};
  });
}

Result<shapes::DeleteSecurityGroupResult> remove(const Deps& deps, const CallContext& context, const shapes::DeleteSecurityGroupRequest& request) {
  return transact<shapes::DeleteSecurityGroupResult>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteSecurityGroupResult> {
    if (!request.group_id && !request.group_name) return fail("MissingParameter", "The request must contain the parameter groupName or groupId");
    auto group = store::find<SecurityGroup>(tx, key_of(context, text(request.group_id)));
    if (!request.group_id) group = TRY(group_named(tx, context, *request.group_name));
    if (!group) return fail(not_found("InvalidGroup.NotFound", "", text(request.group_id)));
    if (group->name == "default") return fail("CannotDelete", fmt::format("the specified group: \"{}\" name: \"default\" cannot be deleted by a user", group->id));
    bool used = std::ranges::any_of(store::all<model::NetworkInterface>(tx, scope(context)), [&](const auto& i) { return std::ranges::count(i.security_group_ids, group->id) > 0; });
    for (const SecurityGroup& other : store::all<SecurityGroup>(tx, scope(context))) {
      used = used || (other.id != group->id && std::ranges::any_of(other.rules, [&](const auto& r) { return r.group_id == group->id; }));
    }
    if (used) return fail("DependencyViolation", fmt::format("resource {} has a dependent object", group->id));
    store::erase<SecurityGroup>(tx, group->key());
    return shapes::DeleteSecurityGroupResult{.group_id = group->id, .return_ = true};
  });
}

/// Groups asked for by name are those of the default VPC.
Result<std::set<std::string>> ids_of(const Deps& deps, const CallContext& context, const std::vector<std::string>& names) {
  return transact<std::set<std::string>>(deps.store, [&](Transaction& tx) -> Result<std::set<std::string>> {
    std::set<std::string> ids;
    for (const std::string& name : names) ids.insert(TRY(group_named(tx, context, name)).id);
    return ids;
  });
}

Result<shapes::DescribeSecurityGroupsResult> describe(const Deps& deps, const CallContext& context, const shapes::DescribeSecurityGroupsRequest& request) {
  static const std::vector<std::string_view> known{"group-id", "group-name", "vpc-id", "description", "owner-id", "ip-permission.cidr", "ip-permission.ipv6-cidr", "ip-permission.group-id", "ip-permission.group-name", "ip-permission.user-id", "ip-permission.protocol", "ip-permission.from-port", "ip-permission.to-port", "ip-permission.prefix-list-id",
                                                   "egress.ip-permission.cidr", "egress.ip-permission.ipv6-cidr", "egress.ip-permission.group-id", "egress.ip-permission.group-name", "egress.ip-permission.user-id", "egress.ip-permission.protocol", "egress.ip-permission.from-port", "egress.ip-permission.to-port", "egress.ip-permission.prefix-list-id"};
  auto chosen = TRY(select<SecurityGroup>(deps, context, request.group_ids, request.filters, known, "InvalidGroup.NotFound", "", [&](const SecurityGroup& g) {
    Facts facts{{"group-id", g.id}, {"group-name", g.name}, {"vpc-id", g.vpc_id}, {"description", g.description}, {"owner-id", g.account}};
    for (const auto& rule : g.rules) {
      const std::string stem = rule.is_egress ? "egress.ip-permission." : "ip-permission.";
      facts.insert({{stem + "protocol", rule.protocol}, {stem + "from-port", std::to_string(rule.from_port)}, {stem + "to-port", std::to_string(rule.to_port)}});
      if (!rule.cidr.empty()) facts.insert({stem + "cidr", rule.cidr});
      if (!rule.cidr_ipv6.empty()) facts.insert({stem + "ipv6-cidr", rule.cidr_ipv6});
      if (!rule.prefix_list_id.empty()) facts.insert({stem + "prefix-list-id", rule.prefix_list_id});
      if (rule.group_id.empty()) continue;
      facts.insert({{stem + "group-id", rule.group_id}, {stem + "user-id", rule.group_account.empty() ? g.account : rule.group_account}});
      if (const auto peer = store::find<SecurityGroup>(deps.store, key_of(context, rule.group_id))) facts.insert({stem + "group-name", peer->name});
    }
    return facts;
  }));
  if (request.group_names) {
    const auto named = TRY(ids_of(deps, context, *request.group_names));
    std::erase_if(chosen, [&](const SecurityGroup& g) { return !named.contains(g.id); });
  }
  auto answer = TRY(page(std::move(chosen), request.max_results, request.next_token));
  shapes::DescribeSecurityGroupsResult result{.next_token = token_of(answer.next), .security_groups = std::vector<shapes::SecurityGroup>{}};
  for (const auto& group : answer.items) result.security_groups->push_back(render(group));
  return result;
}

}  // namespace

void register_security_group(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::CreateSecurityGroupRequest, shapes::CreateSecurityGroupResult>("ec2", "CreateSecurityGroup", {"GroupName", "Description", "VpcId", "TagSpecifications.*"}, bind(create));
  registry.add<shapes::DeleteSecurityGroupRequest, shapes::DeleteSecurityGroupResult>("ec2", "DeleteSecurityGroup", {"GroupId", "GroupName"}, bind(remove));
  registry.add<shapes::DescribeSecurityGroupsRequest, shapes::DescribeSecurityGroupsResult>("ec2", "DescribeSecurityGroups", {"GroupIds.*", "GroupNames.*", "Filters.*", "MaxResults", "NextToken"}, bind(describe));
}

}  // namespace landfall::services::ec2
