#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "aws/endpoint.h"
#include "aws/shapes/dynamodb.h"
#include "model/storage.h"
#include "services/deps.h"
#include "services/support/text.h"
#include "services/support/transact.h"
#include "store/table.h"

/// What the DynamoDB handlers share.
namespace landfall::services::dynamodb {

namespace shapes = landfall::aws::dynamodb;
using aws::CallContext;
using store::Transaction;


/// A table by its name or ARN. Errors: "ResourceNotFoundException" with the sentence of item calls, or of table calls.
Result<model::DynamoTable> table_named(const Transaction& tx, const CallContext& context, const std::optional<std::string>& name, bool names_table);

std::string arn_of(const model::DynamoTable& table);

void register_table(aws::Registry&, const Deps&);
void register_table_settings(aws::Registry&, const Deps&);
void register_item(aws::Registry&, const Deps&);

}  // namespace landfall::services::dynamodb
