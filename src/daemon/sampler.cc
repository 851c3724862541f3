#include "daemon/sampler.h"

#include <algorithm>

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
    const scaling::Reserved reserved = reserved_for(reading);
    const auto keep = [&](const std::vector<scaling::Measurement>& made) {
      for (const auto& measurement : made) metrics_.add(measurement.metric, measurement.unit, measurement.point);
    };
    keep(scaling::measure(before_, reading, reserved));
    keep(scaling::container_insights(before_, reading, reserved, insightful_clusters()));
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

std::vector<scaling::InsightfulCluster> Sampler::insightful_clusters() const {
  std::vector<scaling::InsightfulCluster> found;
  for (model::Cluster& cluster : store::all<model::Cluster>(store_)) {
    if (cluster.status == "ACTIVE" && scaling::has_insights(cluster)) found.push_back({.cluster = std::move(cluster)});
  }
  if (found.empty()) return found;
  const auto cluster_at = [&](const std::string& arn) { return std::ranges::find(found, arn, [](const auto& of) { return of.cluster.arn; }); };
  for (model::Service& service : store::all<model::Service>(store_)) {
    const auto of = cluster_at(service.cluster_arn);
    if (of != found.end() && service.status != "INACTIVE") of->services.push_back(std::move(service));
  }
  for (const model::Task& task : store::all<model::Task>(store_)) {
    const auto of = cluster_at(task.cluster_arn);
    if (of != found.end() && task.last_status == "RUNNING") ++of->tasks;
  }
  return found;
}

}  // namespace landfall::daemon
