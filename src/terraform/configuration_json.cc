#include "terraform/configuration_json.h"

#include <set>

#include <fmt/format.h>

#include "hcl/value_json.h"
#include "terraform/json_object.h"

namespace landfall::terraform {
namespace {

const Schema& local_exec_schema() {
  static const Schema schema{.attributes = {text("command"), texts("interpreter"), text("working_dir"), text_map("environment"), flag("quiet")}};
  return schema;
}

std::string first_steps(const hcl::Reference& reference, size_t count) {
  hcl::Reference part{.steps = {reference.steps.begin(), reference.steps.begin() + static_cast<std::ptrdiff_t>(count)}, .range = reference.range};
  return address_of(part);
}

/// How many steps name the thing itself; the others are attributes of it.
size_t subject_length(const hcl::Reference& reference) {
  static const std::set<std::string, std::less<>> pairs{"var", "local", "path", "terraform", "count", "each"};
  const size_t all = reference.steps.size();
  if (reference.root() == "self") return 1;
  if (pairs.contains(reference.root())) return std::min<size_t>(all, 2);
  size_t length = std::min<size_t>(all, reference.root() == "data" ? 3 : 2);
  if (length < all && !reference.steps[length].is_name()) ++length;
  if (reference.root() == "module" && length < all && reference.steps[length].is_name()) ++length;  // an output
  return length;
}

/// The reference, then what it is an attribute of, then that without its key.
void add_reference(const hcl::Reference& reference, JsonArray& list) {
  const size_t subject = subject_length(reference);
  for (size_t length = reference.steps.size(); length >= subject; --length) list.add(json_quoted(first_steps(reference, length)));
  const bool is_output = reference.root() == "module" && subject > 2 && reference.steps[subject - 1].is_name();
  if (is_output || (subject > 2 && !reference.steps[subject - 1].is_name())) list.add(json_quoted(first_steps(reference, subject - 1)));
}

std::string constant_json(const hcl::Block& block, std::string_view name) {
  const hcl::Attribute* attribute = block.body.find(name);
  const std::string* text = attribute == nullptr ? nullptr : attribute->value->as_constant_string();
  return text == nullptr ? "" : json_quoted(*text);
}

std::string body_json(const Schema& schema, const hcl::Body& body) {
  std::map<std::string, std::string> members;
  std::map<std::string, JsonArray> blocks;
  for (const hcl::Attribute& attribute : body.attributes) {
    if (schema.attribute(attribute.name) != nullptr) members[attribute.name] = expression_json(*attribute.value);
  }
  for (const hcl::Block& inner : body.blocks) {
    const Block* block = schema.block(inner.type);
    if (block != nullptr) blocks[inner.type].add(body_json(block->schema, inner.body));
  }
  for (const auto& [name, list] : blocks) members[name] = list.text();
  JsonObject object;
  for (const auto& [name, json] : members) object.add(name, json);
  return object.text();
}

void add_unless_empty(JsonObject& object, std::string_view name, const std::string& json) {
  if (json != "{}" && json != "[]" && !json.empty()) object.add(name, json);
}

std::string references_json(const std::vector<hcl::Reference>& references) {
  std::vector<std::string> texts;
  for (const hcl::Reference& reference : references) texts.push_back(address_of(reference));
  return texts.empty() ? "" : json_texts(texts);
}

void add_repetition(JsonObject& object, const hcl::Expression* count, const hcl::Expression* for_each) {
  if (count != nullptr) add_unless_empty(object, "count_expression", expression_json(*count));
  if (for_each != nullptr) add_unless_empty(object, "for_each_expression", expression_json(*for_each));
}

std::string provider_key(const Module& module, const std::string& name) {
  const ProviderPlace place = place_of_provider(module, name);
  return place.module->path.empty() ? place.name : place.module->path + ":" + place.name;
}

class ConfigurationText {
 public:
  explicit ConfigurationText(const Engine::Impl& impl) : impl_(impl) {}

  std::string write() {
    const std::string root = module_text(*impl_.root);
    JsonObject providers;
    for (const auto& [key, json] : providers_) providers.add(key, json);
    return JsonObject().add("provider_config", providers.text()).add("root_module", root).text();
  }

 private:
  std::string module_text(const Module& module) {
    note_providers(module);
    JsonObject outputs, calls, variables, object;
    for (const auto& [name, output] : module.outputs) outputs.add(name, output_text(output));
    for (const auto& [name, call] : module.calls) calls.add(name, call_text(call));
    for (const auto& [name, variable] : module.variables) variables.add(name, variable_text(variable));
    JsonArray resources;
    for (const bool is_data : {false, true}) {
      for (const auto& [id, resource] : module.resources) {
        if (resource.is_data == is_data) resources.add(resource_text(module, resource));
      }
    }
    add_unless_empty(object, "outputs", outputs.text());
    add_unless_empty(object, "resources", resources.text());
    add_unless_empty(object, "module_calls", calls.text());
    add_unless_empty(object, "variables", variables.text());
    return object.text();
  }

