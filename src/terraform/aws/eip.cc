#include <fmt/format.h>

#include "base/text.h"
#include "terraform/aws/ec2.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace ec2 = aws::ec2;

class Eip final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged({.attributes = {
        text("id").read_only(), text("arn").read_only(), text("allocation_id").read_only(), text("association_id").read_only(), text("public_ip").read_only(), text("public_dns").read_only(),
        text("private_ip").read_only(), text("private_dns").read_only(), text("network_border_group").computed().forces_new(), text("public_ipv4_pool").computed().forces_new(), text("carrier_ip").read_only(), text("customer_owned_ip").read_only(), text("ptr_record").read_only(),
        text("domain").computed().forces_new().checked(one_of({"vpc"})), flag("vpc").computed(), text("network_interface").computed(),
        text("associate_with_private_ip"), refused(text("instance")), refused(text("address")), refused(text("customer_owned_ipv4_pool")),
        refused(text("ipam_pool_id")),
    }});
    return schema;
  }

  Result<void> adjust(const Cloud& cloud, const Planned& change) const override {
    const std::string group = change.planned.text("network_border_group"), pool = change.planned.text("public_ipv4_pool");
    if (!group.empty() && group != cloud.region) return fail("Eip.Border", fmt::format("network_border_group is \"{}\": Landfall has addresses of the region only, \"{}\"", group, cloud.region));
    if (!pool.empty() && pool != "amazon") return fail("Eip.Pool", fmt::format("public_ipv4_pool is \"{}\": Landfall has addresses of the pool \"amazon\" only", pool));
    return {};
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    ec2::AllocateAddressRequest request;
    request.domain = "vpc";
    request.tag_specifications = tag_specifications<ec2::TagSpecification, ec2::Tag>("elastic-ip", planned);
    const auto made = TRY(cloud.call<ec2::AllocateAddressResult>("ec2", "AllocateAddress", request));
    state.set("id", made.allocation_id.value_or(""));
    if (planned.has("network_interface")) return associate(cloud, state.text("id"), planned);
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    ec2::DescribeAddressesRequest request;
    request.allocation_ids = std::vector<std::string>{state.text("id")};
    const auto found = TRY(look_up<ec2::DescribeAddressesResult>(cloud, "ec2", "DescribeAddresses", request));
    if (!found || !found->addresses || found->addresses->empty()) return false;
    const ec2::Address& address = found->addresses->front();
    state.set("allocation_id", address.allocation_id.value_or(""));
    state.set("association_id", address.association_id.value_or(""));
    state.set("public_ip", address.public_ip.value_or(""));
    state.set("private_ip", address.private_ip_address.value_or(""));
    state.set("network_interface", address.network_interface_id.value_or(""));
    state.set("network_border_group", address.network_border_group.value_or(cloud.region));
    state.set("public_ipv4_pool", address.public_ipv4_pool.value_or("amazon"));
    const std::string zone = cloud.region == "us-east-1" ? "compute-1" : cloud.region + ".compute";
    const auto host = [](const char* prefix, const std::string& ip, const std::string& rest) { return ip.empty() ? std::string() : prefix + replace_all(ip, ".", "-") + rest; };
    state.set("public_dns", host("ec2-", state.text("public_ip"), "." + zone + ".amazonaws.com"));
    state.set("private_dns", host("ip-", state.text("private_ip"), cloud.region == "us-east-1" ? ".ec2.internal" : "." + cloud.region + ".compute.internal"));
    for (const char* name : {"carrier_ip", "customer_owned_ip", "ptr_record"}) state.set(name, "");
    state.set("domain", address.domain.value_or("vpc"));
    state.set("vpc", true);
    state.set("arn", arn_of(cloud, "ec2", "elastic-ip/" + state.text("id")));
    set_tags(cloud, state, from_tags(address.tags));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    if (differs(prior, planned, "network_interface") || differs(prior, planned, "associate_with_private_ip")) {
      if (!prior.text("association_id").empty()) TRY(disassociate(cloud, prior.text("association_id")));
      if (!planned.text("network_interface").empty()) TRY(associate(cloud, prior.text("id"), planned));
    }
    return update_ec2_tags(cloud, prior.text("id"), prior, planned);
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    Record now = state;
    if (!TRY(read(cloud, now))) return {};
    const bool is_ours = !state.text("network_interface").empty() && now.text("association_id") == state.text("association_id");
    ec2::ReleaseAddressRequest request;
    request.allocation_id = state.text("id");
    return cloud.retry_while(kEmptying, [](const Error& e) { return is_in_use(e) || e.code == "AuthFailure"; }, [&]() -> Result<void> {
      auto released = cloud.call<ec2::ReleaseAddressOutput>("ec2", "ReleaseAddress", request);
      if (!released && is_in_use(released.error()) && is_ours) TRY(disassociate(cloud, now.text("association_id")));
      return ignore_gone(released);
    });
  }

 private:
  /// The private address counts where there is an interface only: without one the official provider keeps it in the state and asks for nothing.
  static Result<void> associate(const Cloud& cloud, const std::string& id, const Record& planned) {
    ec2::AssociateAddressRequest request;
    request.allocation_id = id;
    request.network_interface_id = planned.text("network_interface");
    if (!planned.text("associate_with_private_ip").empty()) request.private_ip_address = planned.text("associate_with_private_ip");
    TRY(cloud.call<ec2::AssociateAddressResult>("ec2", "AssociateAddress", request));
    return {};
  }

  static Result<void> disassociate(const Cloud& cloud, const std::string& association) {
    ec2::DisassociateAddressRequest request;
    request.association_id = association;
    return ignore_gone(cloud.call<ec2::DisassociateAddressOutput>("ec2", "DisassociateAddress", request));
  }
};

}  // namespace

void add_eip(Provider& provider) { provider.resources["aws_eip"] = std::make_unique<Eip>(); }

}  // namespace landfall::terraform::aws_types
