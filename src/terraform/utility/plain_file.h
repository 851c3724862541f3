#pragma once

#include <filesystem>
#include <string>

#include "terraform/provider.h"

/// Files beside the configuration, as the providers local and archive name them.
namespace landfall::terraform::utility_types {

std::filesystem::path full_path(const Cloud& cloud, const std::string& path);  ///< relative to the root module

/// For checked(): "0644" or "644".
std::string check_mode(const Value& value);
int mode_of(const std::string& octal);

}  // namespace landfall::terraform::utility_types
