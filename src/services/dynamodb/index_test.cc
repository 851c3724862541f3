#include <doctest/doctest.h>

#include "base/text.h"
#include "services/dynamodb/attribute.h"
#include "services/dynamodb/dynamodb.h"
#include "services/dynamodb/support.h"
#include "services/support/caller_for_test.h"

namespace landfall::services::dynamodb {
namespace {

Value string_value(std::string text) { return {.s = std::move(text)}; }
Value number_value(std::string text) { return {.n = std::move(text)}; }

using Schema = std::vector<shapes::KeySchemaElement>;

/// "cup:HASH year:RANGE", as a request has it.
Schema schema_of(const std::string& text) {
  Schema schema;
  for (const std::string& element : split(text, ' ')) {
    const auto parts = split(element, ':');
    schema.push_back({.attribute_name = parts[0], .key_type = parts[1]});
  }
  return schema;
}

/// Games by id; a global index by cup and side, then by season, leg and player.
struct Games : CallerForTest {
  Games() : CallerForTest("dynamodb") {
    register_dynamodb(registry, deps);
    REQUIRE(call<shapes::CreateTableOutput>("CreateTable", request("cup:HASH side:HASH season:RANGE leg:RANGE player:RANGE", "games")));
  }

  static shapes::CreateTableInput request(const std::string& index_schema, std::string name) {
    std::vector<shapes::AttributeDefinition> attributes{{.attribute_name = "id", .attribute_type = "S"}};
    for (const auto& element : schema_of(index_schema)) attributes.push_back({.attribute_name = element.attribute_name, .attribute_type = element.attribute_name == "season" ? "N" : "S"});
    return {.attribute_definitions = std::move(attributes), .billing_mode = "PAY_PER_REQUEST",
            .global_secondary_indexes = std::vector<shapes::GlobalSecondaryIndex>{{.index_name = "by-cup", .key_schema = schema_of(index_schema), .projection = shapes::Projection{.projection_type = "KEYS_ONLY"}}},
            .key_schema = schema_of("id:HASH"), .table_name = std::move(name)};
  }

  Result<shapes::CreateTableOutput> create(const std::string& index_schema) { return call<shapes::CreateTableOutput>("CreateTable", request(index_schema, "refused")); }

  Result<shapes::PutItemOutput> put(Item item) { return call<shapes::PutItemOutput>("PutItem", shapes::PutItemInput{.item = std::move(item), .table_name = "games"}); }

  void play(const char* id, const char* side, const char* season, const char* leg) {
    REQUIRE(put({{"id", string_value(id)}, {"cup", string_value("C")}, {"side", string_value(side)}, {"season", number_value(season)}, {"leg", string_value(leg)}, {"player", string_value("p")}, {"score", number_value("1")}}));
  }

  Result<shapes::QueryOutput> query(const std::string& condition, std::optional<Item> start = {}, std::optional<int> limit = {}) {
    Item values;
    for (const auto& [name, value] : Item{{":c", string_value("C")}, {":s", string_value("home")}, {":y", number_value("2024")}, {":l", string_value("b")}, {":p", string_value("p")}}) {
      if (condition.contains(name)) values.emplace(name, value);
    }
    return call<shapes::QueryOutput>("Query", shapes::QueryInput{.exclusive_start_key = std::move(start), .expression_attribute_values = std::move(values), .index_name = "by-cup", .key_condition_expression = condition, .limit = limit, .table_name = "games"});
  }

