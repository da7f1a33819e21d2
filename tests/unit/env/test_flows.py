"""The flows' own parts: steps, a sample, a copy of production, and taking a release back."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from env.flows.production import copy_production, production
from env.flows.quick import sample
from env.flows.release import Backup, Checks, Release
from env.flows.steps import ROOT, StepError, Steps
from heads.lifecycle import aliases, audit
from heads.lifecycle.aliases import Role
from heads.lifecycle.promotion import Author, promote
from heads.storage.folder import FolderCatalog
from tests.support.bundles import make_bundle
from tests.support.roles import point

CHECKS = Checks(1000.0)


def steps(folder: Path) -> Steps:
    """Return steps that show nothing."""
    return Steps(folder / "report.txt", lambda _: None)


def test_a_step_that_fails_ends_the_flow_with_its_name(tmp_path: Path) -> None:
    """What it printed is in the report, and how long each step took in the summary."""
    flow = steps(tmp_path)
    flow.run("good", sys.executable, "-c", "print('fine')")
    with pytest.raises(StepError, match="bad: failed with exit code 3"):
        flow.run("bad", sys.executable, "-c", "raise SystemExit(3)")
    assert "\nfine\n" in flow.report.read_text()
    assert [line.split()[-1] for line in flow.summary().splitlines()] == ["good", "bad", "together"]


_FAMILY = """
import signal, subprocess, sys
from pathlib import Path
def tidy(*_):
    Path(sys.argv[1]).write_text("tidied")
    sys.exit()
signal.signal(signal.SIGTERM, tidy)
child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
print("child", child.pid, flush=True)
child.wait()
"""


def test_a_step_that_is_interrupted_ends_with_all_that_it_started(tmp_path: Path) -> None:
    """The step itself may tidy up first; what it started is gone, too."""
    seen: list[int] = []

    def interrupt(line: str) -> None:
        if line.startswith("child "):
            seen.append(int(line.split()[1]))
            raise KeyboardInterrupt

    flow = Steps(tmp_path / "report.txt", interrupt)
    with pytest.raises(KeyboardInterrupt):
        flow.run("family", sys.executable, "-c", _FAMILY, str(tmp_path / "tidied"))
    assert (tmp_path / "tidied").read_text() == "tidied"
    with suppress(psutil.NoSuchProcess):
        assert psutil.Process(seen[0]).status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://ann:secret@db/rows", "postgres://db/rows?user=ann&password=secret",
        "postgresql://db/rows?pass%77ord=secret", "postgresql://db/rows?sslpassword=secret",
    ],
)  # fmt: skip
@pytest.mark.parametrize("option", [("--data", ""), ("--data=",)])
def test_a_password_is_in_no_file(tmp_path: Path, option: tuple[str, ...], address: str) -> None:
    """A database's address that holds one ends the flow before anything is written or shown."""
    *before, start = option
    words = [*before, f"{start}{address}"]
    flow = Steps(tmp_path / "report.txt", pytest.fail)
    with pytest.raises(StepError, match="no password in the address") as caught:
        flow.run("train", sys.executable, "-c", "print()", *words)
    made = Release(flow, str(tmp_path / "catalog"), "2", ("intent",), tmp_path / "made")
    with pytest.raises(StepError, match="no password in the address"):
        made.train([], shlex.join(words))
    assert "secret" not in str(caught.value)
    assert not list(tmp_path.rglob("*"))


def test_a_sample_is_every_nth_row_of_each_file(tmp_path: Path) -> None:
    """All writers are in it."""
    (tmp_path / "rows").mkdir()
    for name in "ab":
        lines = "".join(json.dumps({"n": number}) + "\n" for number in range(7))
        (tmp_path / "rows" / f"{name}.jsonl").write_text(lines)
    sample(tmp_path / "rows", tmp_path / "out", 3)
    for name in "ab":
        rows = (tmp_path / "out" / f"{name}.jsonl").read_text().splitlines()
        assert [json.loads(row)["n"] for row in rows] == [0, 3, 6]


def test_a_copy_of_production_is_that_and_no_more(tmp_path: Path) -> None:
    """Versions in production with prices and switches; no candidate, no history."""
    source = tmp_path / "source"
    for version in ("1", "2"):
        make_bundle(source, name="intent", version=version)
    make_bundle(source, name="topic", version="1")
    point(source / "intent", "production", "1")
    point(source / "intent", "candidate", "2")
    (source / "intent" / "costs.toml").write_text("abstain = 1\n")
    (source / "switches.json").write_text('{"generation": 1, "off": {}}')
    versions = copy_production(FolderCatalog(source), tmp_path / "copy")
    assert versions == {"intent": "1"} == production(FolderCatalog(tmp_path / "copy"))
    roles = aliases.read(FolderCatalog(tmp_path / "copy"), "intent")[0]
    assert (roles.production, roles.candidate, roles.history[1:]) == ("1", None, ())
    copied = {str(p.relative_to(tmp_path / "copy")) for p in (tmp_path / "copy").rglob("*.*")}
    assert {"switches.json", "intent/costs.toml", "intent/1/head.toml"} <= copied
    assert not [name for name in copied if name.startswith(("topic", "intent/2"))]


