"""CloudWatch Logs through boto3: filter patterns, metric filters, what an account keeps."""
import datetime
import gzip
import time
import uuid

import pytest
from botocore.exceptions import ClientError

from conftest import session_of_today, wait_until
from test_endpoint import code_of

TODAY = session_of_today()


@pytest.fixture
def group(shared):
    logs, name = shared.client("logs", session=TODAY), "g-" + uuid.uuid4().hex[:8]
    logs.create_log_group(logGroupName=name, tags={"a": "b"})
    logs.create_log_stream(logGroupName=name, logStreamName="s")
    yield name
    logs.delete_log_group(logGroupName=name)


def put(logs, group, *messages):
    now = int(time.time() * 1000)
    logs.put_log_events(logGroupName=group, logStreamName="s", logEvents=[{"timestamp": now, "message": m} for m in messages])
    return now


def test_a_metric_filter_measures_what_matches(shared, group):
    logs, watch, space = shared.client("logs", session=TODAY), shared.client("cloudwatch", session=TODAY), "App/" + group
    logs.put_metric_filter(logGroupName=group, filterName="f", filterPattern='{ $.level = "ERROR" }', metricTransformations=[{"metricName": "errors", "metricNamespace": space, "metricValue": "$.cost"}])
    told = logs.describe_metric_filters(logGroupName=group)["metricFilters"]
    assert [(f["filterName"], f["filterPattern"], f["logGroupName"]) for f in told] == [("f", '{ $.level = "ERROR" }', group)]
    assert logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["metricFilterCount"] == 1
    assert code_of(logs.describe_metric_filters, metricName="errors") == ("InvalidParameterException", "If you include the metricName parameter in your request, you must also include the metricNamespace parameter.")
    put(logs, group, '{"level":"ERROR","cost":2}', '{"level":"INFO","cost":9}', '{"level":"ERROR","cost":3}')
    now = datetime.datetime.now(datetime.timezone.utc)
    points = watch.get_metric_statistics(Namespace=space, MetricName="errors", StartTime=now - datetime.timedelta(minutes=5), EndTime=now + datetime.timedelta(minutes=1), Period=600, Statistics=["Sum", "SampleCount"])["Datapoints"]
    assert [(p["Sum"], p["SampleCount"]) for p in points] == [(5.0, 2.0)]
    logs.delete_metric_filter(logGroupName=group, filterName="f")
    with pytest.raises(ClientError) as caught:
        logs.delete_metric_filter(logGroupName=group, filterName="f")
    assert caught.value.response["Error"] == {"Code": "ResourceNotFoundException", "Message": "The specified metric filter does not exist."}


def test_patterns_filter_events(shared, group):
    logs = shared.client("logs", session=TODAY)
    put(logs, group, "GET /a 200", "GET /b 404", "POST /c 500")
    found = lambda pattern: [e["message"] for e in logs.filter_log_events(logGroupName=group, filterPattern=pattern)["events"]]
    assert found("[method, path, status=4* || status=5*]") == ["GET /b 404", "POST /c 500"]
    assert found("GET -404") == ["GET /a 200"]
    matches = logs.test_metric_filter(filterPattern="[method, path, status>400]", logEventMessages=["GET /a 200", "GET /b 404"])["matches"]
    assert matches == [{"eventNumber": 2, "eventMessage": "GET /b 404", "extractedValues": {"$method": "GET", "$path": "/b", "$status": "404"}}]
    with pytest.raises(ClientError) as caught:
        logs.put_metric_filter(logGroupName=group, filterName="f", filterPattern="{", metricTransformations=[{"metricName": "m", "metricNamespace": "n", "metricValue": "1"}])
    assert caught.value.response["Error"]["Code"] == "InvalidParameterException"


def test_what_an_account_keeps(shared, group):
    logs = shared.client("logs", session=TODAY)
    document = '{"Version":"2012-10-17","Statement":[]}'
    logs.put_resource_policy(policyName=group, policyDocument=document)
    assert document in [p["policyDocument"] for p in logs.describe_resource_policies()["resourcePolicies"] if p["policyName"] == group]
    logs.delete_resource_policy(policyName=group)
    query = logs.put_query_definition(name=group, queryString="fields @message", logGroupNames=[group])["queryDefinitionId"]
    assert [q["queryDefinitionId"] for q in logs.describe_query_definitions(queryDefinitionNamePrefix=group)["queryDefinitions"]] == [query]
    assert logs.delete_query_definition(queryDefinitionId=query)["success"] is True
    logs.tag_log_group(logGroupName=group, tags={"c": "d"})
    logs.untag_log_group(logGroupName=group, tags=["a"])
    assert logs.list_tags_log_group(logGroupName=group)["tags"] == {"c": "d"}
    assert logs.describe_subscription_filters(logGroupName=group)["subscriptionFilters"] == []


