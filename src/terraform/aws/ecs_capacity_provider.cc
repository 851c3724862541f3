#include "terraform/aws/more_types.h"
#include "terraform/aws/ecs.h"
#include "terraform/aws/members.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace ecs = aws::ecs;

const Schema& scaling_schema() {
  static const Schema schema{.attributes = {number("instance_warmup_period").computed(), number("maximum_scaling_step_size").computed(), number("minimum_scaling_step_size").computed(),
                                            text("status").computed().checked(one_of({"ENABLED", "DISABLED"})), number("target_capacity").computed().checked(between(1, 100))}};
  return schema;
}

/// What is the same in the requests that make and change one.
template <class Group>
void fill(const Record& block, Group& group) {
  set_text(block, "managed_termination_protection", group.managed_termination_protection);
  set_text(block, "managed_draining", group.managed_draining);
  for (const Record& scaling : block.blocks("managed_scaling")) {
    auto& api = group.managed_scaling.emplace();
    set_text(scaling, "status", api.status);
    set_number(scaling, "target_capacity", api.target_capacity);
    set_number(scaling, "minimum_scaling_step_size", api.minimum_scaling_step_size);
    set_number(scaling, "maximum_scaling_step_size", api.maximum_scaling_step_size);
    set_number(scaling, "instance_warmup_period", api.instance_warmup_period);
  }
}

Record told(const ecs::AutoScalingGroupProvider& group) {
  Record block;
  block.set("auto_scaling_group_arn", group.auto_scaling_group_arn.value_or(""));
  block.set("managed_termination_protection", group.managed_termination_protection.value_or(""));
  block.set("managed_draining", group.managed_draining.value_or(""));
  if (!group.managed_scaling) return block;
  Record scaling;
  scaling.set("status", group.managed_scaling->status.value_or(""));
  scaling.set("target_capacity", group.managed_scaling->target_capacity.value_or(0));
  scaling.set("minimum_scaling_step_size", group.managed_scaling->minimum_scaling_step_size.value_or(0));
  scaling.set("maximum_scaling_step_size", group.managed_scaling->maximum_scaling_step_size.value_or(0));
  scaling.set("instance_warmup_period", group.managed_scaling->instance_warmup_period.value_or(0));
  block.set("managed_scaling", std::vector<Record>{scaling});
  return block;
}

class CapacityProvider final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged({.attributes = {text("id").read_only(), text("arn").read_only(), text("name").required().forces_new(), refused(text("cluster")), deciding(refused_blocks("managed_instances_provider"))},
                                         .blocks = {one_block("auto_scaling_group_provider", {.attributes = {text("auto_scaling_group_arn").required().forces_new(), text("managed_draining").computed().checked(one_of({"ENABLED", "DISABLED"})),
                                                                                                             text("managed_termination_protection").computed().checked(one_of({"ENABLED", "DISABLED"}))},
                                                                                              .blocks = {one_block("managed_scaling", scaling_schema()).computed()}})}});
    return schema;
  }

  Result<void> adjust(const Cloud&, const Planned& change) const override {
    const bool is_missing = change.config.value("auto_scaling_group_provider").is_wholly_known() && change.config.blocks("auto_scaling_group_provider").empty();
    if (is_missing) return fail("Config.Missing", "one of `auto_scaling_group_provider,managed_instances_provider` must be specified");
    return {};
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    ecs::CreateCapacityProviderRequest request;
    request.name = planned.text("name");
    const Record block = planned.block("auto_scaling_group_provider");
    auto& group = request.auto_scaling_group_provider.emplace();
    group.auto_scaling_group_arn = block.text("auto_scaling_group_arn");
    fill(block, group);
    if (const Pairs tags = planned.pairs("tags_all"); !tags.empty()) request.tags = to_tags<ecs::Tag>(tags);
    const auto made = TRY(cloud.call<ecs::CreateCapacityProviderResponse>("ecs", "CreateCapacityProvider", request));
    state.set("id", made.capacity_provider->capacity_provider_arn.value_or(""));
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    ecs::DescribeCapacityProvidersRequest request;
    request.capacity_providers = std::vector<std::string>{state.text("id")};
    request.include = std::vector<std::string>{"TAGS"};
    const auto found = TRY(cloud.call<ecs::DescribeCapacityProvidersResponse>("ecs", "DescribeCapacityProviders", request));
    if (!found.capacity_providers || found.capacity_providers->empty()) return false;
    const ecs::CapacityProvider& provider = found.capacity_providers->front();
    state.set("arn", provider.capacity_provider_arn.value_or(""));
    state.set("name", provider.name.value_or(""));
    if (provider.auto_scaling_group_provider) state.set("auto_scaling_group_provider", std::vector<Record>{told(*provider.auto_scaling_group_provider)});
    set_tags(cloud, state, from_tags(provider.tags));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    if (differs(prior, planned, "auto_scaling_group_provider")) {
      ecs::UpdateCapacityProviderRequest request;
      request.name = planned.text("name");
      fill(planned.block("auto_scaling_group_provider"), request.auto_scaling_group_provider.emplace());
      TRY(cloud.call<ecs::UpdateCapacityProviderResponse>("ecs", "UpdateCapacityProvider", request));
    }
    return update_ecs_tags(cloud, prior.text("id"), prior, planned);
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    Record there = state;
    if (!TRY(read(cloud, there))) return {};
    ecs::DeleteCapacityProviderRequest request;
    request.capacity_provider = state.text("id");
    TRY(cloud.call<ecs::DeleteCapacityProviderResponse>("ecs", "DeleteCapacityProvider", request));
    return {};
  }

  /// By its name, as the official provider takes it.
  Result<Record> import(const Cloud& cloud, const std::string& id) const override {
    Record record;
    record.set("id", id.starts_with("arn:") ? id : arn_of(cloud, "ecs", "capacity-provider/" + id));
    return record;
  }
};

}  // namespace

void add_ecs_capacity_provider(Provider& provider) { provider.resources["aws_ecs_capacity_provider"] = std::make_unique<CapacityProvider>(); }

}  // namespace landfall::terraform::aws_types
