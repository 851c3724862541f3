#include <algorithm>

#include "terraform/aws/permissions.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace ec2 = aws::ec2;

Attribute rules(const char* name) {
  const Type rule = Type::object({{.name = "cidr_blocks", .type = Type::list(Type::string())}, {.name = "description", .type = Type::string()}, {.name = "from_port", .type = Type::number()},
                                  {.name = "ipv6_cidr_blocks", .type = Type::list(Type::string())}, {.name = "prefix_list_ids", .type = Type::list(Type::string())}, {.name = "protocol", .type = Type::string()},
                                  {.name = "security_groups", .type = Type::set(Type::string())}, {.name = "self", .type = Type::boolean()}, {.name = "to_port", .type = Type::number()}});
  return of_type(name, Type::set(rule)).computed().blocks().same_if([](const Value& there, const Value& wanted) {
    Record a, b;
    a.set("rules", there);
    b.set("rules", wanted);
    return permissions_of(a, "rules", "self") == permissions_of(b, "rules", "self");
  });
}

/// The rules as they are written, if they mean what is there.
void set_rules(Record& state, const char* name, const Permissions& there) {
  if (permissions_of(state, name, state.text("id")) == there && state.has(name)) return;
  state.set(name, to_records(there, state.text("id")));
}

Result<void> change_rules(const Cloud& cloud, const std::string& group, bool is_egress, const Permissions& before, const Permissions& after) {
  Permissions gone, fresh;
  std::ranges::set_difference(before, after, std::inserter(gone, gone.end()));
  std::ranges::set_difference(after, before, std::inserter(fresh, fresh.end()));
  TRY(revoke(cloud, group, is_egress, gone));
  return authorize(cloud, group, is_egress, fresh);
}

void fill(const Cloud& cloud, const ec2::SecurityGroup& group, Record& state) {
  state.set("name", group.group_name.value_or(""));
  state.set("description", group.description.value_or(""));
  state.set("vpc_id", group.vpc_id.value_or(""));
  state.set("owner_id", group.owner_id.value_or(""));
  state.set("arn", arn_of(cloud, "ec2", "security-group/" + state.text("id")));
  set_rules(state, "ingress", permissions_of(group.ip_permissions));
  set_rules(state, "egress", permissions_of(group.ip_permissions_egress));
  set_tags(cloud, state, from_tags(group.tags));
}

class SecurityGroup : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged({.attributes = {
        text("id").read_only(), text("arn").read_only(), text("owner_id").read_only(), text("name").computed().forces_new(), text("name_prefix").computed().forces_new(),
        text("description").defaults("Managed by Terraform").forces_new(), text("vpc_id").computed().forces_new(), rules("ingress"), rules("egress"), flag("revoke_rules_on_delete").defaults(false),
    }});
    return schema;
  }
  int schema_version() const override { return 1; }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    const std::string prefix = planned.has("name_prefix") ? planned.text("name_prefix") : "terraform-";
    ec2::CreateSecurityGroupRequest request;
    request.group_name = planned.has("name") ? planned.text("name") : prefix + cloud.ids->hex(26);
    request.description = planned.text("description");
    if (planned.has("vpc_id")) request.vpc_id = planned.text("vpc_id");
    request.tag_specifications = tag_specifications<ec2::TagSpecification, ec2::Tag>("security-group", planned);
    const auto made = TRY(cloud.call<ec2::CreateSecurityGroupResult>("ec2", "CreateSecurityGroup", request));
    const std::string id = made.group_id.value_or("");
    state.set("id", id);
    if (!planned.has("name_prefix")) state.set("name_prefix", "");
    // AWS allows everything out of a new group; what is written decides here.
    const auto fresh = TRY(find_security_group(cloud, id));
    TRY(revoke(cloud, id, true, fresh ? permissions_of(fresh->ip_permissions_egress) : Permissions{}));
    TRY(authorize(cloud, id, false, permissions_of(planned, "ingress", id)));
    return authorize(cloud, id, true, permissions_of(planned, "egress", id));
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto group = TRY(find_security_group(cloud, state.text("id")));
    if (group) fill(cloud, *group, state);
    return group.has_value();
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    const std::string id = prior.text("id");
    for (const bool is_egress : {false, true}) {
      const char* name = is_egress ? "egress" : "ingress";
      if (planned.has(name)) TRY(change_rules(cloud, id, is_egress, permissions_of(prior, name, id), permissions_of(planned, name, id)));
    }
    return update_ec2_tags(cloud, id, prior, planned);
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    const std::string id = state.text("id");
    if (state.flag("revoke_rules_on_delete")) {
      const auto group = TRY(find_security_group(cloud, id));
      if (!group) return {};
      TRY(revoke(cloud, id, false, permissions_of(group->ip_permissions)));
      TRY(revoke(cloud, id, true, permissions_of(group->ip_permissions_egress)));
    }
    ec2::DeleteSecurityGroupRequest request;
    request.group_id = id;
    return cloud.retry_while(kEmptying, is_in_use, [&] { return ignore_gone(cloud.call<ec2::DeleteSecurityGroupResult>("ec2", "DeleteSecurityGroup", request)); });
  }
};

/// The group that came with the VPC: its rules are made those that are written, none if none are; left as it is when
/// destroyed.
class DefaultSecurityGroup final : public SecurityGroup {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged({.attributes = {
        text("id").read_only(), text("arn").read_only(), text("owner_id").read_only(), text("name").read_only(), text("name_prefix").read_only(), text("description").read_only(),
        text("vpc_id").computed().forces_new(), rules("ingress"), rules("egress"), flag("revoke_rules_on_delete").defaults(false),
    }});
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    ec2::DescribeSecurityGroupsRequest request;
    request.filters = std::vector<ec2::Filter>{filter("vpc-id", planned.text("vpc_id")), filter("group-name", "default")};
    const auto found = TRY(cloud.call<ec2::DescribeSecurityGroupsResult>("ec2", "DescribeSecurityGroups", request));
    if (!found.security_groups || found.security_groups->empty()) return fail("InvalidGroup.NotFound", "the VPC " + planned.text("vpc_id") + " has no default security group");
    const ec2::SecurityGroup& group = found.security_groups->front();
    const std::string id = group.group_id.value_or("");
    state.set("id", id);
    TRY(change_rules(cloud, id, false, permissions_of(group.ip_permissions), permissions_of(planned, "ingress", id)));
    TRY(change_rules(cloud, id, true, permissions_of(group.ip_permissions_egress), permissions_of(planned, "egress", id)));
    Record before;
    before.set("tags_all", from_tags(group.tags));
    return update_ec2_tags(cloud, id, before, planned);
  }

  Result<void> destroy(const Cloud&, const Record&) const override { return {}; }
};

}  // namespace

void add_security_group(Provider& provider) {
  provider.resources["aws_security_group"] = std::make_unique<SecurityGroup>();
  provider.resources["aws_default_security_group"] = std::make_unique<DefaultSecurityGroup>();
}

}  // namespace landfall::terraform::aws_types
