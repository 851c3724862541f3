#include "terraform/aws/ec2.h"
#include "terraform/aws/more_types.h"
#include "terraform/aws/sources.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

/// Data sources over rules of security groups and over prefix lists.
namespace landfall::terraform::aws_types {
namespace {

namespace ec2 = aws::ec2;

Result<std::vector<ec2::SecurityGroupRule>> find_rules(const Cloud& cloud, ec2::DescribeSecurityGroupRulesRequest request) {
  std::vector<ec2::SecurityGroupRule> all;
  do {
    auto page = TRY(cloud.call<ec2::DescribeSecurityGroupRulesResult>("ec2", "DescribeSecurityGroupRules", request));
    for (auto& rule : page.security_group_rules.value_or(std::vector<ec2::SecurityGroupRule>{})) all.push_back(std::move(rule));
    request.next_token = page.next_token;
  } while (!request.next_token.value_or("").empty());
  return all;
}

Result<void> read_rule(const Cloud& cloud, Record& state) {
  ec2::DescribeSecurityGroupRulesRequest request;
  if (!state.text("security_group_rule_id").empty()) request.security_group_rule_ids = std::vector<std::string>{state.text("security_group_rule_id")};
  set_filters(request, filters_of(state, {}));
  const auto rules = TRY(find_rules(cloud, std::move(request)));
  if (rules.size() != 1) return fail(found_not_one(rules.size(), "EC2 Security Group Rule"));
  const ec2::SecurityGroupRule& rule = rules[0];
  state.set("id", rule.security_group_rule_id.value_or(""));
  state.set("security_group_rule_id", rule.security_group_rule_id.value_or(""));
  state.set("arn", arn_of(cloud, "ec2", "security-group-rule/" + state.text("id")));
  state.set("security_group_id", rule.group_id.value_or(""));
  state.set("is_egress", rule.is_egress.value_or(false));
  state.set("ip_protocol", rule.ip_protocol.value_or(""));
  state.set("from_port", rule.from_port.value_or(0));
  state.set("to_port", rule.to_port.value_or(0));
  const auto tell = [&](const char* name, const std::optional<std::string>& value) { value ? state.set(name, *value) : state.clear(name); };
  tell("cidr_ipv4", rule.cidr_ipv4);
  tell("cidr_ipv6", rule.cidr_ipv6);
  tell("prefix_list_id", rule.prefix_list_id);
  tell("description", rule.description);
  tell("referenced_security_group_id", rule.referenced_group_info ? rule.referenced_group_info->group_id : std::nullopt);
  state.set("tags", from_tags(rule.tags));
  return {};
}

Result<void> read_rules(const Cloud& cloud, Record& state) {
  ec2::DescribeSecurityGroupRulesRequest request;
  set_filters(request, filters_of(state, {}));
  std::vector<std::string> ids;
  for (const auto& rule : TRY(find_rules(cloud, std::move(request)))) ids.push_back(rule.security_group_rule_id.value_or(""));
  state.set("id", cloud.region);
  state.set("ids", ids);
  return {};
}

Result<void> read_prefix_lists(const Cloud& cloud, Record& state) {
  ec2::DescribeManagedPrefixListsRequest request;
  set_filters(request, filters_of(state, {}));
  std::vector<std::string> ids;
  do {
    const auto page = TRY(cloud.call<ec2::DescribeManagedPrefixListsResult>("ec2", "DescribeManagedPrefixLists", request));
    for (const auto& list : page.prefix_lists.value_or(std::vector<ec2::ManagedPrefixList>{})) ids.push_back(list.prefix_list_id.value_or(""));
    request.next_token = page.next_token;
  } while (!request.next_token.value_or("").empty());
  state.set("id", cloud.region);
  state.set("ids", ids);
  return {};
}

}  // namespace

void add_rule_sources(Provider& provider) {
  Schema rule{.attributes = {text("security_group_rule_id").computed(), flag("is_egress").read_only(), number("from_port").read_only(), number("to_port").read_only(), text_map("tags").read_only()}, .blocks = {filter_block()}, .is_exact = true};
  for (const char* name : {"id", "arn", "cidr_ipv4", "cidr_ipv6", "description", "ip_protocol", "prefix_list_id", "referenced_security_group_id", "security_group_id"}) rule.attributes.push_back(text(name).read_only());
  add_source(provider, "aws_vpc_security_group_rule", std::move(rule), read_rule);
  add_source(provider, "aws_vpc_security_group_rules", {.attributes = {text("id").read_only(), texts("ids").read_only(), text_map("tags")}, .blocks = {filter_block()}}, read_rules);
  add_source(provider, "aws_ec2_managed_prefix_lists", {.attributes = {text("id").read_only(), texts("ids").read_only(), text_map("tags").computed()}, .blocks = {filter_block()}}, read_prefix_lists);
}

}  // namespace landfall::terraform::aws_types