class _Release(Release):
    """A release whose gate lets through what is not in `refused`."""

    refused: tuple[str, ...] = ()

    def give(self, name: str, role: Role) -> None:
        """Give the role without asking for rows."""
        if name in self.refused:
            raise StepError(f"{name}: refused")
        author = Author("ann", f"release {self.version}")
        promote(FolderCatalog(Path(self.catalog)), name, self.version, role, author)


def release(folder: Path, kind: type[_Release] = _Release) -> _Release:
    """Return version 2 of two heads, whose version 1 is in production."""
    catalog = folder / "catalog"
    for name in ("intent", "topic"):
        for version in ("1", "2"):
            make_bundle(catalog, name=name, version=version)
        point(catalog / name, "production", "1")
    return kind(steps(folder), str(catalog), "2", ("intent", "topic"), folder / "made")


class _Shown(Steps):
    """Steps that run nothing: what would be run is in the report."""

    def run(self, name: str, *words: str, **variables: str) -> None:
        """Make the bundle that a training would; tell the step's name."""
        self.tell(name)
        if "train" in words:
            make_bundle(self.report.parent / "made", name=name.split()[1], version="2")


def test_what_was_trained_by_other_words_is_not_taken_for_it(tmp_path: Path) -> None:
    """The same words train nothing again, other data and options end it; each call tests."""
    flow = _Shown(tmp_path / "report.txt", lambda _: None)
    made = Release(flow, str(tmp_path / "catalog"), "2", ("intent", "topic"), tmp_path / "made")
    made.train(["a"], "--seed 1")
    first = ["train intent", "test intent", "train topic", "test topic"]
    assert flow.report.read_text().splitlines() == first
    made.train(["a"], "--seed 1")
    assert flow.report.read_text().splitlines()[4:] == [
        "intent/2 is trained already", "test intent", "topic/2 is trained already", "test topic",
    ]  # fmt: skip
    for data, more in ((["b"], "--seed 1"), (["a"], "--seed 2"), (["a"], "")):
        with pytest.raises(StepError, match=r"intent/2 was trained by .*give another version"):
            made.train(data, more)
    with pytest.raises(StepError, match="trained by `something unknown`"):
        replace(made, made=_copied(tmp_path / "made", tmp_path / "other")).train(["a"], "--seed 1")


def _copied(source: Path, target: Path) -> Path:
    return Path(shutil.copytree(source, target))


def _production(made: Release) -> dict[str, str]:
    return dict(production(FolderCatalog(Path(made.catalog))))


def test_a_release_is_all_of_its_heads_or_none(tmp_path: Path) -> None:
    """A refused one takes back those before it; the audit says why."""

    class Refusing(_Release):
        refused = ("topic",)

    made = release(tmp_path, Refusing)
    with pytest.raises(StepError, match="topic: refused"):
        made.promote("production", CHECKS, "")
    assert _production(made) == {"intent": "1", "topic": "1"}
    last = list(audit.entries(FolderCatalog(Path(made.catalog)), "intent"))[-1]
    assert (last.action, last.by, last.why) == (
        "rollback", "release flow", "a check of the release failed",
    )  # fmt: skip


def _broken_pipe(_line: str) -> None:
    raise BrokenPipeError


