#include "services/dynamodb/dynamodb.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "services/dynamodb/expiry.h"
#include "services/dynamodb/expression.h"
#include "services/dynamodb/number.h"
#include "services/dynamodb/support.h"
#include "services/support/caller_for_test.h"

namespace landfall::services::dynamodb {
namespace {

Value string_value(std::string text) { return {.s = std::move(text)}; }
Value number_value(std::string text) { return {.n = std::move(text)}; }

struct Table : CallerForTest {
  Table() : CallerForTest("dynamodb") {
    register_dynamodb(registry, deps);
    REQUIRE(call<shapes::CreateTableOutput>("CreateTable", request("locks")));
  }

  static shapes::CreateTableInput request(std::string name) {
    return {.attribute_definitions = std::vector<shapes::AttributeDefinition>{{.attribute_name = "LockID", .attribute_type = "S"}}, .billing_mode = "PAY_PER_REQUEST",
            .key_schema = std::vector<shapes::KeySchemaElement>{{.attribute_name = "LockID", .key_type = "HASH"}}, .table_name = std::move(name)};
  }

  Result<shapes::PutItemOutput> lock(std::string who, std::optional<std::string> condition = "attribute_not_exists(LockID)") {
    return call<shapes::PutItemOutput>("PutItem", shapes::PutItemInput{.condition_expression = std::move(condition), .item = Item{{"LockID", string_value("b/k")}, {"Info", string_value(std::move(who))}}, .table_name = "locks"});
  }

