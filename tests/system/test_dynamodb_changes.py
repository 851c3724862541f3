"""What is kept of a table's changes, through boto3: streams of records, and tables as they were at a moment."""
import time
import uuid
from datetime import datetime, timedelta, timezone

import pytest

from conftest import wait_until
from test_dynamodb import SCHEMA, refused
from test_types_storage import Root


@pytest.fixture
def dynamo(shared):
    return shared.client("dynamodb")


@pytest.fixture
def streams(shared):
    return shared.client("dynamodbstreams")


@pytest.fixture
def make(dynamo):
    """Makes tables; they go with the test."""
    made = []

    def create(**more):
        name = "t-" + uuid.uuid4().hex[:8]
        made.append(name)
        return dynamo.create_table(TableName=name, **(SCHEMA | more))["TableDescription"]
    yield create
    for name in made:
        if name in dynamo.list_tables()["TableNames"]:
            dynamo.delete_table(TableName=name)


def with_view(view):
    return {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": view}}


def put(dynamo, table, key, **more):
    dynamo.put_item(TableName=table, Item={"id": {"S": key}, **{name: {"S": value} for name, value in more.items()}})


def iterator(streams, arn, kind="TRIM_HORIZON", **more):
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    return streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType=kind, **more)["ShardIterator"]


def records(streams, arn, **more):
    return streams.get_records(ShardIterator=iterator(streams, arn), **more)["Records"]


def test_a_stream_tells_each_change_once(dynamo, streams, make):
    table = make(**with_view("NEW_AND_OLD_IMAGES"))
    name, arn = table["TableName"], table["LatestStreamArn"]
    assert table["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"} and arn.endswith("/stream/" + table["LatestStreamLabel"])
    put(dynamo, name, "a", x="1")
    put(dynamo, name, "a", x="1")  # changes nothing
    dynamo.update_item(TableName=name, Key={"id": {"S": "a"}}, UpdateExpression="SET x = :x", ExpressionAttributeValues={":x": {"S": "2"}})
    dynamo.transact_write_items(TransactItems=[{"Put": {"TableName": name, "Item": {"id": {"S": "b"}}}}])
    dynamo.batch_write_item(RequestItems={name: [{"DeleteRequest": {"Key": {"id": {"S": "a"}}}}]})
    refused(dynamo.put_item, "ConditionalCheckFailedException", TableName=name, Item={"id": {"S": "b"}}, ConditionExpression="attribute_not_exists(id)")
    told = records(streams, arn)
    assert [(r["eventName"], r["dynamodb"]["Keys"]["id"]["S"]) for r in told] == [("INSERT", "a"), ("MODIFY", "a"), ("INSERT", "b"), ("REMOVE", "a")]
    assert "OldImage" not in told[0]["dynamodb"] and told[0]["dynamodb"]["NewImage"] == {"id": {"S": "a"}, "x": {"S": "1"}}
    assert told[1]["dynamodb"]["OldImage"]["x"] == {"S": "1"} and told[1]["dynamodb"]["NewImage"]["x"] == {"S": "2"}
    assert "NewImage" not in told[3]["dynamodb"] and told[3]["eventSource"] == "aws:dynamodb" and "userIdentity" not in told[3]
    numbers = [r["dynamodb"]["SequenceNumber"] for r in told]
    assert numbers == sorted(numbers) and len({r["eventID"] for r in told}) == 4 and len(numbers[0]) == 21
    assert [s["StreamArn"] for s in streams.list_streams(TableName=name)["Streams"]] == [arn]


@pytest.mark.parametrize("view, images", [("KEYS_ONLY", set()), ("NEW_IMAGE", {"NewImage"}), ("OLD_IMAGE", {"OldImage"})])
def test_a_record_has_what_the_view_shows(dynamo, streams, make, view, images):
    table = make(**with_view(view))
    for x in "12":
        put(dynamo, table["TableName"], "a", x=x)
    last = records(streams, table["LatestStreamArn"])[1]["dynamodb"]
    assert {name for name in last if name.endswith("Image")} == images and last["Keys"] == {"id": {"S": "a"}} and last["StreamViewType"] == view


