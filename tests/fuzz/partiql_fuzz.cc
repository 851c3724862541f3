// Reads any bytes as a PartiQL statement; what it reads of a statement must be expressions that DynamoDB's calls take or refuse.
#include <cstdint>
#include <string>

#include "services/dynamodb/expression.h"
#include "services/dynamodb/partiql.h"
#include "services/dynamodb/update.h"

using namespace landfall::services::dynamodb;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto statement = read_statement(text, {Value{.n = "1"}, Value{.s = "a"}, Value{.l = std::vector<Value>{Value{.n = "2"}}}});
  if (!statement) return 0;
  const Item item{{"n", Value{.n = "5"}}, {"s", Value{.s = "abc"}}, {"m", Value{.m = std::map<std::string, Value>{{"k", Value{.n = "7"}}}}}};
  for (const WhereTerm& term : statement->where) {
    auto placeholders = Placeholders(statement->names, statement->values);
    (void)condition_holds(term.text, placeholders, item);
  }
  auto placeholders = Placeholders(statement->names, statement->values);
  if (statement->update.empty()) return 0;
  if (const auto update = Update::parse(statement->update, placeholders)) (void)update->apply(item);
  return 0;
}
