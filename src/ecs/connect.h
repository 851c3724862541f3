#pragma once

#include "model/container_service.h"
#include "store/store.h"

namespace landfall::ecs {

/// What a task that is started now finds in its namespace: the names that services offer at this moment, and the running tasks
/// behind them. Its own service is among them.
/// Source  ECS guide, Service Connect concepts: only endpoints that exist when a task is started can be resolved in it.
model::ConnectTable connect_table(const store::Transaction& tx, const model::Task& task, const model::ServiceConnect& connect);

/// The targets of every table become the tasks that run now; tables of tasks that are over go. Writes what differs.
void follow_connections(store::Transaction& tx);

}  // namespace landfall::ecs