def test_iterators_go_on_where_they_stand(dynamo, streams, make):
    table = make(**with_view("KEYS_ONLY"))
    name, arn = table["TableName"], table["LatestStreamArn"]
    put(dynamo, name, "a")
    put(dynamo, name, "b")
    latest = iterator(streams, arn, "LATEST")
    put(dynamo, name, "c")
    keys = lambda answer: [r["dynamodb"]["Keys"]["id"]["S"] for r in answer["Records"]]
    assert keys(streams.get_records(ShardIterator=latest)) == ["c"]
    page = streams.get_records(ShardIterator=iterator(streams, arn), Limit=2)
    assert keys(page) == ["a", "b"] and keys(streams.get_records(ShardIterator=page["NextShardIterator"])) == ["c"]
    second = page["Records"][1]["dynamodb"]["SequenceNumber"]
    assert keys(streams.get_records(ShardIterator=iterator(streams, arn, "AT_SEQUENCE_NUMBER", SequenceNumber=second))) == ["b", "c"]
    assert keys(streams.get_records(ShardIterator=iterator(streams, arn, "AFTER_SEQUENCE_NUMBER", SequenceNumber=second))) == ["c"]
    refused(iterator, streams=streams, arn=arn, kind="AT_SEQUENCE_NUMBER")
    refused(iterator, streams=streams, arn=arn, kind="AT_SEQUENCE_NUMBER", SequenceNumber="9" * 21)
    refused(streams.get_records, ShardIterator="nonsense")
    refused(streams.describe_stream, "ResourceNotFoundException", StreamArn=arn + "0")


def test_a_stream_outlives_its_table_for_reading(dynamo, streams, make):
    table = make(**with_view("NEW_IMAGE"))
    name, arn = table["TableName"], table["LatestStreamArn"]
    put(dynamo, name, "a")
    change = {"TableName": name, "StreamSpecification": {"StreamEnabled": False}}
    assert refused(dynamo.update_table, TableName=name, **with_view("NEW_IMAGE")) == f"Table already has an enabled stream: TableName: {name}"
    off = dynamo.update_table(**change)["TableDescription"]
    assert "StreamSpecification" not in off and off["LatestStreamArn"] == arn
    refused(dynamo.update_table, **change)
    put(dynamo, name, "unseen")
    again = dynamo.update_table(TableName=name, **with_view("NEW_IMAGE"))["TableDescription"]["LatestStreamArn"]
    put(dynamo, name, "b")
    assert again != arn and [r["dynamodb"]["Keys"]["id"]["S"] for r in records(streams, again)] == ["b"]
    dynamo.delete_table(TableName=name)
    ended = streams.describe_stream(StreamArn=arn)["StreamDescription"]
    assert ended["StreamStatus"] == "DISABLED" and ended["Shards"][0]["SequenceNumberRange"]["EndingSequenceNumber"]
    last = streams.get_records(ShardIterator=iterator(streams, arn))
    assert [r["dynamodb"]["Keys"]["id"]["S"] for r in last["Records"]] == ["a"] and "NextShardIterator" not in last
    assert len(streams.list_streams(TableName=name)["Streams"]) == 2


