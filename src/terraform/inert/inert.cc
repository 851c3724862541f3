#include "terraform/inert.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/digest.h"
#include "base/json.h"
#include "base/text.h"
#include "terraform/inert/arguments.h"
#include "terraform/inert/types.h"
#include "terraform/missing_types.h"
#include "terraform/state_value.h"

namespace landfall::terraform {
namespace {

/// Blocks by type, of all modules.
void collect(const Module& module, std::map<std::string, std::vector<const ResourceConfig*>>& into) {
  for (const auto& [name, resource] : module.resources) into[type_name(resource)].push_back(&resource);
  for (const auto& [name, call] : module.calls) collect(*call.module, into);
}

bool is_carried(const Provider& provider, const ResourceConfig& resource) {
  if (resource.is_data) return resource.type == "terraform_remote_state" || provider.data_source(resource.type) != nullptr;
  return provider.resource(resource.type) != nullptr;
}

bool is_made_up_parameter(const BlockAddress& block, const Value& instance) {
  const Value* value = block.is_data && block.type == "aws_ssm_parameter" && instance.has_value() ? instance.find("insecure_value") : nullptr;
  const Value plain = value == nullptr ? Value() : value->without_marks();
  return plain.has_value() && inert::is_inert_id(plain.as_string());
}

/// What of one instance is inert, as "ADDRESS: …" of the sentence that tells it.
class Told {
 public:
  explicit Told(const Provider& provider) : provider_(provider) {}

  void add(const Address& address, const Value& instance) {
    if (is_inert(provider_, address.block.type, address.block.is_data) || is_made_up_parameter(address.block, instance)) things_.push_back(address.text());
    const auto* type = address.block.is_data ? nullptr : dynamic_cast<const inert::WithInertArguments*>(provider_.resource(address.block.type));
    if (type == nullptr) return;
    if (type->is_not_made(instance)) return things_.push_back(address.text());
    for (const std::string& argument : type->recorded(instance)) arguments_.push_back(address.text() + ": " + argument);
  }

  std::string text() const {
    return list("Recorded in the state with values that are made up, by --inert", things_) + list("Arguments that are recorded in the state and have no effect, by --inert", arguments_);
  }

 private:
  static std::string list(const char* title, const std::vector<std::string>& lines) {
    if (lines.empty()) return "";
    std::string text = fmt::format("\n{}:\n", title);
    for (const std::string& line : lines) text += fmt::format("  {}: inert: not run\n", line);
    return text;
  }

  const Provider& provider_;
  std::vector<std::string> things_, arguments_;
};

std::set<std::string> names_in(const std::string& attributes) {
  std::set<std::string> names;
  const auto value = parse_json(attributes);
  if (!value || !value->is_object()) return names;
  for (const auto& [name, member] : value->get_object()) names.insert(std::string(name));
  return names;
}

}  // namespace

bool is_inert(const Provider& provider, std::string_view type, bool is_data) {
  if (is_data) {
    const DataSource* source = provider.data_source(type);
    return source != nullptr && source->is_inert();
  }
  const ResourceType* found = provider.resource(type);
  return found != nullptr && found->is_inert();
}

bool make_up_public_parameter(const Cloud& cloud, std::string_view type, Record& state) {
  const std::string name = state.text("name");
  if (type != "aws_ssm_parameter" || !name.starts_with("/aws/service/")) return false;
  const std::string value = inert::inert_id(to_hex(sha256(name)).substr(0, inert::kIdDigits));
  state.set("id", name);
  state.set("arn", fmt::format("arn:aws:ssm:{}::parameter{}", cloud.region, name));
  state.set("type", "String");
  state.set("version", 1);
  state.set("value", value);
  state.set("insecure_value", value);
  return true;
}

bool is_named_inert(const std::vector<std::string>& named, std::string_view type) {
  return std::ranges::any_of(named, [&](const std::string& name) { return name == "all" || name == type; });
}

void add_inert_types(Provider& provider, const std::vector<std::string>& named, const Module& root, hcl::Diagnostics& diagnostics) {
  for (const std::string& name : named) {
    if (provider.resource(name) != nullptr) diagnostics.push_back({.summary = "Type is not inert", .detail = fmt::format("--inert names \"{}\", which Landfall runs: it can only name types that Landfall does not run.", name)});
  }
  for (auto& [name, type] : provider.resources) {
    if (!named.empty()) type = std::make_unique<inert::WithInertArguments>(name, std::move(type), is_named_inert(named, "all"));
  }
  add_inert_types(provider, root, [&](const ResourceConfig& resource) { return is_named_inert(named, resource.type); });
}

void add_inert_types(Provider& provider, const Module& root, const std::function<bool(const ResourceConfig&)>& is_wanted) {
  std::map<std::string, std::vector<const ResourceConfig*>> blocks;
  collect(root, blocks);
  std::erase_if(blocks, [&](const auto& entry) { return is_carried(provider, *entry.second[0]) || !is_wanted(*entry.second[0]); });
  std::set<std::string> types;
  for (const auto& [name, list] : blocks) types.insert(name);
  std::map<std::string, inert::Asked> asked = inert::asked_of(root, types);
  for (const auto& [name, list] : blocks) {
    const std::string& type = list[0]->type;
    inert::Shape shape(type, std::move(asked[name]));
    for (const ResourceConfig* resource : list) shape.add(resource->block->body);
    if (list[0]->is_data) provider.data_sources[type] = std::make_unique<inert::InertSource>(type, std::move(shape));
    else provider.resources[type] = std::make_unique<inert::InertType>(std::move(shape));
  }
}

void add_inert_types(Provider& provider, const std::vector<std::string>& named, const State& state) {
  if (named.empty()) return;
  const auto take = [&](const Address& address, const StateInstance& instance) {
    const std::string& type = address.block.type;
    if (address.block.is_data || !is_named_inert(named, type)) return;
    auto& place = provider.resources[type];
    if (!place) place = std::make_unique<inert::InertType>(inert::Shape(type, {}));
    if (place->is_inert()) static_cast<inert::InertType&>(*place).shape().add(names_in(instance.attributes));
  };
  for (const auto& [address, instance] : state.instances) take(address, instance);
  for (const auto& [address, list] : state.deposed) {
    for (const StateInstance& instance : list) take(address, instance);
  }
}

std::string render_inert(const Provider& provider, const Plan& plan) {
  Told told(provider);
  for (const auto& [address, change] : plan.changes) {
    if (change.action != Action::remove && change.action != Action::forget) told.add(address, change.planned);
  }
  return told.text();
}

std::string render_inert(const Provider& provider, const State& state) {
  Told told(provider);
  for (const auto& [address, instance] : state.instances) {
    const Schema* schema = provider.schema(address.block.is_data, address.block.type);
    told.add(address, schema == nullptr ? Value() : value_of_instance(instance, *schema).value_or(Value()));
  }
  return told.text();
}

}  // namespace landfall::terraform
