"""Describe a run's target: a stack of its own, or a deployment that runs already."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import urllib3

from heads.pools.local import LocalPool
from heads.registry.registry import Registry
from loadtests.config import api_key, authorization
from loadtests.stack.catalogs import SHIPPED, production_versions
from loadtests.stack.stack import Stack


class UnreachableError(Exception):
    """The deployment did not list the heads that it serves; the message holds its answer."""


@dataclass(frozen=True)
class Target:
    """A gateway's address, and the heads behind it as far as they are known.

    `heads`: how many must answer. `catalog`: what the reference scores by; None where the
    deployment serves other heads than this checkout. `pids`: the services' processes, where they
    are here.
    """

    url: str
    heads: int
    catalog: Path | None
    pids: Mapping[str, int] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


def fresh_stack(stack: Stack, catalog: Path) -> Target:
    """Describe a stack that was started for this run."""
    pids = {service.name: service.pid for service in stack.services.values()}
    return Target(stack.gateway_url, len(production_versions(catalog)), catalog, pids)


def deployment(url: str) -> Target:
    """Ask a deployment for its heads with the key of GATEWAY_API_KEY. Raises UnreachableError."""
    headers = authorization(api_key())
    try:
        answer = urllib3.request("GET", f"{url.rstrip('/')}/v1/heads", headers=headers, timeout=20)
        listed = json.loads(answer.data)["heads"]
        served = {head["name"]: (head["version"], head["fingerprint"]) for head in listed}
    except (urllib3.exceptions.HTTPError, ValueError, KeyError, TypeError) as error:
        raise UnreachableError(f"{url}/v1/heads: {type(error).__name__} {error}"[:300]) from error
    same = served == _shipped()
    return Target(url.rstrip("/"), len(served), SHIPPED if same else None, {}, headers)


def _shipped() -> dict[str, tuple[str, str]]:
    """Return version and fingerprint of each head that this checkout would serve."""
    pool = LocalPool(Registry(SHIPPED))
    try:
        heads = pool.head_set().heads
        return {name: (info.version, info.fingerprint) for name, info in heads.items()}
    finally:
        pool.close()
