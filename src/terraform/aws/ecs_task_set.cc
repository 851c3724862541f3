#include <fmt/format.h>

#include "base/text.h"
#include "hcl/duration.h"
#include "terraform/aws/ecs.h"
#include "terraform/aws/more_types.h"
#include "terraform/aws/shaped.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace ecs = aws::ecs;

constexpr std::chrono::seconds kEnding{600};

struct TaskSetName {
  std::string id, service, cluster;
};

std::string check_duration(const Value& value) {
  const auto found = hcl::parse_duration(value.as_string());
  return found ? "" : "to be a duration such as \"10m\": " + found.error().what;
}

/// "SET,SERVICE,CLUSTER"
Result<TaskSetName> name_of(const std::string& id) {
  const auto parts = split(id, ',');
  if (parts.size() != 3) return fail("Import.Id", fmt::format("unexpected format of ID ({}), expected TASK_SET_ID,SERVICE,CLUSTER", id));
  return TaskSetName{parts[0], parts[1], parts[2]};
}

/// aws_ecs_task_set: one of the sets of tasks of a service that something else deploys.
class TaskSet final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = [] {
      Schema made = tagged({.attributes = {text("id").read_only(), text("arn").read_only(), text("task_set_id").read_only(), text("status").read_only(), text("stability_status").read_only(), text("service").required().forces_new(), text("cluster").required().forces_new(),
                                           flag("force_delete"), flag("wait_until_stable").defaults(false), text("wait_until_stable_timeout").defaults("10m").checked(check_duration)},
                            .blocks = {one_block("scale", scale()), network_block().forces_new()}});
      made.attributes.insert(made.attributes.end(), fixed().attributes.begin(), fixed().attributes.end());
      made.blocks.insert(made.blocks.end(), fixed().blocks.begin(), fixed().blocks.end());
      return made;
    }();
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    auto request = TRY(filled<ecs::CreateTaskSetRequest>(fixed(), planned));
    request.cluster = planned.text("cluster");
    request.service = planned.text("service");
    request.client_token = cloud.ids->uuid();
    if (!planned.blocks("network_configuration").empty()) request.network_configuration = network_of(planned);
    if (!planned.blocks("scale").empty()) {
      auto wanted = TRY(scale_of(planned));
      request.scale = std::move(wanted);
    }
    if (const Pairs tags = planned.pairs("tags_all"); !tags.empty()) request.tags = to_tags<ecs::Tag>(tags);
    const auto made = TRY(cloud.call<ecs::CreateTaskSetResponse>("ecs", "CreateTaskSet", request));
    state.set("id", fmt::format("{},{},{}", made.task_set->id.value_or(""), planned.text("service"), planned.text("cluster")));
    return wait_if_asked(cloud, state.text("id"), planned);
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const TaskSetName name = TRY(name_of(state.text("id")));
    const auto found = TRY(find(cloud, name));
    if (!found) return false;
    tell_structure(ecs::TaskSet::shape(), fixed(), &*found, {}, state);
    state.set("network_configuration", network_records(found->network_configuration));
    state.set("task_set_id", name.id);
    state.set("service", name.service);
    state.set("cluster", name.cluster);
    state.set("arn", found->task_set_arn.value_or(""));
    state.set("status", found->status.value_or(""));
    state.set("stability_status", found->stability_status.value_or(""));
    std::vector<Record> scales;
    if (found->scale) scales.push_back(told(*found->scale, scale()));
    state.set("scale", scales);
    set_tags(cloud, state, from_tags(found->tags));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    const TaskSetName name = TRY(name_of(prior.text("id")));
    if (differs(prior, planned, "scale") && !planned.blocks("scale").empty()) {
      auto wanted = TRY(scale_of(planned));
      TRY(cloud.call<ecs::UpdateTaskSetResponse>("ecs", "UpdateTaskSet", ecs::UpdateTaskSetRequest{.cluster = name.cluster, .scale = std::move(wanted), .service = name.service, .task_set = name.id}));
      TRY(wait_if_asked(cloud, prior.text("id"), planned));
    }
    return update_ecs_tags(cloud, prior.text("arn"), prior, planned);
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    const TaskSetName name = TRY(name_of(state.text("id")));
    ecs::DeleteTaskSetRequest request{.cluster = name.cluster, .service = name.service, .task_set = name.id};
    if (state.flag("force_delete")) request.force = true;
    TRY(ignore_gone(cloud.call<ecs::DeleteTaskSetResponse>("ecs", "DeleteTaskSet", request)));
    return cloud.wait_until("ECS task set " + name.id + " to end", kEnding, [&]() -> Result<bool> {
      const auto found = TRY(find(cloud, name));
      return !found || found->status == "INACTIVE";
    });
  }

 private:
  static Schema scale() { return {.attributes = {text("unit").defaults("PERCENT").checked(one_of({"PERCENT"})), number("value").checked(between(0, 100))}}; }

  /// What a set is made with and keeps.
  static const Schema& fixed() {
    static const Schema schema{.attributes = {text("task_definition").required().forces_new(), text("external_id").computed().forces_new(), text("launch_type").computed().forces_new().checked(one_of({"EC2", "FARGATE", "EXTERNAL"})), text("platform_version").computed().forces_new()},
                               .blocks = {set_block("capacity_provider_strategy", {.attributes = {number("base"), text("capacity_provider").required(), number("weight").required()}}).forces_new(),
                             set_block("load_balancer", {.attributes = {text("container_name").required(), number("container_port"), text("load_balancer_name"), text("target_group_arn")}}).forces_new(),
                             one_block("service_registries", {.attributes = {text("container_name"), number("container_port"), number("port"), text("registry_arn").required()}}).forces_new()}};
    return schema;
  }

  static Result<ecs::Scale> scale_of(const Record& planned) { return filled<ecs::Scale>(scale(), planned.block("scale")); }

  static Result<std::optional<ecs::TaskSet>> find(const Cloud& cloud, const TaskSetName& name) {
    const ecs::DescribeTaskSetsRequest request{.cluster = name.cluster, .include = std::vector<std::string>{"TAGS"}, .service = name.service, .task_sets = std::vector<std::string>{name.id}};
    auto found = TRY(look_up<ecs::DescribeTaskSetsResponse>(cloud, "ecs", "DescribeTaskSets", request));
    if (!found || !found->task_sets || found->task_sets->empty()) return std::optional<ecs::TaskSet>();
    return std::optional(std::move(found->task_sets->front()));
  }

  static Result<void> wait_if_asked(const Cloud& cloud, const std::string& id, const Record& planned) {
    if (!planned.flag("wait_until_stable")) return {};
    const TaskSetName name = TRY(name_of(id));
    const auto limit = std::chrono::duration_cast<std::chrono::seconds>(TRY(hcl::parse_duration(planned.text("wait_until_stable_timeout"))));
    return cloud.wait_until("ECS task set " + name.id + " to become stable", limit, [&]() -> Result<bool> {
      const auto found = TRY(find(cloud, name));
      if (!found) return fail("TaskSetNotFoundException", "the task set " + name.id + " is gone");
      return found->stability_status == "STEADY_STATE";
    });
  }
};

}  // namespace

void add_ecs_task_set(Provider& provider) { provider.resources["aws_ecs_task_set"] = std::make_unique<TaskSet>(); }

}  // namespace landfall::terraform::aws_types
