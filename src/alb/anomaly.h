#pragma once

#include "alb/group.h"

namespace landfall::alb {

/// Automatic Target Weights (ALB user guide, Target groups): of a group by weighted random with anomaly mitigation on,
/// targets that fail far more often than the others get less until they do no longer. Called every ten seconds by the
/// control thread; looks at the requests since the last call.
///
/// Ours, where AWS does not say: a target is anomalous with 20 requests or more of which at least a tenth failed (5xx, no
/// answer) and three times the share of the others; at least three healthy targets, at most half of them at once; a tenth
/// of the usual share.
void judge_anomalies(const Group& group);

}  // namespace landfall::alb
