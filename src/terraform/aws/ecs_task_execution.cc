#include <fmt/format.h>

#include "terraform/aws/ecs.h"
#include "terraform/aws/more_types.h"
#include "terraform/aws/shaped.h"
#include "terraform/aws/sources.h"
#include "terraform/aws/tags.h"

/// data aws_ecs_task_execution: runs tasks whenever it is read.
namespace landfall::terraform::aws_types {
namespace {

namespace ecs = aws::ecs;

Schema overrides_schema() {
  return {.attributes = {text("cpu"), text("execution_role_arn"), text("memory"), text("task_role_arn")},
          .blocks = {list_block("container_overrides", {.attributes = {texts("command"), number("cpu"), number("memory"), number("memory_reservation"), text("name").required()},
                                                        .blocks = {set_block("environment", {.attributes = {text("key").required(), text("value").required()}}),
                                                                   set_block("resource_requirements", {.attributes = {text("type").required().checked(one_of({"GPU", "InferenceAccelerator"})), text("value").required()}})}}),
                     set_block("inference_accelerator_overrides", {.attributes = {text("device_name"), text("device_type")}})}};
}

/// What RunTask is called with, under the names of its members.
const Schema& run_schema() {
  static const Schema schema{.attributes = {text("task_definition").required(), text("cluster").required(), text("client_token"), number("desired_count").checked(between(1, 10)), flag("enable_ecs_managed_tags"), flag("enable_execute_command"), text("group"),
                                            text("launch_type").checked(one_of({"EC2", "FARGATE", "EXTERNAL"})), text("platform_version"), text("propagate_tags").checked(one_of({"TASK_DEFINITION", "SERVICE", "NONE"})), text("reference_id"), text("started_by")},
                             .blocks = {set_block("capacity_provider_strategy", {.attributes = {number("base"), text("capacity_provider").required(), number("weight")}}), one_block("overrides", overrides_schema()),
                                        set_block("placement_constraints", {.attributes = {text("expression"), text("type").required().checked(one_of({"distinctInstance", "memberOf"}))}}),
                                        list_block("placement_strategy", {.attributes = {text("field"), text("type").required().checked(one_of({"random", "spread", "binpack"}))}})}};
  return schema;
}

const Renamed& run_names() {
  static const Renamed names{{"desired_count", "count"}, {"enable_ecs_managed_tags", "enableECSManagedTags"}, {"key", "name"}};
  return names;
}

Result<void> run_tasks(const Cloud& cloud, Record& state) {
  auto request = TRY(filled<ecs::RunTaskRequest>(run_schema(), state, run_names()));
  if (!state.blocks("network_configuration").empty()) request.network_configuration = network_of(state);
  if (const Pairs tags = state.pairs("tags"); !tags.empty()) request.tags = to_tags<ecs::Tag>(tags);
  const auto run = TRY(cloud.call<ecs::RunTaskResponse>("ecs", "RunTask", request));
  if (run.failures && !run.failures->empty()) {
    const auto& failure = run.failures->front();
    return fail("RunTask.Failed", fmt::format("the task definition {} was not run in the cluster {}: {} {}", state.text("task_definition"), state.text("cluster"), failure.reason.value_or(""), failure.detail.value_or("")));
  }
  std::vector<std::string> arns;
  for (const auto& task : run.tasks.value_or(std::vector<ecs::Task>{})) arns.push_back(task.task_arn.value_or(""));
  state.set("id", state.text("cluster") + "," + state.text("task_definition"));
  state.set("task_arns", arns);
  return {};
}

}  // namespace

void add_ecs_task_execution(Provider& provider) {
  Schema schema = run_schema();
  for (Attribute attribute : {text("id").read_only(), texts("task_arns").read_only(), text_map("tags")}) schema.attributes.push_back(std::move(attribute));
  schema.blocks.push_back(network_block());
  add_source(provider, "aws_ecs_task_execution", std::move(schema), run_tasks);
}

}  // namespace landfall::terraform::aws_types
