#pragma once

#include <filesystem>
#include <string>

#include "hcl/functions/function.h"

/// Files that functions read, for the families that need them.
namespace landfall::hcl {

std::string expand_home(const std::string& path);  ///< "~" and "~/x" by $HOME
std::filesystem::path resolve_path(const FunctionContext& context, const std::string& path);
/// The content of the file that an argument names; failures blame the argument.
Result<std::string> read_argument_file(const Arguments& arguments, size_t index);

}  // namespace landfall::hcl
