#pragma once

#include <string>
#include <vector>

#include "hcl/syntax.h"
#include "terraform/address.h"

namespace landfall::terraform {

/// The references in the arguments of a body and of the blocks in it; not those that name no value (depends_on, provider, words
/// of a provisioner) and not the iterators of dynamic blocks.
void collect_references(const hcl::Body& body, std::vector<const hcl::Reference*>& into);
void collect_references(const hcl::Block& block, std::vector<const hcl::Reference*>& into);

/// The block that a reference names whose root is none of the engine's words (var, local, …).
struct NamedBlock {
  bool is_data = false;
  std::string type, name;  ///< "": not written
  size_t steps = 0;        ///< how many of the reference's steps name it
  std::string id() const { return block_id(is_data, type, name); }
  std::string description() const;  ///< `A data resource "aws_vpc" "x"`
};
NamedBlock block_named(const hcl::Reference& reference);

}  // namespace landfall::terraform
