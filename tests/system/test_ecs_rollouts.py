"""Service deployments, service revisions and task sets, with tasks that really run."""
import datetime
import json

import pytest
from botocore.exceptions import ClientError

from conftest import session_of_today, wait_until
from test_ecs_door import cluster, refused  # noqa: F401 (a fixture)
from test_fargate import image, push  # noqa: F401 (a fixture)

ROLE = "arn:aws:iam::000000000000:role/pull"


@pytest.fixture(scope="module")
def ecs(shared):
    return shared.client("ecs", session=session_of_today())


@pytest.fixture(scope="module")
def pushed(shared, image):  # noqa: F811
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    shared.client("iam").create_role(RoleName="pull", AssumeRolePolicyDocument=json.dumps(trust))
    push(shared, image, "rollouts/web", "v1")
    yield "000000000000.dkr.ecr.us-west-2.amazonaws.com/rollouts/web:v1"
    shared.client("ecr").delete_repository(repositoryName="rollouts/web", force=True)
    shared.client("iam").delete_role(RoleName="pull")


def define(ecs, name, image, **container):  # noqa: F811
    return ecs.register_task_definition(family=name, requiresCompatibilities=["FARGATE"], networkMode="awsvpc", cpu="256", memory="512", executionRoleArn=ROLE,
                                        containerDefinitions=[{"name": "web", "image": image, **container}])["taskDefinition"]["taskDefinitionArn"]


def network(stack):
    return {"awsvpcConfiguration": {"subnets": stack.subnets, "assignPublicIp": "ENABLED"}}


def test_rollouts_are_told_and_kept(ecs, stack, cluster, pushed):  # noqa: F811
    first, broken = define(ecs, "rollouts", pushed), define(ecs, "rollouts", "none.invalid/none:1")
    tags = [{"key": "team", "value": "a"}]
    made = ecs.create_service(cluster=cluster, serviceName="web", taskDefinition=first, desiredCount=1, networkConfiguration=network(stack), tags=tags, propagateTags="SERVICE", enableECSManagedTags=True,
                              deploymentConfiguration={"deploymentCircuitBreaker": {"enable": True, "rollback": True}})["service"]
    assert made["deploymentConfiguration"]["strategy"] == "ROLLING" and made["currentServiceDeployment"].split(":")[5].startswith(f"service-deployment/{cluster}/web/")
    told = lambda arn: ecs.describe_service_deployments(serviceDeploymentArns=[arn])["serviceDeployments"][0]
    one = made["currentServiceDeployment"]
    wait_until(lambda: told(one)["status"] == "SUCCESSFUL", "the first rollout", 90)
    done = told(one)
    assert (done["targetServiceRevision"]["requestedTaskCount"], done["targetServiceRevision"]["runningTaskCount"], done["sourceServiceRevisions"]) == (1, 1, [])
    assert done["deploymentCircuitBreaker"]["status"] == "MONITORING_COMPLETE" and done["startedAt"] <= done["finishedAt"] and "stoppedAt" not in done
    revision = ecs.describe_service_revisions(serviceRevisionArns=[done["targetServiceRevision"]["arn"]])["serviceRevisions"][0]
    assert (revision["taskDefinition"], revision["launchType"], revision["containerImages"][0]["image"]) == (first, "FARGATE", pushed)
    assert revision["containerImages"][0]["imageDigest"].startswith("sha256:")
    task = ecs.describe_tasks(cluster=cluster, tasks=ecs.list_tasks(cluster=cluster)["taskArns"], include=["TAGS"])["tasks"][0]
    assert {t["key"]: t["value"] for t in task["tags"]} == {"team": "a", "aws:ecs:clusterName": cluster, "aws:ecs:serviceName": "web"}
    assert ecs.describe_tasks(cluster=cluster, tasks=[task["taskArn"]])["tasks"][0]["tags"] == []

    two = ecs.update_service(cluster=cluster, service="web", taskDefinition=broken)["service"]["currentServiceDeployment"]
    wait_until(lambda: told(two)["status"] == "IN_PROGRESS", "the second rollout begins")
    assert told(two)["sourceServiceRevisions"][0]["arn"] == done["targetServiceRevision"]["arn"]
    assert ecs.stop_service_deployment(serviceDeploymentArn=two)["serviceDeploymentArn"] == two
    wait_until(lambda: told(two)["status"] == "ROLLBACK_SUCCESSFUL", "the rollback", 60)
    assert told(two)["rollback"]["serviceRevisionArn"] == done["targetServiceRevision"]["arn"]
    service = ecs.describe_services(cluster=cluster, services=["web"])["services"][0]
    assert service["taskDefinition"] == first and service["runningCount"] == 1
    refused(ecs.stop_service_deployment, code="ConflictException", serviceDeploymentArn=two)
    refused(ecs.stop_service_deployment, code="ServiceDeploymentNotFoundException", serviceDeploymentArn=two[:-3] + "AAA")
    assert ecs.describe_service_deployments(serviceDeploymentArns=[two[:-3] + "AAA"])["failures"] == [{"arn": two[:-3] + "AAA", "reason": "MISSING"}]

    listed = lambda **more: [d["serviceDeploymentArn"] for d in ecs.list_service_deployments(cluster=cluster, service="web", **more)["serviceDeployments"]]
    assert listed() == [two, one] and listed(status=["SUCCESSFUL"]) == [one] and listed(createdAt={"after": datetime.datetime.now() + datetime.timedelta(hours=1)}) == []
    page = ecs.list_service_deployments(cluster=cluster, service="web", maxResults=1)
    assert listed(maxResults=1, nextToken=page["nextToken"]) == [one]
    refused(ecs.list_service_deployments, code="ServiceNotFoundException", cluster=cluster, service="none")


