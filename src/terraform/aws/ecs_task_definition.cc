#include <cstdlib>

#include "aws/json_codec.h"
#include "base/json.h"
#include "base/text.h"
#include "terraform/aws/ecs.h"
#include "terraform/aws/shaped.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace ecs = aws::ecs;

bool are_same_containers(const Value& there, const Value& wanted) {
  if (!there.has_value() || !wanted.has_value()) return false;
  const auto a = canonical_containers(there.as_string()), b = canonical_containers(wanted.as_string());
  return a && b && *a == *b;
}

/// "0.25 vCPU" is 256 units, "0.5 GB" 512 MiB: these are what AWS tells (ECS API, RegisterTaskDefinition, cpu and memory).
double units_of(const std::string& text, const std::string& word) {
  std::string number = lower(text);
  const bool is_thousands = number.ends_with(word);
  if (is_thousands) number = trim(number.substr(0, number.size() - word.size()));
  return std::strtod(number.c_str(), nullptr) * (is_thousands ? 1024 : 1);
}

std::function<bool(const Value&, const Value&)> same_units(const char* word) {
  return [word](const Value& there, const Value& wanted) { return units_of(there.as_string(), word) == units_of(wanted.as_string(), word); };
}

/// What of container definitions Landfall's Fargate runs: none of these members, and no other log driver than awslogs.
Value carried_containers(const Value& text) {
  auto containers = parse_json(text.as_string());
  if (!containers || !containers->is_array()) return text;
  bool is_less = false;
  for (json::value& container : containers->get_array()) {
    if (!container.is_object()) continue;
    json::object& members = container.get_object();
    for (const char* name : {"credentialSpecs", "firelensConfiguration", "repositoryCredentials"}) is_less = members.erase(name) > 0 || is_less;
    const json::value* log = members.if_contains("logConfiguration");
    const json::value* driver = log != nullptr && log->is_object() ? log->get_object().if_contains("logDriver") : nullptr;
    if (driver != nullptr && *driver != json::value("awslogs")) is_less = members.erase("logConfiguration") > 0;
  }
  return is_less ? Value::string(json::serialize(*containers)) : text;
}

Attribute with_carried_part(Attribute containers) {
  containers.carried_part = carried_containers;
  return containers;
}

/// The list inside {"containerDefinitions": […]}.
std::string containers_text(const std::vector<ecs::ContainerDefinition>& containers) {
  ecs::RegisterTaskDefinitionRequest holder;
  holder.container_definitions = containers;
  const std::string text = aws::encode_json(ecs::RegisterTaskDefinitionRequest::shape(), &holder);
  const auto document = parse_json(text);
  return document ? json::serialize(document->at("containerDefinitions")) : "[]";
}

/// What only tasks on container instances have.
const Schema& of_instances() {
  static const Schema schema{.attributes = {text("ipc_mode").forces_new().checked(one_of({"host", "none", "task"}))},
                             .blocks = {set_block("inference_accelerator", {.attributes = {text("device_name").required(), text("device_type").required()}}).forces_new(),
                                        set_block("placement_constraints", {.attributes = {text("expression"), text("type").required().checked(one_of({"memberOf"}))}}).forces_new()}};
  return schema;
}

Block docker_block() {
  return one_block("docker_volume_configuration", {.attributes = {flag("autoprovision").defaults(false), text("driver").computed(), text_map("driver_opts"), text_map("labels"), text("scope").computed().checked(one_of({"shared", "task"}))}});
}