  std::string found(const std::string& condition) {
    const auto page = query(condition);
    REQUIRE_MESSAGE(page, condition);
    std::vector<std::string> ids;
    for (const Item& item : *page->items) ids.push_back(*item.at("id").s);
    return join(ids, " ");
  }
};

TEST_CASE_FIXTURE(Games, "an index of several attributes is ordered by each of them in turn") {
  play("late", "home", "2024", "b");
  play("early", "home", "2024", "a");
  play("before", "home", "999", "z");
  play("other", "away", "2024", "a");
  REQUIRE(put({{"id", string_value("sparse")}, {"cup", string_value("C")}, {"side", string_value("home")}, {"season", number_value("1")}}));

  CHECK(found("cup = :c AND side = :s") == "before early late");
  CHECK(found("side = :s AND cup = :c AND season = :y") == "early late");
  CHECK(found("cup = :c AND side = :s AND season < :y") == "before");
  CHECK(found("cup = :c AND side = :s AND season = :y AND leg >= :l") == "late");
  CHECK(found("cup = :c AND side = :s AND season = :y AND leg = :l AND begins_with(player, :p)") == "late");

  const auto first = query("cup = :c AND side = :s", {}, 1);
  REQUIRE(first);
  CHECK(first->items->at(0).size() == 6);  // the keys of both, and nothing else
  REQUIRE(first->last_evaluated_key);
  CHECK(first->last_evaluated_key->size() == 6);
  const auto second = query("cup = :c AND side = :s", first->last_evaluated_key, 1);
  REQUIRE(second);
  CHECK(*second->items->at(0).at("id").s == "early");
  Item cut = *first->last_evaluated_key;
  cut.erase("leg");
  CHECK(what_of(query("cup = :c AND side = :s", cut)) == "The provided starting key is invalid");
}

TEST_CASE_FIXTURE(Games, "a query names every hash attribute, and range attributes from the first on") {
  CHECK(what_of(query("cup = :c")) == "Query condition missed key schema element: side");
  CHECK(what_of(query("cup = :c AND side < :s")) == "Query key condition not supported");
  CHECK(what_of(query("cup = :c AND side = :s AND leg = :l")) == "RANGE key attributes season must have equality conditions specified in the query because a condition is present on key attribute leg");
  CHECK(what_of(query("cup = :c AND side = :s AND season > :y AND leg = :l")) == "RANGE key attributes season must have equality conditions specified in the query because a condition is present on key attribute leg");
  CHECK(what_of(call<shapes::ExecuteStatementOutput>("ExecuteStatement", shapes::ExecuteStatementInput{.statement = "SELECT * FROM \"games\".\"by-cup\" WHERE cup = 'C'"})) ==
        "PartiQL statements cannot be executed on tables with multi-attribute HASH keys or multi-attribute RANGE keys.");
}

TEST_CASE_FIXTURE(Games, "each attribute of an index's keys has the type that is defined, and all of a range together fit") {
  CHECK(what_of(put({{"id", string_value("1")}, {"leg", number_value("1")}})) == "One or more parameter values were invalid: Type mismatch for Index Key leg Expected: S Actual: N IndexName: by-cup");
  const std::string half(600, 'x');
  CHECK(what_of(put({{"id", string_value("1")}, {"leg", string_value(half)}, {"player", string_value(half)}})) == "One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of 1024 bytes");
}

TEST_CASE_FIXTURE(Games, "only global indexes have keys of several attributes, four of each kind at most") {
  CHECK(what_of(create("a:HASH b:RANGE c:HASH")) == "Invalid KeySchema: All HASH key attributes must precede RANGE key attributes in the KeySchema");
  CHECK(what_of(create("a:HASH b:HASH c:HASH d:HASH e:HASH")) == "Invalid KeySchema: The KeySchema exceeds the maximum allowed number of HASH key attributes");
  CHECK(what_of(create("a:RANGE b:HASH")) == "Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
  auto table = request("a:HASH", "refused");
  table.key_schema = schema_of("id:HASH a:RANGE b:RANGE");
  CHECK(what_of(call<shapes::CreateTableOutput>("CreateTable", table)) ==
        "1 validation error detected: Value '[KeySchemaElement(attributeName=id, keyType=HASH), KeySchemaElement(attributeName=a, keyType=RANGE), KeySchemaElement(attributeName=b, keyType=RANGE)]' at 'keySchema' failed to satisfy constraint: Member must have length less than or equal to 2");

  const auto told = call<shapes::DescribeTableOutput>("DescribeTable", shapes::DescribeTableInput{.table_name = "games"});
  REQUIRE(told);
  const auto& schema = *told->table->global_secondary_indexes->at(0).key_schema;
  REQUIRE(schema.size() == 5);
  CHECK(*schema[1].attribute_name == "side");
  CHECK(*schema[4].key_type == "RANGE");
}

TEST_CASE_FIXTURE(Games, "what Select goes together with is checked before the table is looked up") {
  CHECK(what_of(call<shapes::QueryOutput>("Query", shapes::QueryInput{.key_condition_expression = "id = :i", .projection_expression = "id", .select = "COUNT", .table_name = "none"})) == "Cannot specify the ProjectionExpression when choosing to get only the Count");
  CHECK(what_of(call<shapes::ScanOutput>("Scan", shapes::ScanInput{.attributes_to_get = std::vector<std::string>{"id"}, .select = "ALL_ATTRIBUTES", .table_name = "none"})) == "Cannot specify the AttributesToGet when choosing to get ALL_ATTRIBUTES");
}

struct Statements : CallerForTest {
  Statements() : CallerForTest("dynamodb") {
    register_dynamodb(registry, deps);
    auto table = Games::request("kind:HASH", "things");
    table.attribute_definitions->push_back({.attribute_name = "rank", .attribute_type = "S"});
    table.key_schema = schema_of("id:HASH at:RANGE");
    table.attribute_definitions->push_back({.attribute_name = "at", .attribute_type = "S"});
    table.global_secondary_indexes->at(0).index_name = "by-kind";
    table.local_secondary_indexes = std::vector<shapes::LocalSecondaryIndex>{{.index_name = "by-rank", .key_schema = schema_of("id:HASH rank:RANGE"), .projection = shapes::Projection{.projection_type = "KEYS_ONLY"}}};
    REQUIRE(call<shapes::CreateTableOutput>("CreateTable", table));
    REQUIRE(run("INSERT INTO things VALUE {'id': 'a', 'at': '1', 'kind': 'k', 'rank': 'r', 'extra': 'x', 'deep': {'er': 'found'}}"));
    REQUIRE(run("INSERT INTO things VALUE {'id': 'a', 'at': '2', 'extra': 'y'}"));
  }

  Result<shapes::ExecuteStatementOutput> run(std::string statement, std::optional<std::vector<Value>> parameters = {}, std::optional<bool> is_consistent = {}) {
    return call<shapes::ExecuteStatementOutput>("ExecuteStatement", shapes::ExecuteStatementInput{.consistent_read = is_consistent, .parameters = std::move(parameters), .statement = std::move(statement)});
  }
};

TEST_CASE_FIXTURE(Statements, "a statement reads of an index what it holds; a local one reaches back for what is selected") {
  CHECK(run("SELECT * FROM \"things\".\"by-kind\" WHERE kind = 'k'")->items->at(0).size() == 3);
  CHECK(*run("SELECT extra FROM \"things\".\"by-rank\" WHERE id = 'a'")->items->at(0).at("extra").s == "x");
  CHECK(what_of(run("SELECT extra FROM \"things\".\"by-kind\" WHERE kind = 'k'")) == "One or more parameter values were invalid: Global secondary index by-kind does not project [extra]");
  CHECK(what_of(run("SELECT id FROM \"things\".\"by-kind\" WHERE kind IN ['k'] AND extra = 'x'")) == "One or more parameter values were invalid: Secondary index by-kind does not project one or more filter attributes: [extra]");
  CHECK(run("SELECT id FROM \"things\".\"by-kind\" WHERE extra = 'x'")->items->empty());
  CHECK(run("SELECT id FROM \"things\".\"by-kind\" WHERE NOT extra = 'x'")->items->size() == 1);
  CHECK(run("SELECT id FROM \"things\".\"by-kind\" WHERE (kind = 'k' AND extra = 'x') OR kind = 'k'")->items->size() == 1);
  CHECK(what_of(run("SELECT * FROM \"things\".\"by-kind\" WHERE kind = 'k'", {}, true)) == "Strongly consistent read is not supported on Global Secondary Indexes");
  CHECK(run("SELECT * FROM \"things\".\"by-rank\" WHERE id = 'a'", {}, true));
}

TEST_CASE_FIXTURE(Statements, "statements are refused in words of their own") {
  CHECK(what_of(run("SELECT * FROM \"things\".\"none\"")) == "The table does not have the specified index");
  CHECK(what_of(run("SELECT * FROM \"things\".\"by-kind\".\"more\"")) == "A path may contain at most 2 components in the FROM clause");
  CHECK(what_of(run("SELECT * FROM \"\"")) == "Path component cannot be an empty string");
  CHECK(what_of(run("SELECT * FROM things WHERE id = 'a' AND extra < ?", std::vector<Value>{{.bool_ = true}})) == "Incorrect operand type for operator or function; operator or function: <, operand type: BOOL");
  CHECK(what_of(run("DELETE FROM things WHERE id = 'a' AND at = '1' RETURNING MODIFIED OLD *")) == "Invalid returning clause: RETURNING MODIFIED OLD *. Only RETURNING ALL OLD * is allowed in DELETE statements.");
  const auto transacted = [&](const char* statement) {
    return what_of(call<shapes::ExecuteTransactionOutput>("ExecuteTransaction", shapes::ExecuteTransactionInput{.transact_statements = std::vector<shapes::ParameterizedStatement>{{.statement = statement}}}));
  };
  CHECK(transacted("SELECT * FROM \"things\".\"by-kind\" WHERE kind = 'k'") == "Validation failed in TransactStatements[0]: Reads on indices are not supported within transactions.");
  CHECK(transacted("UPDATE things SET extra = 'z' WHERE id = 'a' AND at = '1' RETURNING ALL NEW *") == "Validation failed in TransactStatements[0]: RETURNING clause is not supported in ExecuteTransaction.");
}

TEST_CASE_FIXTURE(Statements, "what a path of a statement leads to goes by its last name") {
  const auto item = run("SELECT deep.er, id FROM things WHERE id = 'a' AND at = '1'")->items->at(0);
  CHECK(*item.at("er").s == "found");
  CHECK(item.size() == 2);
}

TEST_CASE_FIXTURE(Statements, "an empty key is a fault of the whole transaction, a key of another type one of its part") {
  const auto update = [&](Value kind) {
    shapes::TransactWriteItem item{.update = shapes::Update{.expression_attribute_values = Item{{":k", std::move(kind)}}, .key = Item{{"id", string_value("a")}, {"at", string_value("1")}}, .table_name = "things", .update_expression = "SET kind = :k"}};
    return call<shapes::TransactWriteItemsOutput>("TransactWriteItems", shapes::TransactWriteItemsInput{.transact_items = std::vector<shapes::TransactWriteItem>{std::move(item)}});
  };
  CHECK(what_of(update(number_value("1"))) == "Transaction cancelled, please refer cancellation reasons for specific reasons [ValidationError]");
  CHECK(context.error_members.find("Type mismatch for Index Key kind Expected: S Actual: N IndexName: by-kind") != std::string::npos);
  CHECK(what_of(update(string_value(""))) == "One or more parameter values are not valid. The update expression attempted to update a secondary index key to a value that is not supported. The AttributeValue for a key attribute cannot contain an empty string value.");

  const auto put = [&](const std::vector<std::string>& ids, const std::string& load) {
    std::vector<shapes::TransactWriteItem> items;
    for (const std::string& id : ids) items.push_back({.put = shapes::Put{.item = Item{{"id", string_value(id)}, {"at", string_value("3")}, {"load", string_value(load)}}, .table_name = "things"}});
    return what_of(call<shapes::TransactWriteItemsOutput>("TransactWriteItems", shapes::TransactWriteItemsInput{.transact_items = std::move(items)}));
  };
  CHECK(put({""}, "x") == "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: id");
  CHECK(put({"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"}, std::string(350'000, 'x')) == "The aggregate size of the items in the transaction cannot exceed 4 MB");
}

}  // namespace
}  // namespace landfall::services::dynamodb
