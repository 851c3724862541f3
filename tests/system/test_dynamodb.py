"""DynamoDB through boto3: expressions, queries, indexes, batches, transactions, backups."""
import uuid
from decimal import Decimal

import boto3
import pytest
from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError

from conftest import REGION


@pytest.fixture
def table(shared):
    """A table with keys pk and sk, a global index by kind (and n), a local one by n."""
    key = shared.key()
    resource = boto3.resource("dynamodb", endpoint_url=f"http://127.0.0.1:{shared.port}", region_name=REGION, aws_access_key_id=key["access_key"], aws_secret_access_key=key["secret_key"])
    made = resource.create_table(
        TableName="t-" + uuid.uuid4().hex[:8], BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "S"}, {"AttributeName": "kind", "AttributeType": "S"}, {"AttributeName": "n", "AttributeType": "N"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        GlobalSecondaryIndexes=[{"IndexName": "by-kind", "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}, {"AttributeName": "n", "KeyType": "RANGE"}], "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["name"]}}],
        LocalSecondaryIndexes=[{"IndexName": "by-n", "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "n", "KeyType": "RANGE"}], "Projection": {"ProjectionType": "KEYS_ONLY"}}])
    yield made
    made.delete()


def refused(call, code="ValidationException", **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    assert caught.value.response["Error"]["Code"] == code
    return caught.value.response["Error"]["Message"]


def fill(table):
    with table.batch_writer() as batch:
        for n in range(10):
            batch.put_item(Item={"pk": "a" if n < 7 else "b", "sk": f"s{n}", "kind": "odd" if n % 2 else "even", "n": 20 - n, "name": f"name{n}", "rest": {"deep": [n, n + 1]}})


def test_a_table_tells_its_indexes(table):
    told = table.meta.client.describe_table(TableName=table.name)["Table"]
    assert [i["IndexName"] for i in told["GlobalSecondaryIndexes"]] == ["by-kind"]
    index = told["GlobalSecondaryIndexes"][0]
    assert index["IndexStatus"] == "ACTIVE" and index["IndexArn"] == told["TableArn"] + "/index/by-kind"
    assert index["Projection"] == {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["name"]}
    assert told["LocalSecondaryIndexes"][0]["KeySchema"] == [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "n", "KeyType": "RANGE"}]


@pytest.mark.parametrize("expression, values, expected", [
    ("SET a = :v", {":v": 1}, {"a": 1}),
    ("SET n = n + :v, c = if_not_exists(c, :v)", {":v": 5}, {"n": 8, "c": 5}),
    ("SET n = :v - n", {":v": Decimal("0.5")}, {"n": Decimal("-2.5")}),
    ("SET l = list_append(l, :v)", {":v": [9]}, {"l": [1, 2, 3, 9]}),
    ("SET l[1] = :v, l[7] = :v", {":v": 9}, {"l": [1, 9, 3, 9]}),
    ("REMOVE l[0], l[2]", None, {"l": [2]}),
    ("SET m.x.y = :v REMOVE m.z", {":v": 9}, {"m": {"x": {"y": 9}}}),
    ("ADD n :v, s :t", {":v": 2, ":t": {"b", "c"}}, {"n": 5, "s": {"a", "b", "c"}}),
    ("DELETE s :t", {":t": {"a", "b"}}, {"s": None}),
    ("set n = m.z, z = n", None, {"n": 1, "z": 3}),
    ("SET n = if_not_exists(absent, :v) + :v", {":v": 4}, {"n": 8}),
])
def test_updates(table, expression, values, expected):
    key = {"pk": "u", "sk": "1"}
    table.put_item(Item=key | {"n": 3, "l": [1, 2, 3], "m": {"x": {"y": 1}, "z": 1}, "s": {"a", "b"}})
    arguments = {"ExpressionAttributeValues": values} if values else {}
    after = table.update_item(Key=key, UpdateExpression=expression, ReturnValues="ALL_NEW", **arguments)["Attributes"]
    assert {name: after.get(name) for name in expected} == expected
    assert table.get_item(Key=key)["Item"] == after


def test_what_an_update_answers(table):
    key = {"pk": "u", "sk": "2"}
    arguments = {"Key": key, "UpdateExpression": "SET m.a = :v", "ExpressionAttributeValues": {":v": 2}}
    table.put_item(Item=key | {"m": {"a": 1, "b": 1}, "x": 1})
    assert table.update_item(**arguments, ReturnValues="UPDATED_OLD")["Attributes"] == {"m": {"a": 1}}
    assert table.update_item(**arguments, ReturnValues="UPDATED_NEW")["Attributes"] == {"m": {"a": 2}}
    assert table.update_item(**arguments, ReturnValues="ALL_OLD")["Attributes"] == key | {"m": {"a": 2, "b": 1}, "x": 1}
    assert "Attributes" not in table.update_item(**arguments)
    fresh = table.update_item(Key={"pk": "new", "sk": "1"}, UpdateExpression="ADD hits :v", ExpressionAttributeValues={":v": 1}, ReturnValues="ALL_NEW")
    assert fresh["Attributes"] == {"pk": "new", "sk": "1", "hits": 1}


@pytest.mark.parametrize("expression, values, message", [
    ("", None, "Invalid UpdateExpression: The expression can not be empty;"),
    ("SET a = :a SET b = :a", {":a": 1}, 'Invalid UpdateExpression: The "SET" section can only be used once in an update expression;'),
    ("SET a = :a ADD x :none SET b = :a", {":a": 1}, 'Invalid UpdateExpression: The "SET" section can only be used once in an update expression;'),
    ("SET a = :a, a = :a", {":a": 1}, "Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a]"),
    ("SET a.b = :a, a[0] = :a", {":a": 1}, "Invalid UpdateExpression: Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [a, b], path two: [a, [0]]"),
    ("SET a = :b", {":a": 1}, "Invalid UpdateExpression: An expression attribute value used in expression is not defined; attribute value: :b"),
    ("SET a = :a", {":a": 1, ":c": 1}, "Value provided in ExpressionAttributeValues unused in expressions: keys: {:c}"),
    ("SET name = :a", {":a": 1}, "Invalid UpdateExpression: Attribute name is a reserved keyword; reserved keyword: name"),
    ("SET a = b", None, "The provided expression refers to an attribute that does not exist in the item"),
    ("SET a.b.c = :a", {":a": 1}, "The document path provided in the update expression is invalid for update"),
    ("SET pk = :a", {":a": "x"}, "One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key"),
    ("ADD a :a", {":a": "x"}, "Invalid UpdateExpression: Incorrect operand type for operator or function; operator: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND"),
    ("SET a = :a + :b", {":a": 1, ":b": "x"}, "Invalid UpdateExpression: Incorrect operand type for operator or function; operator or function: +, operand type: S"),
    ("SET a = text + :a", {":a": 1}, "An operand in the update expression has an incorrect data type"),
    ("SET a = frobnicate(b)", None, "Invalid UpdateExpression: Invalid function name; function: frobnicate"),
    ("SET a = attribute_exists(b)", None, "Invalid UpdateExpression: The function is not allowed in an update expression; function: attribute_exists"),
    ("SET a = :a,", {":a": 1}, 'Invalid UpdateExpression: Syntax error; token: "<EOF>", near: ","'),
    ("SET n = :a", {":a": "x"}, "The update expression attempted to update the secondary index key to unsupported type"),
])
def test_updates_that_are_refused(table, expression, values, message):
    key = {"pk": "r", "sk": "1"}
    table.put_item(Item=key | {"text": "x"})
    arguments = {"ExpressionAttributeValues": values} if values else {}
    if expression.startswith("SET a = text"):
        arguments["ExpressionAttributeNames"], expression = {"#t": "text"}, expression.replace("text", "#t")
    assert refused(table.update_item, Key=key, UpdateExpression=expression, **arguments) == message
    assert table.get_item(Key=key)["Item"] == key | {"text": "x"}


def test_numbers_keep_38_digits(table):
    key = {"pk": "num", "sk": "1"}
    big = Decimal("12345678901234567890123456789012345678")
    table.put_item(Item=key | {"x": big})
    after = table.update_item(Key=key, UpdateExpression="SET x = x - :v", ExpressionAttributeValues={":v": Decimal("1")}, ReturnValues="UPDATED_NEW")
    assert after["Attributes"]["x"] == Decimal("12345678901234567890123456789012345677")
    wide = {"ExpressionAttributeValues": {":v": Decimal("1e-30")}}
    assert table.update_item(Key=key, UpdateExpression="SET x = x + :v", ReturnValues="UPDATED_NEW", **wide)["Attributes"]["x"] == Decimal("12345678901234567890123456789012345677")


def test_a_number_of_39_digits_is_refused(shared, table):
    item = {"pk": {"S": "n"}, "sk": {"S": "n"}, "x": {"N": "9" * 39}}
    assert refused(shared.client("dynamodb").put_item, TableName=table.name, Item=item) == "Attempting to store more than 38 significant digits in a Number"


def test_queries_follow_keys_and_order(table):
    fill(table)
    found = table.query(KeyConditionExpression=Key("pk").eq("a"))
    assert [i["sk"] for i in found["Items"]] == [f"s{n}" for n in range(7)] and (found["Count"], found["ScannedCount"]) == (7, 7)
    backward = table.query(KeyConditionExpression=Key("pk").eq("a") & Key("sk").between("s2", "s4"), ScanIndexForward=False)
    assert [i["sk"] for i in backward["Items"]] == ["s4", "s3", "s2"]
    assert table.query(KeyConditionExpression=Key("pk").eq("a") & Key("sk").begins_with("s"), Select="COUNT").get("Items") is None
    filtered = table.query(KeyConditionExpression=Key("pk").eq("a"), FilterExpression=Attr("kind").eq("odd") & Attr("rest.deep[0]").gt(1))
    assert ([i["sk"] for i in filtered["Items"]], filtered["ScannedCount"]) == (["s3", "s5"], 7)
    shown = table.query(KeyConditionExpression=Key("pk").eq("b"), ProjectionExpression="sk, rest.deep[1]")["Items"]
    assert shown[0] == {"sk": "s7", "rest": {"deep": [8]}}
    by_number = table.query(IndexName="by-n", KeyConditionExpression=Key("pk").eq("a") & Key("n").lt(18))["Items"]
    assert [i["n"] for i in by_number] == [14, 15, 16, 17] and by_number[0] == {"pk": "a", "sk": "s6", "n": 14}
    by_kind = table.query(IndexName="by-kind", KeyConditionExpression=Key("kind").eq("odd"))["Items"]
    assert [i["n"] for i in by_kind] == [11, 13, 15, 17, 19] and by_kind[0] == {"pk": "b", "sk": "s9", "kind": "odd", "n": 11, "name": "name9"}


def test_pages(table):
    fill(table)
    seen, arguments = [], {"IndexName": "by-kind", "KeyConditionExpression": Key("kind").eq("even"), "Limit": 2}
    while True:
        page = table.query(**arguments)
        seen += [i["n"] for i in page["Items"]]
        if "LastEvaluatedKey" not in page:
            break
        assert set(page["LastEvaluatedKey"]) == {"pk", "sk", "kind", "n"}
        arguments["ExclusiveStartKey"] = page["LastEvaluatedKey"]
    assert seen == [12, 14, 16, 18, 20]
    scanned = [table.scan(Segment=n, TotalSegments=3) for n in range(3)]
    assert sorted(i["sk"] for page in scanned for i in page["Items"]) == [f"s{n}" for n in range(10)]
    first = table.scan(Limit=4, FilterExpression=Attr("kind").eq("odd"))
    assert (first["Count"], first["ScannedCount"]) == (2, 4)
    rest = table.scan(ExclusiveStartKey=first["LastEvaluatedKey"])
    assert rest["Count"] == 6 and "LastEvaluatedKey" not in rest


def test_a_page_ends_at_a_megabyte(table):
    for n in range(4):
        table.put_item(Item={"pk": "big", "sk": str(n), "x": "y" * 390_000})
    page = table.query(KeyConditionExpression=Key("pk").eq("big"))
    assert page["Count"] == 3 and page["LastEvaluatedKey"] == {"pk": "big", "sk": "2"}


@pytest.mark.parametrize("arguments, message", [
    ({"KeyConditionExpression": "wrong = :v"}, "Query condition missed key schema element: pk"),
    ({"KeyConditionExpression": "pk = :v AND wrong = :v"}, "Query condition missed key schema element: sk"),
    ({"KeyConditionExpression": "pk > :v"}, "Query key condition not supported"),
    ({"KeyConditionExpression": "pk = :v OR sk = :v"}, "Invalid operator used in KeyConditionExpression: OR"),
    ({"KeyConditionExpression": "pk = :v AND sk <> :v"}, "Invalid operator used in KeyConditionExpression: <>"),
    ({"KeyConditionExpression": "pk = :v AND pk = :v"}, "KeyConditionExpressions must only contain one condition per key"),
    ({"KeyConditionExpression": "pk = :v AND Begins_with(sk, :v)"}, "Invalid KeyConditionExpression: Invalid function name; function: Begins_with"),
    ({"KeyConditionExpression": "pk = :v", "FilterExpression": "sk = :v"}, "Filter Expression can only contain non-primary key attributes: Primary key attribute: sk"),
    ({"KeyConditionExpression": "pk = :v", "IndexName": "none"}, "The table does not have the specified index: none"),
    ({"KeyConditionExpression": "kind = :v", "IndexName": "by-kind", "ConsistentRead": True}, "Consistent reads are not supported on global secondary indexes"),
    ({"KeyConditionExpression": "kind = :v", "IndexName": "by-kind", "ProjectionExpression": "rest"}, "One or more parameter values were invalid: Global secondary index by-kind does not project [rest]"),
    ({}, "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."),
])
def test_queries_that_are_refused(table, arguments, message):
    assert refused(table.query, ExpressionAttributeValues={":v": "x"}, **arguments) == message


def test_conditions_tell_the_item_they_failed_on(table):
    key = {"pk": "c", "sk": "1"}
    table.put_item(Item=key | {"v": 1})
    put = {"TableName": table.name, "Item": key, "ConditionExpression": "attribute_not_exists(pk)", "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    with pytest.raises(ClientError) as caught:
        table.meta.client.transact_write_items(TransactItems=[{"Put": put}])
    assert caught.value.response["CancellationReasons"][0]["Item"] == {"pk": {"S": "c"}, "sk": {"S": "1"}, "v": {"N": "1"}}
    assert refused(table.put_item, Item=key, ConditionExpression="attribute_not_exists(pk)", code="ConditionalCheckFailedException") == "The conditional request failed"
    for condition, message in [("((v = :v))", "The expression has redundant parentheses;"), ("v = v", "The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [v]")]:
        values = {"ExpressionAttributeValues": {":v": 1}} if ":v" in condition else {}
        assert refused(table.delete_item, Key=key, ConditionExpression=condition, **values) == f"Invalid ConditionExpression: {message}"
    assert refused(table.delete_item, Key=key, Expected={"v": {"Exists": False}}, code="ConditionalCheckFailedException") == "The conditional request failed"


def test_batches(table):
    client, name = table.meta.client, table.name
    fill(table)
    keys = [{"pk": "a", "sk": f"s{n}"} for n in (3, 1, 99)]
    got = client.batch_get_item(RequestItems={name: {"Keys": keys, "ProjectionExpression": "sk"}}, ReturnConsumedCapacity="TOTAL")
    assert got["Responses"][name] == [{"sk": "s3"}, {"sk": "s1"}] and got["UnprocessedKeys"] == {}
    assert got["ConsumedCapacity"] == [{"TableName": name, "CapacityUnits": 1.5}]
    assert refused(client.batch_get_item, RequestItems={name: {"Keys": keys + keys}}) == "Provided list of item keys contains duplicates"
    assert refused(client.batch_get_item, RequestItems={"none": {"Keys": keys}}, code="ResourceNotFoundException") == "Requested resource not found"
    deletes = [{"DeleteRequest": {"Key": {"pk": "a", "sk": f"s{n}"}}} for n in range(7)]
    assert client.batch_write_item(RequestItems={name: deletes})["UnprocessedItems"] == {}
    assert table.scan()["Count"] == 3
    puts = [{"PutRequest": {"Item": {"pk": "x", "sk": str(n)}}} for n in range(26)]
    assert refused(client.batch_write_item, RequestItems={name: puts}).endswith("Map value must satisfy constraint: [Member must have length less than or equal to 25, Member must have length greater than or equal to 1]")


def test_transactions_are_all_or_nothing(table):
    client, name = table.meta.client, table.name
    table.put_item(Item={"pk": "t", "sk": "1", "v": 1})
    parts = [{"Put": {"TableName": name, "Item": {"pk": "t", "sk": "2"}}},
             {"Update": {"TableName": name, "Key": {"pk": "t", "sk": "1"}, "UpdateExpression": "SET v = v + :o", "ExpressionAttributeValues": {":o": 1}}},
             {"ConditionCheck": {"TableName": name, "Key": {"pk": "t", "sk": "3"}, "ConditionExpression": "attribute_exists(pk)"}}]
    with pytest.raises(ClientError) as caught:
        client.transact_write_items(TransactItems=parts)
    assert caught.value.response["Error"]["Code"] == "TransactionCanceledException"
    assert caught.value.response["Error"]["Message"] == "Transaction cancelled, please refer cancellation reasons for specific reasons [None, None, ConditionalCheckFailed]"
    assert caught.value.response["CancellationReasons"] == [{"Code": "None"}, {"Code": "None"}, {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}]
    assert table.scan()["Items"] == [{"pk": "t", "sk": "1", "v": 1}]

    client.transact_write_items(TransactItems=parts[:2])
    got = client.transact_get_items(TransactItems=[{"Get": {"TableName": name, "Key": {"pk": "t", "sk": s}}} for s in "129"])["Responses"]
    assert got == [{"Item": {"pk": "t", "sk": "1", "v": 2}}, {"Item": {"pk": "t", "sk": "2"}}, {}]
    assert refused(client.transact_write_items, TransactItems=[parts[1], parts[1]]) == "Transaction request cannot include multiple operations on one item"
    assert refused(client.transact_write_items, TransactItems=[parts[0] | parts[1]]) == "TransactItems can only contain one of Check, Put, Update or Delete"


def test_a_transactions_token_is_for_one_request(table):
    client = table.meta.client

    def count(by):
        return client.transact_write_items(ClientRequestToken="once", TransactItems=[{"Update": {
            "TableName": table.name, "Key": {"pk": "token", "sk": "1"}, "UpdateExpression": "ADD n :by", "ExpressionAttributeValues": {":by": by}}}])

    count(1)
    count(1)
    assert table.get_item(Key={"pk": "token", "sk": "1"})["Item"]["n"] == 1
    refused(count, by=2, code="IdempotentParameterMismatchException")


def test_indexes_come_and_go(table):
    client, name = table.meta.client, table.name
    fill(table)
    client.update_table(TableName=name, AttributeDefinitions=[{"AttributeName": "name", "AttributeType": "S"}],
                        GlobalSecondaryIndexUpdates=[{"Create": {"IndexName": "by-name", "KeySchema": [{"AttributeName": "name", "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"}}}])
    assert table.query(IndexName="by-name", KeyConditionExpression=Key("name").eq("name4"))["Items"][0]["sk"] == "s4"
    client.update_table(TableName=name, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by-name"}}])
    assert refused(table.scan, IndexName="by-name") == "The table does not have the specified index: by-name"
    assert len(client.describe_table(TableName=name)["Table"]["AttributeDefinitions"]) == 4


def test_backups_hold_the_items_of_their_time(table):
    client, name = table.meta.client, table.name
    fill(table)
    backup = client.create_backup(TableName=name, BackupName="one")["BackupDetails"]["BackupArn"]
    table.delete_item(Key={"pk": "a", "sk": "s0"})
    assert [b["BackupArn"] for b in client.list_backups(TableName=name)["BackupSummaries"]] == [backup]
    told = client.describe_backup(BackupArn=backup)["BackupDescription"]
    assert told["SourceTableDetails"]["ItemCount"] == 10 and told["BackupDetails"]["BackupStatus"] == "AVAILABLE"
    client.restore_table_from_backup(TargetTableName=name + "-again", BackupArn=backup)
    assert client.scan(TableName=name + "-again")["Count"] == 10 and table.scan()["Count"] == 9
    client.delete_table(TableName=name + "-again")
    client.delete_backup(BackupArn=backup)
    assert refused(client.describe_backup, BackupArn=backup, code="BackupNotFoundException") == f"Backup not found: {backup}"


SCHEMA = {"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}], "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}], "BillingMode": "PAY_PER_REQUEST"}


@pytest.mark.parametrize("change, message", [
    ({"GlobalSecondaryIndexes": []}, "One or more parameter values were invalid: List of GlobalSecondaryIndexes is empty"),
    ({"KeySchema": SCHEMA["KeySchema"] + [{"AttributeName": "at", "KeyType": "RANGE"}]}, "Invalid KeySchema: Some index key attribute have no definition"),
    ({"AttributeDefinitions": [{"AttributeName": "at", "AttributeType": "N"}]}, "One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions. Keys: [id], AttributeDefinitions: [at]"),
    ({"AttributeDefinitions": SCHEMA["AttributeDefinitions"] + [{"AttributeName": "at", "AttributeType": "N"}]}, "One or more parameter values were invalid: Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions"),
    ({"AttributeDefinitions": SCHEMA["AttributeDefinitions"] + [{"AttributeName": "user", "AttributeType": "S"}, {"AttributeName": "at", "AttributeType": "N"}],
      "GlobalSecondaryIndexes": [{"IndexName": "by-user", "KeySchema": [{"AttributeName": "user", "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"}}]},
     "One or more parameter values were invalid: Some AttributeDefinitions are not used. AttributeDefinitions: [at, id, user], keys used: [id, user]"),
    ({"LocalSecondaryIndexes": [{"IndexName": "local", "KeySchema": SCHEMA["KeySchema"], "Projection": {"ProjectionType": "ALL"}}]},
     "One or more parameter values were invalid: Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex"),
])
def test_tables_that_are_refused(shared, change, message):
    assert refused(shared.client("dynamodb").create_table, TableName="refused", **(SCHEMA | change)) == message