class TaskDefinition final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged({.attributes = {
        text("id").read_only(), text("arn").read_only(), text("arn_without_revision").read_only(), number("revision").read_only(), text("family").required().forces_new(),
        with_carried_part(text("container_definitions").required().forces_new().same_if(are_same_containers).checked(check_containers)), text("cpu").forces_new().same_if(same_units("vcpu")), text("memory").forces_new().same_if(same_units("gb")),
        text("network_mode").computed().forces_new().checked(one_of({"awsvpc", "bridge", "host", "none"})), text_set("requires_compatibilities").forces_new(), text("execution_role_arn").forces_new(), text("task_role_arn").forces_new(),
        flag("skip_destroy").defaults(false), flag("track_latest").defaults(false), refused(text("pid_mode")), refused(flag("enable_fault_injection")), refused_blocks("proxy_configuration"), of_instances().attributes[0],
    }, .blocks = {
        of_instances().blocks[0], of_instances().blocks[1],
        set_block("volume", {.attributes = {text("name").required(), text("host_path"), refused(flag("configure_at_launch")), refused_blocks("fsx_windows_file_server_volume_configuration")},
                             .blocks = {docker_block(), one_block("efs_volume_configuration", {.attributes = {refused(text("file_system_id")), refused(text("root_directory")), refused(text("transit_encryption")), refused(number("transit_encryption_port"))},
                                                                               .blocks = {one_block("authorization_config", {.attributes = {refused(text("access_point_id")), refused(text("iam"))}})}})}}).forces_new(),
        one_block("runtime_platform", {.attributes = {text("cpu_architecture").forces_new(), text("operating_system_family").forces_new()}}).forces_new(),
        one_block("ephemeral_storage", {.attributes = {number("size_in_gib").required().checked(between(21, 200))}}).forces_new(),
    }});
    return schema;
  }
  int schema_version() const override { return 1; }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    ecs::RegisterTaskDefinitionRequest request;
    request.family = planned.text("family");
    request.container_definitions = TRY(parse_containers(planned.text("container_definitions")));
    const auto set = [&](std::optional<std::string>& member, const char* name) {
      if (!planned.text(name).empty()) member = planned.text(name);
    };
    set(request.cpu, "cpu");
    set(request.memory, "memory");
    set(request.network_mode, "network_mode");
    set(request.execution_role_arn, "execution_role_arn");
    set(request.task_role_arn, "task_role_arn");
    if (!planned.texts("requires_compatibilities").empty()) request.requires_compatibilities = planned.texts("requires_compatibilities");
    for (const Record& volume : planned.blocks("volume")) {
      if (!request.volumes) request.volumes.emplace();
      auto& api = request.volumes->emplace_back();
      api.name = volume.text("name");
      if (!volume.text("host_path").empty()) api.host.emplace().source_path = volume.text("host_path");
      TRY(fill_structure(ecs::Volume::shape(), {.blocks = {docker_block()}}, volume, {}, &api));
    }
    TRY(fill_structure(ecs::RegisterTaskDefinitionRequest::shape(), of_instances(), planned, {}, &request));
    for (const Record& platform : planned.blocks("runtime_platform")) {
      auto& api = request.runtime_platform.emplace();
      if (platform.has("cpu_architecture")) api.cpu_architecture = platform.text("cpu_architecture");
      if (platform.has("operating_system_family")) api.operating_system_family = platform.text("operating_system_family");
    }
    for (const Record& storage : planned.blocks("ephemeral_storage")) request.ephemeral_storage.emplace().size_in_gi_b = static_cast<int32_t>(storage.number("size_in_gib"));
    const Pairs tags = planned.pairs("tags_all");
    if (!tags.empty()) request.tags = to_tags<ecs::Tag>(tags);
    const auto made = TRY(cloud.call<ecs::RegisterTaskDefinitionResponse>("ecs", "RegisterTaskDefinition", request));
    state.set("id", made.task_definition->family.value_or(""));
    state.set("arn", made.task_definition->task_definition_arn.value_or(""));
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    ecs::DescribeTaskDefinitionRequest request;
    request.task_definition = state.flag("track_latest") ? state.text("family") : state.text("arn");
    request.include = std::vector<std::string>{"TAGS"};
    const auto found = cloud.call<ecs::DescribeTaskDefinitionResponse>("ecs", "DescribeTaskDefinition", request);
    if (!found && (is_gone(found.error()) || found.error().code == "ClientException")) return false;
    if (!found) return std::unexpected(found.error());
    const ecs::TaskDefinition& definition = *found->task_definition;
    if (definition.status == "INACTIVE") return false;
    const std::string arn = definition.task_definition_arn.value_or("");
    state.set("id", definition.family.value_or(""));
    state.set("arn", arn);
    state.set("arn_without_revision", arn.substr(0, arn.rfind(':')));
    state.set("family", definition.family.value_or(""));
    state.set("revision", definition.revision.value_or(0));
    const std::string containers = containers_text(definition.container_definitions.value_or(std::vector<ecs::ContainerDefinition>{}));
    const bool says_same = are_same_containers(Value::string(containers), state.value("container_definitions"));
    if (!says_same) state.set("container_definitions", containers);
    const auto set = [&](const char* name, const std::optional<std::string>& text) { text && !text->empty() ? state.set(name, *text) : state.clear(name); };
    set("cpu", definition.cpu);
    set("memory", definition.memory);
    set("network_mode", definition.network_mode);
    set("execution_role_arn", definition.execution_role_arn);
    set("task_role_arn", definition.task_role_arn);
    state.set("requires_compatibilities", definition.requires_compatibilities.value_or(std::vector<std::string>{}));
    std::vector<Record> volumes, platforms, storages;
    for (const auto& volume : definition.volumes.value_or(std::vector<ecs::Volume>{})) {
      Record& row = volumes.emplace_back(told(volume, {.blocks = {docker_block()}}));
      row.set("name", volume.name.value_or(""));
      row.set("host_path", volume.host ? volume.host->source_path.value_or("") : "");
    }
    tell_structure(ecs::TaskDefinition::shape(), of_instances(), &definition, {}, state);
    state.set("volume", volumes);
    if (definition.runtime_platform) {
      Record& platform = platforms.emplace_back();
      if (definition.runtime_platform->cpu_architecture) platform.set("cpu_architecture", *definition.runtime_platform->cpu_architecture);
      if (definition.runtime_platform->operating_system_family) platform.set("operating_system_family", *definition.runtime_platform->operating_system_family);
    }
    state.set("runtime_platform", platforms);
    if (definition.ephemeral_storage) storages.emplace_back().set("size_in_gib", definition.ephemeral_storage->size_in_gi_b.value_or(0));
    state.set("ephemeral_storage", storages);
    set_tags(cloud, state, from_tags(found->tags));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override { return update_ecs_tags(cloud, prior.text("arn"), prior, planned); }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    if (state.flag("skip_destroy")) return {};
    ecs::DeregisterTaskDefinitionRequest request;
    request.task_definition = state.text("arn");
    const auto done = cloud.call<ecs::DeregisterTaskDefinitionResponse>("ecs", "DeregisterTaskDefinition", request);
    if (!done && done.error().code == "ClientException") return {};  // gone already
    return ignore_gone(done);
  }

  Result<Record> import(const Cloud&, const std::string& arn) const override {
    Record record;
    record.set("arn", arn);
    const size_t slash = arn.rfind('/'), colon = arn.rfind(':');
    record.set("id", slash == std::string::npos || colon < slash ? arn : arn.substr(slash + 1, colon - slash - 1));
    return record;
  }

 private:
  static std::string check_containers(const Value& value) {
    const auto parsed = parse_containers(value.as_string());
    return parsed ? "" : "to be a JSON list of container definitions: " + parsed.error().what;
  }
};

}  // namespace

void add_ecs_task_definition(Provider& provider) { provider.resources["aws_ecs_task_definition"] = std::make_unique<TaskDefinition>(); }

}  // namespace landfall::terraform::aws_types
