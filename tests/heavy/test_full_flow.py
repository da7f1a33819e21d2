"""The full flow on a catalog of its own: copy, candidate, production, back; `make test-heavy`."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from heads.lifecycle import aliases, audit
from heads.storage.folder import FolderCatalog
from loadtests.config import inherited_environment
from loadtests.stack.stack import running_stack
from tests.support.topics import write_topics
from tests.support.waiting import PATIENT

# Many processes start, each of which imports much: minutes on a machine that is busy.
pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT / "heads" / "data" / "replies" / "c.jsonl"
LEARNING = "--label-column topic --members lexical --no-track --seed"


@dataclass(frozen=True)
class Desk:
    """A catalog that services serve at `url`, and rows of the head `topic`."""

    folder: Path
    url: str

    @property
    def catalog(self) -> FolderCatalog:
        """Return the catalog."""
        return FolderCatalog(self.folder / "catalog")

    @property
    def roles(self) -> aliases.Aliases:
        """Return who has which role now."""
        return aliases.read(self.catalog, "topic")[0]

    def flow(self, part: str, version: str, *more: str) -> subprocess.CompletedProcess[str]:
        """Run a part of the flow."""
        given = [
            "--version", version, "--catalog", str(self.folder / "catalog"), "--head", "topic",
            "--out", str(self.folder / "out"),
            "--gate", f"--data {self.folder}/fresh.jsonl --label-column topic",
            *(f"--set={name}={value}" for name, value in PATIENT.items()),
        ]  # fmt: skip
        return subprocess.run(
            [sys.executable, "-m", "env.flows", part, *given, *more], cwd=ROOT, text=True,
            env=inherited_environment(), check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def done(self, part: str, version: str, *more: str) -> str:
        """Run a part that must succeed; return what it printed."""
        finished = self.flow(part, version, *more)
        assert finished.returncode == 0, finished.stdout[-5000:]
        return finished.stdout

    def train(self, version: str) -> None:
        """Train a version by a seed of its own."""
        data = str(self.folder / "t.jsonl")
        self.done("train", version, "--data", data, "--options", f"{LEARNING} {version}")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Serve a copy of the shipped heads, with version 1 of `topic` in production."""
    folder = tmp_path_factory.mktemp("release")
    catalog = folder / "catalog"
    shutil.copytree(ROOT / "heads" / "catalog", catalog)
    write_topics(folder / "t.jsonl", 90)
    write_topics(folder / "fresh.jsonl", 150, 1000)
    where = {"HEADS_CATALOG": str(catalog), "GATEWAY_CATALOG": str(catalog)}
    with running_stack(folder, where | PATIENT) as stack:
        desk = Desk(folder, stack.gateway_url)
        desk.train("1")
        shutil.copytree(folder / "out" / "made" / "topic", catalog / "topic")
        desk.done("promote", "1")
        yield desk


def test_a_release_is_tried_on_a_copy_first(desk: Desk) -> None:
    """Compared, checked and loaded by services of its own: the catalog is as it was before."""
    before = desk.roles
    desk.train("2")
    rows = desk.folder / "rows.jsonl"
    rows.write_text("\n".join(CORPUS.read_text(encoding="utf-8").splitlines()[:12]))
    checks = ("--p95-ms", "30000", "--file", str(rows), "--floor", "intent=0.1")
    load = ("--rate", "4", "--seconds", "3", "--load", "--keys 20")
    output = desk.done("try", "2", *checks, *load)
    assert "| overall | 150 |" in output
    for step in ("topic: production", "smoke", "regression", "load"):
        assert f"== {step}: " in output
    assert desk.roles == before
    trial = aliases.read(FolderCatalog(desk.folder / "out" / "trial" / "catalog"), "topic")[0]
    assert trial.production == "2"


def test_a_candidate_is_backed_up_and_then_promoted_where_it_is_served(desk: Desk) -> None:
    """Bundle and data stand in the archive; the smoke test asks what serves the new version."""
    desk.train("2")
    kept = ("--archive", str(desk.folder / "kept"), "--archive-data", f"{desk.folder}/t.jsonl")
    desk.done("candidate", "2", *kept)
    assert (desk.roles.production, desk.roles.candidate) == ("1", "2")
    files = {path.name for path in (desk.folder / "kept" / "local" / "topic" / "2").rglob("*")}
    assert {"head.toml", "README.md", "metrics.json", "t.jsonl", "roles.jsonl"} <= files
    output = desk.done("promote", "2", "--url", desk.url, "--p95-ms", "30000")
    assert f"wait until {desk.url} serves them" in output
    assert "topic 2" in output.split("== smoke")[1]
    assert (desk.roles.production, desk.roles.candidate) == ("2", None)


def test_what_fails_in_production_is_taken_back(desk: Desk) -> None:
    """The gateway serves what it served before, no candidate is left, and the audit says why."""
    desk.train("3")
    desk.done("candidate", "3")
    before = desk.roles.production
    failed = desk.flow("promote", "3", "--url", desk.url, "--p95-ms", "0.001")
    assert failed.returncode == 1
    assert "smoke: failed with exit code 1" in failed.stdout
    assert (desk.roles.production, desk.roles.candidate) == (before, None)
    steps = [(entry.action, entry.by) for entry in audit.entries(desk.catalog, "topic")][-2:]
    assert steps == [("rollback", "release flow"), ("withdraw candidate", "release flow")]