def test_what_is_out_of_time_is_rejected_and_the_rest_kept(shared, group):
    logs, now, hour = shared.client("logs", session=TODAY), int(time.time() * 1000), 3_600_000
    send = lambda *times: logs.put_log_events(logGroupName=group, logStreamName="s", logEvents=[{"timestamp": t, "message": str(t)} for t in times])
    assert send(now - 15 * 24 * hour)["rejectedLogEventsInfo"] == {"tooOldLogEventEndIndex": 1}
    assert send(now, now + 3 * hour, now + 4 * hour)["rejectedLogEventsInfo"] == {"tooNewLogEventStartIndex": 1}
    logs.put_retention_policy(logGroupName=group, retentionInDays=1)
    answer = send(now - 25 * hour, now - 2 * hour)
    assert answer["rejectedLogEventsInfo"] == {"expiredLogEventEndIndex": 1} and answer["nextSequenceToken"].isdigit()
    assert "rejectedLogEventsInfo" not in send(now)
    kept = logs.get_log_events(logGroupName=group, logStreamName="s", startFromHead=True)["events"]
    assert [e["timestamp"] for e in kept] == [now - 2 * hour, now, now]
    with pytest.raises(ClientError) as caught:
        send(now, now - 1)
    assert caught.value.response["Error"]["Message"] == "Log events in a single PutLogEvents request must be in chronological order."
    with pytest.raises(ClientError) as caught:
        send(now - 30 * hour, now)
    assert caught.value.response["Error"]["Message"] == "The batch of log events in a single PutLogEvents request cannot span more than 24 hours."
    stream = logs.describe_log_streams(logGroupIdentifier=group)["logStreams"][0]
    assert (stream["firstEventTimestamp"], stream["lastEventTimestamp"]) == (now - 2 * hour, now) and "uploadSequenceToken" in stream
    assert code_of(logs.describe_log_streams, logGroupName=group, logGroupIdentifier=group) == ("ValidationException", "LogGroup name and LogGroup ARN are mutually exclusive parameters.")


def test_events_come_in_the_order_of_their_times_page_by_page(shared, group):
    logs, now = shared.client("logs", session=TODAY), int(time.time() * 1000)
    logs.create_log_stream(logGroupName=group, logStreamName="t")
    for stream, at in (("s", 5), ("t", 4), ("s", 3), ("t", 2), ("s", 1)):
        logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[{"timestamp": now + at, "message": str(at)}])
    words = lambda answer: [e["message"] for e in answer["events"]]
    of_s = dict(logGroupIdentifier=f"arn:aws:logs:us-west-2:000000000000:log-group:{group}", logStreamName="s")
    first = logs.get_log_events(**of_s, startFromHead=True, limit=2)
    assert words(first) == ["1", "3"]
    second = logs.get_log_events(**of_s, nextToken=first["nextForwardToken"], limit=2)
    assert words(second) == ["5"]
    end = logs.get_log_events(**of_s, nextToken=second["nextForwardToken"])
    assert words(end) == [] and end["nextForwardToken"] == second["nextForwardToken"]
    assert words(logs.get_log_events(**of_s, nextToken=end["nextBackwardToken"])) == ["1", "3", "5"]
    assert words(logs.get_log_events(**of_s, limit=1)) == ["5"]
    assert words(logs.get_log_events(**of_s, endTime=now + 5, startFromHead=True)) == ["1", "3"]
    assert words(logs.filter_log_events(logGroupName=group, endTime=now + 4)) == ["1", "2", "3", "4"]
    pages = list(logs.get_paginator("filter_log_events").paginate(logGroupName=group, PaginationConfig={"PageSize": 2}))
    assert [words(p) for p in pages] == [["1", "2"], ["3", "4"], ["5"]]
    assert words(logs.filter_log_events(logGroupName=group, logStreamNames=["t"])) == ["2", "4"]
    assert code_of(logs.filter_log_events, logGroupName=group, logStreamNames=["no"]) == ("ResourceNotFoundException", "The specified log stream does not exist.")
    assert code_of(logs.get_log_events, **of_s, nextToken="n") == ("InvalidParameterException", "The specified nextToken is invalid.")


