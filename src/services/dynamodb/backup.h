#pragma once

#include <string>
#include <vector>

#include "services/dynamodb/support.h"

/// What backups on demand and point-in-time recovery share.
namespace landfall::services::dynamodb {

/// Copies the table of `backup` and its items; gives the backup with its ARN and counts.
model::DynamoBackup keep_backup(const Deps& deps, Transaction& tx, model::DynamoBackup backup);

/// With its items.
void erase_backup(Transaction& tx, const model::DynamoBackup& backup);

struct Restored {
  model::DynamoTable source;
  std::vector<model::DynamoItem> items;
  std::string target;  ///< name of the new table
};

/// Makes a new table. Keys, indexes and items come back; tags, time to live, streams and protection do not (developer guide,
/// Restoring a table). Errors: "TableAlreadyExistsException".
Result<shapes::TableDescription> restore_table(const Deps& deps, Transaction& tx, const CallContext& context, Restored wanted);

}  // namespace landfall::services::dynamodb
