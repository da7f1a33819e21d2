"""Sends an environment's services back to their last successful release.

`python -m terraform.rollback ENVIRONMENT [SERVICE ...]`. A release that is under way is stopped:
ECS sends traffic back. A finished one is followed by the one before it: blue/green, without a bake.
Terraform's own record stays newer: deploy the older digests next.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from terraform.ecs import ReleaseError, Service

DEFAULT = ("gateway", "heads")


def roll_back(
    ecs: Any, environment: str, services: Sequence[str], say: Callable[[str], None] = print
) -> None:
    """Roll services back, in order. All are looked at before any is touched.

    Raises ReleaseError where there is nothing to go back to, or it was made for another encoder:
    its heads would read vectors that mean nothing to them.
    """
    running = _encoder_in_use(Service(ecs, environment, "embedder"))
    steps = [_step(Service(ecs, environment, name), running) for name in services]
    for message, step in steps:
        say(message)
        step()


def _step(service: Service, encoder_in_use: str) -> tuple[str, Callable[[], None]]:
    under_way = service.running_deployment()
    if under_way is not None:
        stopping = under_way
        return f"{service.full_name}: stopping {under_way}", lambda: service.stop(stopping)
    described = service.describe()
    if described is None:
        raise ReleaseError(f"{service.full_name}: there is no such service")
    current = described["taskDefinition"]
    target = service.last_good(current)
    if target is None:
        raise ReleaseError(f"{service.full_name}: no release before {current} was successful")
    encoder = service.encoder(target)
    if encoder is None or encoder != encoder_in_use:
        raise ReleaseError(
            f"{service.full_name}: {target} was made for encoder {encoder}, "
            f"in use is {encoder_in_use}"
        )
    return f"{service.full_name}: {current} -> {target}", lambda: service.go_to(target)


def _encoder_in_use(embedder: Service) -> str:
    described = embedder.describe()
    if described is None:
        raise ReleaseError(f"{embedder.full_name}: there is no such service")
    encoder = embedder.encoder(described["taskDefinition"])
    if encoder is None:
        raise ReleaseError(f"{embedder.full_name}: its tasks do not say which encoder they run")
    return encoder


def main() -> int:
    """Roll back what the command line names; 1 where that could not be, and why on stderr."""
    parser = argparse.ArgumentParser(prog="rollback", description=__doc__)
    parser.add_argument("environment", choices=["dev", "staging", "prod"])
    parser.add_argument("services", nargs="*", default=list(DEFAULT))
    wanted = parser.parse_args()
    try:
        roll_back(boto3.client("ecs"), wanted.environment, wanted.services)
    except (ReleaseError, BotoCoreError, ClientError) as error:
        print(f"rollback: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
