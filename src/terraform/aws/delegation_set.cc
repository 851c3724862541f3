#include "terraform/aws/more_types.h"
#include "terraform/aws/route53.h"
#include "terraform/aws/sources.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace route53 = aws::route53;

Result<std::optional<route53::DelegationSet>> find_set(const Cloud& cloud, const std::string& id) {
  auto found = TRY(look_up<route53::GetReusableDelegationSetResponse>(cloud, "route53", "GetReusableDelegationSet", route53::GetReusableDelegationSetRequest{.id = zone_id(id)}));
  if (!found) return std::optional<route53::DelegationSet>();
  return std::move(found->delegation_set);
}

void tell_set(const route53::DelegationSet& set, Record& state) {
  state.set("arn", "arn:aws:route53:::delegationset/" + zone_id(state.text("id")));
  state.set("name_servers", set.name_servers.value_or(std::vector<std::string>{}));
}

/// aws_route53_delegation_set: name servers for several zones.
class DelegationSet final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("arn").read_only(), texts("name_servers").read_only(), text("reference_name").forces_new()}};
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    const std::string name = planned.text("reference_name");
    const route53::CreateReusableDelegationSetRequest request{.caller_reference = (name.empty() ? "terraform" : name) + "-" + cloud.ids->hex(26)};
    const auto made = TRY(cloud.call<route53::CreateReusableDelegationSetResponse>("route53", "CreateReusableDelegationSet", request));
    state.set("id", zone_id(made.delegation_set->id.value_or("")));
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto set = TRY(find_set(cloud, state.text("id")));
    if (!set) return false;
    tell_set(*set, state);
    return true;
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    return ignore_gone(cloud.call<route53::DeleteReusableDelegationSetResponse>("route53", "DeleteReusableDelegationSet", route53::DeleteReusableDelegationSetRequest{.id = state.text("id")}));
  }
};

Result<void> read_set(const Cloud& cloud, Record& state) {
  const auto set = TRY(find_set(cloud, state.text("id")));
  if (!set) return fail(found_not_one(0, "Route 53 Reusable Delegation Set"));
  tell_set(*set, state);
  state.set("caller_reference", set->caller_reference.value_or(""));
  return {};
}

}  // namespace

void add_delegation_set(Provider& provider) {
  provider.resources["aws_route53_delegation_set"] = std::make_unique<DelegationSet>();
  add_source(provider, "aws_route53_delegation_set", {.attributes = {text("id").required(), text("arn").read_only(), text("caller_reference").read_only(), texts("name_servers").read_only()}}, read_set);
}

}  // namespace landfall::terraform::aws_types
