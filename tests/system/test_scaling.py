"""A service scales by what really happens: requests at its load balancer, CPU of its containers, the clock, alarms."""
import datetime
import itertools
import time

import pytest

from conftest import session_of_today, unstarted_daemon, wait_until
from test_deployments import CLUSTER, PROD, Running, Traffic
from test_endpoint import code_of
from test_fargate import image  # noqa: F401 (a fixture)

TARGET = dict(ServiceNamespace="ecs", ResourceId=f"service/{CLUSTER}/{PROD}", ScalableDimension="ecs:service:DesiredCount")
SERVICE = [{"Name": "ClusterName", "Value": CLUSTER}, {"Name": "ServiceName", "Value": PROD}]


class Scaled(Running):
    """The example; target tracking looks at periods of 10 s."""

    def __init__(self, daemon, archive):
        super().__init__(daemon, archive)
        self.scaling, self.watch = daemon.client("application-autoscaling"), daemon.client("cloudwatch")
        group = self.service()["loadBalancers"][0]["targetGroupArn"]
        balancer = self.elb.describe_target_groups(TargetGroupArns=[group])["TargetGroups"][0]["LoadBalancerArns"][0]
        self.elb.modify_target_group_attributes(TargetGroupArn=group, Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "2"}])
        self.group, self.balancer = group.rsplit(":", 1)[1], balancer.split("loadbalancer/")[1]
        self.per_target = [{"Name": "TargetGroup", "Value": self.group}, {"Name": "LoadBalancer", "Value": self.balancer}]

    def desired(self):
        return self.service()["desiredCount"]

    def activities(self, **more):
        return self.scaling.describe_scaling_activities(**TARGET, **more)["ScalingActivities"]

    def alarm(self, name):
        return self.watch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]

    def statistics(self, space, metric, dimensions, statistic="Sum", minutes=5):
        now = datetime.datetime.now(datetime.timezone.utc)
        points = self.watch.get_metric_statistics(Namespace=space, MetricName=metric, Dimensions=dimensions, StartTime=now - datetime.timedelta(minutes=minutes), EndTime=now, Period=10, Statistics=[statistic])["Datapoints"]
        return [p[statistic] for p in sorted(points, key=lambda p: p["Timestamp"])]


@pytest.fixture(scope="module")
def scaled(image):  # noqa: F811
    with unstarted_daemon() as daemon:
        made = Scaled(daemon.start(environment={"LANDFALL_TRACKING_PERIOD": "10"}), image)
        made.wait_until_steady()
        yield made


@pytest.fixture
def target(scaled):
    """Between 1 and 3; gone afterwards."""
    scaled.scaling.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=3)
    wait_until(lambda: scaled.desired() <= 3, "the service is within its bounds")
    yield scaled
    scaled.scaling.deregister_scalable_target(**TARGET)
    scaled.ecs.update_service(cluster=CLUSTER, service=PROD, desiredCount=1)
    scaled.wait_until_steady()


def test_load_grows_the_service_and_silence_shrinks_it(target):
    target.ecs.update_service(cluster=CLUSTER, service=PROD, desiredCount=1)
    target.wait_until_steady()
    configuration = {"TargetValue": 60, "ScaleOutCooldown": 10, "ScaleInCooldown": 0, "DisableScaleIn": True,
                     "PredefinedMetricSpecification": {"PredefinedMetricType": "ALBRequestCountPerTarget", "ResourceLabel": f"{target.balancer}/{target.group}"}}
    made = target.scaling.put_scaling_policy(**TARGET, PolicyName="requests", PolicyType="TargetTrackingScaling", TargetTrackingScalingPolicyConfiguration=configuration)
    (high,) = [a["AlarmName"] for a in made["Alarms"]]
    assert high.startswith(f"TargetTracking-service/{CLUSTER}/{PROD}-AlarmHigh-")
    with Traffic(target):
        wait_until(lambda: target.desired() == 3, "the service grows to its maximum, not further", 90)
        assert target.alarm(high)["StateValue"] == "ALARM" and "Threshold Crossed" in target.alarm(high)["StateReason"]
        target.wait_until_steady()
        time.sleep(11)
        assert target.desired() == 3
    (activity,) = [a for a in target.activities() if a["Description"] == "Setting desired count to 3."]
    assert activity["Cause"] == f"monitor alarm {high} in state ALARM triggered policy requests" and activity["StatusCode"] == "Successful"
    assert activity["StatusMessage"] == "Successfully set desired count to 3. Change successfully fulfilled by ecs."
    assert any(e["message"].startswith("Message: Successfully set desired count to 3.") for e in target.service()["events"])

    steps = {"AdjustmentType": "ChangeInCapacity", "Cooldown": 10, "StepAdjustments": [{"MetricIntervalUpperBound": 0, "ScalingAdjustment": -1}]}
    policy = target.scaling.put_scaling_policy(**TARGET, PolicyName="in", PolicyType="StepScaling", StepScalingPolicyConfiguration=steps)["PolicyARN"]
    target.watch.put_metric_alarm(AlarmName="idle", Namespace="AWS/ApplicationELB", MetricName="RequestCountPerTarget", Dimensions=target.per_target, Statistic="Sum", Period=10, EvaluationPeriods=2, Threshold=1,
                                  ComparisonOperator="LessThanThreshold", AlarmActions=[policy, "arn:aws:sns:us-west-2:000000000000:ops"])
    assert [a["AlarmName"] for a in target.scaling.describe_scaling_policies(ServiceNamespace="ecs", PolicyNames=["in"])["ScalingPolicies"][0]["Alarms"]] == ["idle"]
    wait_until(lambda: target.desired() == 1, "the service shrinks to its minimum", 90)
    target.wait_until_steady()
    wanted = {"Failed to execute action arn:aws:sns:us-west-2:000000000000:ops", f"Successfully executed action {policy}"}
    wait_until(lambda: wanted <= {h["HistorySummary"] for h in target.watch.describe_alarm_history(AlarmName="idle")["AlarmHistoryItems"]}, "the history tells what was executed")
    target.watch.delete_alarms(AlarmNames=["idle"])
    target.scaling.delete_scaling_policy(**TARGET, PolicyName="requests")
    assert target.watch.describe_alarms(AlarmNames=[high])["MetricAlarms"] == []