@pytest.mark.parametrize("full_disk", [True, False])
def test_all_are_taken_back_where_nothing_can_be_told(tmp_path: Path, full_disk: bool) -> None:
    """A terminal that is gone, or a disk that is full, leaves no head with what failed."""
    made = release(tmp_path)
    if full_disk:
        made = replace(made, steps=Steps(Path("/dev/full"), lambda _: None))
    else:
        made = replace(made, steps=Steps(tmp_path / "report.txt", _broken_pipe))
    with pytest.raises(OSError):  # noqa: PT011 - either
        made.promote("production", CHECKS, "http://127.0.0.1:9")
    assert _production(made) == {"intent": "1", "topic": "1"}
    told = "" if full_disk else made.steps.report.read_text()
    assert told.count("taken back; 1 is in production") == (0 if full_disk else 2)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_all_are_taken_back_whatever_is_pressed_meanwhile(
    tmp_path: Path, number: signal.Signals
) -> None:
    """A second Ctrl-C or end of the job does not end it half way; afterwards they count again."""

    class Pressed(_Release):
        refused = ("topic",)

        def _take_back(self, name: str, role: Role, step: Any) -> str:
            os.kill(os.getpid(), number)
            return super()._take_back(name, role, step)

    handler = signal.getsignal(number)
    made = release(tmp_path, Pressed)
    with pytest.raises(StepError, match="topic: refused"):
        made.promote("production", CHECKS, "")
    assert _production(made) == {"intent": "1", "topic": "1"}
    assert signal.getsignal(number) == handler


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_the_end_of_a_job_or_a_terminal_raises(number: signal.Signals) -> None:
    """What was begun is tidied up; the exit code is the shell's for the signal."""
    program = (
        "import os, sys; from env.flows.signals import exit_on_signals; exit_on_signals()\n"
        "try: os.kill(os.getpid(), int(sys.argv[1]))\n"
        "finally: print('tidied')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(int(number))], cwd=ROOT, text=True,
        stdout=subprocess.PIPE, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (128 + number, "tidied\n")


def test_candidates_that_fail_in_production_are_no_candidates_again(tmp_path: Path) -> None:
    """Where a check fails, neither production nor the canary's share is the new version's."""
    made = release(tmp_path)
    made.promote("candidate", CHECKS, "")
    assert [_candidate(made, name) for name in made.heads] == ["2", "2"]
    with pytest.raises(StepError, match="does not list its heads"):
        made.promote("production", CHECKS, "http://127.0.0.1:9")
    assert _production(made) == {"intent": "1", "topic": "1"}
    assert [_candidate(made, name) for name in made.heads] == [None, None]


@pytest.mark.parametrize("role", ["candidate", "production"])
def test_what_cannot_be_backed_up_is_taken_back(tmp_path: Path, role: Role) -> None:
    """A backup that fails leaves no head with a role, as a check that fails."""
    made = release(tmp_path)
    with pytest.raises(StepError, match="archive: failed"):
        made.promote(role, CHECKS, "", Backup(str(tmp_path), data=[str(tmp_path / "absent")]))
    assert _production(made) == {"intent": "1", "topic": "1"}
    assert [_candidate(made, name) for name in made.heads] == [None, None]


class _Overtaken(Checks):
    """A check that fails, while somebody else makes version 3 of `topic` a candidate."""

    def run(self, steps: Steps, url: str) -> None:
        """Fail."""
        make_bundle(steps.report.parent / "catalog", name="topic", version="3")
        point(steps.report.parent / "catalog" / "topic", "candidate", "3")
        raise StepError("smoke: failed")


def test_a_later_change_is_not_taken_back(tmp_path: Path) -> None:
    """Who took a head's role over while the release was checked keeps it."""
    made = release(tmp_path)
    with pytest.raises(StepError, match="smoke"):
        made.promote("candidate", _Overtaken(1000.0), "http://127.0.0.1:9")
    assert [_candidate(made, name) for name in made.heads] == [None, "3"]


def test_what_failed_is_taken_back_from_under_a_later_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else's candidate stays, and the version that failed is not in production."""
    monkeypatch.setattr("env.flows.release._await_versions", lambda *_: None)
    made = release(tmp_path)
    with pytest.raises(StepError, match="smoke"):
        made.promote("production", _Overtaken(1000.0), "http://127.0.0.1:9")
    assert _production(made) == {"intent": "1", "topic": "1"}
    assert [_candidate(made, name) for name in made.heads] == [None, "3"]


def test_a_release_that_broke_off_goes_on(tmp_path: Path) -> None:
    """What has its role from it already is left alone."""
    made = release(tmp_path)
    made.give("intent", "production")
    before = aliases.read(FolderCatalog(tmp_path / "catalog"), "intent")[0]
    made.promote("production", CHECKS, "")
    assert aliases.read(FolderCatalog(tmp_path / "catalog"), "intent")[0] == before
    assert _production(made) == {"intent": "2", "topic": "2"}


@pytest.mark.parametrize("role", ["candidate", "production"])
def test_what_a_run_that_broke_off_gave_is_taken_back_too(tmp_path: Path, role: Role) -> None:
    """A release that goes on and fails leaves none of its heads with the role."""

    class Refusing(_Release):
        refused = ("topic",)

    release(tmp_path).give("intent", role)
    catalog = str(tmp_path / "catalog")
    made = Refusing(steps(tmp_path), catalog, "2", ("intent", "topic"), tmp_path / "made")
    with pytest.raises(StepError, match="topic: refused"):
        made.promote(role, CHECKS, "")
    assert _production(made) == {"intent": "1", "topic": "1"}
    assert [_candidate(made, name) for name in made.heads] == [None, None]


def test_what_is_in_production_is_made_no_candidate(tmp_path: Path) -> None:
    """A release that broke off on its way into production goes on there: that is said."""
    made = release(tmp_path)
    made.give("topic", "production")
    with pytest.raises(StepError, match="make full-promote VERSION=2"):
        made.promote("candidate", CHECKS, "")
    assert [_candidate(made, name) for name in made.heads] == [None, None]


def test_a_role_that_somebody_else_gave_ends_a_release_before_it_begins(tmp_path: Path) -> None:
    """What to go back to is not known then: nothing changes, not even the heads before it."""
    made = release(tmp_path)
    by_hand = Author("bob", "by hand")
    after = promote(FolderCatalog(tmp_path / "catalog"), "topic", "2", "production", by_hand)
    with pytest.raises(StepError, match="topic/2 is production already"):
        made.promote("production", CHECKS, "")
    assert _production(made) == {"intent": "1", "topic": "2"}
    assert aliases.read(FolderCatalog(tmp_path / "catalog"), "topic")[0] == after


def _candidate(made: Release, name: str) -> str | None:
    """Return the head's candidate."""
    return aliases.read(FolderCatalog(Path(made.catalog)), name)[0].candidate
