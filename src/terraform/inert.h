#pragma once

#include <functional>
#include <string>
#include <vector>

#include "hcl/diagnostic.h"
#include "terraform/configuration.h"
#include "terraform/plan.h"
#include "terraform/provider.h"
#include "terraform/state.h"

/// Types that Landfall does not run, and that a person told it to record all the same (`--inert`): what is written stands in
/// the state, what others ask of them is made up by its name, and nothing is called done. Their ids begin with "inert-".
namespace landfall::terraform {

/// `--inert`: names of types, or "all".
bool is_named_inert(const std::vector<std::string>& named, std::string_view type);

/// Types of the configuration that are not carried and are named become types of the provider. There being no schema, what
/// is written or asked for anywhere in the configuration is what they have. By "all" the arguments that carried types refuse
/// are recorded too. Errors: a named type that Landfall runs.
void add_inert_types(Provider& provider, const std::vector<std::string>& named, const Module& root, hcl::Diagnostics& diagnostics);
/// The same for types that `is_wanted`, by a block of theirs.
void add_inert_types(Provider& provider, const Module& root, const std::function<bool(const ResourceConfig&)>& is_wanted);
/// The same for what a state holds and the configuration does not, or not any more.
void add_inert_types(Provider& provider, const std::vector<std::string>& named, const State& state);

bool is_inert(const Provider& provider, std::string_view type, bool is_data);

/// A parameter that AWS publishes ("/aws/service/…": ids of machine images and the like), which Landfall does not have: its
/// value is made up. False: the data source is none.
bool make_up_public_parameter(const Cloud& cloud, std::string_view type, Record& state);

/// "…: inert: not run", a line for each; "" if there are none. For the end of a plan or an apply.
std::string render_inert(const Provider& provider, const Plan& plan);
std::string render_inert(const Provider& provider, const State& state);

}  // namespace landfall::terraform
