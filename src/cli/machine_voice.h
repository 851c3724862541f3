#pragma once

#include "cli/voice.h"

namespace landfall::cli {

/// Terraform's machine-readable UI 1.2: one JSON object a line on standard output; the first tells the version.
/// Source  Terraform docs, "Machine-Readable UI"; command/views/json of 1.11.
std::unique_ptr<Voice> make_machine_voice();

}  // namespace landfall::cli
