#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "terraform/configuration.h"

namespace landfall::terraform::inert {

/// What is asked of a value somewhere in a configuration: `x.a.b` and `x.c[0].d` ask it for members, `c` for elements.
struct Asked {
  std::map<std::string, Asked> members;
  std::unique_ptr<Asked> element;
  bool is_leaf() const { return members.empty() && !element; }
  bool asks_for(const std::string& name) const;  ///< at any depth
  Asked& at_element();
};

/// What the expressions of all modules ask of the instances of some types, also by way of locals, variables and outputs of
/// modules, of `for`, `each` and dynamic blocks. By the type's name, data sources as "data.TYPE".
std::map<std::string, Asked> asked_of(const Module& root, const std::set<std::string>& types);

}  // namespace landfall::terraform::inert
