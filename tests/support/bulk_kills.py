"""Kills bulk jobs at random moments and compares what their second run leaves with one run's.

`python -m tests.support.bulk_kills [KILLS] [SEED]` is `make bulk-kills`: it prints a table of them.
"""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.offline.bulk.encoding import BLOCK_TEXTS
from tests.support.bulk import replies, shard_bytes, write_jsonl
from tests.support.bulk_job import EVENTS

ROWS = 800
SHARD_ROWS = 400
_AGAIN = 200  # rows that come twice


@dataclass(frozen=True)
class Reference:
    """An input, and what one uninterrupted job makes of it, by how many forwards."""

    source: Path
    content: dict[str, bytes]
    forwards: int


@dataclass(frozen=True)
class Killed:
    """A job that was killed at an event and run again.

    `problem` says what is wrong then, "" for nothing; `extra` are the forwards beyond those of an
    uninterrupted run.
    """

    event: str
    number: int
    problem: str
    extra: int = 0


def reference(folder: Path, rows: int = ROWS) -> Reference:
    """Run one job to its end."""
    source = write_jsonl(folder / "in.jsonl", [*replies(rows - _AGAIN), *replies(_AGAIN)])
    log = folder / "once.log"
    run_once(source, folder / "once", log).check_returncode()
    return Reference(source, shard_bytes(folder / "once"), log.stat().st_size)


def run_once(source: Path, out: Path, log: Path, *end: str) -> subprocess.CompletedProcess[str]:
    """Run a job in a process of its own."""
    job = [sys.executable, "-m", "tests.support.bulk_job", str(source), str(out), str(log)]
    return subprocess.run(
        [*job, str(SHARD_ROWS), *end], capture_output=True, text=True, check=False
    )


def kill_and_resume(given: Reference, folder: Path, event: str, number: int) -> Killed:
    """Kill a job at the event and run it again."""
    log = folder / "forwards.log"
    first = run_once(given.source, folder / "out", log, event, str(number))
    if first.returncode != -signal.SIGKILL:
        problem = f"was not killed: {first.returncode} {first.stderr[-500:]}"
        return Killed(event, number, problem)
    again = run_once(given.source, folder / "out", log)
    if again.returncode:
        return Killed(event, number, f"did not go on: {again.stderr[-500:]}")
    extra = log.stat().st_size - given.forwards
    problem = ""
    if shard_bytes(folder / "out") != given.content:
        problem = "other bytes than the uninterrupted run's"
    elif extra > SHARD_ROWS:
        problem = f"{extra} forwards too many"
    return Killed(event, number, problem, extra)


def random_moment(draw: random.Random, given: Reference, rows: int = ROWS) -> tuple[str, int]:
    """Draw an event and its number, among those that happen."""
    shards = -(-rows // SHARD_ROWS)
    kept = max(1, given.forwards // (2 * BLOCK_TEXTS))
    most = {"text": given.forwards, "kept": kept}
    event = draw.choice(EVENTS)
    return event, draw.randint(1, most.get(event, shards))


def matrix(kills: int, seed: int, echo: Callable[[str], object]) -> int:
    """Kill so many jobs, print what became of them; return how many left anything wrong."""
    draw = random.Random(seed)
    done: list[Killed] = []
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        given = reference(Path(name))
        echo(f"{ROWS} rows, {given.forwards} forwards in one run")
        for number in range(kills):
            folder = Path(name) / str(number)
            folder.mkdir()
            killed = kill_and_resume(given, folder, *random_moment(draw, given))
            echo(f"killed at {killed.event} {killed.number}: {killed.problem or 'the same bytes'}")
            done.append(killed)
    minutes = (time.monotonic() - began) / 60
    echo(f"\n{_table(done)}\n\n{kills} kills, seed {seed}, {minutes:.0f} minutes")
    return sum(bool(killed.problem) for killed in done)


def _table(done: Sequence[Killed]) -> str:
    """Return a Markdown table with a row for each event that jobs were killed at."""
    lines = [
        "| killed at | kills | the same bytes | forwards more, at most |",
        "|---|---:|---:|---:|",
    ]
    for event in EVENTS:
        own = [killed for killed in done if killed.event == event]
        same = sum(not killed.problem for killed in own)
        most = max((killed.extra for killed in own), default=0)
        lines.append(f"| {event} | {len(own)} | {same} | {most} |")
    return "\n".join(lines)


if __name__ == "__main__":
    kills, seed = map(int, [*sys.argv[1:], *("30", "0")[len(sys.argv) - 1 :]])
    sys.exit(1 if matrix(kills, seed, print) else 0)
