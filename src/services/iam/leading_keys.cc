#include "services/iam/leading_keys.h"

#include <algorithm>

#include "aws/member_path.h"
#include "aws/shapes/dynamodb.h"
#include "base/text.h"
#include "model/storage.h"
#include "services/dynamodb/key_condition.h"
#include "store/table.h"

namespace landfall::services::iam {
namespace {

namespace requests = aws::dynamodb;

std::string text_of(const requests::AttributeValue& value) { return value.s ? *value.s : value.n ? *value.n : value.b.value_or(""); }

std::vector<std::string> of_query(const model::DynamoTable& table, const requests::QueryInput& query) {
  const auto index = std::ranges::find(table.indexes, query.index_name.value_or(""), &model::DynamoIndex::name);
  const dynamodb::KeyNames names = index == table.indexes.end() ? dynamodb::keys_of(table) : dynamodb::keys_of(*index);
  dynamodb::Placeholders placeholders(query.expression_attribute_names, query.expression_attribute_values);
  const auto condition = dynamodb::read_key_condition(query.key_condition_expression.value_or(""), placeholders, table, names);
  // What cannot be read is refused later; until then it is a key that no policy names.
  if (!condition) return {""};
  std::vector<std::string> keys;
  for (const auto& value : condition->hash) keys.push_back(text_of(value));
  return keys;
}

}  // namespace

std::vector<std::string> leading_keys(const Deps& deps, const aws::CallContext& context, const aws::Shape& shape, const void* input, const std::string& table_arn) {
  const std::vector<std::string> arn = split(table_arn, ':');
  if (arn.size() < 6 || !arn[5].starts_with("table/")) return {};
  const std::string name = split(arn[5].substr(6), '/')[0];
  const auto table = store::find<model::DynamoTable>(deps.store, arn[4] + "/" + arn[3] + "/" + name);
  if (!table) return {};
  if (context.operation == "Query") return of_query(*table, *static_cast<const requests::QueryInput*>(input));
  const std::vector<std::vector<std::string>> places{{"Key"}, {"Item"}, {"RequestItems", name, "Keys"}, {"RequestItems", name, "PutRequest", "Item"}, {"RequestItems", name, "DeleteRequest", "Key"},
                                                     {"TransactItems", "Put", "Item"}, {"TransactItems", "Update", "Key"}, {"TransactItems", "Delete", "Key"}, {"TransactItems", "ConditionCheck", "Key"}, {"TransactItems", "Get", "Key"}};
  std::vector<std::string> keys;
  for (std::vector<std::string> steps : places) {
    steps.push_back(table->hash_key);
    for (const char* type : {"S", "N", "B"}) {
      steps.emplace_back(type);
      for (std::string& key : aws::texts_at(shape, input, steps)) keys.push_back(std::move(key));
      steps.pop_back();
    }
  }
  return keys;
}

}  // namespace landfall::services::iam
