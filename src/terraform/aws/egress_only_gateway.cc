#include "terraform/aws/ec2.h"
#include "terraform/aws/more_types.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace ec2 = aws::ec2;

/// aws_egress_only_internet_gateway
class EgressOnlyGateway final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged({.attributes = {text("id").read_only(), text("vpc_id").required().forces_new()}});
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    ec2::CreateEgressOnlyInternetGatewayRequest request;
    request.vpc_id = planned.text("vpc_id");
    request.client_token = cloud.ids->uuid();
    request.tag_specifications = tag_specifications<ec2::TagSpecification, ec2::Tag>("egress-only-internet-gateway", planned);
    const auto made = TRY(cloud.call<ec2::CreateEgressOnlyInternetGatewayResult>("ec2", "CreateEgressOnlyInternetGateway", request));
    state.set("id", made.egress_only_internet_gateway->egress_only_internet_gateway_id.value_or(""));
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    ec2::DescribeEgressOnlyInternetGatewaysRequest request;
    request.egress_only_internet_gateway_ids = std::vector<std::string>{state.text("id")};
    const auto found = TRY(look_up<ec2::DescribeEgressOnlyInternetGatewaysResult>(cloud, "ec2", "DescribeEgressOnlyInternetGateways", request));
    if (!found || !found->egress_only_internet_gateways || found->egress_only_internet_gateways->empty()) return false;
    const auto& gateway = found->egress_only_internet_gateways->front();
    if (gateway.attachments && !gateway.attachments->empty()) state.set("vpc_id", gateway.attachments->front().vpc_id.value_or(""));
    set_tags(cloud, state, from_tags(gateway.tags));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override { return update_ec2_tags(cloud, prior.text("id"), prior, planned); }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    ec2::DeleteEgressOnlyInternetGatewayRequest request;
    request.egress_only_internet_gateway_id = state.text("id");
    return ignore_gone(cloud.call<ec2::DeleteEgressOnlyInternetGatewayResult>("ec2", "DeleteEgressOnlyInternetGateway", request));
  }
};

}  // namespace

void add_egress_only_gateway(Provider& provider) { provider.resources["aws_egress_only_internet_gateway"] = std::make_unique<EgressOnlyGateway>(); }

}  // namespace landfall::terraform::aws_types