def test_what_several_metrics_make_together_can_be_tracked(target):
    """The waiting work of each worker, as AWS's user guide has it."""
    target.ecs.update_service(cluster=CLUSTER, service=PROD, desiredCount=1)
    target.wait_until_steady()
    scaling = target.daemon.client("application_autoscaling", session=session_of_today())
    stat = lambda id, name: {"Id": id, "ReturnData": False, "MetricStat": {"Metric": {"Namespace": "Queue", "MetricName": name, "Dimensions": [{"Name": "Queue", "Value": "jobs"}]}, "Stat": "Average"}}

    def put(metrics, **more):
        configuration = {"TargetValue": 10, "DisableScaleIn": True, "CustomizedMetricSpecification": {"Metrics": metrics, **more}}
        return scaling.put_scaling_policy(**TARGET, PolicyName="backlog", PolicyType="TargetTrackingScaling", TargetTrackingScalingPolicyConfiguration=configuration)

    metrics = [stat("waiting", "Waiting"), stat("workers", "Workers"), {"Id": "each", "Expression": "waiting / workers", "Label": "of each"}]
    assert code_of(put, metrics, MetricName="Waiting")[0] == "ValidationException"
    assert code_of(put, metrics[1:])[0] == "ValidationException"
    (high,) = [a["AlarmName"] for a in put(metrics)["Alarms"]]
    assert [q["Id"] for q in target.alarm(high)["Metrics"]] == ["waiting", "workers", "each"]

    def grown():
        target.watch.put_metric_data(Namespace="Queue", MetricData=[{"MetricName": name, "Value": value, "Dimensions": [{"Name": "Queue", "Value": "jobs"}]} for name, value in (("Waiting", 50), ("Workers", 2))])
        return target.desired() == 3
    wait_until(grown, "25 for each where 10 are wanted: from one to three", 90)
    target.scaling.delete_scaling_policy(**TARGET, PolicyName="backlog")


def test_metrics_tell_what_was_served_and_used(scaled):
    scaled.wait_until_steady()
    with Traffic(scaled) as traffic:
        wait_until(lambda: scaled.statistics("AWS/ApplicationELB", "HTTPCode_Target_2XX_Count", scaled.per_target, minutes=1), "requests are counted", 30)
    assert traffic.failures == []
    counted = lambda: sum(scaled.statistics("AWS/ApplicationELB", "RequestCount", [{"Name": "LoadBalancer", "Value": scaled.balancer}], minutes=60))
    wait_until(lambda: counted() >= traffic.count, "every request is counted")
    assert 0 < scaled.statistics("AWS/ApplicationELB", "TargetResponseTime", scaled.per_target, "Average")[-1] < 5
    assert scaled.statistics("AWS/ApplicationELB", "HealthyHostCount", scaled.per_target, "Maximum")[-1] >= 1
    cpu, memory = (scaled.statistics("AWS/ECS", f"{kind}Utilization", SERVICE, "Maximum", 60) for kind in ("CPU", "Memory"))
    assert 0 < max(cpu) < 400 and 0 < max(memory) <= 100
    listed = {m["MetricName"] for m in scaled.watch.list_metrics(Namespace="AWS/ECS", Dimensions=[{"Name": "ServiceName", "Value": PROD}])["Metrics"]}
    assert listed == {"CPUUtilization", "MemoryUtilization"}


