"""The full flow: new versions of heads trained, tried, candidates, in production or taken back."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from env.flows.production import copy_production
from env.flows.signals import signals_ignored
from env.flows.steps import GATEWAY, HEADS, StepError, Steps, options, refuse_passwords
from gateway.client.credentials import named_key
from gateway.client_key import CLIENT_KEY
from heads.lifecycle import aliases, audit
from heads.lifecycle.aliases import Aliases, Role
from heads.lifecycle.promotion import Author, demote, promote, rollback
from heads.storage.opening import open_catalog
from trunkline.client import Client, ClientError
from trunkline.disk import renew_folder

_FOLLOW_S = 120.0  # services look for changes every few seconds
_POLL_S = 0.5
_LOOKS = 5  # in a row: behind one address there may be several gateways
_WHY = "a check of the release failed"


@dataclass(frozen=True)
class Checks:
    """What a deployment must hold: a smoke test, and macro-F1 of heads on labelled files."""

    p95_ms: float
    files: Sequence[str] = ()
    floors: Sequence[str] = ()

    def run(self, steps: Steps, url: str) -> None:
        """Ask the gateway at `url`, with the key in GATEWAY_API_KEY. Raises StepError."""
        steps.run("smoke", *GATEWAY, "smoke", url, "--p95-ms", str(self.p95_ms))
        if self.files:
            words = [*options("--file", self.files), *options("--floor", self.floors)]
            steps.run("regression", *GATEWAY, "evaluate", "--endpoint", url, *words)


@dataclass(frozen=True)
class Load:
    """How much load a release must bear, without a wrong answer, before it is a candidate.

    `more`: further options of `python -m loadtests run`.
    """

    rate: float
    seconds: float
    more: str = ""

    def run(self, steps: Steps, url: str, p95_ms: float, results: Path) -> None:
        """Load the gateway at `url`. Raises StepError."""
        steps.run(
            "load", sys.executable, "-m", "loadtests", "run", "steady", "--url", url,
            "--rate", str(self.rate), "--seconds", str(self.seconds),
            "--slo-p95-ms", str(p95_ms), "--results", str(results), *shlex.split(self.more),
        )  # fmt: skip


@dataclass(frozen=True)
class Backup:
    """Where versions are backed up (a folder, or s3://...), and the data to keep with them."""

    target: str
    region: str = "local"
    data: Sequence[str] = ()


@dataclass(frozen=True)
class _Given:
    """A role that was given: what was in production before, and the generation it led to."""

    production: str | None
    generation: int = -1


@dataclass(frozen=True)
class Release:
    """One version of some heads on its way into a catalog (a folder, or s3://bucket/prefix).

    `made`: the folder that it is trained into. `gate`: further options of `heads promote`.
    """

    steps: Steps
    catalog: str
    version: str
    heads: Sequence[str]
    made: Path
    gate: str = ""

    def train(self, data: Sequence[str], more: str) -> None:
        """Train the heads that `made` does not hold yet, and test all.

        Raises StepError, also where one was trained by other words.
        """
        where = ["--catalog", str(self.made)]
        for name in self.heads:
            words = ["train", name, "--version", self.version, *options("--data", data)]
            self._train(name, [*words, *shlex.split(more)], where)
            self.steps.run(f"test {name}", *HEADS, "test", f"{name}/{self.version}", *where)

    def _train(self, name: str, words: Sequence[str], where: Sequence[str]) -> None:
        """Train a head, its words kept beside `made`, or let it be where they made it before."""
        key, command = f"{name}/{self.version}", shlex.join(words)
        kept = self.made.with_name(f"{self.made.name}-by") / f"{name}-{self.version}.txt"
        if (self.made / key).exists():
            before = kept.read_text(encoding="utf-8") if kept.exists() else "something unknown"
            if before != command:
                raise StepError(
                    f"{key} was trained by `{before}`, not `{command}`: give another version, or "
                    f"remove {self.made / key}"
                )
            self.steps.tell(f"{key} is trained already")
            return
        refuse_passwords(words)
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(command, encoding="utf-8")
        self.steps.run(f"train {name}", *HEADS, *words, *where)

    def try_out(self, folder: Path, checks: Checks, load: Load) -> None:
        """Put the heads into production in a copy of the catalog; check and load what serves it.

        The gate compares with production. Raises StepError: the catalog itself is as it was.
        """
        renew_folder(folder, "catalog")
        with self.steps.timed("copy what is in production"):
            copy_production(open_catalog(self.catalog), folder / "catalog")
        trial = Release(
            self.steps, str(folder / "catalog"), self.version, self.heads, self.made, self.gate
        )
        trial.publish()
        for name in self.heads:
            trial.give(name, "production")
        with self.steps.serving(folder / "catalog", folder / "logs") as url:
            checks.run(self.steps, url)
            load.run(self.steps, url, checks.p95_ms, folder / "load")

    def publish(self) -> None:
        """Copy the bundles into the catalog; no role changes. Raises StepError."""
        for name in self.heads:
            self.steps.run(
                f"publish {name}", *HEADS, "publish", f"{name}/{self.version}",
                "--catalog", self.catalog, HEADS_CATALOG=str(self.made),
            )  # fmt: skip

    def promote(self, role: Role, checks: Checks, url: str, backup: Backup | None = None) -> None:
        """Give every head the role; check the deployment at `url`, if any, once it serves them.

        Raises StepError, all of them taken back, where one is refused, a check or the backup fails;
        those too that have the role from a run of this release that broke off. Nothing changes
        where a head has it from somebody else: what to go back to is not known.
        """
        begun = {name: step for name in self.heads if (step := self._begun(name, role))}
        with self._taken_back_on_failure(role) as given:
            given.update(begun)
            for name in self.heads:
                if name not in begun:
                    before = self._roles(name).production
                    given[name] = _Given(before)
                    self.give(name, role)
                    given[name] = _Given(before, self._roles(name).generation)
            self._check(role, checks, url)
            if backup:
                self._archive(backup)

    def give(self, name: str, role: Role) -> None:
        """Let the gate look at a head and give it the role. Raises StepError."""
        self.steps.run(
            f"{name}: {role}", *HEADS, "promote", name, self.version, "--to", role, "--yes",
            "--why", self._why, "--catalog", self.catalog, *shlex.split(self.gate),
        )  # fmt: skip

    def _check(self, role: Role, checks: Checks, url: str) -> None:
        if not url:
            self.steps.tell("no URL: nothing that serves this catalog was asked")
            return
        if role == "production":
            with self.steps.timed(f"wait until {url} serves them"):
                _await_versions(url, dict.fromkeys(self.heads, self.version))
        checks.run(self.steps, url)

    def _archive(self, backup: Backup) -> None:
        """Back the versions up: bundles with cards and figures, roles, data. Raises StepError."""
        keys = [f"{name}/{self.version}" for name in self.heads]
        self.steps.run(
            "archive", *HEADS, "archive", *keys, "--to", backup.target, "--region", backup.region,
            *options("--data", backup.data), "--catalog", self.catalog,
        )  # fmt: skip

    @property
    def _why(self) -> str:
        return f"release {self.version}"

    def _begun(self, name: str, role: Role) -> _Given | None:
        """Return how a head got the role from an earlier run; None where it does not have it.

        Raises StepError where the head's last step was not this release's, and for a candidate
        that is in production already.
        """
        now = self._roles(name)
        if role == "candidate" and now.production == self.version:
            raise StepError(
                f"{name}/{self.version} is in production already: "
                f"`make full-promote VERSION={self.version}` goes on"
            )
        if now.version(role) != self.version:
            return None
        steps = [
            step.why
            for step in audit.entries(open_catalog(self.catalog), name)
            if step.outcome == "done" and step.generation == now.generation
        ]
        if steps[-1:] != [self._why]:
            raise StepError(
                f"{name}/{self.version} is {role} already, and its last step was not of "
                f"`{self._why}`: leave {name} out, or give the release another version"
            )
        return _Given(now.history[-1].production if now.history else None, now.generation)

    @contextmanager
    def _taken_back_on_failure(self, role: Role) -> Iterator[dict[str, _Given]]:
        given: dict[str, _Given] = {}
        try:
            yield given
        except BaseException:  # Ctrl-C and the end of a job leave no half of a release either
            with signals_ignored():
                steps = reversed(given.items())
                lines = [self._tried_to_take_back(name, role, step) for name, step in steps]
            for line in lines:
                with suppress(OSError):  # a terminal that is gone, a disk that is full
                    self.steps.tell(line)
            raise

    def _tried_to_take_back(self, name: str, role: Role, step: _Given) -> str:
        """Take the role away; return what was done, or why it was not: the others still are."""
        try:
            return self._take_back(name, role, step)
        except Exception as error:  # whatever it is
            return f"{name}: NOT taken back: {error}; see `heads rollback {name}`"

    def _take_back(self, name: str, role: Role, step: _Given) -> str:
        """Take the role away where the version still has it; return what was done.

        What others changed after the step stays. A version that failed in production is no
        candidate again. Raises HeadsError where that cannot be done.
        """
        catalog, author = open_catalog(self.catalog), Author("release flow", _WHY)
        now = self._roles(name)
        if now.version(role) != self.version:
            return f"{name}: {now.version(role) or 'nothing'} is {role}; left as it is"
        old = step.production
        if now.generation == step.generation:
            after = rollback(catalog, name, author, generation=now.generation)
        elif role == "production" and old is not None:
            after = promote(catalog, name, old, role, author, generation=now.generation)
        else:
            after = demote(catalog, name, role, author, generation=now.generation)
        if after.candidate == self.version:
            demote(catalog, name, "candidate", author, generation=after.generation)
        return f"{name}: taken back; {after.production or 'nothing'} is in production"

    def _roles(self, name: str) -> Aliases:
        return aliases.read(open_catalog(self.catalog), name)[0]


def _await_versions(url: str, wanted: dict[str, str]) -> None:
    """Wait until a gateway, or each of several, serves these versions. Raises StepError."""
    end, looks, served = time.monotonic() + _FOLLOW_S, 0, dict[str, str]()
    with Client(url, named_key(CLIENT_KEY)) as client:
        while looks < _LOOKS:
            if time.monotonic() > end:
                raise StepError(f"{url} serves {served}, not {wanted}, after {_FOLLOW_S:.0f} s")
            try:
                served = {h.name: h.version for h in client.heads().heads if h.status == "serving"}
            except ClientError as error:
                raise StepError(f"{url} does not list its heads: {error}") from error
            looks = looks + 1 if wanted.items() <= served.items() else 0
            time.sleep(_POLL_S)
