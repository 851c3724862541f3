#pragma once

#include <string>

#include "terraform/session.h"

namespace landfall::terraform {

/// The "configuration" of plan JSON: what the blocks say, constants as values, everything else by what it refers to.
/// Source  Terraform docs, "JSON Output Format": Configuration Representation; command/jsonconfig of 1.11.
std::string render_configuration_json(const Engine::Impl& impl);

/// `{"constant_value":…}`, `{"references":[…]}`, or `{}` for what calls functions only.
std::string expression_json(const hcl::Expression& expression);

}  // namespace landfall::terraform
