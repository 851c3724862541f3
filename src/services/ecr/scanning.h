#pragma once

#include "services/ecr/support.h"

namespace landfall::services::ecr {

/// Whether an image is scanned when it is pushed: the repository's own wish, or the registry's rules.
bool scans_on_push(const Transaction& tx, const Repository& repository);

/// How the last scan of the image ended; none: it was never scanned.
std::optional<shapes::ImageScanStatus> scan_status_of(const Manifest& manifest);

}  // namespace landfall::services::ecr
