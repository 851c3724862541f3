"""ECS through boto3: what is recorded and told besides running Fargate tasks."""
import uuid

import pytest
from botocore.exceptions import ClientError

from conftest import wait_until


@pytest.fixture
def ecs(shared):
    return shared.client("ecs")


@pytest.fixture
def cluster(ecs):
    name = "c-" + uuid.uuid4().hex[:8]
    ecs.create_cluster(clusterName=name)
    yield name
    for arn in ecs.list_services(cluster=name)["serviceArns"]:
        ecs.delete_service(cluster=name, service=arn, force=True)
    wait_until(lambda: not ecs.list_services(cluster=name)["serviceArns"], "the services are gone")
    ecs.delete_cluster(cluster=name)


def refused(call, code="InvalidParameterException", **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    assert caught.value.response["Error"]["Code"] == code
    return caught.value.response["Error"]["Message"]


CONTAINER = {"name": "web", "image": "nginx", "memory": 128}


def family():
    return "f-" + uuid.uuid4().hex[:8]


def test_definitions_for_instances_are_told_whole(ecs):
    given = {
        "family": family(), "networkMode": "bridge", "pidMode": "host", "ipcMode": "none", "cpu": "256", "memory": "512",
        "placementConstraints": [{"type": "memberOf", "expression": "attribute:ecs.instance-type =~ t2.*"}],
        "volumes": [{"name": "data", "host": {"sourcePath": "/data"}}, {"name": "efs", "efsVolumeConfiguration": {"fileSystemId": "fs-1", "rootDirectory": "/"}}],
        "containerDefinitions": [CONTAINER | {
            "links": ["db"], "privileged": True, "hostname": "h", "portMappings": [{"containerPort": 80}], "environment": [{"name": "A", "value": "b"}], "mountPoints": [{"sourceVolume": "data", "containerPath": "/d"}],
            "ulimits": [{"name": "nofile", "softLimit": 1, "hardLimit": 2}], "logConfiguration": {"logDriver": "json-file"}, "linuxParameters": {"sharedMemorySize": 64, "devices": [{"hostPath": "/dev/null"}]},
            "resourceRequirements": [{"type": "GPU", "value": "1"}], "dockerSecurityOptions": ["label:x"]}]}
    told = ecs.register_task_definition(**given, tags=[{"key": "k", "value": "v"}])["taskDefinition"]
    assert told == ecs.describe_task_definition(taskDefinition=given["family"])["taskDefinition"]
    container = told.pop("containerDefinitions")[0]
    assert {key: value for key, value in told.items() if key in given} == {key: value for key, value in given.items() if key != "containerDefinitions"}
    assert (told["status"], told["revision"], told["compatibilities"]) == ("ACTIVE", 1, ["EXTERNAL", "EC2"])
    assert container["portMappings"] == [{"containerPort": 80, "hostPort": 0, "protocol": "tcp"}] and (container["cpu"], container["essential"]) == (0, True)
    assert all(container[key] == value for key, value in given["containerDefinitions"][0].items() if key != "portMappings")
    assert ecs.describe_task_definition(taskDefinition=given["family"], include=["TAGS"])["tags"] == [{"key": "k", "value": "v"}]


@pytest.mark.parametrize("change, message", [
    ({"containerDefinitions": []}, "Container list cannot be empty."),
    ({"containerDefinitions": [{"name": "web", "image": "nginx"}]}, "Invalid setting for container 'web'. At least one of 'memory' or 'memoryReservation' must be specified."),
    ({"containerDefinitions": [CONTAINER, CONTAINER]}, "Container.name should not be duplicated in a task definition: 'web'"),
    ({"containerDefinitions": [CONTAINER | {"mountPoints": [{"sourceVolume": "none", "containerPath": "/x"}]}]}, "Unknown volume 'none'."),
    ({"requiresCompatibilities": ["FARGATE"], "containerDefinitions": [{"image": "nginx"}]}, "Container.name should not be null or empty."),
    ({"requiresCompatibilities": ["FARGATE"], "containerDefinitions": [{"name": "web"}]}, "Container.image should not be null or empty."),
    ({"requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "cpu": "256", "memory": "512", "pidMode": "task"}, "Landfall does not support the parameter pidMode yet; found task"),
])
def test_definitions_that_are_refused(ecs, change, message):
    assert refused(ecs.register_task_definition, code="ClientException", **({"family": "refused", "containerDefinitions": [CONTAINER]} | change)) == message


def test_definitions_end(ecs):
    name = family()
    for _ in range(3):
        ecs.register_task_definition(family=name, containerDefinitions=[CONTAINER])
    listed = lambda **more: [arn.rsplit("/", 1)[1] for arn in ecs.list_task_definitions(familyPrefix=name, **more)["taskDefinitionArns"]]
    assert listed() == [f"{name}:{n}" for n in (1, 2, 3)] and listed(sort="DESC") == [f"{name}:{n}" for n in (3, 2, 1)]
    ecs.deregister_task_definition(taskDefinition=f"{name}:1")
    assert listed() == [f"{name}:2", f"{name}:3"] and listed(status="INACTIVE") == [f"{name}:1"]
    assert refused(ecs.deregister_task_definition, code="ClientException", taskDefinition=name) == "Revision is missing."
    assert refused(ecs.deregister_task_definition, taskDefinition=f"{name}:x") == "Invalid revision number. Number: x"
    assert refused(ecs.deregister_task_definition, code="ClientException", taskDefinition=f"{name}:9") == "Unable to describe task definition."


def test_services_on_instances_wait_for_them(ecs, cluster, shared):
    name = family()
    ecs.register_task_definition(family=name, containerDefinitions=[CONTAINER])
    service = ecs.create_service(cluster=cluster, serviceName="web", taskDefinition=name, desiredCount=2, placementStrategy=[{"type": "spread", "field": "instanceId"}])["service"]
    assert (service["launchType"], service["desiredCount"], service["runningCount"]) == ("EC2", 2, 0)
    assert "platformVersion" not in service["deployments"][0] and "platformFamily" not in service["deployments"][0]
    assert service["placementStrategy"] == [{"type": "spread", "field": "instanceId"}] and "networkConfiguration" not in service
    told = lambda: ecs.describe_services(cluster=cluster, services=["web"])["services"][0]
    wait_until(lambda: any("No Container Instances were found in your cluster" in e["message"] for e in told()["events"]), "the event")
    assert "No Container Instances" in shared.run("why", "service/web").stdout
    assert ecs.list_services(cluster=cluster, launchType="EC2")["serviceArns"] == [service["serviceArn"]] and ecs.list_services(cluster=cluster, launchType="FARGATE")["serviceArns"] == []
    assert refused(ecs.run_task, cluster=cluster, taskDefinition=name) == "No Container Instances were found in your cluster."
    assert refused(ecs.run_task, cluster=cluster, taskDefinition=name, launchType="FARGATE") == "Task definition does not support launch_type FARGATE."
    assert ecs.list_tasks(cluster=cluster)["taskArns"] == []
    assert ecs.update_service(cluster=cluster, service="web", desiredCount=0)["service"]["desiredCount"] == 0


def test_there_are_no_instances(ecs, cluster):
    assert ecs.list_container_instances(cluster=cluster)["containerInstanceArns"] == []
    failure = ecs.describe_container_instances(cluster=cluster, containerInstances=["abc"])["failures"][0]
    assert failure["reason"] == "MISSING" and failure["arn"].endswith(f":container-instance/{cluster}/abc")
    assert "abc not found" in refused(ecs.start_task, cluster=cluster, taskDefinition="x", containerInstances=["abc"])
    assert ecs.list_attributes(cluster=cluster, targetType="container-instance")["attributes"] == []
    refused(ecs.put_attributes, code="TargetNotFoundException", cluster=cluster, attributes=[{"name": "a", "targetId": "abc"}])
    refused(ecs.list_container_instances, code="ClusterNotFoundException", cluster="none")
    refused(ecs.delete_service, code="ClusterNotFoundException", cluster="none", service="web")
    refused(ecs.delete_service, code="ServiceNotFoundException", cluster=cluster, service="none")


def test_account_settings(own):
    ecs = own.client("ecs")
    assert ecs.list_account_settings()["settings"] == []
    put = ecs.put_account_setting(name="awsvpcTrunking", value="enabled")["setting"]
    assert (put["name"], put["value"]) == ("awsvpcTrunking", "enabled")
    ecs.put_account_setting_default(name="fargateTaskRetirementWaitPeriod", value="14")
    assert [s["name"] for s in ecs.list_account_settings()["settings"]] == ["awsvpcTrunking"]
    effective = {s["name"]: s["value"] for s in ecs.list_account_settings(effectiveSettings=True)["settings"]}
    assert (effective["awsvpcTrunking"], effective["fargateTaskRetirementWaitPeriod"], effective["taskLongArnFormat"]) == ("enabled", "14", "enabled")
    assert "taskLongArnFormat=disabled" in refused(ecs.put_account_setting, name="taskLongArnFormat", value="disabled")
    own.kill()
    own.start()
    assert [s["name"] for s in ecs.list_account_settings(name="awsvpcTrunking", value="enabled")["settings"]] == ["awsvpcTrunking"]
    ecs.delete_account_setting(name="awsvpcTrunking")
    assert ecs.list_account_settings()["settings"] == []


def test_capacity_providers(ecs, cluster):
    assert [p["name"] for p in ecs.describe_capacity_providers(capacityProviders=["FARGATE", "FARGATE_SPOT"])["capacityProviders"]] == ["FARGATE", "FARGATE_SPOT"]
    name = "p-" + uuid.uuid4().hex[:8]
    group = {"autoScalingGroupArn": "arn:aws:autoscaling:us-west-2:000000000000:autoScalingGroup:x:autoScalingGroupName/g"}
    made = ecs.create_capacity_provider(name=name, autoScalingGroupProvider=group | {"managedScaling": {"status": "ENABLED", "targetCapacity": 5}}, tags=[{"key": "a", "value": "b"}])["capacityProvider"]
    assert made["autoScalingGroupProvider"]["managedScaling"] == {"status": "ENABLED", "targetCapacity": 5, "minimumScalingStepSize": 1, "maximumScalingStepSize": 10000, "instanceWarmupPeriod": 300}
    assert ecs.update_capacity_provider(name=name, autoScalingGroupProvider={"managedScaling": {"targetCapacity": 50}})["capacityProvider"]["autoScalingGroupProvider"]["managedScaling"]["targetCapacity"] == 50
    assert ecs.list_tags_for_resource(resourceArn=made["capacityProviderArn"])["tags"] == [{"key": "a", "value": "b"}]
    told = ecs.put_cluster_capacity_providers(cluster=cluster, capacityProviders=["FARGATE", "FARGATE_SPOT"], defaultCapacityProviderStrategy=[{"capacityProvider": "FARGATE_SPOT", "weight": 1}])["cluster"]
    assert told["capacityProviders"] == ["FARGATE", "FARGATE_SPOT"] and told["defaultCapacityProviderStrategy"] == [{"capacityProvider": "FARGATE_SPOT", "weight": 1, "base": 0}]
    message = refused(ecs.put_cluster_capacity_providers, cluster=cluster, capacityProviders=["FARGATE"], defaultCapacityProviderStrategy=[{"capacityProvider": name, "weight": 1}])
    assert message.startswith("The specified capacity provider strategy cannot contain a capacity provider that is not associated with the cluster.")
    assert "was not found" in refused(ecs.put_cluster_capacity_providers, cluster=cluster, capacityProviders=["none"], defaultCapacityProviderStrategy=[])
    ecs.delete_capacity_provider(capacityProvider=name)
    assert ecs.describe_capacity_providers(capacityProviders=[name])["failures"][0]["reason"] == "MISSING"


def test_tasks_over_a_strategy(ecs, cluster, stack):
    name = family()
    ecs.register_task_definition(family=name, requiresCompatibilities=["FARGATE"], networkMode="awsvpc", cpu="256", memory="512", containerDefinitions=[{"name": "web", "image": "none.invalid/none:1"}])
    ecs.put_cluster_capacity_providers(cluster=cluster, capacityProviders=["FARGATE", "FARGATE_SPOT"], defaultCapacityProviderStrategy=[{"capacityProvider": "FARGATE", "weight": 1, "base": 1}, {"capacityProvider": "FARGATE_SPOT", "weight": 2}])
    network = {"awsvpcConfiguration": {"subnets": stack.subnets}}
    run = {"cluster": cluster, "taskDefinition": name, "count": 4, "networkConfiguration": network, "enableECSManagedTags": True}
    tasks = ecs.run_task(**run)["tasks"]
    assert [t["capacityProviderName"] for t in tasks] == ["FARGATE", "FARGATE", "FARGATE_SPOT", "FARGATE_SPOT"] and tasks[0]["launchType"] == "FARGATE"
    assert tasks[0]["tags"] == [{"key": "aws:ecs:clusterName", "value": cluster}]
    assert ecs.update_task_protection(cluster=cluster, tasks=[tasks[0]["taskArn"]], protectionEnabled=True)["failures"][0]["reason"] == "TASK_NOT_VALID"
    service = ecs.create_service(cluster=cluster, serviceName="s", taskDefinition=name, desiredCount=0, networkConfiguration=network, capacityProviderStrategy=[{"capacityProvider": "FARGATE_SPOT", "weight": 1}])["service"]
    assert service["capacityProviderStrategy"] == [{"capacityProvider": "FARGATE_SPOT", "weight": 1, "base": 0}] and "launchType" not in service
    for task in tasks:
        ecs.stop_task(cluster=cluster, task=task["taskArn"])
    wait_until(lambda: all(t["lastStatus"] == "STOPPED" for t in ecs.describe_tasks(cluster=cluster, tasks=[t["taskArn"] for t in tasks])["tasks"]), "the tasks stopped", 60)