def test_bounds_and_scheduled_actions_move_the_count(target):
    target.scaling.register_scalable_target(**TARGET, MinCapacity=2)
    wait_until(lambda: target.desired() == 2, "a new minimum is kept at once")
    assert target.activities()[0]["Cause"] == "minimum capacity was set to 2"
    soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=3)
    target.scaling.put_scheduled_action(**TARGET, ScheduledActionName="night", Schedule=soon.strftime("at(%Y-%m-%dT%H:%M:%S)"), ScalableTargetAction={"MinCapacity": 1, "MaxCapacity": 1})
    wait_until(lambda: target.desired() == 1, "the scheduled action sets the bounds")
    assert target.activities()[1]["Cause"] == "scheduled action name night was triggered"
    described = target.scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"][0]
    assert (described["MinCapacity"], described["MaxCapacity"]) == (1, 1)
    for schedule in ("cron(0 8 * * *)", "rate(5 minute)", "at(tomorrow)"):
        assert code_of(target.scaling.put_scheduled_action, **TARGET, ScheduledActionName="x", Schedule=schedule, ScalableTargetAction={"MinCapacity": 1})[0] == "ValidationException"
    assert code_of(target.scaling.put_scheduled_action, **TARGET, ScheduledActionName="x", Schedule="rate(1 minute)", Timezone="No/Where", ScalableTargetAction={"MinCapacity": 1})[0] == "ValidationException"


def test_an_alarm_that_is_set_by_hand_scales_unless_it_is_suspended(target):
    steps = {"AdjustmentType": "ExactCapacity", "Cooldown": 0, "StepAdjustments": [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 2}]}
    policy = target.scaling.put_scaling_policy(**TARGET, PolicyName="out", PolicyType="StepScaling", StepScalingPolicyConfiguration=steps)["PolicyARN"]
    target.watch.put_metric_alarm(AlarmName="hand", Namespace="App", MetricName="m", Statistic="Average", Period=60, EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold", AlarmActions=[policy])
    assert target.alarm("hand")["StateReason"] == "Unchecked: Initial alarm creation"
    target.scaling.register_scalable_target(**TARGET, SuspendedState={"DynamicScalingOutSuspended": True})
    target.watch.set_alarm_state(AlarmName="hand", StateValue="ALARM", StateReason="by hand")
    time.sleep(2)
    assert target.desired() == 1
    target.scaling.register_scalable_target(**TARGET, SuspendedState={"DynamicScalingOutSuspended": False})
    states = itertools.cycle(("OK", "ALARM"))  # what counts is that one follows the other
    wait_until(lambda: target.watch.set_alarm_state(AlarmName="hand", StateValue=next(states), StateReason="by hand") and target.desired() == 2, "the policy is executed")
    target.watch.delete_alarms(AlarmNames=["hand"])


def test_alarms_follow_custom_metrics(scaled):
    watch = scaled.watch
    watch.put_metric_alarm(AlarmName="custom", Namespace="App", MetricName="errors", Statistic="Sum", Period=10, EvaluationPeriods=1, Threshold=2, ComparisonOperator="GreaterThanOrEqualToThreshold", TreatMissingData="notBreaching")
    watch.put_metric_data(Namespace="App", MetricData=[{"MetricName": "errors", "Value": 5}])
    wait_until(lambda: scaled.alarm("custom")["StateValue"] == "ALARM", "the alarm is raised", 30)
    wait_until(lambda: scaled.alarm("custom")["StateValue"] == "OK", "without errors it is over", 60)
    assert [h["HistorySummary"] for h in watch.describe_alarm_history(AlarmName="custom", HistoryItemType="StateUpdate")["AlarmHistoryItems"]][-1].endswith("to ALARM")
    watch.delete_alarms(AlarmNames=["custom"])


def test_a_target_needs_a_service(scaled):
    other = {**TARGET, "ResourceId": f"service/{CLUSTER}/none"}
    code, message = code_of(scaled.scaling.register_scalable_target, **other, MinCapacity=1, MaxCapacity=2)
    assert (code, message) == ("ValidationException", f"ECS service doesn't exist: service/{CLUSTER}/none")
    assert code_of(scaled.scaling.put_scaling_policy, **other, PolicyName="p", PolicyType="StepScaling", StepScalingPolicyConfiguration={"AdjustmentType": "ChangeInCapacity", "StepAdjustments": [{"ScalingAdjustment": 1}]})[0] == "ObjectNotFoundException"
