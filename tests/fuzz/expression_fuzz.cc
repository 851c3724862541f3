// Reads any bytes as each of DynamoDB's expressions and lets those that are well-formed work on an item.
#include <cstdint>
#include <string>

#include "services/dynamodb/expression.h"
#include "services/dynamodb/key_condition.h"
#include "services/dynamodb/number.h"
#include "services/dynamodb/update.h"

using namespace landfall::services::dynamodb;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::map<std::string, std::string> names{{"#n", "n"}, {"#m", "m"}};
  const std::map<std::string, Value> values{{":n", Value{.n = "1"}}, {":s", Value{.s = "a"}}, {":l", Value{.l = std::vector<Value>{Value{.n = "2"}}}}, {":e", Value{.ss = std::vector<std::string>{"x"}}}};
  const Item item{{"n", Value{.n = "5"}}, {"s", Value{.s = "abc"}}, {"l", Value{.l = std::vector<Value>{Value{.n = "2"}, Value{.s = "b"}}}}, {"m", Value{.m = std::map<std::string, Value>{{"k", Value{.n = "7"}}}}}, {"e", Value{.ss = std::vector<std::string>{"x", "y"}}}};
  const auto fresh = [&] { return Placeholders(names, values); };
  auto placeholders = fresh();
  (void)condition_holds(text, placeholders, item);
  placeholders = fresh();
  (void)check_condition(text, placeholders);
  if (const auto paths = projected_paths(text, placeholders = fresh())) (void)project(item, *paths);
  if (const auto update = Update::parse(text, placeholders = fresh())) (void)update->apply(item);
  const landfall::model::DynamoTable table{.hash_key = "n", .hash_key_type = "N", .range_key = "s", .range_key_type = "S"};
  if (const auto condition = read_key_condition(text, placeholders = fresh(), table, keys_of(table))) (void)condition->admits(item, keys_of(table));
  return 0;
}
