#include "terraform/relevant.h"

#include <algorithm>
#include <deque>
#include <map>
#include <set>

#include "terraform/json_object.h"
#include "terraform/references.h"
#include "terraform/session.h"

namespace landfall::terraform {
namespace {

using hcl::Reference;

/// Where a reference stands: in a module instance, maybe in a resource block.
struct Place {
  const Module* module;
  std::string path;  ///< of the instance
  const ResourceConfig* resource = nullptr;
};

class Relevance {
 public:
  explicit Relevance(const Module& root) : root_(root) {}

  void add_instance(const Address& address) {
    const Module* module = module_at(root_, address.block.module);
    const ResourceConfig* resource = module == nullptr ? nullptr : config_of(root_, address.block);
    if (resource != nullptr) add_body({module, address.block.module, resource}, resource->block->body, "");
  }

  void add_output(const Place& at, const OutputConfig& output) { add(at, output.value->references()); }

  /// Follows what was added until nothing is new.
  std::string text() {
    while (!open_.empty()) {
      const auto [at, reference] = std::move(open_.front());
      open_.pop_front();
      follow(at, *reference);
    }
    JsonArray list;
    for (const auto& [key, one] : found_) list.add(one);
    return list.is_empty() ? "" : list.text();
  }

 private:
  void add(const Place& at, const std::vector<const Reference*>& references) {
    for (const Reference* reference : references) {
      // count and each are of the block that they stand in.
      const std::string block = reference->root() == "count" || reference->root() == "each" ? at.resource == nullptr ? "" : at.resource->local_id() : "";
      if (seen_.insert(at.path + "|" + block + "|" + reference->text()).second) open_.emplace_back(at, reference);
    }
  }

  /// Arguments and blocks of one name, or all of them; not what is the engine's own.
  void add_body(const Place& at, const hcl::Body& body, std::string_view only) {
    std::vector<const Reference*> references;
    const auto is_wanted = [&](std::string_view name) { return only.empty() || name == only; };
    for (const hcl::Attribute& attribute : body.attributes) {
      if (!is_meta_argument(attribute.name) && is_wanted(attribute.name)) std::ranges::copy(attribute.value->references(), std::back_inserter(references));
    }
    for (const hcl::Block& block : body.blocks) {
      if (block.type == "lifecycle" || block.type == "provisioner" || block.type == "connection") continue;
      if (is_wanted(block.type == "dynamic" && !block.labels.empty() ? block.labels[0].text : block.type)) collect_references(block, references);
    }
    add(at, references);
  }

  void follow(const Place& at, const Reference& reference) {
    const std::string& root = reference.root();
    const std::string name(reference.name(1));
    if (root == "var") return follow_variable(at, name);
    if (root == "module") return follow_module(at, reference, name);
    if (root == "local") {
      const auto local = at.module->locals.find(name);
      if (local != at.module->locals.end()) add({at.module, at.path}, local->second.value->references());
      return;
    }
    if (root == "count" || root == "each") {
      for (const hcl::Expression* repeated : at.resource == nullptr ? std::vector<const hcl::Expression*>{} : std::vector{at.resource->count, at.resource->for_each}) {
        if (repeated != nullptr) add(at, repeated->references());
      }
      return;
    }
    follow_resource(at, reference);
  }

  void follow_variable(const Place& at, const std::string& name) {
    if (at.module->parent == nullptr) return;
    for (const auto& [called, call] : at.module->parent->calls) {
      if (call.module.get() != at.module) continue;
      const hcl::Attribute* argument = call.block->body.find(name);
      if (argument != nullptr) add({at.module->parent, parent_module(at.path)}, argument->value->references());
    }
  }

  void follow_module(const Place& at, const Reference& reference, const std::string& name) {
    const auto call = at.module->calls.find(name);
    if (call == at.module->calls.end()) return;
    size_t step = 2;
    const std::string key = key_at(reference, step);
    const Place inside{call->second.module.get(), dotted(at.path, "module." + name + key)};
    const std::string wanted(reference.name(step));
    for (const auto& [output, config] : inside.module->outputs) {
      if (wanted.empty() || wanted == output) add_output(inside, config);
    }
  }

  void follow_resource(const Place& at, const Reference& reference) {
    const NamedBlock block = block_named(reference);
    if (block.name.empty()) return;
    size_t step = block.steps;
    const std::string id = block.id();
    const auto found = at.module->resources.find(id);
    if (found == at.module->resources.end()) return;
    const std::string key = key_at(reference, step);
    JsonArray steps;
    for (size_t i = step; i < reference.steps.size(); ++i) steps.add(step_json(reference.steps[i]));
    JsonObject one;
    one.add_text("resource", dotted(at.path, id + key)).add("attribute", steps.text());
    found_[dotted(at.path, id + key) + steps.text()] = one.text();
    add_body({at.module, at.path, &found->second}, found->second.block->body, reference.name(step));
  }

  /// "[0]" or "[\"a\"]" at that step, which is then behind it.
  static std::string key_at(const Reference& reference, size_t& step) {
    if (step >= reference.steps.size() || reference.steps[step].is_name()) return "";
    return "[" + step_json(reference.steps[step++]) + "]";
  }

  static std::string step_json(const hcl::Step& step) {
    if (step.is_name()) return json_quoted(step.name());
    const Value& index = step.index();
    return index.is(hcl::Type::Kind::string) ? json_quoted(index.as_string()) : index.as_number().text();
  }

  const Module& root_;
  std::deque<std::pair<Place, const Reference*>> open_;
  std::set<std::string> seen_;
  std::map<std::string, std::string> found_;
};

/// Module instances that hold something of the plan, and those around them.
std::set<std::string> module_instances(const Plan& plan) {
  std::set<std::string> paths;
  for (const auto& [address, change] : plan.changes) {
    for (std::string path = address.block.module; !path.empty() && paths.insert(path).second;) path = parent_module(path);
  }
  return paths;
}

}  // namespace

std::string render_relevant_json(const Module& root, const Plan& plan) {
  Relevance relevance(root);
  for (const auto& [address, change] : plan.changes) {
    if (change.action != Action::none && change.config != nullptr) relevance.add_instance(address);
  }
  for (const auto& [name, output] : plan.outputs) {
    const auto config = root.outputs.find(name);
    if (output.is_change() && config != root.outputs.end()) relevance.add_output({&root, ""}, config->second);
  }
  // What a module puts out is in no state: it is new in each plan.
  for (const std::string& path : module_instances(plan)) {
    const Module* module = module_at(root, path);
    if (plan.is_destroy || module == nullptr) continue;
    for (const auto& [name, config] : module->outputs) relevance.add_output({module, path}, config);
  }
  return relevance.text();
}

}  // namespace landfall::terraform
