"""CloudWatch Logs through boto3: filter patterns, metric filters, what an account keeps."""
import datetime
import time
import uuid

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def group(shared):
    logs, name = shared.client("logs"), "g-" + uuid.uuid4().hex[:8]
    logs.create_log_group(logGroupName=name, tags={"a": "b"})
    logs.create_log_stream(logGroupName=name, logStreamName="s")
    yield name
    logs.delete_log_group(logGroupName=name)


def put(logs, group, *messages):
    now = int(time.time() * 1000)
    logs.put_log_events(logGroupName=group, logStreamName="s", logEvents=[{"timestamp": now, "message": m} for m in messages])
    return now


def test_a_metric_filter_measures_what_matches(shared, group):
    logs, watch, space = shared.client("logs"), shared.client("cloudwatch"), "App/" + group
    logs.put_metric_filter(logGroupName=group, filterName="f", filterPattern='{ $.level = "ERROR" }', metricTransformations=[{"metricName": "errors", "metricNamespace": space, "metricValue": "$.cost"}])
    told = logs.describe_metric_filters(logGroupName=group)["metricFilters"]
    assert [(f["filterName"], f["filterPattern"], f["logGroupName"]) for f in told] == [("f", '{ $.level = "ERROR" }', group)]
    assert logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["metricFilterCount"] == 1
    put(logs, group, '{"level":"ERROR","cost":2}', '{"level":"INFO","cost":9}', '{"level":"ERROR","cost":3}')
    now = datetime.datetime.now(datetime.timezone.utc)
    points = watch.get_metric_statistics(Namespace=space, MetricName="errors", StartTime=now - datetime.timedelta(minutes=5), EndTime=now + datetime.timedelta(minutes=1), Period=600, Statistics=["Sum", "SampleCount"])["Datapoints"]
    assert [(p["Sum"], p["SampleCount"]) for p in points] == [(5.0, 2.0)]
    logs.delete_metric_filter(logGroupName=group, filterName="f")
    with pytest.raises(ClientError) as caught:
        logs.delete_metric_filter(logGroupName=group, filterName="f")
    assert caught.value.response["Error"] == {"Code": "ResourceNotFoundException", "Message": "The specified metric filter does not exist."}


def test_patterns_filter_events(shared, group):
    logs = shared.client("logs")
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
    logs = shared.client("logs")
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
