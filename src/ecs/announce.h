#pragma once

#include "ecs/decide.h"
#include "store/store.h"

namespace landfall::ecs {

/// Whether others may find the task: it runs and is to go on.
bool is_announced(const model::Task& task);

/// The instances that Cloud Map has of a service with registries become its running tasks: each with address, port and place, and
/// healthy as its containers' checks say. A task that is to stop is taken out first.
/// Source  ECS guide, Use service discovery to connect Amazon ECS services with DNS names.
void announce(store::Transaction& tx, const View& view, WallTime now);

/// Takes away the services of Cloud Map, with their instances, that were made for the Service Connect of deployments that went.
void withdraw(store::Transaction& tx, const std::vector<model::Deployment>& before, const std::vector<model::Deployment>& after);

}  // namespace landfall::ecs
