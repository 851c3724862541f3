#include <fmt/format.h>

#include "terraform/aws/ec2.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace ec2 = aws::ec2;
constexpr std::chrono::seconds kMaking{600}, kEnding{1800};  // the official provider's

std::string zonal(const Value& mode) { return mode.as_string() == "zonal" ? "" : "to be \"zonal\": Landfall does not support \"" + mode.as_string() + "\" yet"; }

class NatGateway final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged({.attributes = {
        text("id").read_only(), text("subnet_id").forces_new(), text("allocation_id").forces_new(), text("association_id").read_only(),
        text("connectivity_type").defaults("public").forces_new().checked(one_of({"public", "private"})),
        text("network_interface_id").read_only(), text("private_ip").read_only(), text("public_ip").read_only(),
        refused(text_set("secondary_allocation_ids")), refused(text_set("secondary_private_ip_addresses")), refused(number("secondary_private_ip_address_count")),
        deciding(refused(text("vpc_id"))), text("availability_mode").checked(zonal).carried_if([](const Value& mode) { return zonal(mode).empty(); }).deciding(), deciding(refused_blocks("availability_zone_address")),
    }});
    return schema;
  }

  Result<void> adjust(const Cloud&, const Planned& change) const override {
    return !change.config.value("subnet_id").is_null() ? Result<void>() : fail("NatGateway.Subnet", "subnet_id must be set: Landfall has no NAT gateways of a whole region (availability_mode = \"regional\")");
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    ec2::CreateNatGatewayRequest request;
    request.subnet_id = planned.text("subnet_id");
    request.connectivity_type = planned.text("connectivity_type");
    if (planned.has("allocation_id")) request.allocation_id = planned.text("allocation_id");
    request.client_token = cloud.ids->uuid();
    request.tag_specifications = tag_specifications<ec2::TagSpecification, ec2::Tag>("natgateway", planned);
    const auto made = TRY(cloud.call<ec2::CreateNatGatewayResult>("ec2", "CreateNatGateway", request));
    const std::string id = made.nat_gateway->nat_gateway_id.value_or("");
    state.set("id", id);
    return cloud.wait_until("NAT gateway " + id + " to become available", kMaking, [&]() -> Result<bool> {
      const auto gateway = TRY(find(cloud, id));
      if (!gateway) return fail("NatGatewayNotFound", "the NAT gateway " + id + " is gone");
      if (gateway->state == "failed") return fail(gateway->failure_code.value_or("Failed"), fmt::format("waiting for NAT gateway {}: unexpected state 'failed', wanted target 'available': {}", id, gateway->failure_message.value_or("")));
      return gateway->state == "available";
    });
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto gateway = TRY(find(cloud, state.text("id")));
    if (!gateway) return false;
    state.set("subnet_id", gateway->subnet_id.value_or(""));
    state.set("connectivity_type", gateway->connectivity_type.value_or("public"));
    if (gateway->nat_gateway_addresses && !gateway->nat_gateway_addresses->empty()) {
      const auto& address = gateway->nat_gateway_addresses->front();
      state.set("allocation_id", address.allocation_id.value_or(""));
      state.set("association_id", address.association_id.value_or(""));
      state.set("network_interface_id", address.network_interface_id.value_or(""));
      state.set("private_ip", address.private_ip.value_or(""));
      state.set("public_ip", address.public_ip.value_or(""));
    }
    set_tags(cloud, state, from_tags(gateway->tags));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override { return update_ec2_tags(cloud, prior.text("id"), prior, planned); }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    const std::string id = state.text("id");
    ec2::DeleteNatGatewayRequest request;
    request.nat_gateway_id = id;
    TRY(ignore_gone(cloud.call<ec2::DeleteNatGatewayResult>("ec2", "DeleteNatGateway", request)));
    return cloud.wait_until("NAT gateway " + id + " to be deleted", kEnding, [&]() -> Result<bool> { return !TRY(find(cloud, id)); });
  }

 private:
  /// Nothing: gone, or deleted and only remembered.
  static Result<std::optional<ec2::NatGateway>> find(const Cloud& cloud, const std::string& id) {
    ec2::DescribeNatGatewaysRequest request;
    request.nat_gateway_ids = std::vector<std::string>{id};
    auto found = TRY(look_up<ec2::DescribeNatGatewaysResult>(cloud, "ec2", "DescribeNatGateways", request));
    if (!found || !found->nat_gateways || found->nat_gateways->empty() || found->nat_gateways->front().state == "deleted") return std::optional<ec2::NatGateway>();
    return std::optional<ec2::NatGateway>(std::move(found->nat_gateways->front()));
  }
};

}  // namespace

void add_nat_gateway(Provider& provider) { provider.resources["aws_nat_gateway"] = std::make_unique<NatGateway>(); }

}  // namespace landfall::terraform::aws_types
