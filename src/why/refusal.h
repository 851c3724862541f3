#pragma once

#include "why/explain.h"
#include "why/ground.h"

namespace landfall::why {

/// A refused call or a failed plan for which nobody recorded a reason: told from AWS's own words and Terraform's. Where
/// these do not name an attribute, none is named.
Finding finding_of_refusal(const Ground& ground, const model::ApplyFailure& failure);

/// A recorded reason looked at again: what was missing when the call was refused may be there by now, and then the order
/// of the calls was wrong and not the configuration.
void reconsider(const Ground& ground, const model::ApplyFailure& failure, Finding& finding);

}  // namespace landfall::why