def test_groups_are_listed_by_pattern_and_protected(shared, group):
    logs = shared.client("logs", session=TODAY)
    assert [g["logGroupArn"] for g in logs.list_log_groups(logGroupNamePattern="^" + group)["logGroups"]] == [f"arn:aws:logs:us-west-2:000000000000:log-group:{group}"]
    assert logs.list_log_groups(logGroupNamePattern="^" + group[1:])["logGroups"] == []
    assert code_of(logs.describe_log_groups, logGroupNamePrefix="a", logGroupNamePattern="b") == ("InvalidParameterException", "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
    logs.put_log_group_deletion_protection(logGroupIdentifier=group, deletionProtectionEnabled=True)
    assert logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["deletionProtectionEnabled"] is True
    assert code_of(logs.delete_log_group, logGroupName=group)[0] == "ValidationException"
    logs.put_log_group_deletion_protection(logGroupIdentifier=group, deletionProtectionEnabled=False)


def test_insights_answers_questions(shared, group):
    logs = shared.client("logs", session=TODAY)
    put(logs, group, '{"level":"ERROR","ms":30}', '{"level":"INFO","ms":10}', '{"level":"ERROR","ms":20}')
    now = int(time.time())
    ask = lambda text, **more: logs.start_query(startTime=now - 60, endTime=now + 60, queryString=text, **(more or {"logGroupName": group}))["queryId"]
    question = ask("stats count(*) as n, avg(ms) as mean by level | sort n desc")
    answer = logs.get_query_results(queryId=question)
    assert answer["status"] == "Complete"
    assert [{f["field"]: f["value"] for f in row} for row in answer["results"]] == [{"level": "ERROR", "n": "2", "mean": "25"}, {"level": "INFO", "n": "1", "mean": "10"}]
    assert (answer["statistics"]["recordsScanned"], answer["statistics"]["recordsMatched"]) == (3, 3)
    told = logs.describe_queries(logGroupName=group)["queries"]
    assert [(q["queryId"], q["status"], q["queryString"]) for q in told] == [(question, "Complete", f'SOURCE "{group}" START={now - 60}000 END={now + 60}999 | stats count(*) as n, avg(ms) as mean by level | sort n desc')]
    assert logs.describe_queries(logGroupName=group, status="Running")["queries"] == []
    row = {f["field"]: f["value"] for f in logs.get_query_results(queryId=ask("fields @message | filter ms = 10", logGroupNames=[group]))["results"][0]}
    assert row["@message"] == '{"level":"INFO","ms":10}'
    assert logs.get_log_record(logRecordPointer=row["@ptr"])["logRecord"]["level"] == "INFO"
    put(logs, group, "later")
    assert len(logs.get_query_results(queryId=question)["results"]) == 2, "what came after the question is not part of the answer"
    assert {f["name"]: f["percent"] for f in logs.get_log_group_fields(logGroupName=group)["logGroupFields"]}["level"] == 75
    with pytest.raises(ClientError) as caught:
        ask("fields @message | count()")
    assert caught.value.response["Error"]["Code"] == "MalformedQueryException" and "queryCompileError" in caught.value.response
    assert code_of(ask, text="fields @message", logGroupName="no")[1].startswith("Log group 'no' does not exist for account ID '000000000000'")
    assert code_of(logs.stop_query, queryId=question)[0] == "InvalidParameterException"
    assert code_of(logs.get_query_results, queryId=str(uuid.uuid4()))[0] == "ResourceNotFoundException"


def test_an_export_lies_in_the_bucket(shared, group):
    logs, s3 = shared.client("logs", session=TODAY), shared.client("s3")
    s3.create_bucket(Bucket=group, CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    now = put(logs, group, "one", "two")
    task = logs.create_export_task(logGroupName=group, fromTime=now - 1000, to=now + 1000, destination=group, destinationPrefix="p")["taskId"]
    told = lambda: logs.describe_export_tasks(taskId=task)["exportTasks"][0]
    wait_until(lambda: told()["status"]["code"] == "COMPLETED", "the export")
    key = f"p/{task}/s/000000.gz"
    assert [line.split(" ", 1)[1] for line in gzip.decompress(s3.get_object(Bucket=group, Key=key)["Body"].read()).decode().splitlines()] == ["one", "two"]
    assert code_of(logs.cancel_export_task, taskId=task) == ("InvalidOperationException", "The specified export task has already finished")
    for gone in (key, "p/aws-logs-write-test"):
        s3.delete_object(Bucket=group, Key=gone)
    s3.delete_bucket(Bucket=group)
