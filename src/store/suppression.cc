#include "store/suppression.h"

#include "store/table.h"

namespace landfall::store {

std::optional<model::Suppression> suppression_now(const Store& store, const model::Alarm& alarm, WallTime now) {
  const auto rule = model::suppressor_of(alarm);
  if (!rule) return std::nullopt;
  const auto suppressor = find<model::Alarm>(store, alarm.account + "/" + alarm.region + "/" + rule->name);
  if (!suppressor) return std::nullopt;
  return model::suppression_of(alarm, *rule, *suppressor, find<model::AlarmHistory>(store, suppressor->key()).value_or(model::AlarmHistory{}), now);
}

}  // namespace landfall::store
