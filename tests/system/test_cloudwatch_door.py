"""CloudWatch through boto3: dashboards, composite alarms, percentiles, metric math."""
import datetime
import json
import uuid

import pytest

from conftest import session_of_today, wait_until
from test_endpoint import code_of
from test_types_storage import root  # noqa: F401: a fixture

TODAY = session_of_today()


@pytest.fixture
def watch(shared):
    return shared.client("cloudwatch", session=TODAY)


def name():
    return "t-" + uuid.uuid4().hex[:8]


def put_alarm(watch, alarm, **more):
    watch.put_metric_alarm(**{**dict(AlarmName=alarm, MetricName="m", Namespace="App/none", Statistic="Sum", Period=60, EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold", TreatMissingData="ignore"), **more})


def test_dashboards_come_back_as_they_were_written(watch):
    board, body = name(), '{"widgets": [ {"type":"metric","x":0,"y":0,"width":6,"height":6,"properties":{"metrics":[["AWS/ECS","CPUUtilization","ServiceName","s",{"stat":"p99"}]],"region":"us-west-2"}} ]}'
    assert watch.put_dashboard(DashboardName=board, DashboardBody=body)["DashboardValidationMessages"] == []
    told = watch.get_dashboard(DashboardName=board)
    assert (told["DashboardBody"], told["DashboardArn"]) == (body, f"arn:aws:cloudwatch::000000000000:dashboard/{board}")
    assert [(d["DashboardName"], d["Size"]) for d in watch.list_dashboards(DashboardNamePrefix=board)["DashboardEntries"]] == [(board, len(body))]
    assert code_of(watch.put_dashboard, DashboardName="a b", DashboardBody=body) == ("InvalidParameterValue", "The value a b for field DashboardName contains invalid characters. It can only contain alphanumerics, dash (-) and underscore (_).\n")
    code, sentence = code_of(watch.put_dashboard, DashboardName=board, DashboardBody='{"widgets":[{"type":"metric","properties":{"metrics":[["n", 5]]}},{"type":"no","properties":{}}]}')
    assert code == "InvalidParameterInput" and sentence.startswith("The dashboard body is invalid, there are 2 validation errors:") and '"dataPath": "/widgets/0/properties/metrics/0/1"' in sentence
    assert code_of(watch.put_dashboard, DashboardName=board, DashboardBody="none")[0] == "InvalidParameterInput"
    assert code_of(watch.delete_dashboards, DashboardNames=[board, "none"])[0] == "ResourceNotFound"
    watch.delete_dashboards(DashboardNames=[board])
    assert code_of(watch.get_dashboard, DashboardName=board)[0] == "ResourceNotFound"


def test_a_composite_alarm_follows_its_rule(watch):
    a, b, both = name(), name(), name()
    put_alarm(watch, a)
    put_alarm(watch, b)
    assert code_of(watch.put_composite_alarm, AlarmName=both, AlarmRule="ALARM(no)") == ("ValidationError", "Could not save the composite alarm as alarms [no] in the alarm rule do not exist")
    assert code_of(watch.put_composite_alarm, AlarmName=both, AlarmRule=f"ALARM({a}) AND")[0] == "ValidationError"
    watch.put_composite_alarm(AlarmName=both, AlarmRule=f'ALARM("{a}") AND NOT ALARM({b})', AlarmDescription="d", Tags=[{"Key": "k", "Value": "v"}])
    told = lambda: watch.describe_alarms(AlarmNames=[both], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"][0]
    assert told()["AlarmRule"] == f'ALARM("{a}") AND NOT ALARM({b})'
    wait_until(lambda: told()["StateValue"] == "OK", "the rule does not hold")
    assert told()["StateReason"] == f"arn:aws:cloudwatch:us-west-2:000000000000:alarm:{both} was created and its alarm rule evaluates to OK"
    watch.set_alarm_state(AlarmName=a, StateValue="ALARM", StateReason="test")
    wait_until(lambda: told()["StateValue"] == "ALARM", "the rule holds")
    assert told()["StateReason"].startswith(f"arn:aws:cloudwatch:us-west-2:000000000000:alarm:{a} transitioned to ALARM at ")
    watch.set_alarm_state(AlarmName=b, StateValue="ALARM", StateReason="test")
    wait_until(lambda: told()["StateValue"] == "OK", "the rule holds no more")

    assert both not in [x["AlarmName"] for x in watch.describe_alarms(AlarmNamePrefix="t-")["MetricAlarms"]]
    assert watch.describe_alarms(AlarmNames=[both])["CompositeAlarms"] == []
    assert sorted(x["AlarmName"] for x in watch.describe_alarms(ChildrenOfAlarmName=both)["MetricAlarms"]) == sorted([a, b])
    assert [x["AlarmName"] for x in watch.describe_alarms(ParentsOfAlarmName=a)["CompositeAlarms"]] == [both]
    history = watch.describe_alarm_history(AlarmName=both, AlarmTypes=["CompositeAlarm"], HistoryItemType="StateUpdate")["AlarmHistoryItems"]
    assert [h["HistorySummary"] for h in history] == ["Alarm updated from ALARM to OK", "Alarm updated from OK to ALARM", "Alarm updated from INSUFFICIENT_DATA to OK"]
    assert watch.list_tags_for_resource(ResourceARN=told()["AlarmArn"])["Tags"] == [{"Key": "k", "Value": "v"}]
    above = name()
    watch.put_composite_alarm(AlarmName=above, AlarmRule=f"ALARM({both})")
    assert code_of(watch.put_composite_alarm, AlarmName=both, AlarmRule=f"ALARM({above})")[0] == "ValidationError"
    watch.delete_alarms(AlarmNames=[above])
    assert code_of(watch.delete_alarms, AlarmNames=[a]) == ("ValidationError", f"Cannot delete {a} as there are composite alarm(s) depending on it.")
    watch.delete_alarms(AlarmNames=[both, a, b])


def test_a_composite_alarm_is_silent_while_its_suppressor_is_loud(watch):
    a, quiet, all_of_it = name(), name(), name()
    put_alarm(watch, a)
    put_alarm(watch, quiet)
    wanted = dict(AlarmName=all_of_it, AlarmRule=f"ALARM({a})", AlarmActions=["arn:aws:sns:us-west-2:000000000000:ops"])
    assert code_of(watch.put_composite_alarm, **wanted, ActionsSuppressor=quiet)[0] == "ValidationError"
    assert code_of(watch.put_composite_alarm, **wanted, ActionsSuppressor="no", ActionsSuppressorWaitPeriod=0, ActionsSuppressorExtensionPeriod=0)[0] == "ValidationError"
    watch.set_alarm_state(AlarmName=quiet, StateValue="ALARM", StateReason="test")
    watch.set_alarm_state(AlarmName=a, StateValue="ALARM", StateReason="test")
    watch.put_composite_alarm(**wanted, ActionsSuppressor=quiet, ActionsSuppressorWaitPeriod=0, ActionsSuppressorExtensionPeriod=2)
    told = lambda: watch.describe_alarms(AlarmNames=[all_of_it], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"][0]
    acted = lambda: watch.describe_alarm_history(AlarmName=all_of_it, AlarmTypes=["CompositeAlarm"], HistoryItemType="Action")["AlarmHistoryItems"]
    wait_until(lambda: told()["StateValue"] == "ALARM", "the rule holds")
    assert (told()["ActionsSuppressor"], told()["ActionsSuppressedBy"]) == (quiet, "Alarm") and acted() == []
    watch.set_alarm_state(AlarmName=quiet, StateValue="OK", StateReason="test")
    assert told()["ActionsSuppressedBy"] == "ExtensionPeriod"
    wait_until(acted, "it acts when the extension is over")
    assert "ActionsSuppressedBy" not in told()
    watch.delete_alarms(AlarmNames=[all_of_it, a, quiet])


def put(watch, space, values, metric="m", **more):
    at = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) - datetime.timedelta(minutes=3)
    watch.put_metric_data(Namespace=space, MetricData=[{"MetricName": metric, "Timestamp": at, "Values": values, **more}])
    return dict(StartTime=at - datetime.timedelta(seconds=at.second), EndTime=at + datetime.timedelta(minutes=1))


def test_percentiles_are_real(watch):
    space = "App/" + name()
    span = put(watch, space, [float(v) for v in range(1, 101)])
    got = watch.get_metric_statistics(Namespace=space, MetricName="m", Period=300, ExtendedStatistics=["p50", "p99"], Statistics=["Maximum"], **span)["Datapoints"]
    assert [(p["ExtendedStatistics"], p["Maximum"]) for p in got] == [({"p50": 50.0, "p99": 99.0}, 100.0)]
    alarm = name()
    watch.put_metric_alarm(AlarmName=alarm, MetricName="m", Namespace=space, ExtendedStatistic="p90", EvaluateLowSampleCountPercentile="evaluate", Period=60, EvaluationPeriods=5, DatapointsToAlarm=1, Threshold=89, ComparisonOperator="GreaterThanThreshold")
    assert watch.describe_alarms(AlarmNames=[alarm])["MetricAlarms"][0]["ExtendedStatistic"] == "p90"
    watch.delete_alarms(AlarmNames=[alarm])
    assert code_of(watch.get_metric_statistics, Namespace=space, MetricName="m", Period=300, ExtendedStatistics=["tm90"], **span)[0] == "InvalidParameterValue"


def test_metric_math_labels_and_pages(watch):
    space = "App/" + name()
    span = put(watch, space, [1.0, 3.0])
    put(watch, space, [10.0], metric="n")
    stat = lambda id, metric, stat, **more: {"Id": id, "MetricStat": {"Metric": {"Namespace": space, "MetricName": metric}, "Period": 60, "Stat": stat}, **more}
    ask = lambda *queries, **more: watch.get_metric_data(MetricDataQueries=list(queries), **span, **more)
    results = {r["Id"]: r for r in ask(stat("a", "m", "Sum"), stat("b", "n", "Sum"), {"Id": "e", "Expression": "IF(a > 1, (a + b) / 2)"}, {"Id": "f", "Expression": "e * 2", "Label": "max is ${MAX}"})["MetricDataResults"]}
    assert [(results[i]["Label"], results[i]["Values"], results[i]["StatusCode"]) for i in "abef"] == [("m", [4.0], "Complete"), ("n", [10.0], "Complete"), ("e", [7.0], "Complete"), ("max is 14", [14.0], "Complete")]
    assert [r["Label"] for r in ask(stat("a", "m", "Sum"), stat("b", "m", "Minimum"))["MetricDataResults"]] == ["m Sum", "m Minimum"]
    assert [r["Label"] for r in ask(stat("a", "m", "Sum", Label="${PROP('Namespace')} ${PROP('Stat')}"))["MetricDataResults"]] == [f"{space} Sum"]
    first = ask(stat("a", "m", "Sum"), stat("b", "n", "Sum"), MaxDatapoints=1)
    assert [(r["Values"], r["StatusCode"]) for r in first["MetricDataResults"]] == [([4.0], "PartialData"), ([], "PartialData")]
    second = ask(stat("a", "m", "Sum"), stat("b", "n", "Sum"), MaxDatapoints=1, NextToken=first["NextToken"])
    assert [r["Values"] for r in second["MetricDataResults"]] == [[], [10.0]] and "NextToken" not in second
    assert code_of(ask, {"Id": "e", "Expression": "SEARCH('{App}', 'Sum', 60)"})[1] == "Error in expression 'e': Landfall does not know the function SEARCH of metric math yet"
    assert code_of(ask, stat("a", "m", "Sum"), stat("a", "m", "Sum")) == ("ValidationError", "The values for parameter id in MetricDataQueries are not unique.")
    assert code_of(ask, {"Id": "e", "Expression": "f + 1"}, {"Id": "f", "Expression": "e + 1"})[0] == "ValidationError"
    assert code_of(ask, stat("A", "m", "Sum"))[1].startswith("The value A for parameter MetricDataQueries.member.1.Id is not matching the expected pattern")


def test_a_state_that_was_set_is_history(watch):
    alarm = name()
    put_alarm(watch, alarm)
    watch.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="because", StateReasonData=json.dumps({"a": 1}))
    told = watch.describe_alarms(AlarmNames=[alarm])["MetricAlarms"][0]
    assert (told["StateValue"], told["StateReason"], told["StateReasonData"]) == ("ALARM", "because", '{"a": 1}')
    item = watch.describe_alarm_history(AlarmName=alarm, HistoryItemType="StateUpdate")["AlarmHistoryItems"][0]
    assert json.loads(item["HistoryData"])["newState"] == {"stateValue": "ALARM", "stateReason": "because", "stateReasonData": {"a": 1}}
    assert code_of(watch.set_alarm_state, AlarmName=alarm, StateValue="NO", StateReason="r")[0] == "ValidationError"
    watch.delete_alarms(AlarmNames=[alarm])


BOARDS = '''
resource "aws_cloudwatch_metric_alarm" "a" {
  alarm_name = "composed"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods = 1
  metric_name = "m"
  namespace = "App/none"
  period = 60
  extended_statistic = "p95"
  threshold = 1
}
resource "aws_cloudwatch_composite_alarm" "both" {
  alarm_name = "both"
  alarm_rule = "ALARM(${aws_cloudwatch_metric_alarm.a.alarm_name})%s"
  alarm_description = "%s"
  tags = { a = "%s" }
  actions_suppressor {
    alarm            = aws_cloudwatch_metric_alarm.a.alarm_name
    extension_period = 10
    wait_period      = 20
  }
}
resource "aws_cloudwatch_dashboard" "d" {
  dashboard_name = "board"
  dashboard_body = jsonencode({ widgets = [{ type = "text", x = 0, y = 0, width = 3, height = 3, properties = { markdown = "%s" } }] })
}
'''


def test_terraform_makes_changes_and_removes_them(root, watch):  # noqa: F811
    root.apply(BOARDS % ("", "one", "1", "hello"), "3 added")
    assert root.values("aws_cloudwatch_dashboard.d")["dashboard_arn"] == "arn:aws:cloudwatch::000000000000:dashboard/board"
    root.apply(BOARDS % (" OR FALSE", "two", "2", "again"), "2 changed")
    assert watch.describe_alarms(AlarmNames=["both"], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"][0]["AlarmRule"] == "ALARM(composed) OR FALSE"
    assert watch.describe_alarms(AlarmNames=["both"], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"][0]["ActionsSuppressorWaitPeriod"] == 20
    assert root.values("aws_cloudwatch_composite_alarm.both")["actions_suppressor"] == [{"alarm": "composed", "extension_period": 10, "wait_period": 20}]
    assert "again" in watch.get_dashboard(DashboardName="board")["DashboardBody"]
    root.destroy()
    assert watch.describe_alarms(AlarmTypes=["CompositeAlarm", "MetricAlarm"], AlarmNames=["both", "composed"])["CompositeAlarms"] == []


def test_what_is_no_measurement_is_refused(watch):
    put = lambda **datum: code_of(watch.put_metric_data, Namespace="App/none", MetricData=[{"MetricName": "m", "Value": 1}, {"MetricName": "m", **datum}])
    assert put(Value=float("nan")) == ("InvalidParameterValue", "The value NaN for parameter MetricData.member.2.Value is invalid.")
    assert put(Value=1, Values=[1]) == ("InvalidParameterCombination", "The parameters MetricData.member.2.Value and MetricData.member.2.Values are mutually exclusive and you have specified both.")
    assert put(Value=1, StatisticValues={"SampleCount": 1, "Sum": 1, "Minimum": 1, "Maximum": 1})[0] == "InvalidParameterCombination"
    assert put(Values=[1, 2], Counts=[1]) == ("InvalidParameterValue", "The parameters MetricData.member.2.Values and MetricData.member.2.Counts must be of the same size.")
    assert put(Value=1, Counts=[1])[0] == "InvalidParameterValue"
    assert put(Values=[1], StatisticValues={"SampleCount": 1, "Sum": 1, "Minimum": 1, "Maximum": 1})[0] == "InvalidParameterCombination"
    now = datetime.datetime.now(datetime.timezone.utc)
    for away in (datetime.timedelta(days=-15), datetime.timedelta(hours=3)):
        assert "MetricData.member.2.Timestamp" in put(Value=1, Timestamp=now + away)[1]
    assert put()[0] == "MissingParameter"


def test_an_alarm_looks_back_a_day_and_with_hours_a_week(watch):
    alarm = name()
    code, sentence = code_of(put_alarm, watch, alarm, Period=60, EvaluationPeriods=1441)
    assert code == "ValidationError" and "EvaluationPeriods * Period must be <= 86400" in sentence
    assert code_of(put_alarm, watch, alarm, Period=3600, EvaluationPeriods=169)[0] == "ValidationError"
    put_alarm(watch, alarm, Period=3600, EvaluationPeriods=168)
    assert [x["EvaluationPeriods"] for x in watch.describe_alarms(AlarmNames=[alarm])["MetricAlarms"]] == [168]


def test_only_metrics_of_the_last_hours_are_recent(watch):
    space, now = "App/" + name(), datetime.datetime.now(datetime.timezone.utc)
    put(watch, space, [1], metric="new")
    put(watch, space, [1], metric="old", Timestamp=now - datetime.timedelta(hours=5))
    told = lambda **asked: sorted(m["MetricName"] for m in watch.list_metrics(Namespace=space, **asked)["Metrics"])
    assert (told(), told(RecentlyActive="PT3H")) == (["new", "old"], ["new"])
