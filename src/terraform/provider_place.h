#pragma once

#include <string>
#include <string_view>

#include "terraform/configuration.h"
#include "terraform/state.h"

namespace landfall::terraform {

/// Where a provider is configured: "aws.west" of a module.
struct ProviderPlace {
  const Module* module;
  std::string name;
};

/// Which configuration a name means in a module: its own; else what the module's call passes, or what the same name means
/// around it. A block of the module that holds nothing only announces what a call passes (Terraform: proxy configuration).
/// In the root: the name itself, whether it is configured there or not.
ProviderPlace place_of_provider(const Module& module, const std::string& name);

/// As the state names it: `module.a.provider["registry.terraform.io/hashicorp/aws"].west`.
std::string provider_address(const ProviderPlace& place);

/// Which configuration the state names for a block's instances, that the configuration may have no more.
/// Errors: "Provider.NotPresent", if it is neither there nor the default one of the root.
Result<ProviderPlace> place_in_state(const Module& root, const State& state, const BlockAddress& block);

}  // namespace landfall::terraform
