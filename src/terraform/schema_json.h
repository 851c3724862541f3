#pragma once

#include <set>
#include <string>

#include "terraform/provider.h"

namespace landfall::terraform {

/// The document of `providers schema -json`, format 1.0: the types that Landfall carries, of the providers named ("aws").
/// What is refused is in it: Landfall knows it, and the official provider takes it.
/// Source  Terraform docs, Internals: JSON output format, Providers schema representation.
std::string render_schema_json(const Provider& provider, const std::set<std::string>& providers);

}  // namespace landfall::terraform
