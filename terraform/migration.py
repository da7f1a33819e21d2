"""Brings the prediction log's schema up to date with a release's code, before the release begins.

The task definition is Terraform's of the release before (`module.migration`), with the image of the
one to come: it only adds to the schema, so that the gateways that still run go on writing. It runs
where they run, in their subnets and security group.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from terraform.ecs import ReleaseError, Service

TASK = "gateway-migrate"
_LOOK_S = 5.0
_LOOKS = 360


@dataclass(frozen=True)
class Migration:
    """The task that migrates the log of an environment, run through boto3's client `ecs`."""

    ecs: Any
    environment: str
    pause: Callable[[], None] = lambda: time.sleep(_LOOK_S)
    say: Callable[[str], None] = print

    @property
    def family(self) -> str:
        """The family of its task definition."""
        return f"trunkline-{self.environment}-{TASK}"

    def run(self, image: str) -> bool:
        """Migrate with this image, and wait; return False where there is no log yet.

        Raises ReleaseError where the task does not start, fails, or takes half an hour.
        """
        gateway = Service(self.ecs, self.environment, "gateway")
        service = gateway.describe()
        definition = None if service is None else self._newest_definition()
        if service is None or definition is None:
            return False
        arn = self._with_image(definition, image)
        try:
            task = self._start(gateway.cluster, arn, service["networkConfiguration"])
            self.say(f"{self.family}: {task} brings the schema up to date")
            self._wait(gateway.cluster, task)
        finally:
            self.ecs.deregister_task_definition(taskDefinition=arn)
        return True

    def _newest_definition(self) -> dict[str, Any] | None:
        answer = self.ecs.list_task_definitions(
            familyPrefix=self.family, status="ACTIVE", sort="DESC", maxResults=1
        )
        if not answer["taskDefinitionArns"]:
            return None
        described = self.ecs.describe_task_definition(
            taskDefinition=answer["taskDefinitionArns"][0]
        )
        definition: dict[str, Any] = described["taskDefinition"]
        return definition

    def _with_image(self, definition: dict[str, Any], image: str) -> str:
        """Register the definition once more with another image; return its ARN."""
        model = self.ecs.meta.service_model.operation_model("RegisterTaskDefinition")
        wanted = {n: definition[n] for n in model.input_shape.members if n in definition}
        (container,) = definition["containerDefinitions"]
        wanted["containerDefinitions"] = [{**container, "image": image}]
        made = self.ecs.register_task_definition(**wanted)
        return str(made["taskDefinition"]["taskDefinitionArn"])

    def _start(self, cluster: str, definition: str, network: dict[str, Any]) -> str:
        answer = self.ecs.run_task(
            cluster=cluster,
            taskDefinition=definition,
            launchType="FARGATE",
            count=1,
            networkConfiguration=network,
            startedBy="deploy",
        )
        if answer.get("failures"):
            reasons = ", ".join(str(failure.get("reason")) for failure in answer["failures"])
            raise ReleaseError(f"{self.family} does not start: {reasons}")
        return str(answer["tasks"][0]["taskArn"])

    def _wait(self, cluster: str, task: str) -> None:
        for _ in range(_LOOKS):
            answer = self.ecs.describe_tasks(cluster=cluster, tasks=[task])
            state: dict[str, Any] = next(iter(answer["tasks"]), {})
            if state.get("lastStatus") == "STOPPED":
                self._require_success(state)
                return
            self.pause()
        raise ReleaseError(f"{self.family} has not ended, and goes on: look at it before you retry")

    def _require_success(self, task: dict[str, Any]) -> None:
        codes = [container.get("exitCode") for container in task["containers"]]
        if codes != [0]:
            why = task.get("stoppedReason", "it failed")
            log = f"/trunkline-{self.environment}/{TASK}"
            raise ReleaseError(f"{self.family}: {why} (exit code {codes[0]}); its log is {log}")
