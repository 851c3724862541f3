#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/text.h"
#include "terraform/aws/network_acls.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace ec2 = aws::ec2;

std::string id_of(const Record& rule) {
  const std::string place = fmt::format("{}-{}-{}-{}", rule.text("network_acl_id"), rule.number("rule_number"), rule.flag("egress"), protocol_number(rule.text("protocol")));
  return fmt::format("nacl-{}", static_cast<uint32_t>(std::hash<std::string>{}(place)));
}

/// One entry of a network ACL.
class Rule final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {
        text("id").read_only(), text("network_acl_id").required().forces_new(), number("rule_number").required().forces_new(), flag("egress").defaults(false).forces_new(),
        text("protocol").required().forces_new().same_if(is_same_acl_protocol), text("rule_action").required().forces_new().checked(one_of({"allow", "deny"})), text("cidr_block").forces_new().checked(ipv4_block),
        number("from_port").forces_new(), number("to_port").forces_new(), number("icmp_type").forces_new(), number("icmp_code").forces_new(), text("ipv6_cidr_block").forces_new().checked(ipv6_block),
    }};
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    if (!planned.has("cidr_block") && !planned.has("ipv6_cidr_block")) return fail("Rule.NoSource", "Either `cidr_block` or `ipv6_cidr_block` must be defined");
    TRY(create_acl_entry(cloud, planned.text("network_acl_id"), wanted(planned)));
    state.set("id", id_of(planned));
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto acl = TRY(find_network_acl(cloud, state.text("network_acl_id")));
    if (!acl) return false;
    const AclEntry known = wanted(state);
    const AclEntries entries = acl_entries_of(*acl);
    const auto found = std::ranges::find_if(entries, [&](const AclEntry& e) { return e.number == known.number && e.is_egress == known.is_egress; });
    if (found == entries.end()) return false;
    state.set("protocol", found->protocol);
    if (*found == known) return true;
    state.set("rule_action", found->action);
    state.set("cidr_block", found->cidr);
    state.set("ipv6_cidr_block", found->cidr_ipv6);
    state.set("from_port", found->from_port);
    state.set("to_port", found->to_port);
    state.set("icmp_type", found->icmp_type);
    state.set("icmp_code", found->icmp_code);
    return true;
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override { return delete_acl_entry(cloud, state.text("network_acl_id"), state.number("rule_number"), state.flag("egress")); }

  /// "acl-1:100:tcp:false"
  Result<Record> import(const Cloud&, const std::string& id) const override {
    const std::vector<std::string> parts = split(id, ':');
    int64_t number = 0;
    const bool is_right = parts.size() == 4 && std::from_chars(parts[1].data(), parts[1].data() + parts[1].size(), number).ec == std::errc() && (parts[3] == "true" || parts[3] == "false");
    if (!is_right) {
      return fail("Import.Id", fmt::format("unexpected format for import ID ({}), expected NETWORK_ACL_ID:RULE_NUMBER:PROTOCOL:EGRESS", id));
    }
    Record record;
    record.set("network_acl_id", parts[0]);
    record.set("rule_number", number);
    record.set("protocol", protocol_number(parts[2]));
    record.set("egress", parts[3] == "true");
    record.set("id", id_of(record));
    return record;
  }

 private:
  static AclEntry wanted(const Record& rule) { return acl_entry_of(rule, rule.number("rule_number"), rule.flag("egress")); }
};

/// Which ACL a subnet has.
class Association final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("network_acl_id").required().forces_new(), text("subnet_id").required().forces_new()}};
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    const std::string id = TRY(associate_network_acl(cloud, planned.text("network_acl_id"), planned.text("subnet_id")));
    if (id.empty()) return fail("InvalidSubnetID.NotFound", "the subnet " + planned.text("subnet_id") + " does not exist");
    state.set("id", id);
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    ec2::DescribeNetworkAclsRequest request;
    request.filters = std::vector<ec2::Filter>{filter("association.association-id", state.text("id"))};
    const auto found = TRY(cloud.call<ec2::DescribeNetworkAclsResult>("ec2", "DescribeNetworkAcls", request));
    for (const auto& acl : found.network_acls.value_or(std::vector<ec2::NetworkAcl>{})) {
      for (const auto& association : acl.associations.value_or(std::vector<ec2::NetworkAclAssociation>{})) {
        if (association.network_acl_association_id != state.text("id")) continue;
        state.set("network_acl_id", acl.network_acl_id.value_or(""));
        state.set("subnet_id", association.subnet_id.value_or(""));
        return true;
      }
    }
    return false;
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    const auto acl = TRY(find_network_acl(cloud, state.text("network_acl_id")));
    const auto associations = acl ? acl->associations.value_or(std::vector<ec2::NetworkAclAssociation>{}) : std::vector<ec2::NetworkAclAssociation>{};
    const bool is_there = std::ranges::any_of(associations, [&](const auto& a) { return a.network_acl_association_id == state.text("id"); });
    if (!is_there) return {};
    const std::string usual = TRY(default_network_acl(cloud, acl->vpc_id.value_or("")));
    TRY(associate_network_acl(cloud, usual, state.text("subnet_id")));
    return {};
  }
};

}  // namespace

void add_network_acl_rule(Provider& provider) {
  provider.resources["aws_network_acl_rule"] = std::make_unique<Rule>();
  provider.resources["aws_network_acl_association"] = std::make_unique<Association>();
}

}  // namespace landfall::terraform::aws_types
