#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "aws/endpoint.h"
#include "aws/json_codec.h"
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

/// A table by its name, or by its ARN, then also another account's: services/iam asks that account's policy. A call reaches the tables
/// of its region only. Errors: "ResourceNotFoundException" with the sentence of item calls, or of table calls.
Result<model::DynamoTable> table_named(const Transaction& tx, const CallContext& context, const std::optional<std::string>& name, bool names_table);

std::string arn_of(const model::DynamoTable& table);

/// For CallContext::error_members: what an error of the model carries.
template <class Shape>
std::string members_of(const Shape& error) {
  return aws::encode_json(Shape::shape(), &error);
}

void register_table(aws::Registry&, const Deps&);
void register_table_settings(aws::Registry&, const Deps&);
void register_table_policy(aws::Registry&, const Deps&);
void register_item(aws::Registry&, const Deps&);
void register_batch(aws::Registry&, const Deps&);
void register_transaction(aws::Registry&, const Deps&);
void register_query(aws::Registry&, const Deps&);
void register_backup(aws::Registry&, const Deps&);
void register_statement(aws::Registry&, const Deps&);
void register_recovery(aws::Registry&, const Deps&);
void register_stream(aws::Registry&, const Deps&);

}  // namespace landfall::services::dynamodb
