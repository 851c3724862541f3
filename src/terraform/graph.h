#pragma once

#include <functional>
#include <string>
#include <vector>

#include "hcl/diagnostic.h"
#include "terraform/configuration.h"

/// Which block of a configuration must be known before which other.
namespace landfall::terraform {

struct Node {
  enum class Kind : unsigned char { variable, local, output, provider, call, resource, check };
  Kind kind;
  const Module* module;
  std::string name;                ///< in its module: "var.x", "local.x", "output.x", "provider.aws.west", "module.a", "aws_vpc.x", "data.aws_vpc.x"
  const void* config = nullptr;    ///< VariableConfig … of the kind
  std::vector<int> needs{};        ///< places in Graph::nodes
  std::string id() const;          ///< "module.a.var.x"
};

struct Graph {
  std::vector<Node> nodes;
  hcl::Diagnostics diagnostics;  ///< undeclared references, cycles
  int find(const Module& module, std::string_view name) const;  ///< -1: none
};

/// The graph of the module tree. Data and resources of a module need its call; a resource needs its provider.
Graph build_graph(const Module& root);

/// Calls `visit` for each node, needs first, on `threads` threads. False from visit: whoever needs that node, directly or
/// not, is left out. `stop` is asked before each node.
void walk(size_t count, const std::function<const std::vector<int>&(int)>& needs, int threads, const std::function<bool(int)>& visit,
          const std::function<bool()>& stop);

/// The members of one cycle, or nothing.
std::vector<int> find_cycle(size_t count, const std::function<const std::vector<int>&(int)>& needs);

}  // namespace landfall::terraform
