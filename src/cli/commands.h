#pragma once

#include <string>
#include <vector>

#include "cli/context.h"

namespace landfall::cli {

int serve_command(const Global& global, ServeArguments arguments, const Entrypoints& entrypoints);
int start_command(const ServeArguments& arguments);
int stop_command(const Global& global, bool purge);
int status_command(const Global& global, bool as_json);
int why_command(const Global& global, const std::vector<std::string>& thing, bool as_json);
int logs_command(const Global& global, const std::string& of, bool follow);
/// Exit code of the command that ran in the container; 1 if it could not be run.
int exec_command(const Global& global, const std::string& task, const std::string& container, const std::vector<std::string>& words, bool is_interactive);
/// Pushes an image into the registry under NAME:TAG; a repository that is not there is made.
int image_push_command(const Global& global, const std::string& image, const std::string& name);
int env_command(const Global& global);
int ca_command(const Global& global);
int confirm_command(const Global& global, const std::string& arn);

}  // namespace landfall::cli