def test_an_item_that_expired_is_told_as_taken_by_the_service(dynamo, streams, make):
    table = make(**with_view("OLD_IMAGE"))
    name = table["TableName"]
    dynamo.update_time_to_live(TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"})
    dynamo.put_item(TableName=name, Item={"id": {"S": "a"}, "until": {"N": str(int(time.time()) - 60)}})
    told = wait_until(lambda: [r for r in records(streams, table["LatestStreamArn"]) if r["eventName"] == "REMOVE"], "the item expires")
    assert told[0]["userIdentity"] == {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"}


def test_a_table_is_restored_as_it_was(dynamo, make):
    name = make()["TableName"]
    put(dynamo, name, "old", x="1")
    restore = lambda to, **more: dynamo.restore_table_to_point_in_time(SourceTableName=name, TargetTableName=name + to, **more)
    assert refused(lambda: restore("-x", UseLatestRestorableTime=True), "PointInTimeRecoveryUnavailableException") == f"Point in time recovery is not enabled for table '{name}'"
    on = dynamo.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert on["PointInTimeRecoveryStatus"] == "ENABLED" and on["EarliestRestorableDateTime"] <= on["LatestRestorableDateTime"]
    put(dynamo, name, "new")
    moment = wait_for_second()
    put(dynamo, name, "old", x="2")
    dynamo.delete_item(TableName=name, Key={"id": {"S": "new"}})
    put(dynamo, name, "later")
    told = restore("-then", RestoreDateTime=moment)["TableDescription"]
    assert told["RestoreSummary"]["SourceTableArn"].endswith("/" + name)
    items = {i["id"]["S"]: i.get("x", {}).get("S") for i in dynamo.scan(TableName=name + "-then")["Items"]}
    assert items == {"old": "1", "new": None}
    restore("-now", UseLatestRestorableTime=True)
    assert {i["id"]["S"] for i in dynamo.scan(TableName=name + "-now")["Items"]} == {"old", "later"}
    refused(lambda: restore("-then", UseLatestRestorableTime=True), "TableAlreadyExistsException")
    refused(lambda: restore("-x", RestoreDateTime=moment - timedelta(days=1)), "InvalidRestoreTimeException")
    refused(lambda: restore("-x", RestoreDateTime=moment + timedelta(days=1)), "InvalidRestoreTimeException")
    refused(lambda: restore("-x"))
    for to in ("-then", "-now"):
        dynamo.delete_table(TableName=name + to)


def wait_for_second():
    """A moment of a whole second, as old clients write times, with nothing else in it."""
    begun = int(time.time())
    wait_until(lambda: time.time() >= begun + 1.05, "the next second")
    return datetime.fromtimestamp(begun + 1, timezone.utc)


def test_a_table_that_goes_with_recovery_on_leaves_a_backup(dynamo, make):
    name = make()["TableName"]
    put(dynamo, name, "a")
    dynamo.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
    dynamo.delete_table(TableName=name)
    assert dynamo.list_backups(TableName=name, BackupType="USER")["BackupSummaries"] == []
    backup = dynamo.list_backups(TableName=name, BackupType="SYSTEM")["BackupSummaries"][0]
    assert backup["BackupName"] == name + "$DeletedTableBackup" and (backup["BackupExpiryDateTime"] - backup["BackupCreationDateTime"]).days == 35
    refused(dynamo.delete_backup, BackupArn=backup["BackupArn"])
    dynamo.restore_table_from_backup(TargetTableName=name, BackupArn=backup["BackupArn"])
    assert dynamo.scan(TableName=name)["Count"] == 1


TABLE = """resource "aws_dynamodb_table" "t" {{
  name         = "changes"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"
  {more}
  attribute {{
    name = "id"
    type = "S"
  }}
}}
output "stream" {{ value = aws_dynamodb_table.t.stream_arn }}
"""


def test_terraform_switches_both(shared, tmp_path):
    root, dynamo = Root(shared, tmp_path), shared.client("dynamodb")
    recovery = lambda: dynamo.describe_continuous_backups(TableName="changes")["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    root.write("")
    root.run("init")
    root.apply(TABLE.format(more='stream_enabled = true\n  stream_view_type = "NEW_IMAGE"\n  point_in_time_recovery {\n    enabled = true\n  }'))
    first = dynamo.describe_table(TableName="changes")["Table"]
    assert root.run("output", "-raw", "stream") == first["LatestStreamArn"] and recovery()["PointInTimeRecoveryStatus"] == "ENABLED"
    root.apply(TABLE.format(more='stream_enabled = true\n  stream_view_type = "OLD_IMAGE"\n  point_in_time_recovery {\n    enabled = true\n    recovery_period_in_days = 7\n  }'), "1 to change")
    second = dynamo.describe_table(TableName="changes")["Table"]
    assert second["StreamSpecification"]["StreamViewType"] == "OLD_IMAGE" and second["LatestStreamArn"] != first["LatestStreamArn"]
    assert shared.client("dynamodb").describe_table(TableName="changes")["Table"]["TableId"] == first["TableId"]
    root.apply(TABLE.format(more="point_in_time_recovery {\n    enabled = false\n  }"), "1 to change")
    assert "StreamSpecification" not in dynamo.describe_table(TableName="changes")["Table"] and recovery()["PointInTimeRecoveryStatus"] == "DISABLED"
    root.run("destroy", "-auto-approve")
