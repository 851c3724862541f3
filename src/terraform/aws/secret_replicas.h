#pragma once

#include <string>

#include "aws/shapes/secretsmanager.h"
#include "terraform/provider.h"

/// The same secret in other regions: the blocks `replica` of aws_secretsmanager_secret.
namespace landfall::terraform::aws_types {

Block replica_block();
std::vector<aws::secretsmanager::ReplicaRegionType> replicas_of(const Record& secret);
std::vector<Record> replica_records(const std::optional<std::vector<aws::secretsmanager::ReplicationStatusType>>& replicas);

/// What is in `prior` alone goes, what is in `planned` alone comes.
Result<void> change_replicas(const Cloud& cloud, const std::string& id, const Record& prior, const Record& planned);

}  // namespace landfall::terraform::aws_types
