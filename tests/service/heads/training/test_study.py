"""`heads study` as a command: table, plot and points; a kill; what is kept is not made again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.checkpoints import write_bert
from tests.support.study import rows, write_folder, write_rows

ROOT = Path(__file__).resolve().parents[4]
STRATEGIES = ("tfidf-svm", "static", "frozen-best", "fine-tuned")


def command(folder: Path, *more: str) -> list[str]:
    """Return the command of a small study of rows and a model in `folder`."""
    named = [part for name in STRATEGIES for part in ("--strategy", name)]
    return [
        sys.executable, "-m", "heads", "study", "--data", str(folder / "topics"), *named,
        "--size", "20", "--size", "60", "--seeds", "2", "--store", str(folder / "store"),
        "--cache", str(folder / "cache"), "--model", str(folder / "bert"), "--no-track", *more,
    ]  # fmt: skip


def call(arguments: list[str], *, fails: bool = False) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    done = subprocess.run(
        arguments, cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert (done.returncode != 0) == fails, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write rows of three topics and a random BERT of two layers."""
    made = tmp_path_factory.mktemp("study")
    write_folder(made / "topics")
    write_bert(made / "bert")
    return made


@pytest.mark.e2e
def test_a_killed_study_ends_with_every_point_made_once(folder: Path) -> None:
    """After SIGKILL in the middle the same command makes what is missing, and writes the report."""
    dry = call(command(folder, "--dry-run"))
    assert "13 points, 0 kept, 13 to make: about" in dry.stdout
    assert not (folder / "store").exists()

    killed = subprocess.Popen(
        command(folder), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert killed.stderr is not None
    made = 0
    while made < 3:
        line = killed.stderr.readline()
        assert line, "it ended before"
        made += "macro-F1" in line
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    killed.stderr.close()
    kept = {path: path.stat().st_mtime_ns for path in (folder / "store").glob("*.json")}
    assert 3 <= len(kept) <= 13

    out = folder / "out"
    rest = call(command(folder, "--out", str(out)))
    assert f"13 points, {len(kept)} kept, {13 - len(kept)} to make" in rest.stdout
    assert rest.stderr.count("macro-F1") == 13 - len(kept)
    assert kept == {path: path.stat().st_mtime_ns for path in kept}

    again = call(command(folder, "--out", str(folder / "again")))
    assert "macro-F1" not in again.stderr
    for name in ("points.jsonl", "study.md", "study.svg"):
        assert (out / name).read_bytes() == (folder / "again" / name).read_bytes()
    points = [json.loads(line) for line in (out / "points.jsonl").read_text().splitlines()]
    assert len({point["digest"] for point in points}) == len(points) == 13
    report = (out / "study.md").read_text()
    assert "| fine-tuned encoder |" in report
    assert "Tuning " in report


@pytest.mark.e2e
def test_no_time_makes_no_point_and_says_which_are_missing(folder: Path, tmp_path: Path) -> None:
    """The report names strategy, rows and how many seeds."""
    done = call(command(folder, "--minutes", "0", "--store", str(tmp_path / "store")))

    assert "13 to make: about" in done.stdout
    assert "tfidf-svm of 20 rows (2), 60 rows (1)" in done.stdout
    assert not (tmp_path / "store").exists()


@pytest.mark.e2e
def test_history_of_dated_rows(tmp_path: Path) -> None:
    """Of the newest eighth, quarter, half and all; of undated rows it says what is lacking."""
    dated = [
        {**row, "date": f"2026-{1 + n // 28:02d}-{1 + n % 28:02d}", "author": f"p{n}"}
        for n, row in enumerate(rows(120))
    ]
    file = write_rows(tmp_path / "log.jsonl", dated)
    arguments = [
        sys.executable, "-m", "heads", "study", "--history", "--data", str(file), "--strategy",
        "tfidf-svm", "--seeds", "1", "--store", str(tmp_path / "store"), "--no-track",
    ]  # fmt: skip
    done = call(arguments)
    assert "all 96 rows instead of the newest 12 bring" in done.stdout
    assert "log, newest: macro-F1" in done.stdout

    write_rows(file, rows(40))
    assert "history needs dates" in call(arguments, fails=True).stderr
