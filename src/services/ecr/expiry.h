#pragma once

#include <cstddef>

#include "services/deps.h"

namespace landfall::services::ecr {

/// Takes away the images that the lifecycle policies of repositories let go. Returns how many. For a background sweep.
size_t expire_images(const Deps& deps);

}  // namespace landfall::services::ecr