def test_task_sets_share_a_service(ecs, stack, cluster, pushed):  # noqa: F811
    definition = define(ecs, "sets", pushed)
    service = ecs.create_service(cluster=cluster, serviceName="sets", desiredCount=2, deploymentController={"type": "EXTERNAL"})["service"]
    assert (service["deploymentController"], service["taskSets"], service["deployments"]) == ({"type": "EXTERNAL"}, [], []) and "taskDefinition" not in service
    here = {"cluster": cluster, "service": "sets"}
    made = ecs.create_task_set(**here, taskDefinition=definition, externalId="blue", networkConfiguration=network(stack), launchType="FARGATE", scale={"unit": "PERCENT", "value": 100}, tags=[{"key": "a", "value": "b"}])["taskSet"]
    assert (made["status"], made["computedDesiredCount"], made["stabilityStatus"], made["scale"]) == ("ACTIVE", 2, "STABILIZING", {"unit": "PERCENT", "value": 100.0})
    assert made["taskSetArn"].endswith(f":task-set/{cluster}/sets/{made['id']}")
    told = lambda one, **more: ecs.describe_task_sets(**here, taskSets=[one], **more)["taskSets"][0]
    wait_until(lambda: told(made["id"])["stabilityStatus"] == "STEADY_STATE", "the tasks run", 90)
    assert told(made["taskSetArn"])["runningCount"] == 2 and len(ecs.list_tasks(cluster=cluster, startedBy=made["id"])["taskArns"]) == 2
    assert told(made["id"], include=["TAGS"])["tags"] == [{"key": "a", "value": "b"}] == ecs.list_tags_for_resource(resourceArn=made["taskSetArn"])["tags"] and told(made["id"])["tags"] == []
    assert ecs.update_service_primary_task_set(**here, primaryTaskSet=made["id"])["taskSet"]["status"] == "PRIMARY"

    green = ecs.create_task_set(**here, taskDefinition=definition, networkConfiguration=network(stack), scale={"unit": "PERCENT", "value": 50})["taskSet"]
    assert green["computedDesiredCount"] == 1
    wait_until(lambda: told(green["id"])["runningCount"] == 1, "the other one's task runs", 60)
    assert ecs.update_service_primary_task_set(**here, primaryTaskSet=green["taskSetArn"])["taskSet"]["status"] == "PRIMARY" and told(made["id"])["status"] == "ACTIVE"
    assert ecs.update_task_set(**here, taskSet=made["id"], scale={"unit": "PERCENT", "value": 0})["taskSet"]["computedDesiredCount"] == 0
    wait_until(lambda: told(made["id"])["runningCount"] == 0, "the first one's tasks end", 60)
    assert refused(ecs.delete_task_set, **here, taskSet=green["id"]).startswith("The task set must be scaled to 0")
    assert ecs.delete_task_set(**here, taskSet=made["id"])["taskSet"]["status"] == "DRAINING"
    wait_until(lambda: [s["id"] for s in ecs.describe_services(cluster=cluster, services=["sets"])["services"][0]["taskSets"]] == [green["id"]], "it is gone", 60)
    assert ecs.describe_task_sets(**here, taskSets=[made["id"]])["failures"] == [{"arn": made["taskSetArn"], "reason": "MISSING"}]

    refused(ecs.update_task_set, code="TaskSetNotFoundException", **here, taskSet=made["id"], scale={"value": 1, "unit": "PERCENT"})
    assert refused(ecs.update_service, cluster=cluster, service="sets", taskDefinition=definition) == "Unable to update task definition on services with an EXTERNAL deployment controller."
    assert "taskDefinition" in refused(ecs.create_service, cluster=cluster, serviceName="x", taskDefinition=definition, deploymentController={"type": "EXTERNAL"})
    ecs.create_service(cluster=cluster, serviceName="plain", taskDefinition=definition, desiredCount=0, networkConfiguration=network(stack))
    assert refused(ecs.create_task_set, cluster=cluster, service="plain", taskDefinition=definition) == "Amazon ECS only supports task set management on services configured to use external deployment controllers."
    ecs.update_service(cluster=cluster, service="sets", desiredCount=0)
    assert refused(ecs.delete_service, cluster=cluster, service="sets") == "The service cannot be stopped while deployments are active."


