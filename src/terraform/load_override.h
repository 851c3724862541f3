#pragma once

#include "hcl/diagnostic.h"
#include "hcl/syntax.h"

namespace landfall::terraform {

/// Whether a file changes blocks of the others: override.tf, x_override.tf, and the same in JSON.
bool is_override_file(std::string_view name);

/// Lays the blocks of an override file over those that are there: its arguments win one by one, its nested blocks take the
/// place of all of their type (lifecycle's arguments are merged). What it moves out of `over` is gone from there.
/// Source  Terraform's documentation, Override Files.
void merge_override(std::vector<hcl::File>& files, hcl::File& over, hcl::Diagnostics& diagnostics);

}  // namespace landfall::terraform
