#pragma once

#include <map>
#include <string>

#include "aws/shapes/dynamodb.h"
#include "terraform/provider.h"

namespace landfall::terraform::aws_types {

using Item = std::map<std::string, aws::dynamodb::AttributeValue>;

/// An item in DynamoDB's JSON: {"id":{"S":"x"}}.
Result<Item> parse_item(const std::string& text);
std::string item_text(const Item& item);
std::string check_item(const Value& value);  ///< for checked()

}  // namespace landfall::terraform::aws_types
