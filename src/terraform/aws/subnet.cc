#include "terraform/aws/ec2.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace ec2 = aws::ec2;

/// What Landfall's subnets do not have.
Schema without_extras(Schema schema) {
  for (const char* name : {"assign_ipv6_address_on_creation", "enable_dns64", "enable_resource_name_dns_a_record_on_launch", "enable_resource_name_dns_aaaa_record_on_launch", "ipv6_native", "map_customer_owned_ip_on_launch"}) {
    schema.attributes.push_back(refused(flag(name)));
  }
  // Computed: the official provider tells what AWS has for them.
  for (const char* name : {"customer_owned_ipv4_pool", "ipv6_cidr_block", "outpost_arn"}) schema.attributes.push_back(refused(text(name).computed()));
  const auto is_ip_name = [](const Value& type) { return type.as_string() == "ip-name"; };
  schema.attributes.push_back(text("private_dns_hostname_type_on_launch").computed().checked(one_of({"ip-name"})).carried_if(is_ip_name));
  schema.attributes.push_back(refused(number("enable_lni_at_device_index")));
  schema.attributes.push_back(text("ipv6_cidr_block_association_id").read_only());
  return schema;
}

class Subnet : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = without_extras(tagged({.attributes = {
        text("id").read_only(), text("arn").read_only(), text("owner_id").read_only(),
        text("vpc_id").required().forces_new(), text("cidr_block").required().forces_new().checked(ipv4_block),
        text("availability_zone").computed().forces_new(), text("availability_zone_id").computed().forces_new(),
        flag("map_public_ip_on_launch").defaults(false), refused(text("ipv4_ipam_pool_id")), refused(number("ipv4_netmask_length")), refused(text("ipv6_ipam_pool_id")), refused(number("ipv6_netmask_length")),
    }}));
    return schema;
  }
  int schema_version() const override { return 1; }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    ec2::CreateSubnetRequest request;
    request.vpc_id = planned.text("vpc_id");
    request.cidr_block = planned.text("cidr_block");
    if (planned.has("availability_zone")) request.availability_zone = planned.text("availability_zone");
    else if (planned.has("availability_zone_id")) request.availability_zone_id = planned.text("availability_zone_id");
    request.tag_specifications = tag_specifications<ec2::TagSpecification, ec2::Tag>("subnet", planned);
    const auto made = TRY(cloud.call<ec2::CreateSubnetResult>("ec2", "CreateSubnet", request));
    state.set("id", made.subnet->subnet_id.value_or(""));
    if (planned.flag("map_public_ip_on_launch")) return set_public(cloud, state.text("id"), true);
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    ec2::DescribeSubnetsRequest request;
    request.subnet_ids = std::vector<std::string>{state.text("id")};
    const auto found = TRY(look_up<ec2::DescribeSubnetsResult>(cloud, "ec2", "DescribeSubnets", request));
    if (!found || !found->subnets || found->subnets->empty()) return false;
    fill(cloud, found->subnets->front(), state);
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    const std::string id = prior.text("id");
    if (differs(prior, planned, "map_public_ip_on_launch")) TRY(set_public(cloud, id, planned.flag("map_public_ip_on_launch")));
    return update_ec2_tags(cloud, id, prior, planned);
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    ec2::DeleteSubnetRequest request;
    request.subnet_id = state.text("id");
    return cloud.retry_while(kEmptying, is_in_use, [&] { return ignore_gone(cloud.call<ec2::DeleteSubnetOutput>("ec2", "DeleteSubnet", request)); });
  }

 private:
  static void fill(const Cloud& cloud, const ec2::Subnet& subnet, Record& state) {
    state.set("arn", subnet.subnet_arn.value_or(""));
    state.set("owner_id", subnet.owner_id.value_or(""));
    state.set("vpc_id", subnet.vpc_id.value_or(""));
    state.set("cidr_block", subnet.cidr_block.value_or(""));
    state.set("availability_zone", subnet.availability_zone.value_or(""));
    state.set("availability_zone_id", subnet.availability_zone_id.value_or(""));
    state.set("map_public_ip_on_launch", subnet.map_public_ip_on_launch.value_or(false));
    state.set("ipv6_cidr_block_association_id", "");
    if (subnet.private_dns_name_options_on_launch) state.set("private_dns_hostname_type_on_launch", subnet.private_dns_name_options_on_launch->hostname_type.value_or(""));
    set_tags(cloud, state, from_tags(subnet.tags));
  }

  static Result<void> set_public(const Cloud& cloud, const std::string& id, bool on) {
    ec2::ModifySubnetAttributeRequest request;
    request.subnet_id = id;
    request.map_public_ip_on_launch.emplace().value = on;
    TRY(cloud.call<ec2::ModifySubnetAttributeOutput>("ec2", "ModifySubnetAttribute", request));
    return {};
  }
};

/// The default subnet of a zone: taken over, made if there is none; taken away again if force_destroy says so.
class DefaultSubnet final : public Subnet {
 public:
  const Schema& schema() const override {
    static const Schema schema = without_extras(tagged({.attributes = {
        text("id").read_only(), text("arn").read_only(), text("owner_id").read_only(), text("vpc_id").read_only(), text("cidr_block").read_only(),
        text("availability_zone").required().forces_new(), text("availability_zone_id").read_only(),
        flag("map_public_ip_on_launch").defaults(true), flag("force_destroy").defaults(false), flag("existing_default_subnet").read_only(),
    }}));
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    ec2::DescribeSubnetsRequest request;
    request.filters = std::vector<ec2::Filter>{filter("availability-zone", planned.text("availability_zone")), filter("default-for-az", "true")};
    const auto found = TRY(cloud.call<ec2::DescribeSubnetsResult>("ec2", "DescribeSubnets", request));
    const bool is_there = found.subnets && !found.subnets->empty();
    state.set("existing_default_subnet", is_there);
    if (is_there) {
      state.set("id", found.subnets->front().subnet_id.value_or(""));
    } else {
      ec2::CreateDefaultSubnetRequest wanted;
      wanted.availability_zone = planned.text("availability_zone");
      const auto made = TRY(cloud.call<ec2::CreateDefaultSubnetResult>("ec2", "CreateDefaultSubnet", wanted));
      state.set("id", made.subnet->subnet_id.value_or(""));
    }
    Record there = state;
    TRY(read(cloud, there));
    return update(cloud, there, planned);
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    if (!state.flag("force_destroy")) return {};
    return Subnet::destroy(cloud, state);
  }
};

}  // namespace

void add_subnet(Provider& provider) {
  provider.resources["aws_subnet"] = std::make_unique<Subnet>();
  provider.resources["aws_default_subnet"] = std::make_unique<DefaultSubnet>();
}

}  // namespace landfall::terraform::aws_types
