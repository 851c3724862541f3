#include <algorithm>

#include <fmt/format.h>

#include "base/cidr6.h"
#include "base/ip.h"
#include "terraform/aws/network_acls.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace ec2 = aws::ec2;

/// The entries of ingress or egress as they are written.
AclEntries written_entries(const Record& record, const char* attribute, bool is_egress) {
  AclEntries all;
  for (const Record& rule : record.blocks(attribute)) all.insert(acl_entry_of(rule, rule.number("rule_no"), is_egress));
  return all;
}

AclEntries in_direction(const AclEntries& entries, bool is_egress) {
  AclEntries some;
  std::ranges::copy_if(entries, std::inserter(some, some.end()), [&](const AclEntry& e) { return e.is_egress == is_egress; });
  return some;
}

std::string check_rules(const Value& rules) {
  Record holder;
  holder.set("rules", rules);
  for (const Record& rule : holder.blocks("rules")) {
    if (!rule.text("ipv6_cidr_block").empty() && !canonical_cidr6(rule.text("ipv6_cidr_block"))) return fmt::format("to have IPv6 blocks as ipv6_cidr_block, got {}", rule.text("ipv6_cidr_block"));
    if (!rule.text("cidr_block").empty() && !parse_cidr(rule.text("cidr_block"))) return fmt::format("to have IPv4 blocks as cidr_block, got {}", rule.text("cidr_block"));
    if (rule.has("action") && rule.text("action") != "allow" && rule.text("action") != "deny") return fmt::format("to have \"allow\" or \"deny\" as action, got {}", rule.text("action"));
    const bool has_port = rule.number("from_port") != 0 || rule.number("to_port") != 0;
    if (rule.has("protocol") && protocol_number(rule.text("protocol")) == "-1" && has_port) {
      return fmt::format("to_port ({}) and from_port ({}) to be both 0 for the protocol \"-1\" (rule_no {})", rule.number("to_port"), rule.number("from_port"), rule.number("rule_no"));
    }
  }
  return "";
}

Attribute rules(const char* name) {
  const Type rule = Type::object({{.name = "action", .type = Type::string()}, {.name = "cidr_block", .type = Type::string()}, {.name = "from_port", .type = Type::number()}, {.name = "icmp_code", .type = Type::number()},
                                  {.name = "icmp_type", .type = Type::number()}, {.name = "ipv6_cidr_block", .type = Type::string()}, {.name = "protocol", .type = Type::string()}, {.name = "rule_no", .type = Type::number()},
                                  {.name = "to_port", .type = Type::number()}});
  return of_type(name, Type::set(rule)).blocks().checked(check_rules).same_if([](const Value& there, const Value& wanted) {
    Record a, b;
    a.set("rules", there);
    b.set("rules", wanted);
    return written_entries(a, "rules", false) == written_entries(b, "rules", false);
  });
}

std::vector<Record> to_records(const AclEntries& entries) {
  static const std::map<std::string, std::string> names{{"1", "icmp"}, {"6", "tcp"}, {"17", "udp"}, {"58", "ipv6-icmp"}};
  std::vector<Record> records;
  for (const AclEntry& entry : entries) {
    const auto name = names.find(entry.protocol);
    Record& record = records.emplace_back();
    record.set("rule_no", entry.number);
    record.set("action", entry.action);
    record.set("protocol", name == names.end() ? entry.protocol : name->second);
    record.set("cidr_block", entry.cidr);
    record.set("ipv6_cidr_block", entry.cidr_ipv6);
    record.set("from_port", entry.from_port);
    record.set("to_port", entry.to_port);
    record.set("icmp_type", entry.icmp_type);
    record.set("icmp_code", entry.icmp_code);
  }
  return records;
}

/// The rules as they are written, if they mean what is there.
void set_rules(Record& state, const char* name, const AclEntries& there, bool is_egress) {
  if (state.has(name) && written_entries(state, name, is_egress) == there) return;
  state.set(name, to_records(there));
}

std::vector<std::string> subnets_of(const ec2::NetworkAcl& acl) {
  std::vector<std::string> subnets;
  for (const auto& association : acl.associations.value_or(std::vector<ec2::NetworkAclAssociation>{})) subnets.push_back(association.subnet_id.value_or(""));
  return subnets;
}

Result<void> take_subnets(const Cloud& cloud, const std::string& acl, const std::vector<std::string>& subnets) {
  for (const std::string& subnet : subnets) {
    if (TRY(associate_network_acl(cloud, acl, subnet)).empty()) return fail("InvalidSubnetID.NotFound", "the subnet " + subnet + " does not exist");
  }
  return {};
}

/// To the ACL that came with the VPC: a subnet always has one.
Result<void> give_back_subnets(const Cloud& cloud, const std::string& vpc, const std::vector<std::string>& subnets) {
  if (subnets.empty()) return {};
  const std::string usual = TRY(default_network_acl(cloud, vpc));
  for (const std::string& subnet : subnets) TRY(associate_network_acl(cloud, usual, subnet));
  return {};
}

std::vector<std::string> without(const std::vector<std::string>& all, const std::vector<std::string>& taken) {
  std::vector<std::string> rest;
  std::ranges::copy_if(all, std::back_inserter(rest), [&](const std::string& one) { return std::ranges::find(taken, one) == taken.end(); });
  return rest;
}

