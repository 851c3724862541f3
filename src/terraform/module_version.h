#pragma once

#include <string_view>

namespace landfall::terraform {

/// Whether a version ("6.6.0") is one of those that a module call asks for ("~> 6.0, != 6.1.0"; "": any). Versions of which
/// one has a pre-release ("6.0.0-rc1") fit only what names exactly them, as Terraform has it. False for what is no version.
/// Source  Terraform language, Version Constraints
bool fits_version(std::string_view version, std::string_view constraints);

}  // namespace landfall::terraform