  static std::string output_text(const OutputConfig& output) {
    JsonObject object;
    if (output.is_sensitive) object.add_flag("sensitive", true);
    object.add("expression", expression_json(*output.value));
    add_unless_empty(object, "depends_on", references_json(output.depends_on));
    add_unless_empty(object, "description", constant_json(*output.block, "description"));
    return object.text();
  }

  static std::string variable_text(const VariableConfig& variable) {
    JsonObject object;
    if (variable.default_value != nullptr) {
      const hcl::Evaluated value = hcl::evaluate(*variable.default_value, hcl::MapScope());
      if (value.ok()) object.add("default", hcl::to_json(value.value));
    }
    add_unless_empty(object, "description", constant_json(*variable.block, "description"));
    if (variable.is_sensitive) object.add_flag("sensitive", true);
    return object.text();
  }

  std::string call_text(const ModuleCall& call) {
    JsonObject object, arguments;
    object.add("source", constant_json(*call.block, "source"));
    for (const auto& [name, variable] : call.module->variables) {
      if (const hcl::Attribute* argument = call.block->body.find(name)) arguments.add(name, expression_json(*argument->value));
    }
    add_unless_empty(object, "expressions", arguments.text());
    add_repetition(object, call.count, call.for_each);
    object.add("module", module_text(*call.module));
    add_unless_empty(object, "version_constraint", constant_json(*call.block, "version"));
    add_unless_empty(object, "depends_on", references_json(call.depends_on));
    return object.text();
  }

  std::string resource_text(const Module& module, const ResourceConfig& resource) {
    JsonObject object;
    object.add_text("address", resource.local_id()).add_text("mode", resource.is_ephemeral() ? "ephemeral" : resource.is_data ? "data" : "managed").add_text("type", plain_type(resource.type)).add_text("name", resource.name);
    object.add_text("provider_config_key", provider_key(module, resource.provider));
    JsonArray provisioners;
    for (const ProvisionerConfig& provisioner : resource.provisioners) {
      JsonObject one;
      one.add_text("type", provisioner.block->labels[0].text);
      add_unless_empty(one, "expressions", body_json(local_exec_schema(), provisioner.block->body));
      provisioners.add(one.text());
    }
    add_unless_empty(object, "provisioners", provisioners.text());
    add_unless_empty(object, "expressions", body_json(*impl_.schema_of(resource), resource.block->body));
    const ResourceType* type = resource.is_data ? nullptr : impl_.provider.resource(resource.type);
    object.add("schema_version", std::to_string(type == nullptr ? 0 : type->schema_version()));
    add_repetition(object, resource.count, resource.for_each);
    add_unless_empty(object, "depends_on", references_json(resource.depends_on));
    return object.text();
  }

  /// Those that a module has blocks for, and those that its resources need without one.
  void note_providers(const Module& module) {
    for (const auto& [id, config] : module.providers) {
      JsonObject object = provider_head(config.name);
      if (!config.alias.empty()) object.add_text("alias", config.alias);
      add_unless_empty(object, "version_constraint", constant_json(*config.block, "version"));
      if (!module.path.empty()) object.add_text("module_address", module.path);
      JsonObject arguments;
      for (const hcl::Attribute& attribute : config.block->body.attributes) {
        if (attribute.name != "alias" && attribute.name != "version") arguments.add(attribute.name, expression_json(*attribute.value));
      }
      add_unless_empty(object, "expressions", arguments.text());
      providers_.emplace(provider_key(module, id), object.text());
    }
    for (const auto& [id, resource] : module.resources) {
      const std::string key = provider_key(module, resource.provider);
      if (key.find(':') == std::string::npos && key.find('.') == std::string::npos && !impl_.root->providers.contains(key)) providers_.emplace(key, provider_head(key).text());
    }
  }

  static JsonObject provider_head(const std::string& name) {
    JsonObject object;
    object.add_text("name", name).add_text("full_name", provider_name({}, {.type = name, .name = ""}));
    return object;
  }

  const Engine::Impl& impl_;
  std::map<std::string, std::string> providers_;
};

}  // namespace

std::string expression_json(const hcl::Expression& expression) {
  const std::vector<const hcl::Reference*> references = expression.references();
  if (references.empty()) {
    if (!expression.calls().empty()) return "{}";
    const hcl::Evaluated value = hcl::evaluate(expression, hcl::MapScope());
    return value.ok() && value.value.is_wholly_known() ? JsonObject().add("constant_value", hcl::to_json(value.value)).text() : "{}";
  }
  JsonArray list;
  for (const hcl::Reference* reference : references) add_reference(*reference, list);
  return JsonObject().add("references", list.text()).text();
}

std::string render_configuration_json(const Engine::Impl& impl) { return ConfigurationText(impl).write(); }

}  // namespace landfall::terraform
