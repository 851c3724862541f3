#pragma once

#include "hcl/syntax.h"

namespace landfall::terraform {

/// To 0.11 a block is a map: `default { … }` of a variable, `tags { … }` or `providers { … }` of a module call, `x { … }` in
/// locals. They become arguments, of which the rest of the engine knows; several of one name become a list.
void write_blocks_as_arguments(hcl::Body& file);

}  // namespace landfall::terraform
