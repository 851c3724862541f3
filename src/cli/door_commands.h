#pragma once

#include <string>
#include <vector>

#include "cli/context.h"

/// Commands around the AWS endpoint.
namespace landfall::cli {

/// Empties the daemon: containers, networks, records. Returns once it answers again.
int reset_command(const Global& global);

/// The newest calls of the endpoint, one a line (as_json: CloudTrail's form, one object a line).
int events_command(const Global& global, bool follow, bool as_json);

/// Runs the user's own terraform (or tofu) against the daemon. Exit code: the program's.
int own_terraform_command(const Global& global, const std::vector<std::string>& words);

}  // namespace landfall::cli
