#pragma once

#include "hcl/format_token.h"

namespace landfall::hcl {

/// What `terraform fmt` rewrites, not only moves: `"${x}"` alone becomes x, quoted types of 0.11 become types of
/// today, labels are quoted.
std::vector<FormatToken> with_usual_style(std::vector<FormatToken> tokens);

}  // namespace landfall::hcl
