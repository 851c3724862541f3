#include <fmt/format.h>

#include "base/json.h"
#include "hcl/value_json.h"
#include "terraform/decode.h"
#include "terraform/session.h"

namespace landfall::terraform {

const Schema& remote_state_schema() {
  static const Schema schema{.attributes = {text("backend").required(), of_type("config", Type::dynamic()), of_type("defaults", Type::dynamic()), text("workspace"), of_type("outputs", Type::dynamic()).read_only()}};
  return schema;
}

/// Reads the outputs of another root's state, without a lock.
Result<void> read_remote_state(const Engine::Impl& impl, const Cloud& cloud, Record& state) {
  const std::string kind = state.text("backend"), workspace = state.has("workspace") ? state.text("workspace") : "default";
  const Record config(state.value("config"));
  std::unique_ptr<Backend> backend;
  if (kind == "local") {
    const std::string of_workspace = (config.has("workspace_dir") ? config.text("workspace_dir") : "terraform.tfstate.d") + "/" + workspace + "/terraform.tfstate";
    const std::string path = workspace != "default" ? of_workspace : config.has("path") ? config.text("path") : "terraform.tfstate";
    backend = open_file_backend((impl.options.directory / path).lexically_normal());
  } else if (kind == "s3") {
    for (const char* name : {"bucket", "key"}) {
      if (!config.has(name)) return fail("RemoteState.Config", fmt::format("the config of backend \"s3\" has no \"{}\"", name));
    }
    const std::string bucket = config.text("bucket"), region = config.text("region");
    const Cloud there = impl.cloud_in(region_of_state(region.empty() ? cloud : impl.cloud_in(region), bucket));
    std::string key = config.text("key");
    if (workspace != "default") key = (config.has("workspace_key_prefix") ? config.text("workspace_key_prefix") : "env:") + "/" + workspace + "/" + key;
    backend = open_s3_backend(there, {.bucket = bucket, .key = key, .region = config.text("region"), .dynamodb_table = ""});
  } else if (kind == "http") {
    if (workspace != "default") return fail("RemoteState.Config", "the backend \"http\" keeps one state: it has no workspaces");
    backend = open_http_backend(TRY(http_location([&](std::string_view name) {
      const Value value = config.value(name);
      const auto text = value.has_value() ? fit(value, hcl::Type::string()) : Result<Value>(Value());
      return text && text->has_value() ? text->as_string() : std::string();
    })));
  } else {
    return fail("RemoteState.Backend", fmt::format("the backend \"{}\" is not supported by Landfall; \"local\", \"s3\" and \"http\" are", kind));
  }
  const auto found = TRY(backend->read().while_doing("reading the state at " + backend->place()));
  if (!found && !state.has("defaults")) return fail("RemoteState.NotFound", fmt::format("Unable to find remote state: no stored state was found at {}", backend->place()));
  std::map<std::string, Value> outputs;
  if (const Value defaults = state.value("defaults"); defaults.has_value() && defaults.type().has_fields()) {
    for (const auto& [name, value] : defaults.fields()) outputs[name] = value;
  }
  if (found) {
    for (const auto& [name, output] : found->outputs) {
      const hcl::Type type = hcl::type_from_json(TRY(parse_json(output.type))).value_or(hcl::Type::dynamic());
      Value value = TRY(hcl::from_json(output.value, type));
      outputs[name] = output.is_sensitive ? value.sensitive() : value;
    }
  }
  std::vector<Value::Field> fields;
  for (auto& [name, value] : outputs) fields.push_back({name, std::move(value)});
  state.set("outputs", Value::object(std::move(fields)));
  return {};
}

}  // namespace landfall::terraform