  std::string holder() {
    const auto got = call<shapes::GetItemOutput>("GetItem", shapes::GetItemInput{.key = Item{{"LockID", string_value("b/k")}}, .projection_expression = "LockID, Info", .table_name = "locks"});
    REQUIRE(got);
    return got->item ? *got->item->at("Info").s : "";
  }
};

TEST_CASE_FIXTURE(Table, "an ARN names a table of its own account and of the region that is asked") {
  REQUIRE(lock("me"));
  const auto get = [&](std::string table) { return call<shapes::GetItemOutput>("GetItem", shapes::GetItemInput{.key = Item{{"LockID", string_value("b/k")}}, .table_name = std::move(table)}); };
  const auto got = get("arn:aws:dynamodb:us-west-2:000000000000:table/locks");
  REQUIRE(got);
  CHECK(*got->item->at("Info").s == "me");
  CHECK(code_of(get("arn:aws:dynamodb:eu-west-1:000000000000:table/locks")) == "ResourceNotFoundException");
  CHECK(code_of(get("arn:aws:dynamodb:us-west-2:111111111111:table/locks")) == "ResourceNotFoundException");

  context.account = "111111111111";
  CHECK(get("arn:aws:dynamodb:us-west-2:000000000000:table/locks"));
  CHECK(code_of(get("locks")) == "ResourceNotFoundException");
}

TEST_CASE_FIXTURE(Table, "legacy parameters mean what the expressions do, and do not go with them") {
  using Values = std::vector<Value>;
  const auto write = [&](std::map<std::string, shapes::AttributeValueUpdate> updates, std::map<std::string, shapes::ExpectedAttributeValue> expected) {
    return call<shapes::UpdateItemOutput>("UpdateItem", shapes::UpdateItemInput{.attribute_updates = std::move(updates), .expected = std::move(expected), .key = Item{{"LockID", string_value("a")}}, .return_values = "ALL_NEW", .table_name = "locks"});
  };
  REQUIRE(write({{"n", {.action = "ADD", .value = number_value("5")}}, {"s", {.value = string_value("x")}}}, {{"LockID", {.exists = false}}}));
  CHECK(code_of(write({{"n", {.action = "ADD", .value = number_value("5")}}}, {{"n", {.attribute_value_list = Values{number_value("5")}, .comparison_operator = "GT"}}})) == "ConditionalCheckFailedException");
  const auto changed = write({{"n", {.action = "ADD", .value = number_value("1")}}, {"s", {.action = "DELETE"}}}, {{"n", {.attribute_value_list = Values{number_value("5"), number_value("6")}, .comparison_operator = "BETWEEN"}}});
  REQUIRE(changed);
  CHECK(*changed->attributes->at("n").n == "6");
  CHECK_FALSE(changed->attributes->contains("s"));

  const auto asked = [&](shapes::QueryInput query) {
    query.table_name = "locks";
    query.key_conditions = std::map<std::string, shapes::Condition>{{"LockID", {.attribute_value_list = Values{string_value("a")}, .comparison_operator = "EQ"}}};
    return call<shapes::QueryOutput>("Query", query);
  };
  CHECK(asked({.attributes_to_get = std::vector<std::string>{"n"}})->items->at(0).size() == 1);
  CHECK(*asked({.query_filter = std::map<std::string, shapes::Condition>{{"n", {.comparison_operator = "NULL"}}}})->count == 0);
  CHECK(what_of(asked({.filter_expression = "n = :n"})) == "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {KeyConditions} Expression parameters: {FilterExpression}");
  CHECK(what_of(asked({.query_filter = std::map<std::string, shapes::Condition>{{"n", {.comparison_operator = "EQ"}}}})) == "One or more parameter values were invalid: Invalid number of argument(s) for the EQ ComparisonOperator");
}

TEST_CASE_FIXTURE(Table, "statements insert, select, update and delete, each by the whole key") {
  const auto run = [&](std::string statement, std::optional<std::vector<Value>> parameters = std::nullopt) {
    return call<shapes::ExecuteStatementOutput>("ExecuteStatement", shapes::ExecuteStatementInput{.parameters = std::move(parameters), .statement = std::move(statement)});
  };
  REQUIRE(run("INSERT INTO \"locks\" VALUE {'LockID': 'a', 'n': 1, 'deep': {'list': [1, 'two']}, 'set': <<'x'>>}"));
  REQUIRE(run("INSERT INTO locks VALUE {'LockID': ?, 'n': ?}", std::vector<Value>{string_value("b"), number_value("-2")}));
  CHECK(code_of(run("INSERT INTO locks VALUE {'LockID': 'a'}")) == "DuplicateItemException");

  CHECK(run("SELECT * FROM locks")->items->size() == 2);
  CHECK(*run("SELECT deep.list[1] FROM locks WHERE LockID = 'a' AND n IN [1, 3] AND NOT (other IS NOT MISSING)")->items->at(0).at("deep").m->at("list").l->at(0).s == "two");
  CHECK(run("SELECT LockID FROM locks WHERE n < 0 OR contains(\"set\", 'x')")->items->size() == 2);

  CHECK(*run("UPDATE locks SET n = n + 5 SET \"new\" = ? REMOVE deep WHERE LockID = 'a' AND n = 1 RETURNING ALL NEW *", std::vector<Value>{string_value("v")})->items->at(0).at("n").n == "6");
  CHECK(code_of(run("UPDATE locks SET n = 1 WHERE LockID = 'none'")) == "ConditionalCheckFailedException");
  CHECK(what_of(run("UPDATE locks SET n = 1 WHERE n = 6")) == "Where clause does not contain a mandatory equality on all key attributes");
  CHECK(*run("DELETE FROM locks WHERE LockID = 'a' RETURNING ALL OLD *")->items->at(0).at("new").s == "v");
  CHECK(run("DELETE FROM locks WHERE LockID = 'a'")->items->empty());

  for (const char* bad : {"", "SELECT", "SELECT * FROM", "SELECT * FROM locks WHERE", "SELECT * FROM locks WHERE LockID ~ 1", "SELECT * FROM locks extra", "INSERT INTO locks VALUE 'x'", "UPDATE locks WHERE LockID = 'a'", "SELECT * FROM 'locks", "DELETE FROM locks WHERE LockID = ?"}) {
    CAPTURE(bad);
    CHECK(code_of(run(bad)) == "ValidationException");
  }
  CHECK(run("SELECT * FROM locks")->items->size() == 1);
  CHECK(run("SELECT * FROM locks WHERE ((n < 0)) OR (NOT ((n > 0) AND n < 7))")->items->size() == 1);
}

TEST_CASE_FIXTURE(Table, "of statements in a batch each stands for itself, in a transaction all or none") {
  const auto batch = call<shapes::BatchExecuteStatementOutput>("BatchExecuteStatement", shapes::BatchExecuteStatementInput{.statements = std::vector<shapes::BatchStatementRequest>{
      {.statement = "INSERT INTO locks VALUE {'LockID': 'a'}"}, {.statement = "INSERT INTO locks VALUE {'LockID': 'a'}"}, {.statement = "SELECT * FROM locks WHERE LockID = 'a'"}, {.statement = "SELECT * FROM other WHERE LockID = 'a'"}}});
  REQUIRE(batch);
  CHECK_FALSE(batch->responses->at(0).error);
  CHECK(*batch->responses->at(1).error->code == "DuplicateItem");
  CHECK(batch->responses->at(2).item->contains("LockID"));
  CHECK(*batch->responses->at(3).error->code == "ResourceNotFound");

  const auto all = [&](const char* second) {
    return call<shapes::ExecuteTransactionOutput>("ExecuteTransaction", shapes::ExecuteTransactionInput{.transact_statements = std::vector<shapes::ParameterizedStatement>{{.statement = "INSERT INTO locks VALUE {'LockID': 'b'}"}, {.statement = second}}});
  };
  CHECK(what_of(all("INSERT INTO locks VALUE {'LockID': 'a'}")) == "Transaction cancelled, please refer cancellation reasons for specific reasons [None, DuplicateItem]");
  CHECK(all("UPDATE locks SET n = 1 WHERE LockID = 'a'"));
  CHECK(code_of(all("SELECT * FROM locks WHERE LockID = 'a'")) == "ValidationException");
}

TEST_CASE("numbers are decimal, canonical and ordered by what they are worth") {
  CHECK(Number::parse("001.500").value().text() == "1.5");
  CHECK(Number::parse("-12.5e2").value().text() == "-1250");
  CHECK(Number::parse(".5").value().text() == "0.5");
  CHECK(Number::parse("0.00012").value().text() == "0.00012");
  CHECK(Number::parse("-0.0").value().text() == "0");
  CHECK(Number::parse("1e3").value() == Number::parse("1000").value());
  CHECK(Number::parse("9").value() < Number::parse("10").value());
  CHECK(Number::parse("-9").value() > Number::parse("-10").value());
  CHECK(Number::parse("0.1").value() < Number::parse("0.11").value());
  CHECK(Number::parse("-1").value() < Number::parse("0").value());
  for (const char* bad : {"", "abc", "1.2.3", "1e", "--1", "1 "}) CHECK(code_of(Number::parse(bad)) == "ValidationException");
  CHECK(code_of(Number::parse(std::string(39, '7'))) == "ValidationException");
  CHECK(code_of(Number::parse("1e126")) == "ValidationException");
}

TEST_CASE("conditions are read with their precedence and looked up in the item") {
  const Item item{{"id", string_value("x")}, {"n", number_value("5")}, {"tags", Value{.ss = std::vector<std::string>{"a", "b"}}},
                  {"deep", Value{.m = Item{{"parts", Value{.l = std::vector<Value>{number_value("1"), string_value("two")}}}}}}};
  const std::map<std::string, Value> values{{":five", number_value("5.0")}, {":x", string_value("x")}, {":two", string_value("two")}, {":a", string_value("a")}, {":type", string_value("SS")}, {":nine", number_value("9")}};
  const std::map<std::string, std::string> names{{"#n", "n"}};
  const std::pair<const char*, bool> cases[] = {
      {"attribute_exists(id)", true}, {"attribute_exists(absent)", false}, {"attribute_not_exists(absent)", true}, {"#n = :five", true}, {"n <> :five", false}, {"n < :nine AND n >= :five", true},
      {"n > :nine OR id = :x", true}, {"NOT id = :x", false}, {"not (id = :x and n = :nine)", true}, {"id = :x OR n = :nine AND absent = :x", true}, {"n BETWEEN :five AND :nine", true},
      {"id IN (:a, :x)", true}, {"id IN (:a)", false}, {"contains(tags, :a)", true}, {"contains(tags, :x)", false}, {"begins_with(id, :x)", true}, {"attribute_type(tags, :type)", true},
      {"size(tags) < :five", true}, {"deep.parts[1] = :two", true}, {"deep.parts[2] = :two", false}, {"id < :nine", false}, {"absent = :x", false}, {"absent <> :x", true}};
  for (const auto& [text, expected] : cases) {
    CAPTURE(std::string(text));
    Placeholders placeholders(names, values);
    REQUIRE(placeholders.check(true));
    const auto holds = condition_holds(text, placeholders, item);
    REQUIRE(holds);
    CHECK(*holds == expected);
  }
}

TEST_CASE("a condition that cannot be read is refused with the token") {
  const std::pair<const char*, const char*> cases[] = {
      {"", "Invalid ConditionExpression: The expression can not be empty;"},
      {"id =", "Invalid ConditionExpression: Syntax error; token: \"<EOF>\", near: \"=\""},
      {"id = :x)", "Invalid ConditionExpression: Syntax error; token: \")\", near: \":x)\""},
      {"shout(id)", "Invalid ConditionExpression: Invalid function name; function: shout"},
      {"#no = :x", "Invalid ConditionExpression: An expression attribute name used in the document path is not defined; attribute name: #no"},
      {"id = :no", "Invalid ConditionExpression: An expression attribute value used in expression is not defined; attribute value: :no"}};
  for (const auto& [text, message] : cases) {
    CAPTURE(std::string(text));
    Placeholders placeholders(std::nullopt, std::map<std::string, Value>{{":x", string_value("x")}});
    CHECK(what_of(condition_holds(text, placeholders, {})) == message);
  }
  Placeholders placeholders(std::nullopt, std::nullopt);
  CHECK(code_of(condition_holds(std::string(200, '('), placeholders, {})) == "ValidationException");
  CHECK(code_of(condition_holds("id ; id", placeholders, {})) == "ValidationException");
}

TEST_CASE_FIXTURE(Table, "of two who take a lock one gets it, until it is released") {
  CHECK(lock("first").has_value());
  CHECK(code_of(lock("second")) == "ConditionalCheckFailedException");
  CHECK(holder() == "first");

  const shapes::DeleteItemInput release{.key = Item{{"LockID", string_value("b/k")}}, .return_values = "ALL_OLD", .table_name = "locks"};
  const auto old = call<shapes::DeleteItemOutput>("DeleteItem", release);
  REQUIRE(old);
  CHECK(*old->attributes->at("Info").s == "first");
  CHECK(call<shapes::DeleteItemOutput>("DeleteItem", release).has_value());
  CHECK(lock("second").has_value());
  CHECK(holder() == "second");
}

TEST_CASE_FIXTURE(Table, "a condition that fails gives the item back to whoever wants it") {
  REQUIRE(lock("me"));
  shapes::PutItemInput put{.condition_expression = "attribute_not_exists(LockID)", .item = Item{{"LockID", string_value("b/k")}}, .return_values_on_condition_check_failure = "ALL_OLD", .table_name = "locks"};
  CHECK(code_of(call<shapes::PutItemOutput>("PutItem", put)) == "ConditionalCheckFailedException");
  CHECK(context.error_members == R"({"Item":{"Info":{"S":"me"},"LockID":{"S":"b/k"}}})");
}

TEST_CASE("sums are exact, and rounded at 38 digits") {
  const auto sum = [](const char* a, const char* b, bool subtracts) { return Number::sum(Number::parse(a).value(), Number::parse(b).value(), subtracts).value().text(); };
  CHECK(sum("0.1", "0.2", false) == "0.3");
  CHECK(sum("1", "1", true) == "0");
  CHECK(sum("-5", "3", false) == "-2");
  CHECK(sum("3", "5", true) == "-2");
  CHECK(sum("-3", "-5", true) == "2");
  CHECK(sum("99", "1", false) == "100");
  CHECK(sum("0", "0.001", true) == "-0.001");
  CHECK(sum("1e38", "1", false) == "1" + std::string(38, '0'));
  CHECK(sum(std::string(38, '9').c_str(), "0.5", false) == "1" + std::string(38, '0'));
  CHECK(code_of(Number::sum(Number::parse("9.9e125").value(), Number::parse("9.9e125").value(), false)) == "ValidationException");
}

TEST_CASE_FIXTURE(Table, "a delete holds to its condition") {
  REQUIRE(lock("me"));
  const auto release = [&](std::string who) {
    return call<shapes::DeleteItemOutput>("DeleteItem", shapes::DeleteItemInput{.condition_expression = "#i = :who", .expression_attribute_names = std::map<std::string, std::string>{{"#i", "Info"}},
                                                                               .expression_attribute_values = Item{{":who", string_value(std::move(who))}}, .key = Item{{"LockID", string_value("b/k")}}, .table_name = "locks"});
  };
  CHECK(code_of(release("you")) == "ConditionalCheckFailedException");
  CHECK(holder() == "me");
  CHECK(release("me").has_value());
  CHECK(holder() == "");
}

TEST_CASE_FIXTURE(Table, "placeholders must be used, and need an expression") {
  shapes::PutItemInput put{.condition_expression = "attribute_exists(LockID)", .expression_attribute_values = Item{{":x", string_value("x")}}, .item = Item{{"LockID", string_value("k")}}, .table_name = "locks"};
  CHECK(what_of(call<shapes::PutItemOutput>("PutItem", put)) == "Value provided in ExpressionAttributeValues unused in expressions: keys: {:x}");
  put.condition_expression.reset();
  CHECK(code_of(call<shapes::PutItemOutput>("PutItem", put)) == "ValidationException");
}

TEST_CASE_FIXTURE(Table, "items and keys fit the table") {
  const auto put = [&](Item item) { return call<shapes::PutItemOutput>("PutItem", shapes::PutItemInput{.item = std::move(item), .table_name = "locks"}); };
  CHECK(what_of(put({{"Other", string_value("x")}})) == "One or more parameter values were invalid: Missing the key LockID in the item");
  CHECK(what_of(put({{"LockID", number_value("1")}})) == "One or more parameter values were invalid: Type mismatch for key LockID expected: S actual: N");
  CHECK(code_of(put({{"LockID", string_value("")}})) == "ValidationException");
  CHECK(code_of(put({{"LockID", string_value("x")}, {"v", Value{}}})) == "ValidationException");
  CHECK(code_of(put({{"LockID", string_value("x")}, {"v", Value{.ss = std::vector<std::string>{"a", "a"}}}})) == "ValidationException");
  CHECK(what_of(put({{"LockID", string_value("x")}, {"v", string_value(std::string(410'000, 'x'))}})) == "Item size has exceeded the maximum allowed size");
  const shapes::WriteRequest keyless{.put_request = shapes::PutRequest{.item = Item{{"Other", string_value("x")}}}};
  CHECK(what_of(call<shapes::BatchWriteItemOutput>("BatchWriteItem", shapes::BatchWriteItemInput{.request_items = std::map<std::string, std::vector<shapes::WriteRequest>>{{"locks", {keyless}}}})) == "The provided key element does not match the schema");
  CHECK(what_of(call<shapes::BatchGetItemOutput>("BatchGetItem", shapes::BatchGetItemInput{.request_items = std::map<std::string, shapes::KeysAndAttributes>{}})) == "The requestItems parameter is required for BatchGetItem");
  CHECK(store->list("dynamo_item/").empty());
  CHECK(what_of(call<shapes::GetItemOutput>("GetItem", shapes::GetItemInput{.key = Item{{"Other", string_value("x")}}, .table_name = "locks"})) == "The provided key element does not match the schema");
  CHECK(code_of(call<shapes::GetItemOutput>("GetItem", shapes::GetItemInput{.key = Item{{"LockID", string_value("x")}}, .table_name = "none"})) == "ResourceNotFoundException");
}

TEST_CASE_FIXTURE(Table, "a key with a slash is one key, and a table takes its items along") {
  for (const char* key : {"a", "a/b", "a%2Fb"}) REQUIRE(call<shapes::PutItemOutput>("PutItem", shapes::PutItemInput{.item = Item{{"LockID", string_value(key)}}, .table_name = "locks"}));
  const auto table = call<shapes::DescribeTableOutput>("DescribeTable", shapes::DescribeTableInput{.table_name = "locks"});
  REQUIRE(table);
  CHECK(table->table->item_count == 3);
  CHECK(table->table->table_status == "ACTIVE");
  CHECK(table->table->warm_throughput->read_units_per_second == 12000);

  REQUIRE(call<shapes::DeleteTableOutput>("DeleteTable", shapes::DeleteTableInput{.table_name = "locks"}));
  CHECK(store->list("dynamo_item/").empty());
  CHECK(what_of(call<shapes::DescribeTableOutput>("DescribeTable", shapes::DescribeTableInput{.table_name = "locks"})) == "Requested resource not found: Table: locks not found");
}

TEST_CASE_FIXTURE(Table, "items whose time is over go, if the table has time to live") {
  const auto put = [&](const char* key, Value until) { REQUIRE(call<shapes::PutItemOutput>("PutItem", shapes::PutItemInput{.item = Item{{"LockID", string_value(key)}, {"until", std::move(until)}}, .table_name = "locks"})); };
  const int64_t now = clock.wall().ms / 1000;
  put("past", number_value(std::to_string(now - 1)));
  put("future", number_value(std::to_string(now + 60)));
  put("text", string_value(std::to_string(now - 1)));
  put("six years ago", number_value(std::to_string(now - 6LL * 365 * 86'400)));
  CHECK(expire_items(deps) == 0);
  REQUIRE(call<shapes::UpdateTimeToLiveOutput>("UpdateTimeToLive", shapes::UpdateTimeToLiveInput{.table_name = "locks", .time_to_live_specification = shapes::TimeToLiveSpecification{.attribute_name = "until", .enabled = true}}));

  CHECK(expire_items(deps) == 1);
  CHECK(store->list("dynamo_item/").size() == 3);
  clock.advance(std::chrono::seconds(61));
  CHECK(expire_items(deps) == 1);
  CHECK(store->list("dynamo_item/").size() == 2);
}

TEST_CASE_FIXTURE(Table, "the policy of a table changes from the revision that is expected") {
  const std::string arn = "arn:aws:dynamodb:us-west-2:000000000000:table/locks", none = "Resource-based policy not found for the provided ResourceArn: ";
  const auto put = [&](const char* action, std::optional<std::string> expected = std::nullopt) {
    return call<shapes::PutResourcePolicyOutput>("PutResourcePolicy", shapes::PutResourcePolicyInput{.expected_revision_id = std::move(expected), .policy = fmt::format(R"({{"Statement": [{{"Action": "{}"}}]}})", action), .resource_arn = arn});
  };
  const auto get = [&] { return call<shapes::GetResourcePolicyOutput>("GetResourcePolicy", shapes::GetResourcePolicyInput{.resource_arn = arn}); };
  const auto remove = [&](std::optional<std::string> expected) { return call<shapes::DeleteResourcePolicyOutput>("DeleteResourcePolicy", shapes::DeleteResourcePolicyInput{.expected_revision_id = std::move(expected), .resource_arn = arn}); };
  CHECK(what_of(get()) == none + arn);
  const std::string first = *put("a", "NO_POLICY")->revision_id;
  CHECK(*put("a")->revision_id == first);
  CHECK(what_of(put("b", "NO_POLICY")) == none + "Requested policy update expecting none to be present for table locks, but a policy exists with revision id " + first + ".");
  const std::string second = *put("b", first)->revision_id;
  CHECK(*get()->revision_id == second);
  CHECK(what_of(remove(first)) == none + "Requested update for policy with revision id " + first + ", but the policy associated to target table locks has revision id " + second + ".");
  REQUIRE(remove(second));
  CHECK(code_of(get()) == "PolicyNotFoundException");
  CHECK(remove(std::nullopt));
}

TEST_CASE_FIXTURE(Table, "a table needs a name, keys with types, and a way to pay that fits") {
  CHECK(code_of(call<shapes::CreateTableOutput>("CreateTable", request("locks"))) == "ResourceInUseException");
  CHECK(code_of(call<shapes::CreateTableOutput>("CreateTable", request("x"))) == "ValidationException");
  auto no_type = request("other");
  no_type.attribute_definitions->clear();
  CHECK(what_of(call<shapes::CreateTableOutput>("CreateTable", no_type)) == "Invalid KeySchema: Some index key attribute have no definition");
  auto provisioned = request("other");
  provisioned.billing_mode = "PROVISIONED";
  CHECK(code_of(call<shapes::CreateTableOutput>("CreateTable", provisioned)) == "ValidationException");
  auto streams = request("other");
  streams.stream_specification = shapes::StreamSpecification{.stream_enabled = true};
  CHECK(what_of(call<shapes::CreateTableOutput>("CreateTable", streams)) == "One or more parameter values were invalid: StreamViewType must be specified when StreamEnabled is true");
}

}  // namespace
}  // namespace landfall::services::dynamodb
