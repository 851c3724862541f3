#pragma once

#include "why/explain.h"
#include "why/ground.h"

namespace landfall::why {

/// The reason, followed from cause to cause to the first broken link, with the place to change.
Finding finding_of(const Ground& ground, const model::Because& reason);

/// What is wrong with a root. If the API recorded why it refused, that names the thing to change better than the caller does.
Finding finding_of(const Ground& ground, const model::ApplyFailure& failure);

/// Smaller is more fundamental: what bites earlier in a stack's life, or is nearer to the network.
int rank_of(const Finding& finding);

}  // namespace landfall::why