def test_a_service_that_codedeploy_deploys_runs_its_first_revision(ecs, stack, cluster, pushed):  # noqa: F811
    definition = define(ecs, "green", pushed)
    ecs.create_service(cluster=cluster, serviceName="green", taskDefinition=definition, desiredCount=1, deploymentController={"type": "CODE_DEPLOY"}, networkConfiguration=network(stack))
    told = lambda: ecs.describe_services(cluster=cluster, services=["green"])["services"][0]
    wait_until(lambda: told()["taskSets"][0]["stabilityStatus"] == "STEADY_STATE" and told()["runningCount"] == 1, "its task runs", 90)
    assert (told()["deployments"], told()["taskDefinition"], told()["taskSets"][0]["status"]) == ([], definition, "PRIMARY")
    assert refused(ecs.update_service, cluster=cluster, service="green", forceNewDeployment=True).startswith("Cannot force a new deployment on services with a CODE_DEPLOY deployment controller.")
    ecs.update_service(cluster=cluster, service="green", desiredCount=0)
    wait_until(lambda: told()["runningCount"] == 0, "its task ends", 60)
    assert ecs.delete_service(cluster=cluster, service="green")["service"]["status"] == "DRAINING"
    wait_until(lambda: told()["status"] == "INACTIVE", "it is gone", 60)


def test_what_clusters_tell_is_asked_for(ecs, cluster):  # noqa: F811
    ecs.tag_resource(resourceArn=ecs.describe_clusters(clusters=[cluster])["clusters"][0]["clusterArn"], tags=[{"key": "a", "value": "b"}])
    plain = ecs.describe_clusters(clusters=[cluster])["clusters"][0]
    assert (plain["tags"], plain["settings"], plain["statistics"]) == ([], [], [])
    whole = ecs.describe_clusters(clusters=[cluster], include=["TAGS", "SETTINGS", "STATISTICS"])["clusters"][0]
    assert whole["tags"] == [{"key": "a", "value": "b"}] and whole["settings"] == [{"name": "containerInsights", "value": "disabled"}]
    assert {"name": "runningFargateTasksCount", "value": "0"} in whole["statistics"] and len(whole["statistics"]) == 12
    missing = whole["clusterArn"] + "x"
    with pytest.raises(ClientError) as caught:
        ecs.list_tags_for_resource(resourceArn=missing)
    assert caught.value.response["Error"]["Code"] == "ClusterNotFoundException"
