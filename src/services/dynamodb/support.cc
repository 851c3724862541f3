#include "services/dynamodb/support.h"

#include <fmt/format.h>

#include "base/text.h"
#include "services/dynamodb/dynamodb.h"

namespace landfall::services::dynamodb {

Result<model::DynamoTable> table_named(const Transaction& tx, const CallContext& context, const std::optional<std::string>& name, bool names_table) {
  std::string plain = text(name), account = context.account;
  bool is_here = true;
  if (plain.starts_with("arn:")) {
    const std::vector<std::string> arn = split(plain, ':');
    is_here = arn.size() == 6 && arn[3] == context.region && arn[5].starts_with("table/");
    if (is_here) account = arn[4];
    plain.erase(0, plain.rfind('/') + 1);
  }
  auto table = store::find<model::DynamoTable>(tx, fmt::format("{}/{}/{}", account, context.region, plain));
  if (!table || !is_here) return fail("ResourceNotFoundException", names_table ? fmt::format("Requested resource not found: Table: {} not found", plain) : "Requested resource not found");
  return std::move(*table);
}

std::string arn_of(const model::DynamoTable& table) { return fmt::format("arn:aws:dynamodb:{}:{}:table/{}", table.region, table.account, table.name); }

void register_dynamodb(aws::Registry& registry, const Deps& deps) {
  register_table(registry, deps);
  register_table_settings(registry, deps);
  register_table_policy(registry, deps);
  register_item(registry, deps);
  register_batch(registry, deps);
  register_transaction(registry, deps);
  register_query(registry, deps);
  register_backup(registry, deps);
  register_statement(registry, deps);
  register_recovery(registry, deps);
  register_stream(registry, deps);
}

}  // namespace landfall::services::dynamodb
