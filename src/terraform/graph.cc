#include "terraform/graph.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "base/text.h"
#include "terraform/address.h"
#include "terraform/provider_place.h"
#include "terraform/references.h"

namespace landfall::terraform {
namespace {

using hcl::Expression;
using hcl::Reference;

class Builder {
 public:
  explicit Builder(const Module& root) { add_module(root); }

  Graph build() && {
    for (size_t i = 0; i < graph_.nodes.size(); ++i) connect(static_cast<int>(i));
    for (Node& node : graph_.nodes) {
      std::ranges::sort(node.needs);
      const auto [first, last] = std::ranges::unique(node.needs);
      node.needs.erase(first, last);
    }
    report_cycle();
    return std::move(graph_);
  }

 private:
  void add(Node::Kind kind, const Module& module, std::string name, const void* config) {
    places_[{&module, name}] = static_cast<int>(graph_.nodes.size());
    graph_.nodes.push_back({.kind = kind, .module = &module, .name = std::move(name), .config = config});
  }

  void add_module(const Module& module) {
    for (const auto& [name, config] : module.variables) add(Node::Kind::variable, module, "var." + name, &config);
    for (const auto& [name, config] : module.locals) add(Node::Kind::local, module, "local." + name, &config);
    for (const auto& [name, config] : module.outputs) add(Node::Kind::output, module, "output." + name, &config);
    for (const auto& [name, config] : module.providers) add(Node::Kind::provider, module, "provider." + name, &config);
    for (const auto& [name, config] : module.resources) add(Node::Kind::resource, module, name, &config);
    for (const auto& [name, config] : module.checks) add(Node::Kind::check, module, "check." + name, &config);
    for (const auto& [name, config] : module.calls) add(Node::Kind::call, module, "module." + name, &config);
    for (const auto& [name, config] : module.calls) add_module(*config.module);
  }

  int place(const Module& module, const std::string& name) const {
    const auto found = places_.find({&module, name});
    return found == places_.end() ? -1 : found->second;
  }

  void need(int node, int needed) {
    if (needed >= 0) graph_.nodes[static_cast<size_t>(node)].needs.push_back(needed);
  }

  void connect(int index) {
    const Node& node = graph_.nodes[static_cast<size_t>(index)];
    const Module& module = *node.module;
    if (module.parent != nullptr) need(index, call_of(module));
    std::vector<const Reference*> references;
    switch (node.kind) {
      case Node::Kind::variable: return connect_variable(index, module, *static_cast<const VariableConfig*>(node.config));
      case Node::Kind::local:
        for (const Reference* r : static_cast<const LocalConfig*>(node.config)->value->references()) references.push_back(r);
        break;
      case Node::Kind::output: {
        const auto& output = *static_cast<const OutputConfig*>(node.config);
        for (const Reference* r : output.value->references()) references.push_back(r);
        for (const Reference& r : output.depends_on) references.push_back(&r);
        for (const hcl::Block* condition : output.preconditions) collect_references(condition->body, references);
        break;
      }
      case Node::Kind::check:
        for (const hcl::Block* assertion : static_cast<const CheckConfig*>(node.config)->assertions) collect_references(assertion->body, references);
        break;
      case Node::Kind::provider: collect_references(static_cast<const ProviderConfig*>(node.config)->block->body, references); break;
      case Node::Kind::call: {
        const auto& call = *static_cast<const ModuleCall*>(node.config);
        for (const Expression* e : {call.count, call.for_each}) {
          if (e != nullptr) for (const Reference* r : e->references()) references.push_back(r);
        }
        for (const Reference& r : call.depends_on) references.push_back(&r);
        break;
      }
      case Node::Kind::resource: {
        const auto& resource = *static_cast<const ResourceConfig*>(node.config);
        collect_references(resource.block->body, references);
        for (const Reference& r : resource.depends_on) references.push_back(&r);
        for (const Reference& r : resource.lifecycle.triggers) references.push_back(&r);
        const ProviderPlace provider = place_of_provider(module, resource.provider);
        need(index, place(*provider.module, "provider." + provider.name));
        break;
      }
    }
    for (const Reference* reference : references) connect(index, module, *reference);
  }

  int call_of(const Module& module) const {
    return place(*module.parent, module.path.substr(module.path.rfind("module.")));
  }

  /// A variable needs what its validations refer to besides itself, a child's what its argument refers to in the parent.
  void connect_variable(int index, const Module& module, const VariableConfig& variable) {
    std::vector<const Reference*> references;
    for (const hcl::Block* validation : variable.validations) collect_references(validation->body, references);
    for (const Reference* reference : references) {
      if (reference->root() != "var" || reference->name(1) != variable.name) connect(index, module, *reference);
    }
    if (module.parent == nullptr) return;
    const ModuleCall& call = *static_cast<const ModuleCall*>(graph_.nodes[static_cast<size_t>(call_of(module))].config);
    const hcl::Attribute* argument = call.block->body.find(variable.name);
    if (argument == nullptr) return;
    for (const Reference* reference : argument->value->references()) connect(index, *module.parent, *reference);
  }

  void undeclared(const Reference& reference, std::string summary, std::string detail) { graph_.diagnostics.error(reference.range, std::move(summary), std::move(detail)); }

  static std::string where(const Module& module) { return module.path.empty() ? "the root module" : module.path; }

  template <class Map>
  static std::string suggestion(const Map& map, std::string_view prefix, const std::string& name) {
    std::vector<std::string> names;
    for (const auto& [key, value] : map) names.push_back(key);
    const std::string near = nearest(name, names);
    return near.empty() ? "" : fmt::format(" Did you mean \"{}{}\"?", prefix, near);
  }

