#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "terraform/aws/permissions.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace ec2 = aws::ec2;

bool is_same_protocol(const Value& there, const Value& wanted) {
  return there.has_value() && wanted.has_value() && canonical_protocol(there.as_string()) == canonical_protocol(wanted.as_string());
}

/// aws_security_group_rule: one protocol and port range, with any number of sources.
class Rule final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {
        text("id").read_only(), text("security_group_rule_id").read_only(), text("type").required().forces_new().checked(one_of({"ingress", "egress"})),
        text("security_group_id").required().forces_new(), text("protocol").required().forces_new().same_if(is_same_protocol), number("from_port").required().forces_new(), number("to_port").required().forces_new(),
        texts("cidr_blocks").forces_new(), texts("ipv6_cidr_blocks").forces_new(), text("source_security_group_id").forces_new(), flag("self").defaults(false).forces_new(), text("description"),
        texts("prefix_list_ids").forces_new(),
    }};
    return schema;
  }
  int schema_version() const override { return 2; }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    const Permissions wanted = permissions_of_rule(planned);
    if (wanted.empty()) return fail("Rule.NoSource", "one of cidr_blocks, ipv6_cidr_blocks, prefix_list_ids, source_security_group_id or self must be set");
    TRY(authorize(cloud, planned.text("security_group_id"), planned.text("type") == "egress", wanted));
    std::string identity = planned.text("security_group_id") + planned.text("type");
    for (const Permission& p : wanted) identity += fmt::format("-{}-{}-{}-{}{}{}{}", p.protocol, p.from, p.to, p.cidr, p.cidr_ipv6, p.group, p.prefix_list);
    state.set("id", fmt::format("sgrule-{}", static_cast<uint32_t>(std::hash<std::string>{}(identity))));
    state.set("security_group_rule_id", "");
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto group = TRY(find_security_group(cloud, state.text("security_group_id")));
    if (!group) return false;
    const Permissions there = permissions_of(state.text("type") == "egress" ? group->ip_permissions_egress : group->ip_permissions);
    return std::ranges::includes(there, permissions_of_rule(state));
  }

  /// Only the description can be another.
  Result<void> update(const Cloud& cloud, const Record&, const Record& planned) const override {
    return describe(cloud, planned.text("security_group_id"), planned.text("type") == "egress", permissions_of_rule(planned));
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    return revoke(cloud, state.text("security_group_id"), state.text("type") == "egress", permissions_of_rule(state));
  }

 private:
  static Permissions permissions_of_rule(const Record& record) {
    Record rule = record, holder;
    if (record.has("source_security_group_id")) rule.set("security_groups", std::vector<std::string>{record.text("source_security_group_id")});
    holder.set("rules", std::vector<Record>{rule});
    return permissions_of(holder, "rules", record.text("security_group_id"));
  }
};

