#include "terraform/aws/ec2.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace ec2 = aws::ec2;

/// What Landfall's VPCs do not have.
Schema without_extras(Schema schema) {
  for (const char* name : {"assign_generated_ipv6_cidr_block", "enable_classiclink", "enable_classiclink_dns_support", "enable_network_address_usage_metrics"}) schema.attributes.push_back(refused(flag(name)));
  for (const char* name : {"ipv4_ipam_pool_id", "ipv6_cidr_block", "ipv6_cidr_block_network_border_group", "ipv6_ipam_pool_id"}) schema.attributes.push_back(refused(text(name)));
  for (const char* name : {"ipv4_netmask_length", "ipv6_netmask_length"}) schema.attributes.push_back(refused(number(name)));
  schema.attributes.push_back(text("ipv6_association_id").read_only());
  return schema;
}

class Vpc : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = without_extras(tagged({.attributes = {
        text("id").read_only(), text("arn").read_only(), text("owner_id").read_only(),
        text("cidr_block").required().forces_new().checked(ipv4_block),
        text("instance_tenancy").defaults("default").forces_new().checked(one_of({"default", "dedicated"})),
        flag("enable_dns_support").defaults(true), flag("enable_dns_hostnames").computed(),
        text("main_route_table_id").read_only(), text("default_route_table_id").read_only(),
        text("default_security_group_id").read_only(), text("default_network_acl_id").read_only(),
        text("dhcp_options_id").read_only(),
    }}));
    return schema;
  }
  int schema_version() const override { return 1; }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    ec2::CreateVpcRequest request;
    request.cidr_block = planned.text("cidr_block");
    request.instance_tenancy = planned.text("instance_tenancy");
    request.tag_specifications = tag_specifications<ec2::TagSpecification, ec2::Tag>("vpc", planned);
    const auto made = TRY(cloud.call<ec2::CreateVpcResult>("ec2", "CreateVpc", request));
    const std::string id = made.vpc->vpc_id.value_or("");
    state.set("id", id);
    if (!planned.flag("enable_dns_support")) TRY(set_dns_support(cloud, id, false));
    if (planned.flag("enable_dns_hostnames")) TRY(set_dns_hostnames(cloud, id, true));
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const std::string id = state.text("id");
    ec2::DescribeVpcsRequest request;
    request.vpc_ids = std::vector<std::string>{id};
    const auto found = cloud.call<ec2::DescribeVpcsResult>("ec2", "DescribeVpcs", request);
    if (!found && is_gone(found.error())) return false;
    if (!found) return std::unexpected(found.error());
    const ec2::Vpc& vpc = found->vpcs.value().at(0);
    state.set("arn", "arn:aws:ec2:" + cloud.region + ":" + vpc.owner_id.value_or("") + ":vpc/" + id);
    state.set("owner_id", vpc.owner_id.value_or(""));
    state.set("cidr_block", vpc.cidr_block.value_or(""));
    state.set("ipv6_association_id", "");
    state.set("instance_tenancy", vpc.instance_tenancy.value_or(""));
    state.set("dhcp_options_id", vpc.dhcp_options_id.value_or(""));
    state.set("enable_dns_support", TRY(vpc_dns_attribute(cloud, id, "enableDnsSupport")));
    state.set("enable_dns_hostnames", TRY(vpc_dns_attribute(cloud, id, "enableDnsHostnames")));
    set_tags(cloud, state, from_tags(vpc.tags));
    return read_defaults(cloud, id, state);
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    const std::string id = prior.text("id");
    const bool has_support = planned.flag("enable_dns_support"), changes_support = differs(prior, planned, "enable_dns_support");
    // Host names need the resolver: they go before it, and come after it.
    if (changes_support && has_support) TRY(set_dns_support(cloud, id, true));
    if (differs(prior, planned, "enable_dns_hostnames") && planned.has("enable_dns_hostnames")) TRY(set_dns_hostnames(cloud, id, planned.flag("enable_dns_hostnames")));
    if (changes_support && !has_support) TRY(set_dns_support(cloud, id, false));
    return update_ec2_tags(cloud, id, prior, planned);
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    ec2::DeleteVpcRequest request;
    request.vpc_id = state.text("id");
    return cloud.retry_while(kEmptying, is_in_use, [&] { return ignore_gone(cloud.call<ec2::DeleteVpcOutput>("ec2", "DeleteVpc", request)); });
  }

 private:
  static Result<void> set_dns_support(const Cloud& cloud, const std::string& id, bool on) {
    ec2::ModifyVpcAttributeRequest request;
    request.vpc_id = id;
    request.enable_dns_support.emplace().value = on;
    TRY(cloud.call<ec2::ModifyVpcAttributeOutput>("ec2", "ModifyVpcAttribute", request));
    return {};
  }

  static Result<void> set_dns_hostnames(const Cloud& cloud, const std::string& id, bool on) {
    ec2::ModifyVpcAttributeRequest request;
    request.vpc_id = id;
    request.enable_dns_hostnames.emplace().value = on;
    TRY(cloud.call<ec2::ModifyVpcAttributeOutput>("ec2", "ModifyVpcAttribute", request));
    return {};
  }

  /// The things that came with the VPC: main route table, default security group, default ACL.
  static Result<bool> read_defaults(const Cloud& cloud, const std::string& id, Record& state) {
    const ec2::Filter of_vpc = filter("vpc-id", id);
    ec2::DescribeRouteTablesRequest tables;
    tables.filters = std::vector<ec2::Filter>{of_vpc, filter("association.main", "true")};
    const auto main = TRY(cloud.call<ec2::DescribeRouteTablesResult>("ec2", "DescribeRouteTables", tables));
    if (main.route_tables && !main.route_tables->empty()) {
      state.set("main_route_table_id", main.route_tables->front().route_table_id.value_or(""));
      if (!state.has("default_route_table_id")) state.set("default_route_table_id", state.text("main_route_table_id"));
    }
    ec2::DescribeSecurityGroupsRequest groups;
    groups.filters = std::vector<ec2::Filter>{of_vpc, filter("group-name", "default")};
    const auto group = TRY(cloud.call<ec2::DescribeSecurityGroupsResult>("ec2", "DescribeSecurityGroups", groups));
    if (group.security_groups && !group.security_groups->empty()) state.set("default_security_group_id", group.security_groups->front().group_id.value_or(""));
    ec2::DescribeNetworkAclsRequest acls;
    acls.filters = std::vector<ec2::Filter>{of_vpc, filter("default", "true")};
    const auto acl = TRY(cloud.call<ec2::DescribeNetworkAclsResult>("ec2", "DescribeNetworkAcls", acls));
    if (acl.network_acls && !acl.network_acls->empty()) state.set("default_network_acl_id", acl.network_acls->front().network_acl_id.value_or(""));
    return true;
  }
};

