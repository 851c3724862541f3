#include "terraform/schema_json.h"

#include <map>

#include "base/json.h"
#include "hcl/value_json.h"
#include "terraform/address.h"
#include "terraform/json_object.h"
#include "terraform/state.h"

namespace landfall::terraform {
namespace {

std::string attribute_json(const Attribute& attribute) {
  JsonObject object;
  object.add("type", json::serialize(hcl::type_to_json(attribute.type))).add_text("description_kind", "plain");
  if (attribute.is_required) object.add_flag("required", true);
  if (attribute.is_optional && !attribute.is_required) object.add_flag("optional", true);
  if (attribute.is_computed || !attribute.default_value.is_null()) object.add_flag("computed", true);
  if (attribute.is_sensitive) object.add_flag("sensitive", true);
  return object.text();
}

std::string body_json(const Schema& schema) {
  std::map<std::string, std::string> attributes, blocks;
  for (const Attribute& attribute : schema.attributes) attributes[attribute.name] = attribute_json(attribute);
  for (const Block& block : schema.blocks) {
    JsonObject object;
    object.add_text("nesting_mode", block.is_set ? "set" : "list").add("block", body_json(block.schema));
    if (block.least > 0) object.add("min_items", std::to_string(block.least));
    if (block.most > 0) object.add("max_items", std::to_string(block.most));
    blocks[block.name] = object.text();
  }
  const auto listed = [](const std::map<std::string, std::string>& members) {
    JsonObject object;
    for (const auto& [name, json] : members) object.add(name, json);
    return object.text();
  };
  JsonObject body;
  if (!attributes.empty()) body.add("attributes", listed(attributes));
  if (!blocks.empty()) body.add("block_types", listed(blocks));
  return body.add_text("description_kind", "plain").text();
}

std::string type_json(int version, const Schema& schema) { return JsonObject().add("version", std::to_string(version)).add("block", body_json(schema)).text(); }

bool is_of(std::string_view type, std::string_view provider) { return type.substr(0, type.find('_')) == provider; }

}  // namespace

std::string render_schema_json(const Provider& provider, const std::set<std::string>& providers) {
  JsonObject all;
  for (const std::string& name : providers) {
    JsonObject resources, sources, ephemeral;
    for (const auto& [type, resource] : provider.resources) {
      if (is_of(type, name)) resources.add(type, type_json(resource->schema_version(), resource->schema()));
    }
    for (const auto& [type, source] : provider.data_sources) {
      if (is_of(plain_type(type), name)) (is_ephemeral(type) ? ephemeral : sources).add(plain_type(type), type_json(0, source->schema()));
    }
    const std::string address = provider_address(name);
    JsonObject one;
    one.add("provider", type_json(0, {})).add("resource_schemas", resources.text()).add("data_source_schemas", sources.text());
    if (ephemeral.text() != "{}") one.add("ephemeral_resource_schemas", ephemeral.text());
    all.add(address.substr(address.find('"') + 1, address.rfind('"') - address.find('"') - 1), one.text());
  }
  return JsonObject().add_text("format_version", "1.0").add("provider_schemas", all.text()).text();
}

}  // namespace landfall::terraform
