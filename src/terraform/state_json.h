#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "terraform/provider.h"
#include "terraform/state.h"

/// States as `terraform show -json` tells them, format 1.0.
/// Source  Terraform docs, "JSON Output Format": State and Values Representation.
namespace landfall::terraform {

class JsonObject;

/// The members of every resource object: address, mode, type, name, index, provider_name, schema_version.
void add_resource_head(JsonObject& object, const Address& address, std::string_view provider_name, int schema_version);

/// Resource objects, put into the tree of modules that they lie in.
class ModuleTree {
 public:
  void add(const std::string& module, std::string resource);
  std::string text() const { return module_text(""); }  ///< of the root: {"resources":[…],"child_modules":[…]}

 private:
  std::string module_text(const std::string& path) const;
  std::map<std::string, std::vector<std::string>> resources_;  ///< by path of the module instance
  std::map<std::string, std::set<std::string>> children_;
};

/// {"format_version","terraform_version","values"}; an empty state has no values. Types that the provider does not carry are
/// told as the state has them.
std::string render_state_json(const State& state, const Provider& provider);

}  // namespace landfall::terraform
