#pragma once

#include <optional>
#include <string>
#include <vector>

#include "services/dynamodb/keys.h"
#include "services/dynamodb/support.h"

/// Keys and indexes of a table: read from requests, written into descriptions.
/// Source: DynamoDB API, CreateTable; Developer Guide, Improving data access with secondary indexes.
namespace landfall::services::dynamodb {

/// Fills keys, attributes and indexes. Errors: "ValidationException".
Result<void> read_schema(const shapes::CreateTableInput& request, model::DynamoTable& table);

/// One change of a global index. Errors: "ValidationException", "ResourceNotFoundException".
Result<void> change_index(const shapes::GlobalSecondaryIndexUpdate& update, const std::vector<shapes::AttributeDefinition>& definitions, model::DynamoTable& table);

/// What DescribeTable tells; counts are of the items as they are now.
shapes::TableDescription describe_table(const Transaction& tx, const model::DynamoTable& table, std::string_view status);

std::vector<shapes::KeySchemaElement> key_schema(const KeyNames& keys);
shapes::Projection projection_of(const model::DynamoIndex& index);

}  // namespace landfall::services::dynamodb