  void connect(int index, const Module& module, const Reference& reference) {
    const std::string& root = reference.root();
    const std::string name(reference.name(1));
    if (root == "each" || root == "count" || root == "self" || root == "path" || root == "terraform") return;
    if (root == "var") {
      const int needed = place(module, "var." + name);
      if (needed < 0) {
        const std::string near = suggestion(module.variables, "var.", name);
        return undeclared(reference, "Reference to undeclared input variable", fmt::format("An input variable with the name \"{}\" has not been declared.{}", name, near.empty() ? fmt::format(" This variable can be declared with a variable \"{}\" {{}} block.", name) : near));
      }
      return need(index, needed);
    }
    if (root == "local") {
      const int needed = place(module, "local." + name);
      if (needed < 0) return undeclared(reference, "Reference to undeclared local value", fmt::format("A local value with the name \"{}\" has not been declared.{}", name, suggestion(module.locals, "local.", name)));
      return need(index, needed);
    }
    if (root == "module") return connect_output(index, module, reference, name);
    const NamedBlock block = block_named(reference);
    if (block.name.empty()) return undeclared(reference, "Invalid reference", "A reference to a resource type must be followed by at least one attribute access, specifying the resource name.");
    const int needed = place(module, block.id());
    if (needed < 0) return undeclared(reference, "Reference to undeclared resource", fmt::format("{} has not been declared in {}.{}", block.description(), where(module), suggestion(module.resources, "", block.id())));
    need(index, needed);
  }

  void connect_output(int index, const Module& module, const Reference& reference, const std::string& name) {
    const auto call = module.calls.find(name);
    if (call == module.calls.end()) return undeclared(reference, "Reference to undeclared module", fmt::format("No module call named \"{}\" is declared in {}.{}", name, where(module), suggestion(module.calls, "module.", name)));
    need(index, place(module, "module." + name));
    const Module& inner = *call->second.module;
    size_t step = 2;
    while (step < reference.steps.size() && !reference.steps[step].is_name()) ++step;
    const std::string output(reference.name(step));
    if (!output.empty() && inner.outputs.contains(output)) return need(index, place(inner, "output." + output));
    if (!output.empty()) return undeclared(reference, "Unsupported attribute", fmt::format("This object does not have an attribute named \"{}\": module \"{}\" has no output of that name.{}", output, name, suggestion(inner.outputs, "", output)));
    for (const auto& [each, config] : inner.outputs) need(index, place(inner, "output." + each));
    if (inner.outputs.empty()) add_whole_module(index, inner);
  }

  /// depends_on = [module.a]: everything in it.
  void add_whole_module(int index, const Module& module) {
    for (const auto& [name, config] : module.resources) need(index, place(module, name));
  }

  void report_cycle() {
    if (graph_.diagnostics.has_errors()) return;
    auto cycle = find_cycle(graph_.nodes.size(), [this](int i) -> const std::vector<int>& { return graph_.nodes[static_cast<size_t>(i)].needs; });
    if (cycle.empty()) return;
    // Told from the block that stands first in the files, whichever was met first.
    std::ranges::rotate(cycle, std::ranges::min_element(cycle, {}, [this](int i) { return place_in_files(i); }));
    std::string names;
    for (const int i : cycle) names += (names.empty() ? "" : ", ") + graph_.nodes[static_cast<size_t>(i)].id();
    if (cycle.size() == 1) graph_.diagnostics.push_back({.summary = "Self-referential block", .detail = fmt::format("Configuration for {} may not refer to itself.", names)});
    else tell_cycle(cycle, names);
  }

  std::tuple<bool, std::string, uint32_t> place_in_files(int index) const {
    const Node& node = graph_.nodes[static_cast<size_t>(index)];
    if (node.kind != Node::Kind::resource) return {true, node.id(), 0};
    const hcl::Range& at = static_cast<const ResourceConfig*>(node.config)->block->header_range;
    return {false, at.source->name, at.start.line};
  }

  /// At the first block of it that stands in a file, with the places of all.
  void tell_cycle(const std::vector<int>& cycle, const std::string& names) {
    const hcl::Range* first = nullptr;
    std::string places;
    for (const int i : cycle) {
      const Node& node = graph_.nodes[static_cast<size_t>(i)];
      if (node.kind != Node::Kind::resource) continue;
      const hcl::Range& at = static_cast<const ResourceConfig*>(node.config)->block->header_range;
      if (first == nullptr) first = &at;
      places += fmt::format("\n  {} on {} line {}, column {}: {}", node.id(), at.source->name, at.start.line, at.start.column, at.source->line(at.start.line));
    }
    const std::string detail = "Each of these needs the one after it, and the last needs the first. Take one of the references away." + places;
    if (first == nullptr) graph_.diagnostics.push_back({.summary = "Cycle: " + names, .detail = detail});
    else graph_.diagnostics.error(*first, "Cycle: " + names, detail);
  }

  Graph graph_;
  std::map<std::pair<const Module*, std::string>, int> places_;
};

}  // namespace

std::string Node::id() const { return dotted(module->path, name); }

int Graph::find(const Module& module, std::string_view name) const {
  const auto found = std::ranges::find_if(nodes, [&](const Node& n) { return n.module == &module && n.name == name; });
  return found == nodes.end() ? -1 : static_cast<int>(found - nodes.begin());
}

Graph build_graph(const Module& root) { return Builder(root).build(); }

}  // namespace landfall::terraform