/// aws_vpc_security_group_ingress_rule and …_egress_rule: one source, an id and tags of its own.
class VpcRule final : public ResourceType {
 public:
  explicit VpcRule(bool is_egress) : is_egress_(is_egress) {}
  const Schema& schema() const override {
    static const Schema schema = tagged({.attributes = {
        text("id").read_only(), text("arn").read_only(), text("security_group_rule_id").read_only(), text("security_group_id").required().forces_new(),
        text("ip_protocol").required().same_if(is_same_protocol), number("from_port"), number("to_port"), text("cidr_ipv4"), text("cidr_ipv6"), text("referenced_security_group_id"), text("prefix_list_id"), text("description"),
    }});
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    state.set("id", TRY(is_egress_ ? make<ec2::AuthorizeSecurityGroupEgressRequest, ec2::AuthorizeSecurityGroupEgressResult>(cloud, "AuthorizeSecurityGroupEgress", planned)
                                   : make<ec2::AuthorizeSecurityGroupIngressRequest, ec2::AuthorizeSecurityGroupIngressResult>(cloud, "AuthorizeSecurityGroupIngress", planned)));
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    ec2::DescribeSecurityGroupRulesRequest request;
    request.security_group_rule_ids = std::vector<std::string>{state.text("id")};
    const auto found = TRY(look_up<ec2::DescribeSecurityGroupRulesResult>(cloud, "ec2", "DescribeSecurityGroupRules", request));
    if (!found || !found->security_group_rules || found->security_group_rules->empty()) return false;
    const ec2::SecurityGroupRule& rule = found->security_group_rules->front();
    const auto set = [&](const char* name, const std::optional<std::string>& text) { text ? state.set(name, *text) : state.clear(name); };
    state.set("security_group_rule_id", state.text("id"));
    state.set("security_group_id", rule.group_id.value_or(""));
    state.set("ip_protocol", rule.ip_protocol.value_or(""));
    set("cidr_ipv4", rule.cidr_ipv4);
    set("cidr_ipv6", rule.cidr_ipv6);
    set("prefix_list_id", rule.prefix_list_id);
    set("description", rule.description);
    set("referenced_security_group_id", rule.referenced_group_info ? rule.referenced_group_info->group_id : std::nullopt);
    const bool has_ports = rule.ip_protocol.value_or("-1") != "-1";
    if (has_ports) {
      state.set("from_port", rule.from_port.value_or(0));
      state.set("to_port", rule.to_port.value_or(0));
    } else {
      state.clear("from_port");
      state.clear("to_port");
    }
    state.set("arn", arn_of(cloud, "ec2", "security-group-rule/" + state.text("id")));
    set_tags(cloud, state, from_tags(rule.tags));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    if (differs(prior, planned, {"ip_protocol", "from_port", "to_port", "cidr_ipv4", "cidr_ipv6", "referenced_security_group_id", "prefix_list_id", "description"})) {
      ec2::ModifySecurityGroupRulesRequest request;
      request.group_id = prior.text("security_group_id");
      auto& update = request.security_group_rules.emplace().emplace_back();
      update.security_group_rule_id = prior.text("id");
      auto& rule = update.security_group_rule.emplace();
      rule.ip_protocol = canonical_protocol(planned.text("ip_protocol"));
      if (planned.has("from_port")) rule.from_port = static_cast<int32_t>(planned.number("from_port"));
      if (planned.has("to_port")) rule.to_port = static_cast<int32_t>(planned.number("to_port"));
      if (planned.has("cidr_ipv4")) rule.cidr_ipv4 = planned.text("cidr_ipv4");
      if (planned.has("cidr_ipv6")) rule.cidr_ipv6 = planned.text("cidr_ipv6");
      if (planned.has("referenced_security_group_id")) rule.referenced_group_id = planned.text("referenced_security_group_id");
      if (planned.has("prefix_list_id")) rule.prefix_list_id = planned.text("prefix_list_id");
      if (planned.has("description")) rule.description = planned.text("description");
      TRY(cloud.call<ec2::ModifySecurityGroupRulesResult>("ec2", "ModifySecurityGroupRules", request));
    }
    return update_ec2_tags(cloud, prior.text("id"), prior, planned);
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    return is_egress_ ? end<ec2::RevokeSecurityGroupEgressRequest, ec2::RevokeSecurityGroupEgressResult>(cloud, "RevokeSecurityGroupEgress", state)
                      : end<ec2::RevokeSecurityGroupIngressRequest, ec2::RevokeSecurityGroupIngressResult>(cloud, "RevokeSecurityGroupIngress", state);
  }

 private:
  template <class Request, class Answer>
  static Result<std::string> make(const Cloud& cloud, const char* operation, const Record& planned) {
    Request request;
    request.group_id = planned.text("security_group_id");
    request.ip_permissions = std::vector<ec2::IpPermission>{to_api({.protocol = canonical_protocol(planned.text("ip_protocol")), .from = planned.number("from_port"), .to = planned.number("to_port"),
                                                                    .cidr = planned.text("cidr_ipv4"), .cidr_ipv6 = planned.text("cidr_ipv6"), .group = planned.text("referenced_security_group_id"), .prefix_list = planned.text("prefix_list_id"), .description = planned.text("description")})};
    request.tag_specifications = tag_specifications<ec2::TagSpecification, ec2::Tag>("security-group-rule", planned);
    const auto made = TRY(cloud.call<Answer>("ec2", operation, request));
    if (!made.security_group_rules || made.security_group_rules->empty()) return fail("Provider.NoRule", "the answer names no rule");
    return made.security_group_rules->front().security_group_rule_id.value_or("");
  }

  template <class Request, class Answer>
  static Result<void> end(const Cloud& cloud, const char* operation, const Record& state) {
    Request request;
    request.group_id = state.text("security_group_id");
    request.security_group_rule_ids = std::vector<std::string>{state.text("id")};
    return ignore_gone(cloud.call<Answer>("ec2", operation, request));
  }

  bool is_egress_;
};

}  // namespace

void add_security_group_rule(Provider& provider) {
  provider.resources["aws_security_group_rule"] = std::make_unique<Rule>();
  provider.resources["aws_vpc_security_group_ingress_rule"] = std::make_unique<VpcRule>(false);
  provider.resources["aws_vpc_security_group_egress_rule"] = std::make_unique<VpcRule>(true);
}

}  // namespace landfall::terraform::aws_types
