"""ECS after a history of releases: boto3's client, its answers held against botocore's model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.config import Config
from botocore.stub import Stubber

from terraform.ecs import ENCODER_LABEL

ACCOUNT = "arn:aws:ecs:eu-central-1:123456789012"
CLUSTER = "trunkline-prod"
STARTED = datetime(2026, 1, 2, tzinfo=UTC)
OURS = "sha256:" + "a" * 64


@dataclass(frozen=True)
class Release:
    """One release of a service: the revision of its task definition, and how it ended."""

    revision: int
    status: str = "SUCCESSFUL"
    stage: str = "BAKE_TIME"


@dataclass
class Ecs:
    """A client that answers what is expected, in that order, and refuses everything else."""

    client: Any = field(
        default_factory=lambda: boto3.client(
            "ecs", region_name="eu-central-1", config=Config(parameter_validation=True),
            aws_access_key_id="test", aws_secret_access_key="test",
        )
    )  # fmt: skip
    stubber: Any = None

    def __post_init__(self) -> None:
        self.stubber = Stubber(self.client)

    @contextmanager
    def expecting(self) -> Iterator[Any]:
        """Hand out the client; at the end everything expected must have been asked."""
        with self.stubber:
            yield self.client
            self.stubber.assert_no_pending_responses()

    def describes(self, service: str, revision: int | None, **more: Any) -> None:
        """Expect the question what a service is; without a revision there is none."""
        services = [] if revision is None else [_service(service, revision, **more)]
        wanted = {"cluster": CLUSTER, "services": [f"{CLUSTER}-{service}"]}
        self.stubber.add_response("describe_services", {"services": services}, wanted)

    def labels(self, service: str, revision: int, encoder: str | None = OURS) -> None:
        """Expect the question for which encoder a revision was made."""
        container: dict[str, Any] = {"name": service}
        if encoder:
            container["dockerLabels"] = {ENCODER_LABEL: encoder}
        agent = {"name": "metrics-agent"}
        definition = {"taskDefinition": {"containerDefinitions": [agent, container]}}
        wanted = {"taskDefinition": definition_arn(service, revision)}
        self.stubber.add_response("describe_task_definition", definition, wanted)

    def lists(self, service: str, statuses: Sequence[str], releases: Sequence[Release]) -> None:
        """Expect the question for releases, newest first as ECS lists them."""
        numbered = [(n, r) for n, r in enumerate(releases) if r.status in statuses]
        deployments = [
            {
                "serviceDeploymentArn": deployment_arn(service, n),
                "targetServiceRevisionArn": revision_arn(service, n),
                "status": release.status,
                "createdAt": STARTED + timedelta(days=n),
            }
            for n, release in reversed(numbered)
        ]
        wanted = {
            "cluster": CLUSTER, "service": f"{CLUSTER}-{service}", "status": list(statuses),
            "maxResults": 100,
        }  # fmt: skip
        answer = {"serviceDeployments": deployments}
        self.stubber.add_response("list_service_deployments", answer, wanted)

    def reveals(self, service: str, releases: Sequence[Release]) -> None:
        """Expect the question which task definitions the successful releases brought."""
        good = [(n, r) for n, r in enumerate(releases) if r.status == "SUCCESSFUL"]
        revisions = [
            {
                "serviceRevisionArn": revision_arn(service, n),
                "taskDefinition": definition_arn(service, release.revision),
            }
            for n, release in good
        ]
        wanted = {"serviceRevisionArns": sorted(revision_arn(service, n) for n, _ in good)}
        answer = {"serviceRevisions": revisions}
        self.stubber.add_response("describe_service_revisions", answer, wanted)

    def stops(self, service: str, number: int) -> None:
        """Expect that a release is stopped and rolled back."""
        wanted = {
            "serviceDeploymentArn": deployment_arn(service, number), "stopType": "ROLLBACK",
        }  # fmt: skip
        self.stubber.add_response("stop_service_deployment", {}, wanted)

    def tells_stage(self, service: str, number: int, release: Release) -> None:
        """Expect the question how far a release is."""
        described = {"status": release.status, "lifecycleStage": release.stage}
        wanted = {"serviceDeploymentArns": [deployment_arn(service, number)]}
        answer = {"serviceDeployments": [described]}
        self.stubber.add_response("describe_service_deployments", answer, wanted)

    def updates(self, service: str, revision: int, configuration: dict[str, Any]) -> None:
        """Expect that a revision is released with exactly this configuration."""
        wanted = {
            "cluster": CLUSTER, "service": f"{CLUSTER}-{service}",
            "taskDefinition": definition_arn(service, revision),
            "deploymentConfiguration": configuration,
        }  # fmt: skip
        self.stubber.add_response("update_service", {}, wanted)


def definition_arn(service: str, revision: int) -> str:
    """Return the ARN of a revision of a service's task definition."""
    return f"{ACCOUNT}:task-definition/{CLUSTER}-{service}:{revision}"


def deployment_arn(service: str, number: int) -> str:
    """Return the ARN of a service's n-th release."""
    return f"{ACCOUNT}:service-deployment/{CLUSTER}/{CLUSTER}-{service}/d{number}"


def revision_arn(service: str, number: int) -> str:
    """Return the ARN of what a service's n-th release brought."""
    return f"{ACCOUNT}:service-revision/{CLUSTER}/{CLUSTER}-{service}/{number}"


def _service(service: str, revision: int, **configuration: Any) -> dict[str, Any]:
    return {
        "serviceName": f"{CLUSTER}-{service}",
        "status": "ACTIVE",
        "taskDefinition": definition_arn(service, revision),
        "deploymentConfiguration": configuration,
    }
