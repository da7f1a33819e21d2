"""Stand in for ECS with processes on this machine: the calls that our deployment code makes."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from loadtests.stack.cluster import Replica
from loadtests.stack.processes import Kind
from terraform.ecs import ENCODER_LABEL
from tests.rehearsal.alarms import ERRORS, Alarms
from tests.rehearsal.rollout import Deployment, Rollout, TaskSet
from tests.rehearsal.tasks import Definition

ENVIRONMENT = "rehearsal"
CLUSTER = f"trunkline-{ENVIRONMENT}"
_WATCHED = {"alarmNames": [ERRORS], "enable": True, "rollback": True}
_CANARY = {
    "strategy": "CANARY",
    "bakeTimeInMinutes": 8,
    "canaryConfiguration": {"canaryPercent": 10, "canaryBakeTimeInMinutes": 4},
    "alarms": _WATCHED,
}
CONFIGURATIONS: Mapping[Kind, dict[str, Any]] = {
    "embedder": {"strategy": "ROLLING", "alarms": _WATCHED},
    "heads": _CANARY,
    "gateway": _CANARY,
}
"""How Terraform has each service released, with shorter times than production's."""


@dataclass
class _Service:
    """What ECS knows of one service; deployments from the first to the newest."""

    tasks: TaskSet
    configuration: dict[str, Any]
    deployments: list[Deployment] = field(default_factory=list)
    worker: threading.Thread | None = None

    @property
    def current(self) -> Deployment:
        """The release that is under way, or else the last good one."""
        return next(
            one for one in reversed(self.deployments) if one.status in ("IN_PROGRESS", "SUCCESSFUL")
        )


