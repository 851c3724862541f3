#pragma once

#include "terraform/aws/shaped.h"

namespace landfall::terraform::aws_types {

/// What one version of a launch template holds, as aws_launch_template writes it.
const Schema& launch_template_data();
const Renamed& launch_template_names();

}  // namespace landfall::terraform::aws_types
