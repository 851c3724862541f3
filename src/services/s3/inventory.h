#pragma once

#include <cstddef>

#include "services/deps.h"

namespace landfall::services::s3 {

/// Writes the inventories and storage class analyses that are due: the first one at once, then each day or each week. Returns
/// how many were written. For a background sweep.
/// Source: S3 user guide, Amazon S3 Inventory; Amazon S3 analytics, Storage Class Analysis.
size_t deliver_reports(const Deps& deps);

}  // namespace landfall::services::s3
