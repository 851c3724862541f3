#include <algorithm>

#include "terraform/aws/ec2.h"
#include "terraform/aws/more_types.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace ec2 = aws::ec2;

/// aws_vpc_ipv4_cidr_block_association: one more block of a VPC. The id is the association's.
class VpcBlock final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("vpc_id").required().forces_new(), text("cidr_block").computed().forces_new().checked(ipv4_block), deciding(refused(text("ipv4_ipam_pool_id"))), deciding(refused(number("ipv4_netmask_length")))}};
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    ec2::AssociateVpcCidrBlockRequest request;
    request.vpc_id = planned.text("vpc_id");
    request.cidr_block = planned.text("cidr_block");
    const auto made = TRY(cloud.call<ec2::AssociateVpcCidrBlockResult>("ec2", "AssociateVpcCidrBlock", request));
    state.set("id", made.cidr_block_association->association_id.value_or(""));
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const std::string id = state.text("id");
    ec2::DescribeVpcsRequest request;
    request.filters = std::vector<ec2::Filter>{filter("cidr-block-association.association-id", id)};
    const auto found = TRY(cloud.call<ec2::DescribeVpcsResult>("ec2", "DescribeVpcs", request));
    if (!found.vpcs || found.vpcs->empty()) return false;
    const auto blocks = found.vpcs->front().cidr_block_association_set.value_or(std::vector<ec2::VpcCidrBlockAssociation>{});
    const auto block = std::ranges::find_if(blocks, [&](const auto& one) { return one.association_id == id; });
    if (block == blocks.end()) return false;
    state.set("vpc_id", found.vpcs->front().vpc_id.value_or(""));
    state.set("cidr_block", block->cidr_block.value_or(""));
    return true;
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    ec2::DisassociateVpcCidrBlockRequest request;
    request.association_id = state.text("id");
    return cloud.retry_while(kEmptying, is_in_use, [&] { return ignore_gone(cloud.call<ec2::DisassociateVpcCidrBlockResult>("ec2", "DisassociateVpcCidrBlock", request)); });
  }
};

}  // namespace

void add_vpc_block(Provider& provider) { provider.resources["aws_vpc_ipv4_cidr_block_association"] = std::make_unique<VpcBlock>(); }

}  // namespace landfall::terraform::aws_types
