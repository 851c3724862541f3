#include "terraform/aws/ec2.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace ec2 = aws::ec2;

class InternetGateway final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged({.attributes = {text("id").read_only(), text("arn").read_only(), text("owner_id").read_only(), text("vpc_id").computed()}});
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    ec2::CreateInternetGatewayRequest request;
    request.tag_specifications = tag_specifications<ec2::TagSpecification, ec2::Tag>("internet-gateway", planned);
    const auto made = TRY(cloud.call<ec2::CreateInternetGatewayResult>("ec2", "CreateInternetGateway", request));
    state.set("id", made.internet_gateway->internet_gateway_id.value_or(""));
    return planned.has("vpc_id") ? attach(cloud, state.text("id"), planned.text("vpc_id")) : Result<void>();
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    ec2::DescribeInternetGatewaysRequest request;
    request.internet_gateway_ids = std::vector<std::string>{state.text("id")};
    const auto found = TRY(look_up<ec2::DescribeInternetGatewaysResult>(cloud, "ec2", "DescribeInternetGateways", request));
    if (!found || !found->internet_gateways || found->internet_gateways->empty()) return false;
    const ec2::InternetGateway& gateway = found->internet_gateways->front();
    const bool is_attached = gateway.attachments && !gateway.attachments->empty();
    state.set("vpc_id", is_attached ? gateway.attachments->front().vpc_id.value_or("") : "");
    state.set("owner_id", gateway.owner_id.value_or(""));
    state.set("arn", arn_of(cloud, "ec2", "internet-gateway/" + state.text("id")));
    set_tags(cloud, state, from_tags(gateway.tags));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    const std::string id = prior.text("id");
    if (prior.text("vpc_id") != planned.text("vpc_id")) {
      if (!prior.text("vpc_id").empty()) TRY(detach(cloud, id, prior.text("vpc_id")));
      if (!planned.text("vpc_id").empty()) TRY(attach(cloud, id, planned.text("vpc_id")));
    }
    return update_ec2_tags(cloud, id, prior, planned);
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    if (!state.text("vpc_id").empty()) TRY(detach(cloud, state.text("id"), state.text("vpc_id")));
    ec2::DeleteInternetGatewayRequest request;
    request.internet_gateway_id = state.text("id");
    return cloud.retry_while(kEmptying, is_in_use, [&] { return ignore_gone(cloud.call<ec2::DeleteInternetGatewayOutput>("ec2", "DeleteInternetGateway", request)); });
  }

 private:
  static Result<void> attach(const Cloud& cloud, const std::string& id, const std::string& vpc) {
    ec2::AttachInternetGatewayRequest request;
    request.internet_gateway_id = id;
    request.vpc_id = vpc;
    TRY(cloud.call<ec2::AttachInternetGatewayOutput>("ec2", "AttachInternetGateway", request));
    return {};
  }

  static Result<void> detach(const Cloud& cloud, const std::string& id, const std::string& vpc) {
    ec2::DetachInternetGatewayRequest request;
    request.internet_gateway_id = id;
    request.vpc_id = vpc;
    return cloud.retry_while(kEmptying, is_in_use, [&]() -> Result<void> {
      const auto done = cloud.call<ec2::DetachInternetGatewayOutput>("ec2", "DetachInternetGateway", request);
      if (!done && done.error().code == "Gateway.NotAttached") return {};
      return ignore_gone(done);
    });
  }
};

}  // namespace

void add_internet_gateway(Provider& provider) { provider.resources["aws_internet_gateway"] = std::make_unique<InternetGateway>(); }

}  // namespace landfall::terraform::aws_types
