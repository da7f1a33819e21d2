"""Set the stage: two of every service of an earlier commit behind Envoy, callers with a key."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from loadtests.stack.cluster import Cluster
from loadtests.stack.processes import KINDS, ROOT, Kind, environment_of
from tests.faults.reference import References, gather
from tests.faults.site import checkout
from tests.rehearsal.alarms import Alarms, counts_of
from tests.rehearsal.ecs import LocalEcs
from tests.rehearsal.tasks import Definition, Tasks, prepare

# 0.1.0 had another encoder: to follow it is a migration, no release, and refused as one.
BEFORE = "c1bf71e"
REFERENCES = 100  # texts that are asked, in turn
# Every request needs every service: what a cache would hide, a release must show.
_UNCACHED = {"EMBEDDER_CACHE_MAXSIZE_BYTES": "0", "GATEWAY_ANSWER_CACHE_BYTES": "0"}
_OF_THIS_RELEASE: Mapping[Kind, Mapping[str, str]] = {
    # As on ECS: behind a proxy that balances requests, one stream of health tells of one task only.
    "gateway": {"GATEWAY_EMBEDDER_WATCH_HEALTH": "false"},
}
Release = Mapping[Kind, Definition]


class Keys:
    """The file of keys that gateways follow, changed by the command that operators use.

    `current`: what callers show.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self.current = self.make("callers-1")

    def make(self, name: str) -> str:
        """Add a key; return it."""
        return self._run("new", name, "--scope", "classify").strip()

    def revoke(self, name: str) -> None:
        """Take a key out."""
        self._run("revoke", name)

    def _run(self, verb: str, *words: str) -> str:
        command = [sys.executable, "-m", "gateway", "keys", verb, *words, "--file", str(self.file)]
        done = subprocess.run(
            command, cwd=ROOT, env=environment_of("gateway", {}), capture_output=True, check=True
        )
        return done.stdout.decode()


@dataclass(frozen=True)
class Stage:
    """What the acts play on; `old` serves when it is set, `new` was never started on it."""

    cluster: Cluster
    ecs: LocalEcs
    alarms: Alarms
    keys: Keys
    old: Release
    new: Release
    references: References


@contextlib.contextmanager
def set_stage(folder: Path) -> Iterator[Stage]:
    """Start the earlier release, two tasks of each service; stop all whatever happens.

    Raises NotHereError without the repository's history, EnvoyMissingError without Envoy.
    """
    keys = Keys(folder / "keys")
    code = checkout(BEFORE, folder / "before")
    new = _release(ROOT, keys, "")
    theirs, encoder = _answers(folder / "new", new, keys)
    new = _release(ROOT, keys, encoder)
    cluster = Cluster(folder, _UNCACHED, mesh=True)
    alarms = Alarms(lambda: counts_of(cluster.envoy))
    try:
        _start(cluster, _release(code, keys, ""))
        ours = gather(cluster.url, REFERENCES, keys.current)
        old = _release(code, keys, encoder_of(ours))
        running = {k: Tasks(cluster, k, list(cluster.replicas[k])) for k in KINDS}
        ecs = LocalEcs({kind: (running[kind], old[kind]) for kind in KINDS}, alarms)
        alarms.start()
        try:
            yield Stage(cluster, ecs, alarms, keys, old, new, ours.joined(theirs))
        finally:
            alarms.stop()
    finally:
        cluster.stop()


def encoder_of(references: References) -> str:
    """Return the fingerprint of the encoder that made these answers."""
    (fingerprint,) = {
        answer["encoder"]["fingerprint"]
        for answers in references.answers.values()
        for answer in answers
        if answer.get("encoder")
    }
    return str(fingerprint)


def _answers(folder: Path, release: Release, keys: Keys) -> tuple[References, str]:
    """Ask a release alone for its answers; return them and its encoder."""
    folder.mkdir()
    cluster = Cluster(folder, _UNCACHED, replicas=1)
    try:
        _start(cluster, release)
        references = gather(cluster.url, REFERENCES, keys.current)
    finally:
        cluster.stop()
    return references, encoder_of(references)


def _start(cluster: Cluster, release: Release) -> None:
    for kind in KINDS:
        for task in cluster.replicas[kind]:
            prepare(task, release[kind])
    cluster.start()


def _release(code: Path, keys: Keys, encoder: str) -> Release:
    own = _OF_THIS_RELEASE if code == ROOT else {}
    catalog = str(code / "heads" / "catalog")
    settings: Mapping[Kind, dict[str, str]] = {
        "embedder": {},
        "heads": {"HEADS_CATALOG": catalog},
        "gateway": {"GATEWAY_CATALOG": catalog, "GATEWAY_API_KEYS_FILE": str(keys.file)},
    }
    return {
        kind: Definition(kind, code, {**settings[kind], **own.get(kind, {})}, encoder)
        for kind in KINDS
    }


@contextlib.contextmanager
def fresh_stage() -> Iterator[Stage]:
    """Set the stage in a folder that is gone afterwards."""
    with (
        tempfile.TemporaryDirectory(prefix="trunkline-rehearsal-") as folder,
        set_stage(Path(folder)) as stage,
    ):
        yield stage
