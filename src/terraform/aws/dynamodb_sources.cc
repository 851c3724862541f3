#include <fmt/format.h>

#include "aws/shapes/dynamodb.h"
#include "terraform/aws/dynamodb.h"
#include "terraform/aws/more_types.h"
#include "terraform/aws/sources.h"
#include "terraform/aws/told.h"
#include "terraform/aws/types.h"

/// Data sources of DynamoDB.
namespace landfall::terraform::aws_types {
namespace {

namespace dynamodb = aws::dynamodb;

const Names kTable{"arn", "attribute", "billing_mode", "deletion_protection_enabled", "hash_key", "local_secondary_index", "point_in_time_recovery", "range_key", "read_capacity", "stream_arn", "stream_enabled", "stream_label", "stream_view_type", "table_class", "write_capacity"};

Type throughput_type() { return Type::list(Type::object({{.name = "max_read_request_units", .type = Type::number()}, {.name = "max_write_request_units", .type = Type::number()}})); }

Type index_type() {
  return Type::set(Type::object({{.name = "hash_key", .type = Type::string()}, {.name = "name", .type = Type::string()}, {.name = "non_key_attributes", .type = Type::list(Type::string())}, {.name = "on_demand_throughput", .type = throughput_type()},
                                 {.name = "projection_type", .type = Type::string()}, {.name = "range_key", .type = Type::string()}, {.name = "read_capacity", .type = Type::number()}, {.name = "write_capacity", .type = Type::number()}}));
}

Result<void> read_table(const ResourceType& type, const Cloud& cloud, Record& state) {
  const std::string name = state.text("name");
  Record there, indexes;
  there.set("id", name);
  Names all = kTable;
  all.push_back("tags");
  if (!TRY(tell(type, cloud, there, all, state))) return fail(found_not_one(0, "DynamoDB Table"));
  TRY(tell(type, cloud, there, {"global_secondary_index", "ttl"}, indexes));
  state.set("ttl", indexes.blocks("ttl"));
  std::vector<Record> rows = indexes.blocks("global_secondary_index");
  for (Record& row : rows) {
    row.set("on_demand_throughput", std::vector<Record>{});
    if (!row.has("range_key")) row.set("range_key", "");
  }
  state.set("global_secondary_index", rows);
  state.set("id", name);
  for (const char* none : {"on_demand_throughput", "replica", "server_side_encryption"}) state.set(none, std::vector<Record>{});
  return {};
}

Result<void> read_tables(const Cloud& cloud, Record& state) {
  dynamodb::ListTablesInput request;
  std::vector<std::string> names;
  do {
    const auto page = TRY(cloud.call<dynamodb::ListTablesOutput>("dynamodb", "ListTables", request));
    for (const std::string& name : page.table_names.value_or(std::vector<std::string>{})) names.push_back(name);
    request.exclusive_start_table_name = page.last_evaluated_table_name;
  } while (request.exclusive_start_table_name);
  state.set("names", names);
  return {};
}

Result<void> read_item(const Cloud& cloud, Record& state) {
  dynamodb::GetItemInput request{.consistent_read = true, .table_name = state.text("table_name")};
  auto key = TRY(parse_item(state.text("key")));
  request.key = std::move(key);
  if (!state.text("projection_expression").empty()) request.projection_expression = state.text("projection_expression");
  if (const auto names = state.pairs("expression_attribute_names"); !names.empty()) request.expression_attribute_names = names;
  const auto found = TRY(cloud.call<dynamodb::GetItemOutput>("dynamodb", "GetItem", request));
  if (!found.item) return fail(found_not_one(0, "DynamoDB Table Item"));
  state.set("id", fmt::format("{}|{}", state.text("table_name"), state.text("key")));
  state.set("item", item_text(*found.item));
  return {};
}

}  // namespace

void add_dynamodb_sources(Provider& provider) {
  const ResourceType& table = *provider.resource("aws_dynamodb_table");
  Schema schema = telling(table, kTable, {text("id").read_only(), text("name").required(), text_map("tags").computed(), of_type("global_secondary_index", index_type()).read_only(), of_type("on_demand_throughput", throughput_type()).read_only(),
                                          of_type("ttl", Type::set(Type::object({{.name = "attribute_name", .type = Type::string()}, {.name = "enabled", .type = Type::boolean()}}))).read_only(),
                                          of_type("replica", Type::set(Type::object({{.name = "kms_key_arn", .type = Type::string()}, {.name = "region_name", .type = Type::string()}}))).read_only(),
                                          of_type("server_side_encryption", Type::list(Type::object({{.name = "enabled", .type = Type::boolean()}, {.name = "kms_key_arn", .type = Type::string()}}))).read_only()});
  add_source(provider, "aws_dynamodb_table", std::move(schema), [&table](const Cloud& cloud, Record& state) { return read_table(table, cloud, state); });
  add_source(provider, "aws_dynamodb_tables", {.attributes = {texts("names").read_only()}}, read_tables);
  add_source(provider, "aws_dynamodb_table_item",
             {.attributes = {text("id").read_only(), text("table_name").required(), text("key").required().checked(check_item), text("projection_expression"), text_map("expression_attribute_names"), text("item").read_only()}}, read_item);
}

}  // namespace landfall::terraform::aws_types
