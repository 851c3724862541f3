#pragma once

#include <string>
#include <string_view>

namespace landfall::terraform {

/// Whether a version ("6.6.0") is one of those that a module call asks for ("~> 6.0, != 6.1.0"; "": any). Versions of which
/// one has a pre-release ("6.0.0-rc1") fit only what names exactly them, as Terraform has it. False for what is no version.
/// Source  Terraform language, Version Constraints
bool fits_version(std::string_view version, std::string_view constraints);

/// Of two versions; a release is newer than what comes before it ("6.0.0" than "6.0.0-rc1").
bool is_newer_version(std::string_view version, std::string_view other);

/// A version that fits, for a copy that does not say which it is: the one that a call names ("6.6.0" of "6.6.0" and of
/// "~> 6.6"), or near it; "" where nothing is asked for or nothing near fits.
std::string fitting_version(std::string_view constraints);

}  // namespace landfall::terraform
