"""terraform.rollback against a stand-in of ECS over HTTP: what it asks for is what then runs."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
import urllib3
from moto.server import ThreadedMotoServer

from terraform.ecs import ENCODER_LABEL, ReleaseError
from terraform.rollback import DEFAULT, roll_back

pytestmark = pytest.mark.service

CLUSTER = "trunkline-staging"
STARTED = datetime(2026, 1, 2, tzinfo=UTC)


@dataclass
class Cloud:
    """ECS as moto has it, with the history of releases that moto does not keep."""

    ecs: Any
    history: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def __getattr__(self, operation: str) -> Any:
        return getattr(self.ecs, operation)

    def release(self, service: str, status: str = "SUCCESSFUL", encoder: str = "sha256:1") -> None:
        """Register a revision; one that was successful is what the service then runs."""
        name = f"{CLUSTER}-{service}"
        container = {
            "name": service, "image": "one", "dockerLabels": {ENCODER_LABEL: encoder},
        }  # fmt: skip
        made = self.ecs.register_task_definition(
            family=name, cpu="256", memory="512", networkMode="awsvpc",
            containerDefinitions=[container],
        )  # fmt: skip
        arn = made["taskDefinition"]["taskDefinitionArn"]
        if service not in self.history:
            self.ecs.create_service(
                cluster=CLUSTER, serviceName=name, taskDefinition=arn, desiredCount=2
            )
        elif status == "SUCCESSFUL":
            self.ecs.update_service(cluster=CLUSTER, service=name, taskDefinition=arn)
        self.history.setdefault(service, []).append((arn, status))

    def serves(self, service: str) -> str:
        """Return the number of the revision that a service is set to run."""
        description = self.ecs.describe_services(cluster=CLUSTER, services=[f"{CLUSTER}-{service}"])
        arn: str = description["services"][0]["taskDefinition"]
        return arn.rpartition(":")[2]

    def list_service_deployments(self, *, service: str, status: list[str], **_: Any) -> Any:
        """Answer as ECS does: the newest first."""
        releases = enumerate(self.history[service.removeprefix(f"{CLUSTER}-")])
        return {
            "serviceDeployments": [
                {
                    "serviceDeploymentArn": f"{service}/{n}",
                    "targetServiceRevisionArn": arn,
                    "createdAt": STARTED + timedelta(days=n),
                }
                for n, (arn, ended) in reversed(list(releases))
                if ended in status
            ]
        }

    def describe_service_revisions(self, *, serviceRevisionArns: list[str]) -> Any:  # noqa: N803
        """Answer as ECS does."""
        revisions = [
            {"serviceRevisionArn": arn, "taskDefinition": arn} for arn in serviceRevisionArns
        ]
        return {"serviceRevisions": revisions}


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    """Make an account with an empty cluster."""
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    urllib3.request("POST", f"{url}/moto-api/reset")  # one process has one account
    ecs = boto3.client(
        "ecs", endpoint_url=url, region_name="eu-central-1",
        aws_access_key_id="test", aws_secret_access_key="test",
    )  # fmt: skip
    try:
        ecs.create_cluster(clusterName=CLUSTER)
        yield Cloud(ecs)
    finally:
        ecs.close()
        server.stop()


def test_gateway_and_heads_go_back_together(cloud: Cloud) -> None:
    """Both go to the last release that was good, past the one that was not; the embedder stays."""
    cloud.release("embedder")
    for service in DEFAULT:
        for status in ("SUCCESSFUL", "ROLLBACK_SUCCESSFUL", "SUCCESSFUL"):
            cloud.release(service, status)
    roll_back(cloud, "staging", DEFAULT, say=lambda _: None)
    assert [cloud.serves(name) for name in ("gateway", "heads", "embedder")] == ["1", "1", "1"]


def test_another_encoder_changes_nothing(cloud: Cloud) -> None:
    """Where heads would go back to another encoder's, the gateway stays as well."""
    cloud.release("embedder")
    cloud.release("gateway")
    cloud.release("gateway")
    cloud.release("heads", encoder="sha256:0")
    cloud.release("heads")
    with pytest.raises(ReleaseError, match="sha256:0"):
        roll_back(cloud, "staging", DEFAULT, say=lambda _: None)
    assert [cloud.serves(name) for name in ("gateway", "heads")] == ["2", "2"]
