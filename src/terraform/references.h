#pragma once

#include <vector>

#include "hcl/syntax.h"

namespace landfall::terraform {

/// The references in the arguments of a body and of the blocks in it; not those that name no value (depends_on, provider, words
/// of a provisioner) and not the iterators of dynamic blocks.
void collect_references(const hcl::Body& body, std::vector<const hcl::Reference*>& into);
void collect_references(const hcl::Block& block, std::vector<const hcl::Reference*>& into);

}  // namespace landfall::terraform
