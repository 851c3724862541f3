#pragma once

#include "services/dynamodb/support.h"

/// Point-in-time recovery: a table as it was at a moment, worked out of the journal's changes.
namespace landfall::services::dynamodb {

/// Of a table that is about to be deleted with recovery on: a backup of the type SYSTEM, for 35 days.
void keep_last_backup(const Deps& deps, Transaction& tx, const model::DynamoTable& table);

/// Drops backups of the type SYSTEM whose time is over.
void expire_backups(const Deps& deps);

}  // namespace landfall::services::dynamodb
