#include "store/scalable_targets.h"

#include "store/table.h"

namespace landfall::store {

void erase_alarm(Transaction& tx, const std::string& alarm_key) {
  erase<model::Alarm>(tx, alarm_key);
  erase<model::AlarmHistory>(tx, alarm_key);
}

void erase_policy_alarms(Transaction& tx, const model::ScalingPolicy& policy) {
  for (const std::string& name : policy.alarm_names) erase_alarm(tx, policy.account + "/" + policy.region + "/" + name);
}

void erase_scalable_target(Transaction& tx, const model::ScalableTarget& target) {
  for (const auto& policy : all<model::ScalingPolicy>(tx, target.key() + "#")) {
    erase_policy_alarms(tx, policy);
    erase<model::ScalingPolicy>(tx, policy.key());
  }
  for (const auto& action : all<model::ScheduledAction>(tx, target.key() + "#")) erase<model::ScheduledAction>(tx, action.key());
  erase<model::ScalingActivities>(tx, target.key());
  erase<model::ScalableTarget>(tx, target.key());
}

}  // namespace landfall::store