/// `before` and `after` hold ingress and egress; one that is unknown stays as it is.
Result<void> change_rules(const Cloud& cloud, const std::string& id, const Record& before, const Record& after) {
  for (const bool is_egress : {false, true}) {
    const char* name = is_egress ? "egress" : "ingress";
    if (after.value(name).is_known()) TRY(change_acl_entries(cloud, id, written_entries(before, name, is_egress), written_entries(after, name, is_egress)));
  }
  return {};
}

class NetworkAcl : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged({.attributes = {text("id").read_only(), text("arn").read_only(), text("owner_id").read_only(), text("vpc_id").required().forces_new(), text_set("subnet_ids").computed(),
                                                        rules("ingress").computed(), rules("egress").computed(), refused(text("subnet_id"))}});
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    ec2::CreateNetworkAclRequest request;
    request.vpc_id = planned.text("vpc_id");
    request.tag_specifications = tag_specifications<ec2::TagSpecification, ec2::Tag>("network-acl", planned);
    const auto made = TRY(cloud.call<ec2::CreateNetworkAclResult>("ec2", "CreateNetworkAcl", request));
    const std::string id = made.network_acl->network_acl_id.value_or("");
    state.set("id", id);
    // The entries first: a subnet that comes in is not cut off in between.
    TRY(change_rules(cloud, id, Record(), planned));
    return take_subnets(cloud, id, planned.texts("subnet_ids"));
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto acl = TRY(find_network_acl(cloud, state.text("id")));
    if (!acl) return false;
    const AclEntries entries = acl_entries_of(*acl);
    state.set("vpc_id", acl->vpc_id.value_or(""));
    state.set("owner_id", acl->owner_id.value_or(""));
    state.set("arn", arn_of(cloud, "ec2", "network-acl/" + state.text("id")));
    state.set("subnet_ids", subnets_of(*acl));
    set_rules(state, "ingress", in_direction(entries, false), false);
    set_rules(state, "egress", in_direction(entries, true), true);
    set_tags(cloud, state, from_tags(acl->tags));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    const std::string id = prior.text("id");
    TRY(change_rules(cloud, id, prior, planned));
    if (planned.has("subnet_ids")) {
      const auto before = prior.texts("subnet_ids"), after = planned.texts("subnet_ids");
      TRY(take_subnets(cloud, id, without(after, before)));
      TRY(let_go(cloud, prior.text("vpc_id"), without(before, after)));
    }
    return update_ec2_tags(cloud, id, prior, planned);
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    const auto acl = TRY(find_network_acl(cloud, state.text("id")));
    if (!acl) return {};
    TRY(give_back_subnets(cloud, state.text("vpc_id"), subnets_of(*acl)));
    ec2::DeleteNetworkAclRequest request;
    request.network_acl_id = state.text("id");
    return cloud.retry_while(kEmptying, is_in_use, [&] { return ignore_gone(cloud.call<ec2::DeleteNetworkAclOutput>("ec2", "DeleteNetworkAcl", request)); });
  }

 private:
  virtual Result<void> let_go(const Cloud& cloud, const std::string& vpc, const std::vector<std::string>& subnets) const { return give_back_subnets(cloud, vpc, subnets); }
};

/// The ACL that came with the VPC: its entries are made those that are written, none if none are; left as it is when destroyed.
class DefaultNetworkAcl final : public NetworkAcl {
 public:
  const Schema& schema() const override {
    // A subnet can leave it for another ACL only. The official provider plans for ever what it cannot do here; we take
    // the subnets that are not written as they come.
    static const Schema schema = tagged({.attributes = {text("id").read_only(), text("arn").read_only(), text("owner_id").read_only(), text("vpc_id").read_only(), text("default_network_acl_id").required().forces_new(),
                                                        text_set("subnet_ids").computed().same_if(holds_all), rules("ingress"), rules("egress")}});
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    const std::string id = planned.text("default_network_acl_id");
    const auto there = TRY(find_network_acl(cloud, id));
    if (!there) return fail("InvalidNetworkAclID.NotFound", "the network ACL " + id + " does not exist");
    if (!there->is_default.value_or(false)) return fail("InvalidNetworkAclID.NotFound", "the network ACL " + id + " is not the default one of its VPC");
    state.set("id", id);
    Record before;
    set_rules(before, "ingress", in_direction(acl_entries_of(*there), false), false);
    set_rules(before, "egress", in_direction(acl_entries_of(*there), true), true);
    before.set("tags_all", from_tags(there->tags));
    TRY(change_rules(cloud, id, before, planned));
    TRY(take_subnets(cloud, id, planned.texts("subnet_ids")));
    return update_ec2_tags(cloud, id, before, planned);
  }

  Result<void> destroy(const Cloud&, const Record&) const override { return {}; }

  Result<Record> import(const Cloud&, const std::string& id) const override {
    Record record;
    record.set("id", id);
    record.set("default_network_acl_id", id);
    return record;
  }

 private:
  Result<void> let_go(const Cloud&, const std::string&, const std::vector<std::string>&) const override { return {}; }

  static bool holds_all(const Value& there, const Value& wanted) {
    Record a, b;
    a.set("ids", there);
    b.set("ids", wanted);
    return without(b.texts("ids"), a.texts("ids")).empty();
  }
};

}  // namespace

void add_network_acl(Provider& provider) {
  provider.resources["aws_network_acl"] = std::make_unique<NetworkAcl>();
  provider.resources["aws_default_network_acl"] = std::make_unique<DefaultNetworkAcl>();
}

}  // namespace landfall::terraform::aws_types
