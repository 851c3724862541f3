#include "daemon/sampler.h"

#include "store/table.h"

namespace landfall::daemon {

void Sampler::run() {
  const int64_t every = Duration(kEvery).count();
  while (!store_.is_closed()) {
    const WallTime now = clock_.wall(), next{(now.ms / every + 1) * every};
    // Nothing lies under this prefix: the wait is for the moment, and ends with the store.
    store_.wait({"no such table/"}, store_.revision(), next - now);
    if (clock_.wall() >= next && !store_.is_closed()) sample(next);
  }
}

/// Readings a few milliseconds late count as of the full ten seconds, so that each falls into its period.
void Sampler::sample(WallTime at) {
  scaling::Reading reading = read_();
  reading.at = at;
  // A gap (a suspended machine, a daemon that was stopped) tells nothing of any one period.
  if (reading.at - before_.at <= 2 * Duration(kEvery)) {
    for (const auto& measurement : scaling::measure(before_, reading, reserved_for(reading))) metrics_.add(measurement.metric, measurement.unit, measurement.point);
  }
  before_ = std::move(reading);
}

scaling::Reserved Sampler::reserved_for(const scaling::Reading& reading) const {
  scaling::Reserved reserved;
  for (const auto& usage : reading.tasks) {
    auto task = store::find<model::Task>(store_, usage.task_arn);
    if (!task) continue;
    if (auto definition = store::find<model::TaskDefinition>(store_, task->task_definition_arn)) reserved.definitions.emplace(definition->arn, std::move(*definition));
    reserved.tasks.emplace(task->arn, std::move(*task));
  }
  return reserved;
}

}  // namespace landfall::daemon
