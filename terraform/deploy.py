"""Applies a plan that was shown, watches the release, and takes it back when anything is wrong.

`python -m terraform.deploy check ENVIRONMENT RELEASE` says whether a release may begin;
`python -m terraform.deploy migrate ENVIRONMENT RELEASE` prepares the prediction log for it, and
exits with 3 where there is none yet;
`python -m terraform.deploy apply ENVIRONMENT PLAN [-- SMOKE ...]` runs it. RELEASE is the file that
`make push-images` writes, PLAN what `make plan` writes, SMOKE a command that tries the deployment:
it runs while the earlier release is still there: taking back is then one move of the weights.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from terraform.ecs import ReleaseError, Service
from terraform.migration import Migration
from terraform.rollback import DEFAULT, roll_back

SERVICES = ("embedder", "heads", "gateway")
BAKING = "BAKE_TIME"
"""The stage in which a release has all traffic and the one before it still runs."""
_HERE = Path(__file__).resolve().parent
_LOOK_S = 10.0
_NOTHING_TO_MIGRATE = 3


class Running(Protocol):
    """A command that was started."""

    def poll(self) -> int | None:
        """Return its exit code; None while it runs."""


@dataclass(frozen=True)
class Watch:
    """What a release is watched with: ECS, the smoke test, and a pause between two looks."""

    ecs: Any
    environment: str
    smoke: Callable[[], bool] | None
    pause: Callable[[], None] = lambda: time.sleep(_LOOK_S)
    say: Callable[[str], None] = print

    def follow(self, apply: Running) -> bool:
        """Return whether the release is good: applied to its end, and smoke passed in its bake.

        One that is not is stopped, and ECS sends traffic back; where its bake was over already, the
        release before it is released again.
        """
        try:
            seen, good = self._smoke_while_baking(apply)
            good = good and self._ended_well(apply)
        except BaseException:
            self._stop_all()
            raise
        if not good and not self._stop_all() and seen and apply.poll() == 0:
            roll_back(self.ecs, self.environment, DEFAULT, self.say)
        return good

    def _smoke_while_baking(self, apply: Running) -> tuple[bool, bool]:
        """Return whether a release of the gateway was seen, and whether smoke passed."""
        gateway, seen = Service(self.ecs, self.environment, "gateway"), False
        while apply.poll() is None:
            under_way = gateway.running_deployment()
            seen = seen or under_way is not None
            if under_way is not None and gateway.stage_of(under_way) == BAKING:
                self.say("the new gateway has all traffic, the old one still runs: trying it")
                return True, self._passes()
            self.pause()
        return seen, apply.poll() == 0 and self._passes()

    def _passes(self) -> bool:
        return self.smoke is None or self.smoke()

    def _ended_well(self, apply: Running) -> bool:
        while (code := apply.poll()) is None:
            self.pause()
        return code == 0

    def _stop_all(self) -> bool:
        """Stop every release that is under way; return whether there was one."""
        stopped = False
        for name in reversed(SERVICES):
            service = Service(self.ecs, self.environment, name)
            under_way = service.running_deployment()
            if under_way is not None:
                self.say(f"{service.full_name}: stopping {under_way}")
                service.stop(under_way)
                stopped = True
        return stopped


def check(ecs: Any, cloudwatch: Any, environment: str, release: dict[str, Any]) -> None:
    """Refuse a release that would begin badly: raise ReleaseError saying why.

    ECS ignores an alarm that stands on ALARM when a release begins: it would roll nothing back. An
    embedder with other weights in the place of the running one would blind every head.
    """
    embedder = Service(ecs, environment, "embedder")
    described = embedder.describe()
    if described is None:
        return  # the first release of all
    running = embedder.encoder(described["taskDefinition"])
    wanted = release["encoder_fingerprint"]
    if running is not None and running != wanted:
        raise ReleaseError(f"the release's encoder is {wanted}, the running one {running}")
    alarms = [
        name
        for service in SERVICES
        for name in _rollback_alarms(Service(ecs, environment, service).describe())
    ]
    answer = cloudwatch.describe_alarms(AlarmNames=sorted(set(alarms)), StateValue="ALARM")
    standing = sorted(alarm["AlarmName"] for alarm in answer["MetricAlarms"])
    if standing:
        raise ReleaseError(f"in ALARM already, so they would undo nothing: {', '.join(standing)}")


def _rollback_alarms(described: dict[str, Any] | None) -> list[str]:
    configuration = (described or {}).get("deploymentConfiguration", {})
    return list(configuration.get("alarms", {}).get("alarmNames", []))


def _apply(environment: str, plan: Path, smoke: Sequence[str]) -> int:
    command = ["terraform", f"-chdir={_HERE}", "apply", "-input=false", str(plan.resolve())]
    tried = (lambda: subprocess.run(smoke, check=False).returncode == 0) if smoke else None
    with subprocess.Popen(command) as applying:
        good = Watch(boto3.client("ecs"), environment, tried).follow(applying)
    return 0 if good else 1


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="deploy", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb, file in (("check", "release"), ("migrate", "release"), ("apply", "plan")):
        described = verbs.add_parser(verb)
        described.add_argument("environment", choices=["dev", "staging", "prod"])
        described.add_argument(file, type=Path)
    verbs.choices["apply"].add_argument("smoke", nargs="*")
    return parser.parse_args()


def main() -> int:
    """Do what the command line names; return 1 where it may not be, or went wrong."""
    wanted = _parsed()
    try:
        if wanted.verb == "apply":
            return _apply(wanted.environment, wanted.plan, wanted.smoke)
        release = json.loads(wanted.release.read_text(encoding="utf-8"))
        if wanted.verb == "migrate":
            migrated = Migration(boto3.client("ecs"), wanted.environment)
            return 0 if migrated.run(release["images"]["gateway"]) else _NOTHING_TO_MIGRATE
        check(boto3.client("ecs"), boto3.client("cloudwatch"), wanted.environment, release)
    except (ReleaseError, BotoCoreError, ClientError) as error:
        print(f"deploy: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
