#pragma once

#include "base/json.h"
#include "hcl/diagnostic.h"

namespace landfall::cli {

/// A problem as Terraform's JSON has it: severity, summary, detail, range, snippet.
json::object diagnostic_json(const hcl::Diagnostic& diagnostic);

}  // namespace landfall::cli
