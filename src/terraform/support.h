#pragma once

#include <string>

#include "terraform/provider.h"

namespace landfall::terraform {

/// Resource types and data sources with their arguments, as the second half of docs/support.md.
std::string support_table(const Provider& provider);

}  // namespace landfall::terraform
