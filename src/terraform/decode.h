#pragma once

#include "hcl/diagnostic.h"
#include "terraform/configuration.h"
#include "terraform/evaluation.h"
#include "terraform/schema.h"

namespace landfall::terraform {

/// The arguments of a block as an object of the schema's type: null where nothing is written, unknown where it is not
/// known yet. `dynamic` blocks are expanded; in 0.11 arguments and blocks may stand for each other. `skip_meta`: count and
/// its kin are not the schema's.
Value decode(const Schema& schema, const hcl::Body& body, const Evaluation& evaluation, const ModuleInstance& in, const Repetition& repetition, bool skip_meta,
             hcl::Diagnostics& diagnostics);

/// An argument of every AWS resource since version 6 of the official provider: where the thing is, if not in its provider's region.
inline constexpr std::string_view kRegionArgument = "region";

/// Refuses a region that is not the provider's, and the argument itself where the type is not of AWS.
void check_region(const Schema& schema, const ResourceConfig& resource, const Evaluation& evaluation, const ModuleInstance& in, const Repetition& repetition, std::string_view provider_region, hcl::Diagnostics& diagnostics);

/// What can be said before there are instances: names that the schema does not have, required ones that are missing, constants
/// that do not fit.
void check_names(const Schema& schema, const hcl::Body& body, hcl::Dialect dialect, bool skip_meta, hcl::Diagnostics& diagnostics);

/// The value brought to the type: members that are missing become null, "5" a number where one is wanted.
Result<Value> fit(const Value& value, const hcl::Type& type);

}  // namespace landfall::terraform