class LocalEcs:
    """ECS's client, as boto3 has it, over tasks that are processes.

    Methods in ECS's own words answer as it does, with the fields that `terraform` reads.
    """

    def __init__(self, services: Mapping[Kind, tuple[TaskSet, Definition]], alarms: Alarms) -> None:
        self._alarms = alarms
        self._definitions: dict[str, Definition] = {}
        self._services: dict[str, _Service] = {}
        for kind, (tasks, definition) in services.items():
            service = _Service(tasks, dict(CONFIGURATIONS[kind]))
            self._services[f"{CLUSTER}-{kind}"] = service
            first = self._deployment(self.register(definition), definition)
            first.status = "SUCCESSFUL"
            service.deployments.append(first)

    def register(self, definition: Definition) -> str:
        """Keep a task definition; return its ARN, which ends in its revision."""
        family = f"{CLUSTER}-{definition.service}"
        revision = 1 + sum(arn.startswith(f"{family}:") for arn in self._definitions)
        arn = f"{family}:{revision}"
        self._definitions[arn] = definition
        return arn

    def settled(self, kind: Kind) -> Deployment:
        """Wait until a service's newest release has ended, and return it."""
        service = self._services[f"{CLUSTER}-{kind}"]
        if service.worker is not None:
            service.worker.join()
        return service.deployments[-1]

    def serving(self, kind: Kind) -> list[Replica]:
        """Return the tasks that get a service's requests."""
        return list(self._services[f"{CLUSTER}-{kind}"].tasks.serving)

    def serves(self, kind: Kind) -> str:
        """Return the ARN of the task definition that a service runs."""
        return self._services[f"{CLUSTER}-{kind}"].current.revision

    def replace_task(self, kind: Kind) -> None:
        """Start a task in the place of one that has ended, as ECS does when it sees it."""
        service = self._services[f"{CLUSTER}-{kind}"]
        alive = [t for t in service.tasks.serving if t.process.process.poll() is None]
        missing = len(service.tasks.serving) - len(alive)
        service.tasks.serve(alive)
        new = service.tasks.start(service.current.definition, missing)
        service.tasks.serve([*alive, *new])

    def describe_services(self, *, cluster: str, services: Sequence[str]) -> dict[str, Any]:
        """Answer what services are, with how they are released."""
        assert cluster == CLUSTER
        described = [
            {
                "status": "ACTIVE",
                "taskDefinition": self._services[name].current.revision,
                "desiredCount": len(self._services[name].tasks.serving),
                "deploymentConfiguration": self._services[name].configuration,
            }
            for name in services
        ]
        return {"services": described}

    def describe_task_definition(self, *, taskDefinition: str) -> dict[str, Any]:  # noqa: N803
        """Answer with a task definition's container and its label."""
        definition = self._definitions[taskDefinition]
        labels = {ENCODER_LABEL: definition.encoder}
        container = {"name": definition.service, "dockerLabels": labels}
        return {"taskDefinition": {"containerDefinitions": [container]}}

    def describe_service_revisions(
        self,
        *,
        serviceRevisionArns: Sequence[str],  # noqa: N803
    ) -> dict[str, Any]:
        """Answer which task definition each revision runs: here they have one name."""
        revisions = [
            {"serviceRevisionArn": arn, "taskDefinition": arn} for arn in serviceRevisionArns
        ]
        return {"serviceRevisions": revisions}

    def list_service_deployments(
        self, *, cluster: str, service: str, status: Sequence[str], **_: Any
    ) -> dict[str, Any]:
        """Answer with the releases in these states, the newest first, on one page."""
        assert cluster == CLUSTER
        listed = [
            {
                "serviceDeploymentArn": one.arn,
                "targetServiceRevisionArn": one.revision,
                "createdAt": one.created_at,
            }
            for one in reversed(self._services[service].deployments)
            if one.status in status
        ]
        return {"serviceDeployments": listed}

    def describe_service_deployments(
        self,
        *,
        serviceDeploymentArns: Sequence[str],  # noqa: N803
    ) -> dict[str, Any]:
        """Answer how far releases are."""
        described = [
            {"status": one.status, "lifecycleStage": one.stage}
            for one in map(self._named, serviceDeploymentArns)
        ]
        return {"serviceDeployments": described}

    def stop_service_deployment(self, *, serviceDeploymentArn: str, stopType: str) -> None:  # noqa: N803
        """Stop a release and begin to take it back."""
        assert stopType == "ROLLBACK"
        self._named(serviceDeploymentArn).stopped.set()

    def update_service(
        self,
        *,
        cluster: str,
        service: str,
        taskDefinition: str | None = None,  # noqa: N803
        deploymentConfiguration: dict[str, Any] | None = None,  # noqa: N803
        desiredCount: int | None = None,  # noqa: N803
    ) -> None:
        """Begin a release, or change how many tasks run; the former goes on after this returns."""
        assert cluster == CLUSTER
        known = self._services[service]
        known.configuration = deploymentConfiguration or known.configuration
        if desiredCount is not None:
            self._scale(known, desiredCount)
        if taskDefinition is not None:
            self._release(known, taskDefinition)

    def _scale(self, service: _Service, count: int) -> None:
        tasks, serving = service.tasks, list(service.tasks.serving)
        if count > len(serving):
            new = tasks.start(service.current.definition, count - len(serving))
            tasks.serve([*serving, *new])
            return
        tasks.serve(serving[:count])
        tasks.stop(serving[count:])

    def _release(self, service: _Service, revision: str) -> None:
        before = service.current.definition
        deployment = self._deployment(revision, before)
        service.deployments.append(deployment)
        rollout = Rollout(
            deployment, service.tasks, service.configuration, self._alarms.standing_name
        )
        service.worker = threading.Thread(target=rollout.run)
        service.worker.start()

    def _deployment(self, revision: str, before: Definition) -> Deployment:
        count = sum(len(service.deployments) for service in self._services.values())
        arn = f"{revision}/{count}"
        return Deployment(arn, revision, self._definitions[revision], before)

    def _named(self, arn: str) -> Deployment:
        return next(
            deployment
            for service in self._services.values()
            for deployment in service.deployments
            if deployment.arn == arn
        )