/// The region's default VPC: taken over, made if there is none; taken away again if force_destroy says so.
class DefaultVpc final : public Vpc {
 public:
  const Schema& schema() const override {
    static const Schema schema = without_extras(tagged({.attributes = {
        text("id").read_only(), text("arn").read_only(), text("owner_id").read_only(), text("cidr_block").read_only(), text("instance_tenancy").read_only(),
        flag("enable_dns_support").defaults(true), flag("enable_dns_hostnames").defaults(true), flag("force_destroy").defaults(false), flag("existing_default_vpc").read_only(),
        text("main_route_table_id").read_only(), text("default_route_table_id").read_only(),
        text("default_security_group_id").read_only(), text("default_network_acl_id").read_only(),
        text("dhcp_options_id").read_only(),
    }}));
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    ec2::DescribeVpcsRequest request;
    request.filters = std::vector<ec2::Filter>{filter("is-default", "true")};
    const auto found = TRY(cloud.call<ec2::DescribeVpcsResult>("ec2", "DescribeVpcs", request));
    const bool is_there = found.vpcs && !found.vpcs->empty();
    state.set("existing_default_vpc", is_there);
    if (is_there) {
      state.set("id", found.vpcs->front().vpc_id.value_or(""));
    } else {
      const auto made = TRY(cloud.call<ec2::CreateDefaultVpcResult>("ec2", "CreateDefaultVpc", ec2::CreateDefaultVpcRequest{}));
      state.set("id", made.vpc->vpc_id.value_or(""));
    }
    Record there = state;
    TRY(read(cloud, there));
    return update(cloud, there, planned);
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    if (!state.flag("force_destroy")) return {};
    return Vpc::destroy(cloud, state);
  }
};

}  // namespace

void add_vpc(Provider& provider) {
  provider.resources["aws_vpc"] = std::make_unique<Vpc>();
  provider.resources["aws_default_vpc"] = std::make_unique<DefaultVpc>();
}

}  // namespace landfall::terraform::aws_types
