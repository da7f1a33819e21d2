"""What ECS knows of a service's releases: which run, which were good, and how to go back to one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

ENCODER_LABEL = "trunkline.encoder"
"""Label of every task: the fingerprint of the encoder that its release was made for."""
RUNNING = ["PENDING", "IN_PROGRESS"]
_PAGE = 100  # deployments in one answer, at most
_ASKED_AT_ONCE = 20  # revisions in one question, at most


class ReleaseError(Exception):
    """Say why a release or a roll-back was not begun, in words for the person who asked."""


@dataclass(frozen=True)
class Service:
    """One ECS service of an environment, asked through boto3's client `ecs`."""

    ecs: Any
    environment: str
    name: str

    @property
    def cluster(self) -> str:
        """The cluster's name."""
        return f"trunkline-{self.environment}"

    @property
    def full_name(self) -> str:
        """The service's name in ECS."""
        return f"{self.cluster}-{self.name}"

    def describe(self) -> dict[str, Any] | None:
        """Return the service as ECS describes it; None where there is none yet."""
        answer = self.ecs.describe_services(cluster=self.cluster, services=[self.full_name])
        active = [s for s in answer["services"] if s["status"] != "INACTIVE"]
        return active[0] if active else None

    def running_deployment(self) -> str | None:
        """Return the ARN of the release that is under way."""
        return next((d["serviceDeploymentArn"] for d in self._deployments(RUNNING)), None)

    def stage_of(self, deployment: str) -> str:
        """Return how far a release is, as ECS calls it; its status once it has ended."""
        answer = self.ecs.describe_service_deployments(serviceDeploymentArns=[deployment])
        (described,) = answer["serviceDeployments"]
        over = described["status"] not in RUNNING
        return str(described["status"] if over else described.get("lifecycleStage", "PENDING"))

    def stop(self, deployment: str) -> None:
        """End a release and send everything back to what was there before it."""
        self.ecs.stop_service_deployment(serviceDeploymentArn=deployment, stopType="ROLLBACK")

    def encoder(self, task_definition: str) -> str | None:
        """Return the fingerprint that a task definition's release was made for."""
        answer = self.ecs.describe_task_definition(taskDefinition=task_definition)
        containers = answer["taskDefinition"]["containerDefinitions"]
        own = next(c for c in containers if c["name"] == self.name)
        fingerprint = own.get("dockerLabels", {}).get(ENCODER_LABEL)
        return None if fingerprint is None else str(fingerprint)

    def last_good(self, current: str) -> str | None:
        """Return the task definition of the last successful release before `current` came.

        A release that alarms or a person rolled back is none. After a roll-back `current` is an old
        one: what was released after it, and left, is not gone back to.
        """
        deployments = list(self._deployments(["SUCCESSFUL"]))
        definitions = self._task_definitions([d["targetServiceRevisionArn"] for d in deployments])
        good = sorted(
            ((d["createdAt"], definitions[d["targetServiceRevisionArn"]]) for d in deployments),
            reverse=True,
        )
        came = min((at for at, definition in good if definition == current), default=None)
        earlier = [d for at, d in good if d != current and (came is None or at < came)]
        return earlier[0] if earlier else None

    def go_to(self, task_definition: str) -> None:
        """Release a task definition at once: all traffic in one move, no bake, no alarms."""
        described = self.describe()
        if described is None:
            raise ReleaseError(f"{self.full_name}: there is no such service")
        configuration = dict(described.get("deploymentConfiguration", {}))
        configuration.pop("canaryConfiguration", None)
        configuration["alarms"] = {"alarmNames": [], "enable": False, "rollback": False}
        if configuration.get("strategy", "ROLLING") != "ROLLING":
            configuration |= {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 0}
        self.ecs.update_service(
            cluster=self.cluster,
            service=self.full_name,
            taskDefinition=task_definition,
            deploymentConfiguration=configuration,
        )

    def _deployments(self, statuses: list[str]) -> Iterator[dict[str, Any]]:
        following: dict[str, Any] = {}
        while True:
            answer = self.ecs.list_service_deployments(
                cluster=self.cluster, service=self.full_name, status=statuses,
                maxResults=_PAGE, **following,
            )  # fmt: skip
            yield from answer["serviceDeployments"]
            if "nextToken" not in answer:
                return
            following = {"nextToken": answer["nextToken"]}

    def _task_definitions(self, revisions: list[str]) -> dict[str, str]:
        definitions = {}
        for start in range(0, len(revisions), _ASKED_AT_ONCE):
            asked = sorted(set(revisions[start : start + _ASKED_AT_ONCE]))
            answer = self.ecs.describe_service_revisions(serviceRevisionArns=asked)
            for revision in answer["serviceRevisions"]:
                definitions[revision["serviceRevisionArn"]] = str(revision["taskDefinition"])
        return definitions
