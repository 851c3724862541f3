#pragma once

#include <string>
#include <string_view>

#include "hcl/value.h"

namespace landfall::terraform {

/// The argument that a refusal's words are about: the one whose value stands in them ("network_configuration.subnets" for
/// "The subnet ID 'subnet-0a1' does not exist"), the longest such value. "" if there is none. The value itself is not told.
std::string argument_named(std::string_view message, const hcl::Value& resource);

}  // namespace landfall::terraform
