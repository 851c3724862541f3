#pragma once

#include <string_view>

namespace landfall::hcl {

/// The C library's name of an encoding that Terraform takes (golang.org/x/text, ianaindex: the names and aliases of IANA's registry of those
/// that it carries); null: not one of these. HZ-GB-2312, which the C library lacks, is not carried.
const char* encoding_named(std::string_view name);

}  // namespace landfall::hcl
