"""Rows of a candidate's share: as large as its weight, and always of the same callers."""

from __future__ import annotations

import json
import math
import secrets
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import urllib3

from heads.lifecycle.promotion import Author, demote, promote
from heads.storage.folder import FolderCatalog
from loadtests.config import api_key, authorization
from loadtests.stack.catalogs import production_versions
from loadtests.stack.faults import OTHER_VERSION
from tests.faults.row import Bounds, Row, Scene
from tests.faults.rows.catalog import FRESH_S, catalog_of
from tests.faults.rows.processes import worker_of
from tests.faults.rows.rolling import restart_replicas

_HEAD, _WEIGHT = "intent", 0.2
_CALLERS = 400
_SIGMAS = 4.0  # of a binomial count: one sound row in 16,000 is outside
_AT_ONCE = 8
_TRIES = 3  # what a killed worker was working on is asked again


CallerKind = Literal["tenants", "texts of no tenant"]


@dataclass(frozen=True)
class Caller:
    """Somebody who must always meet one version: by tenant, or by the words that are sent."""

    tenant: str
    words: str

    @property
    def kind(self) -> CallerKind:
        """What is the same about this caller in every turn."""
        return "tenants" if self.tenant else "texts of no tenant"

    def text(self, turn: int) -> str:
        """Return the words of this turn: a tenant's differ each time."""
        return f"{self.words} ({turn})" if self.tenant else self.words


def shared(scene: Scene) -> None:
    """Give a candidate a share; ask all callers before and after what replaces processes."""
    catalog, author = FolderCatalog(catalog_of(scene)), Author("faults")
    promote(catalog, _HEAD, OTHER_VERSION, "candidate", author, share=_WEIGHT)
    try:
        scene.wait(FRESH_S)
        callers = [*_tenants(), *_unknown()]
        first = _versions(scene, callers, 0)
        check_share(scene, first, "tenants")
        check_share(scene, first, "texts of no tenant")
        scene.fault()
        worker_of(scene.cluster.replicas["gateway"][0]).kill()
        check_same(scene, first, _versions(scene, callers, 1), "a gateway's worker was killed")
        restart_replicas(scene, "gateway")
        restart_replicas(scene, "heads")
        check_same(scene, first, _versions(scene, callers, 2), "gateways and heads were restarted")
    finally:
        demote(catalog, _HEAD, "candidate", author)


def check_share(scene: Scene, versions: Mapping[Caller, str], kind: CallerKind) -> None:
    """Note how many of these callers met the candidate; far from its weight is wrong."""
    met = [version for caller, version in versions.items() if caller.kind == kind]
    count = met.count(OTHER_VERSION)
    expected = _WEIGHT * len(met)
    around = _SIGMAS * math.sqrt(expected * (1 - _WEIGHT))
    scene.notes.append(f"{count} of {len(met)} {kind} met the candidate of {_WEIGHT:.0%}")
    if abs(count - expected) > around:
        scene.wrong.append(f"{count} {kind} met the candidate, not {expected:.0f} +- {around:.0f}")


def check_same(
    scene: Scene, before: Mapping[Caller, str], after: Mapping[Caller, str], since: str
) -> None:
    """Find wrong that a caller met another version than before."""
    moved = [caller for caller, version in before.items() if after[caller] != version]
    if moved:
        scene.wrong.append(f"{len(moved)} callers met another version after {since}")


def _tenants() -> list[Caller]:
    """Make names that no run had before: of fixed ones the share would never vary."""
    return [Caller(secrets.token_hex(8), "Please call me about the item.") for _ in range(_CALLERS)]


def _unknown() -> list[Caller]:
    return [Caller("", f"Please send lot {secrets.token_hex(4)}.") for _ in range(_CALLERS)]


def _versions(scene: Scene, callers: Sequence[Caller], turn: int) -> dict[Caller, str]:
    """Ask all callers, a few at once; return the version that each of them met."""
    pool = urllib3.PoolManager(maxsize=_AT_ONCE)

    def ask(caller: Caller) -> str:
        headers = authorization(api_key()) | (
            {"X-Tenant-Id": caller.tenant} if caller.tenant else {}
        )
        return _version(pool, f"{scene.url}/v1/classify", caller.text(turn), headers)

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        met = list(threads.map(ask, callers))
    allowed = {OTHER_VERSION, production_versions(catalog_of(scene))[_HEAD]}
    if strange := set(met) - allowed:
        scene.wrong.append(f"versions that were never to answer: {', '.join(sorted(strange))}")
    return dict(zip(callers, met, strict=True))


def _version(pool: urllib3.PoolManager, url: str, text: str, headers: Mapping[str, str]) -> str:
    problem = ""
    for _ in range(_TRIES):
        try:
            answer = pool.request(
                "POST", url, json={"text": text}, headers=headers, retries=False, timeout=20
            )
        except urllib3.exceptions.HTTPError as error:
            problem = type(error).__name__
            continue
        if answer.status == 200:
            return str(json.loads(answer.data)["heads"][_HEAD]["version"])
        problem = f"status {answer.status}"
    return f"none ({problem})"


ROWS = (
    Row("a candidate of 20 %, a worker killed, then rolling restarts", shared,
        Bounds(failed=None, lost=None,
               why="what the killed worker was working on: the balancer must not send it again"),
        seconds=60.0, quick=True),
)  # fmt: skip
