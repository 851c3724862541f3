#include <fmt/format.h>

#include "base/text.h"
#include "terraform/aws/appautoscaling.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace scaling = aws::application_autoscaling;
constexpr const char* kService = "application_autoscaling";

/// The service-linked role is used whatever role is written (provider docs, aws_appautoscaling_target, role_arn).
bool is_linked_role(const Value& there, const Value&) { return there.has_value() && there.as_string().find(":role/aws-service-role/") != std::string::npos; }

class Target final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged({.attributes = {text("id").read_only(), text("arn").read_only(), number("max_capacity").required(), number("min_capacity").required(), text("resource_id").required().forces_new(),
                                                        text("role_arn").computed().same_if(is_linked_role), text("scalable_dimension").required().forces_new(), text("service_namespace").required().forces_new()},
                                         .blocks = {one_block("suspended_state", {.attributes = {flag("dynamic_scaling_in_suspended").defaults(false), flag("dynamic_scaling_out_suspended").defaults(false),
                                                                                                 flag("scheduled_scaling_suspended").defaults(false)}}).computed()}});
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    scaling::RegisterScalableTargetRequest request = request_of(planned);
    const Pairs tags = planned.pairs("tags_all");
    if (!tags.empty()) request.tags = tags;
    TRY(cloud.call<scaling::RegisterScalableTargetResponse>(kService, "RegisterScalableTarget", request));
    state.set("id", planned.text("resource_id"));
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    scaling::DescribeScalableTargetsRequest request;
    request.service_namespace = state.text("service_namespace");
    request.resource_ids = std::vector<std::string>{state.text("resource_id")};
    request.scalable_dimension = state.text("scalable_dimension");
    const auto found = TRY(look_up<scaling::DescribeScalableTargetsResponse>(cloud, kService, "DescribeScalableTargets", request));
    if (!found || !found->scalable_targets || found->scalable_targets->empty()) return false;
    const scaling::ScalableTarget& target = found->scalable_targets->front();
    const std::string arn = target.scalable_target_arn.value_or("");
    state.set("arn", arn);
    state.set("max_capacity", target.max_capacity.value_or(0));
    state.set("min_capacity", target.min_capacity.value_or(0));
    state.set("resource_id", target.resource_id.value_or(""));
    state.set("role_arn", target.role_arn.value_or(""));
    state.set("scalable_dimension", target.scalable_dimension.value_or(""));
    state.set("service_namespace", target.service_namespace.value_or(""));
    const scaling::SuspendedState suspended = target.suspended_state.value_or(scaling::SuspendedState{});
    std::vector<Record> blocks(1);
    blocks[0].set("dynamic_scaling_in_suspended", suspended.dynamic_scaling_in_suspended.value_or(false));
    blocks[0].set("dynamic_scaling_out_suspended", suspended.dynamic_scaling_out_suspended.value_or(false));
    blocks[0].set("scheduled_scaling_suspended", suspended.scheduled_scaling_suspended.value_or(false));
    state.set("suspended_state", blocks);
    scaling::ListTagsForResourceRequest tags;
    tags.resource_arn = arn;
    set_tags(cloud, state, TRY(cloud.call<scaling::ListTagsForResourceResponse>(kService, "ListTagsForResource", tags)).tags.value_or(Pairs{}));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    TRY(cloud.call<scaling::RegisterScalableTargetResponse>(kService, "RegisterScalableTarget", request_of(planned)));
    const TagChange change = tag_change(prior, planned);
    if (!change.removed.empty()) {
      scaling::UntagResourceRequest request;
      request.resource_arn = prior.text("arn");
      request.tag_keys = change.removed;
      TRY(cloud.call<scaling::UntagResourceResponse>(kService, "UntagResource", request));
    }
    if (!change.put.empty()) {
      scaling::TagResourceRequest request;
      request.resource_arn = prior.text("arn");
      request.tags = change.put;
      TRY(cloud.call<scaling::TagResourceResponse>(kService, "TagResource", request));
    }
    return {};
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    scaling::DeregisterScalableTargetRequest request;
    set_target(state, request);
    return ignore_gone(cloud.call<scaling::DeregisterScalableTargetResponse>(kService, "DeregisterScalableTarget", request));
  }

  Result<Record> import(const Cloud&, const std::string& id) const override { return target_of_import(id, false); }

 private:
  static scaling::RegisterScalableTargetRequest request_of(const Record& planned) {
    scaling::RegisterScalableTargetRequest request;
    set_target(planned, request);
    if (!planned.text("role_arn").empty()) request.role_arn = planned.text("role_arn");
    request.min_capacity = static_cast<int32_t>(planned.number("min_capacity"));
    request.max_capacity = static_cast<int32_t>(planned.number("max_capacity"));
    for (const Record& state : planned.blocks("suspended_state")) {
      auto& suspended = request.suspended_state.emplace();
      suspended.dynamic_scaling_in_suspended = state.flag("dynamic_scaling_in_suspended");
      suspended.dynamic_scaling_out_suspended = state.flag("dynamic_scaling_out_suspended");
      suspended.scheduled_scaling_suspended = state.flag("scheduled_scaling_suspended");
    }
    return request;
  }
};

}  // namespace

Result<Record> target_of_import(const std::string& id, bool is_named) {
  std::vector<std::string> parts = split(id, '/');
  const size_t least = is_named ? 4 : 3;
  if (parts.size() < least) return fail("Import.Id", fmt::format("unexpected format for import ID ({}), expected SERVICE_NAMESPACE/RESOURCE_ID/SCALABLE_DIMENSION{}", id, is_named ? "/POLICY_NAME" : ""));
  Record record;
  if (is_named) {
    record.set("name", parts.back());
    record.set("id", parts.back());
    parts.pop_back();
  }
  record.set("service_namespace", parts.front());
  record.set("scalable_dimension", parts.back());
  const std::string resource = join({parts.begin() + 1, parts.end() - 1}, "/");
  record.set("resource_id", resource);
  if (!is_named) record.set("id", resource);
  return record;
}

void add_appautoscaling_target(Provider& provider) { provider.resources["aws_appautoscaling_target"] = std::make_unique<Target>(); }

}  // namespace landfall::terraform::aws_types
