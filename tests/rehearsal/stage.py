"""Set the stage: two of every service of an earlier commit behind Envoy, callers with a key."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from loadtests.stack.catalogs import production_versions
from loadtests.stack.cluster import Cluster
from loadtests.stack.processes import KINDS, ROOT, Kind, environment_of
from tests.faults.reference import References, gather
from tests.faults.site import checkout
from tests.rehearsal.alarms import Alarms, counts_of
from tests.rehearsal.ecs import LocalEcs
from tests.rehearsal.tasks import Definition, Tasks, prepare

# 0.1.0 had another encoder: to follow it is a migration, no release, and refused as one.
BEFORE = "c1bf71e"
REFERENCES = 60  # texts that are asked, in turn; both releases must answer them alike
_SETTINGS = {
    # Every request needs every service: what a cache would hide, a release must show.
    "EMBEDDER_CACHE_MAXSIZE_BYTES": "0",
    "GATEWAY_ANSWER_CACHE_BYTES": "0",
    "GATEWAY_WORKERS": "1",  # a canary beside what runs is four gateways on one machine
}
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
    old, new = _release(checkout(BEFORE, folder / "before"), keys), _release(ROOT, keys)
    cluster = Cluster(folder, _SETTINGS, mesh=True)
    alarms = Alarms(lambda: counts_of(cluster.envoy))
    running = {kind: Tasks(cluster, kind, list(cluster.replicas[kind])) for kind in KINDS}
    ecs = LocalEcs({kind: (running[kind], old[kind]) for kind in KINDS}, alarms)
    try:
        _start(cluster, old)
        references = gather(cluster.url, REFERENCES, keys.current)
        alarms.start()
        yield Stage(cluster, ecs, alarms, keys, old, new, references)
    finally:
        alarms.stop()
        cluster.stop()


def encoder_of(catalog: Path) -> str:
    """Return the fingerprint of the encoder that a catalog's heads in production were made for.

    Raises ValueError where they were made for several.
    """
    manifests = [
        catalog / name / v / "head.toml" for name, v in production_versions(catalog).items()
    ]
    (fingerprint,) = {tomllib.loads(path.read_text("utf-8"))["fingerprint"] for path in manifests}
    return str(fingerprint)


def _start(cluster: Cluster, release: Release) -> None:
    for kind in KINDS:
        for task in cluster.replicas[kind]:
            prepare(task, release[kind])
    cluster.start()


def _release(code: Path, keys: Keys) -> Release:
    own = _OF_THIS_RELEASE if code == ROOT else {}
    catalog = code / "heads" / "catalog"
    settings: Mapping[Kind, dict[str, str]] = {
        "embedder": {},
        "heads": {"HEADS_CATALOG": str(catalog)},
        "gateway": {"GATEWAY_CATALOG": str(catalog), "GATEWAY_API_KEYS_FILE": str(keys.file)},
    }
    encoder = encoder_of(catalog)
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
