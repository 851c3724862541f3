#pragma once

#include <string>

#include "model/scaling.h"
#include "store/store.h"

/// What goes together when scaling is taken away.
namespace landfall::store {

/// The alarms that came with the policy, with their history.
void erase_policy_alarms(Transaction& tx, const model::ScalingPolicy& policy);
void erase_alarm(Transaction& tx, const std::string& alarm_key);
/// The target with its policies, scheduled actions and activities.
void erase_scalable_target(Transaction& tx, const model::ScalableTarget& target);

}  // namespace landfall::store
