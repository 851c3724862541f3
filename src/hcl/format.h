#pragma once

#include <string>
#include <string_view>

namespace landfall::hcl {

/// A native-syntax file in its usual layout: as `terraform fmt` writes it, byte for byte. The text must parse
/// without errors in the modern dialect. Source: answers of Terraform 1.11.4; hashicorp/hcl's rules of spacing.
std::string format_file(std::string_view text);

}  // namespace landfall::hcl
